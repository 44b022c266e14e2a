package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// keyUser drives KMS by the stock aws CLI, and openssl beside it, in one folder.
type keyUser struct {
	*awsCLI
	dir string
}

func newKeyUser(t *testing.T) *keyUser {
	need(t, "openssl", "apt-get install openssl")
	return &keyUser{newAWS(t), t.TempDir()}
}

func (k *keyUser) file(name string) string { return filepath.Join(k.dir, name) }

func (k *keyUser) write(name string, content []byte) {
	k.t.Helper()
	if err := os.WriteFile(k.file(name), content, 0o600); err != nil {
		k.t.Fatal(err)
	}
}

func (k *keyUser) read(name string) []byte {
	k.t.Helper()
	b, err := os.ReadFile(k.file(name))
	if err != nil {
		k.t.Fatal(err)
	}
	return b
}

// save writes a base64 member of an answer to a file.
func (k *keyUser) save(name string, answer any, member string) {
	k.t.Helper()
	s, _ := dig(answer, member).(string)
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || len(b) == 0 {
		k.t.Fatalf("%s in %v: %v", member, answer, err)
	}
	k.write(name, b)
}

func (k *keyUser) openssl(line string) string {
	k.t.Helper()
	return run(k.t, k.env, k.dir, "openssl", strings.Fields(line)...)
}

func (k *keyUser) create(args ...string) string {
	k.t.Helper()
	id, _ := dig(k.ok(append([]string{"kms", "create-key"}, args...)...), "KeyMetadata", "KeyId").(string)
	return id
}

// TestKMSSignaturesVerifyInOpenSSL signs with the CLI; openssl verifies with the public key that GetPublicKey gives.
func TestKMSSignaturesVerifyInOpenSSL(t *testing.T) {
	k := newKeyUser(t)
	k.write("message", []byte("attack at dawn"))
	for _, tt := range []struct{ spec, algorithm, hash, options string }{
		{"RSA_2048", "RSASSA_PSS_SHA_256", "sha256", " -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest"},
		{"RSA_2048", "RSASSA_PKCS1_V1_5_SHA_512", "sha512", ""},
		{"ECC_NIST_P256", "ECDSA_SHA_256", "sha256", ""},
		{"ECC_NIST_P521", "ECDSA_SHA_512", "sha512", ""},
		{"ECC_SECG_P256K1", "ECDSA_SHA_256", "sha256", ""},
	} {
		id := k.create("--key-spec", tt.spec, "--key-usage", "SIGN_VERIFY")
		signed := k.ok("kms", "sign", "--key-id", id, "--message", "fileb://"+k.file("message"), "--signing-algorithm", tt.algorithm)
		k.save("signature", signed, "Signature")
		k.save("public.der", k.ok("kms", "get-public-key", "--key-id", id), "PublicKey")
		out := k.openssl("dgst -" + tt.hash + " -keyform DER -verify public.der -signature signature" + tt.options + " message")
		if !strings.Contains(out, "Verified OK") {
			t.Errorf("%s %s: openssl says %s", tt.spec, tt.algorithm, out)
		}
		k.write("altered", []byte("attack at dusk"))
		k.fails("KMSInvalidSignatureException", "kms", "verify", "--key-id", id, "--message", "fileb://"+k.file("altered"),
			"--signing-algorithm", tt.algorithm, "--signature", "fileb://"+k.file("signature"))
	}
}

// TestKMSAgreesWithOpenSSL derives the same secret on both sides.
func TestKMSAgreesWithOpenSSL(t *testing.T) {
	k := newKeyUser(t)
	id := k.create("--key-spec", "ECC_NIST_P256", "--key-usage", "KEY_AGREEMENT")
	k.save("ours.der", k.ok("kms", "get-public-key", "--key-id", id), "PublicKey")
	k.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out theirs.pem")
	k.openssl("pkey -in theirs.pem -pubout -outform DER -out theirs.der")
	derived := k.ok("kms", "derive-shared-secret", "--key-id", id, "--key-agreement-algorithm", "ECDH", "--public-key", "fileb://"+k.file("theirs.der"))
	k.save("secret", derived, "SharedSecret")
	k.openssl("pkeyutl -derive -inkey theirs.pem -peerkey ours.der -peerform DER -out secret-openssl")
	if !bytes.Equal(k.read("secret"), k.read("secret-openssl")) {
		t.Error("the two sides derive different secrets")
	}
	root := k.create()
	pair := k.ok("kms", "generate-data-key-pair", "--key-id", root, "--key-pair-spec", "RSA_3072", "--encryption-context", "use=tls")
	k.save("private.der", pair, "PrivateKeyPlaintext")
	k.save("public.der", pair, "PublicKey")
	k.save("sealed", pair, "PrivateKeyCiphertextBlob")
	k.openssl("pkey -in private.der -inform DER -pubout -outform DER -out derived.der")
	if !bytes.Equal(k.read("public.der"), k.read("derived.der")) {
		t.Error("the private key of the pair is not that of its public key")
	}
	k.save("opened", k.ok("kms", "decrypt", "--ciphertext-blob", "fileb://"+k.file("sealed"), "--encryption-context", "use=tls"), "Plaintext")
	if !bytes.Equal(k.read("private.der"), k.read("opened")) {
		t.Error("the encrypted private key is another one")
	}
}

