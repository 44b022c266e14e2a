package e2e

import (
	"bytes"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/kms"
)

// softHSM is where Debian keeps the module.
const softHSM = "/usr/lib/softhsm/libsofthsm2.so"

// TestRootKeyInHSM keeps the root key under an RSA key that never leaves an HSM (SoftHSM in its place): the server starts by letting pkcs11-tool
// unwrap it, and cannot read its own data when the HSM does not.
func TestRootKeyInHSM(t *testing.T) {
	tool := need(t, "pkcs11-tool", "apt-get install opensc")
	util := need(t, "softhsm2-util", "apt-get install softhsm2")
	openssl := need(t, "openssl", "apt-get install openssl")
	if _, err := os.Stat(softHSM); err != nil {
		t.Skip("SKIP: " + softHSM + " is not there (apt-get install softhsm2)")
	}
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, content string) {
		if err := os.WriteFile(path(name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(path("tokens"), 0o700); err != nil {
		t.Fatal(err)
	}
	write("softhsm2.conf", "directories.tokendir = "+path("tokens")+"\nobjectstore.backend = file\n")
	t.Setenv("SOFTHSM2_CONF", path("softhsm2.conf"))
	hsm := func(args ...string) {
		run(t, os.Environ(), dir, tool, append([]string{"--module", softHSM, "--token-label", "vauban", "--login", "--pin", "1234"}, args...)...)
	}
	run(t, os.Environ(), dir, util, "--init-token", "--free", "--label", "vauban", "--pin", "1234", "--so-pin", "5678")
	hsm("--keypairgen", "--key-type", "rsa:2048", "--id", "01", "--label", "root")
	hsm("--read-object", "--type", "pubkey", "--id", "01", "--output-file", path("public.der"))

	var root [32]byte
	if _, err := rand.Read(root[:]); err != nil {
		t.Fatal(err)
	}
	wrap := exec.Command(openssl, "pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", path("public.der"), "-pkeyopt", "rsa_padding_mode:pkcs1", "-out", path("root.wrapped"))
	wrap.Stdin = bytes.NewReader(root[:])
	if out, err := wrap.CombinedOutput(); err != nil {
		t.Fatalf("wrap: %v\n%s", err, out)
	}
	write("unwrap", "#!/bin/sh\nexec "+tool+" --module "+softHSM+" --token-label vauban --login --pin \"$HSM_PIN\" --decrypt --mechanism RSA-PKCS --id 01\n")
	if err := os.Chmod(path("unwrap"), 0o700); err != nil {
		t.Fatal(err)
	}

	t.Setenv("HSM_PIN", "1234")
	data := path("data")
	args := []string{"--root-unwrap", path("unwrap"), "--root-key-file", path("root.wrapped")}
	s := start(t, data, args...)
	keys := kms.NewFromConfig(s.sdk(t, nil))
	made := call(t, keys.CreateKey, kms.CreateKeyInput{})
	sealed := call(t, keys.Encrypt, kms.EncryptInput{KeyId: made.KeyMetadata.KeyId, Plaintext: []byte("secret")})
	s.stop(t, syscall.SIGTERM)

	s = start(t, data, args...)
	opened := call(t, kms.NewFromConfig(s.sdk(t, nil)).Decrypt, kms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob})
	if string(opened.Plaintext) != "secret" {
		t.Errorf("opened as %q", opened.Plaintext)
	}
	s.stop(t, syscall.SIGTERM)

	t.Setenv("HSM_PIN", "0000")
	out, err := exec.Command(binary(t), append([]string{"up", "--data", data, "--api", "https://127.0.0.1:0"}, args...)...).CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("unwrap command")) {
		t.Errorf("with a wrong PIN: %v\n%s", err, out)
	}
}
