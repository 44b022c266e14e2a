package material

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// openssl runs the program in a directory of its own; files are written there first. It returns what the program says.
type openssl struct {
	t   *testing.T
	dir string
}

func newOpenSSL(t *testing.T) *openssl {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("SKIP: openssl is not installed (apt-get install openssl)")
	}
	return &openssl{t, t.TempDir()}
}

func (o *openssl) write(name string, b []byte) {
	o.t.Helper()
	if err := os.WriteFile(filepath.Join(o.dir, name), b, 0o600); err != nil {
		o.t.Fatal(err)
	}
}

func (o *openssl) read(name string) []byte {
	o.t.Helper()
	b, err := os.ReadFile(filepath.Join(o.dir, name))
	if err != nil {
		o.t.Fatal(err)
	}
	return b
}

func (o *openssl) run(line string) string {
	o.t.Helper()
	cmd := exec.Command("openssl", strings.Fields(line)...)
	cmd.Dir = o.dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		o.t.Fatalf("openssl %s: %v\n%s", line, err, out)
	}
	return string(out)
}

// pkeyutl are the options by which openssl signs a digest as the algorithm does.
func pkeyutl(algorithm string) string {
	hash := "sha" + algorithm[len(algorithm)-3:]
	switch {
	case strings.HasPrefix(algorithm, "RSASSA_PSS"):
		return " -pkeyopt digest:" + hash + " -pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest"
	case strings.HasPrefix(algorithm, "RSASSA"):
		return " -pkeyopt digest:" + hash
	case algorithm == Ed25519Pure:
		return " -rawin"
	}
	return ""
}

// TestOpenSSLSignatures: each verifies what the other signed.
func TestOpenSSLSignatures(t *testing.T) {
	o := newOpenSSL(t)
	for _, spec := range []string{RSA2048, RSA3072, P256, P384, P521, Secp256k1, Ed25519} {
		k := make1(t, spec)
		pub, err := k.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		private, err := k.Private()
		if err != nil {
			t.Fatal(err)
		}
		o.write("pub.der", pub)
		o.write("key.der", private)
		for _, a := range SigningAlgorithms(spec, SignVerify) {
			if a == Ed25519Hash {
				continue // openssl 3.0 does not have it
			}
			message, kind := []byte("attack at dawn"), TypeRaw
			if a != Ed25519Pure {
				if message, err = digest(a, TypeRaw, message); err != nil {
					t.Fatal(err)
				}
				kind = TypeDigest
			}
			s, err := k.Sign(a, kind, message)
			if err != nil {
				t.Fatal(err)
			}
			o.write("message", message)
			o.write("ours", s)
			if out := o.run("pkeyutl -verify -pubin -keyform DER -inkey pub.der -in message -sigfile ours" + pkeyutl(a)); !strings.Contains(out, "Verified Successfully") {
				t.Errorf("%s %s: openssl says %s", spec, a, out)
			}
			o.run("pkeyutl -sign -keyform DER -inkey key.der -in message -out theirs" + pkeyutl(a))
			if err := k.Verify(a, kind, message, o.read("theirs")); err != nil {
				t.Errorf("%s %s: of openssl's signature: %v", spec, a, err)
			}
		}
	}
}

// TestOpenSSLKeys imports what openssl makes, and openssl derives the same public key.
func TestOpenSSLKeys(t *testing.T) {
	o := newOpenSSL(t)
	for spec, how := range map[string]string{
		RSA2048:   "RSA -pkeyopt rsa_keygen_bits:2048",
		P256:      "EC -pkeyopt ec_paramgen_curve:P-256",
		P384:      "EC -pkeyopt ec_paramgen_curve:P-384",
		P521:      "EC -pkeyopt ec_paramgen_curve:P-521",
		Secp256k1: "EC -pkeyopt ec_paramgen_curve:secp256k1",
		Ed25519:   "ED25519",
	} {
		o.run("genpkey -outform DER -out key.der -algorithm " + how)
		o.run("pkcs8 -topk8 -nocrypt -inform DER -in key.der -outform DER -out p8.der")
		k, err := Import(spec, o.read("p8.der"))
		if err != nil {
			t.Errorf("%s: %v", spec, err)
			continue
		}
		o.run("pkey -inform DER -in key.der -pubout -outform DER -out pub.der")
		if pub, err := k.PublicKey(); err != nil || !bytes.Equal(pub, o.read("pub.der")) {
			t.Errorf("%s: another public key than openssl's, %v", spec, err)
		}
		exercise(t, k, k)
		for _, other := range []string{RSA3072, P256, P384, Secp256k1, Ed25519, MLDSA44} {
			if _, err := Import(other, o.read("p8.der")); other != spec && err == nil {
				t.Errorf("a key of %s is taken for %s", spec, other)
			}
		}
	}
}

