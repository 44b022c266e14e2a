package iam

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"
)

// made is a certificate with its key, in PEM.
type made struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	body string
	pem  string
}

// certify makes a certificate that the issuer signs, or the certificate itself.
func certify(t testing.TB, name string, issuer *made) *made {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0),
		IsCA: true, BasicConstraintsValid: true,
	}
	parent, signer := template, key
	if issuer != nil {
		parent, signer = issuer.cert, issuer.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return &made{cert, key, block("CERTIFICATE", der), block("PRIVATE KEY", pkcs8)}
}

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestCheckServerCertificate(t *testing.T) {
	root := certify(t, "root", nil)
	middle := certify(t, "middle", root)
	leaf := certify(t, "leaf", middle)
	for _, test := range []struct{ name, body, chain, key, want string }{
		{"alone", leaf.body, "", leaf.pem, ""},
		{"chain", leaf.body, middle.body + root.body, leaf.pem, ""},
		{"spaces around", "\n " + leaf.body + "\n\n", middle.body + "\n\n" + root.body + " ", leaf.pem, ""},
		{"self-signed with itself as chain", root.body, root.body, root.pem, ""},
		{"wrong key", leaf.body, "", root.pem, "KeyPairMismatch"},
		{"no certificate", "x", "", leaf.pem, "MalformedCertificate: Unable to parse certificate."},
		{"two certificates", leaf.body + root.body, "", leaf.pem, "MalformedCertificate: Unable to parse certificate."},
		{"text before it", "Subject: leaf\n" + leaf.body, "", leaf.pem, "MalformedCertificate: Unable to parse certificate."},
		{"a key as certificate", leaf.pem, "", leaf.pem, "MalformedCertificate: Unable to parse certificate."},
		{"no key", leaf.body, "", leaf.body, "MalformedCertificate: Unable to parse key"},
		{"chain without its start", leaf.body, root.body, leaf.pem, "MalformedCertificate: Unable to validate certificate chain."},
		{"chain in disorder", leaf.body, root.body + middle.body, leaf.pem, "MalformedCertificate: Unable to validate certificate chain."},
		{"broken chain", leaf.body, middle.body + leaf.body, leaf.pem, "MalformedCertificate: Unable to validate certificate chain."},
		{"nonsense as chain", leaf.body, "x", leaf.pem, "MalformedCertificate: Unable to validate certificate chain."},
		{"endless chain", leaf.body, strings.Repeat(root.body, maxChain+1), leaf.pem, "MalformedCertificate: Unable to validate certificate chain."},
	} {
		got, err := checkServerCertificate(test.body, test.chain, test.key)
		switch {
		case test.want == "" && (err != nil || got == nil):
			t.Errorf("%s: %v", test.name, err)
		case test.want != "" && (err == nil || !strings.HasPrefix(err.Error(), test.want)):
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
}

func TestParsePrivateKey(t *testing.T) {
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, d, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(e)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"PKCS #1":         block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(r)),
		"SEC 1":           block("EC PRIVATE KEY", sec1),
		"with parameters": block("EC PARAMETERS", []byte{5, 0}) + block("EC PRIVATE KEY", sec1),
		"PKCS #8 RSA":     block("PRIVATE KEY", pkcs8(t, r)),
		"PKCS #8 EC":      block("PRIVATE KEY", pkcs8(t, e)),
		"PKCS #8 Ed25519": block("PRIVATE KEY", pkcs8(t, d)),
	} {
		if _, err := parsePrivateKey(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"nothing":     "",
		"public":      block("PUBLIC KEY", []byte{1}),
		"encrypted":   block("ENCRYPTED PRIVATE KEY", []byte{1}),
		"broken":      block("PRIVATE KEY", []byte{1}),
		"parameters":  block("EC PARAMETERS", []byte{5, 0}),
		"certificate": certify(t, "c", nil).body,
	} {
		if _, err := parsePrivateKey(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func pkcs8(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func FuzzParsePEM(f *testing.F) {
	m := certify(f, "fuzz", nil)
	f.Add(m.body)
	f.Add(m.pem)
	f.Add(m.body + m.body + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		if list, err := parseCertificates(text); err == nil && (len(list) == 0 || len(list) > maxChain) {
			t.Errorf("%d certificates in %q", len(list), text)
		}
		if k, err := parsePrivateKey(text); err == nil && k == nil {
			t.Errorf("no key in %q", text)
		}
	})
}