// TestKMSImportsWhatOpenSSLWraps imports material by both ways of wrapping, prepared as the KMS developer guide shows.
func TestKMSImportsWhatOpenSSLWraps(t *testing.T) {
	k := newKeyUser(t)
	parameters := func(id, algorithm string) {
		got := k.ok("kms", "get-parameters-for-import", "--key-id", id, "--wrapping-algorithm", algorithm, "--wrapping-key-spec", "RSA_3072")
		k.save("wrapping.der", got, "PublicKey")
		k.save("token", got, "ImportToken")
	}
	take := func(id string) {
		k.ok("kms", "import-key-material", "--key-id", id, "--import-token", "fileb://"+k.file("token"), "--encrypted-key-material", "fileb://"+k.file("wrapped"),
			"--expiration-model", "KEY_MATERIAL_DOES_NOT_EXPIRE")
	}
	const oaep = " -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256"

	symmetric := k.create("--origin", "EXTERNAL")
	k.openssl("rand -out material 32")
	parameters(symmetric, "RSAES_OAEP_SHA_256")
	k.openssl("pkeyutl -encrypt -pubin -keyform DER -inkey wrapping.der -in material -out wrapped" + oaep)
	take(symmetric)
	k.write("plain", []byte("hello"))
	k.save("sealed", k.ok("kms", "encrypt", "--key-id", symmetric, "--plaintext", "fileb://"+k.file("plain")), "CiphertextBlob")
	k.save("opened", k.ok("kms", "decrypt", "--ciphertext-blob", "fileb://"+k.file("sealed")), "Plaintext")
	if string(k.read("opened")) != "hello" {
		t.Errorf("decrypts to %q", k.read("opened"))
	}
	k.ok("kms", "delete-imported-key-material", "--key-id", symmetric)
	k.fails("KMSInvalidStateException", "kms", "decrypt", "--ciphertext-blob", "fileb://"+k.file("sealed"))
	take(symmetric)
	k.ok("kms", "decrypt", "--ciphertext-blob", "fileb://"+k.file("sealed"))

	signer := k.create("--origin", "EXTERNAL", "--key-spec", "RSA_2048", "--key-usage", "SIGN_VERIFY")
	k.openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -outform DER -out rsa.der")
	k.openssl("pkcs8 -topk8 -nocrypt -inform DER -outform DER -in rsa.der -out material")
	parameters(signer, "RSA_AES_KEY_WRAP_SHA_256")
	k.openssl("rand -out aes 32")
	k.openssl("enc -id-aes256-wrap-pad -iv A65959A6 -K " + hex.EncodeToString(k.read("aes")) + " -in material -out wrapped-material")
	k.openssl("pkeyutl -encrypt -pubin -keyform DER -inkey wrapping.der -in aes -out wrapped-aes" + oaep)
	k.write("wrapped", append(k.read("wrapped-aes"), k.read("wrapped-material")...))
	take(signer)
	k.save("public.der", k.ok("kms", "get-public-key", "--key-id", signer), "PublicKey")
	k.openssl("pkey -in rsa.der -inform DER -pubout -outform DER -out derived.der")
	if !bytes.Equal(k.read("public.der"), k.read("derived.der")) {
		t.Error("the imported private key is another one")
	}
}

// TestKMSMultiRegion decrypts in one Region what was encrypted in another, and survives a restart.
func TestKMSMultiRegion(t *testing.T) {
	k := newKeyUser(t)
	id := k.create("--multi-region")
	k.write("plain", []byte("hello"))
	k.save("sealed", k.ok("kms", "encrypt", "--key-id", id, "--plaintext", "fileb://"+k.file("plain")), "CiphertextBlob")
	k.fails("NotFoundException", "kms", "decrypt", "--ciphertext-blob", "fileb://"+k.file("sealed"), "--region", "eu-central-1")
	k.ok("kms", "replicate-key", "--key-id", id, "--replica-region", "eu-central-1")
	k.save("opened", k.ok("kms", "decrypt", "--ciphertext-blob", "fileb://"+k.file("sealed"), "--region", "eu-central-1"), "Plaintext")
	if string(k.read("opened")) != "hello" {
		t.Errorf("decrypts to %q", k.read("opened"))
	}
	k.ok("kms", "update-primary-region", "--key-id", id, "--primary-region", "eu-central-1")
	got := k.ok("kms", "describe-key", "--key-id", id)
	if region := dig(got, "KeyMetadata", "MultiRegionConfiguration", "PrimaryKey", "Region"); region != "eu-central-1" {
		t.Errorf("the primary key is in %v", region)
	}
}

// TestTerraformKMSKeys gives keys with imported material, replicas of both kinds and key pairs a whole life.
func TestTerraformKMSKeys(t *testing.T) {
	t.Parallel()
	k := newKeyStore(t)
	tf := newTerraform(t, "kmskeys", k.args...)
	tf.env = append(tf.env, "TF_VAR_key_store_url="+k.url, "TF_VAR_key_store_id="+k.connect(t, tf.server), "TF_VAR_key_store_secret="+keyStoreSecret)
	tf.wholeLife()
}
