package iam

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

func rsaKey(t testing.TB, bits int) *rsa.PublicKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return &k.PublicKey
}

func TestParseSSHKey(t *testing.T) {
	k := rsaKey(t, 2048)
	public, err := ssh.NewPublicKey(k)
	if err != nil {
		t.Fatal(err)
	}
	line := strings.TrimSuffix(string(ssh.MarshalAuthorizedKey(public)), "\n")
	pkix, err := x509.MarshalPKIXPublicKey(k)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"line":          line,
		"with comment":  " " + line + " dana@host\n",
		"PKIX":          block("PUBLIC KEY", pkix),
		"PKCS #1":       block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(k)),
		"PKIX, spaced ": "\n" + block("PUBLIC KEY", pkix) + "\n",
	} {
		got, err := parseSSHKey(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		kept := &SSHPublicKey{Blob: got.Marshal()}
		for encoding, want := range map[string]string{"SSH": line, "PEM": block("PUBLIC KEY", pkix)} {
			if shown, err := kept.encoded(encoding); err != nil || shown != want {
				t.Errorf("%s as %s: %q, %v; want %q", name, encoding, shown, err, want)
			}
		}
	}
	small, err := ssh.NewPublicKey(rsaKey(t, 1024))
	if err != nil {
		t.Fatal(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ssh.NewPublicKey(e.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing":     "",
		"small":       string(ssh.MarshalAuthorizedKey(small)),
		"curve":       string(ssh.MarshalAuthorizedKey(curve)),
		"with option": "no-pty " + line,
		"two lines":   line + "\n" + line,
		"two blocks":  block("PUBLIC KEY", pkix) + block("PUBLIC KEY", pkix),
		"certificate": certify(t, "c", nil).body,
		"cut":         line[:100],
	} {
		if _, err := parseSSHKey(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

const sshLine = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDFkYYypZRH2VHBsnccamjKNWo6bCtDbgX8rveqQtqPth6Ko2AJMr1hpaeynfgpV5ssO5Y6ZB49p0arPBLNmnEoZm2nj5K2H/tOxkKQbWl/ePQ+K1y5xWNmIcWNCqEaPHzaO2Szdd7rPGmXbZb6b60bTNxqJg0L4oBBmHqNdljOSxfU0Qpmvflqf2OtXfbjhUPd6oJYAJUHnUuL7e7GRt3svBqisYiyrEztx6mfg3zHtqwJMIVs4eWBxLUTi+OEgDe9RGBFZYLnQe7Mek6Vg3JxbbDIdNDrUshFoH7TmMS6OIzTFoPBplm18A4MlR9JfYgWU8xy5NuVlijVzqiX9r0n"

func FuzzParseSSHKey(f *testing.F) {
	f.Add(sshLine) // a constant: each worker runs this function
	f.Add("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")
	f.Fuzz(func(t *testing.T, text string) {
		k, err := parseSSHKey(text)
		if err != nil {
			return
		}
		if _, err := (&SSHPublicKey{Blob: k.Marshal()}).encoded("PEM"); err != nil {
			t.Errorf("%q is accepted but cannot be shown: %v", text, err)
		}
	})
}
