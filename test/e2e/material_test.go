package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// material is what clients upload: made anew for each test.
type material struct {
	certificate, key string // PEM
	otherKey         string // PEM; not the certificate's
	sshKey           string // authorized_keys format
	saml             string // metadata of an identity provider
}

func newMaterial(t testing.TB) material {
	t.Helper()
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	check(err)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	check(err)
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "site.example.com"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	check(err)
	pub, err := ssh.NewPublicKey(&key.PublicKey)
	check(err)
	block := func(kind string, der []byte) string {
		return strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})))
	}
	return material{
		certificate: block("CERTIFICATE", der),
		key:         block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)),
		otherKey:    block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(other)),
		sshKey:      strings.TrimSpace(string(ssh.MarshalAuthorizedKey(pub))),
		saml: `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com/` + strings.Repeat("x", 1000) + `"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">` +
			`<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>` + base64.StdEncoding.EncodeToString(der) +
			`</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example.com/sso"/></IDPSSODescriptor></EntityDescriptor>`,
	}
}

// folder writes the material to files, for clients that read files.
func (m material) folder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{"certificate.pem": m.certificate, "key.pem": m.key, "other-key.pem": m.otherKey, "ssh.pub": m.sshKey,
		"saml.xml": m.saml, "saml-changed.xml": strings.ReplaceAll(m.saml, "/sso", "/signon")}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