func TestOpenSSLEncryption(t *testing.T) {
	o := newOpenSSL(t)
	k := make1(t, RSA2048)
	pub, err := k.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	o.write("pub.der", pub)
	o.write("plain", []byte("attack at dawn"))
	for a, md := range map[string]string{OAEPSHA1: "sha1", OAEPSHA256: "sha256"} {
		o.run("pkeyutl -encrypt -pubin -keyform DER -inkey pub.der -in plain -out sealed -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:" + md + " -pkeyopt rsa_mgf1_md:" + md)
		if got, err := k.Decrypt(a, o.read("sealed")); err != nil || string(got) != "attack at dawn" {
			t.Errorf("%s: %q, %v", a, got, err)
		}
	}
}

func TestOpenSSLAgreement(t *testing.T) {
	o := newOpenSSL(t)
	for spec, curve := range map[string]string{P256: "P-256", P384: "P-384", P521: "P-521"} {
		k := make1(t, spec)
		pub, err := k.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		o.write("ours.der", pub)
		o.run("genpkey -outform DER -out key.der -algorithm EC -pkeyopt ec_paramgen_curve:" + curve)
		o.run("pkey -inform DER -in key.der -pubout -outform DER -out theirs.der")
		o.run("pkeyutl -derive -keyform DER -inkey key.der -peerform DER -peerkey ours.der -out secret")
		if got, err := k.Agree(o.read("theirs.der")); err != nil || !bytes.Equal(got, o.read("secret")) {
			t.Errorf("%s: the shared secret differs, %v", spec, err)
		}
	}
}

// TestOpenSSLWraps unwraps what openssl wraps, as the KMS developer guide's examples do.
func TestOpenSSLWraps(t *testing.T) {
	o := newOpenSSL(t)
	wrapping := make1(t, RSA3072)
	pub, err := wrapping.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	o.write("pub.der", pub)
	oaep := func(in, out, md string) {
		o.run("pkeyutl -encrypt -pubin -keyform DER -inkey pub.der -in " + in + " -out " + out + " -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:" + md + " -pkeyopt rsa_mgf1_md:" + md)
	}
	for _, spec := range []string{Symmetric, HMAC224, P521, RSA2048, MLDSA87} {
		private, err := make1(t, spec).Private()
		if err != nil {
			t.Fatal(err)
		}
		o.write("material", private)
		for algorithm, md := range map[string]string{KeyWrapSHA1: "sha1", KeyWrapSHA256: "sha256"} {
			o.run("rand -out aes 32")
			oaep("aes", "wrapped-aes", md)
			key := o.read("aes")
			o.run("enc -id-aes256-wrap-pad -iv A65959A6 -K " + hexOf(key) + " -in material -out wrapped-material")
			wrapped := append(o.read("wrapped-aes"), o.read("wrapped-material")...)
			got, err := wrapping.Unwrap(algorithm, wrapped)
			if err != nil || !bytes.Equal(got, private) {
				t.Errorf("%s %s: %v", spec, algorithm, err)
			}
		}
		if spec == RSA2048 {
			continue // does not fit
		}
		oaep("material", "wrapped", "sha256")
		if got, err := wrapping.Unwrap(OAEPSHA256, o.read("wrapped")); err != nil || !bytes.Equal(got, private) {
			t.Errorf("%s: %v", spec, err)
		}
	}
}
