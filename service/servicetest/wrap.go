package servicetest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"testing"
)

// wrap encrypts key material for an import by the RSAES_OAEP algorithms of KMS, apart from the code under test.
func wrap(t *testing.T, public, algorithm, material string) string {
	der, err := base64.StdEncoding.DecodeString(public)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := hex.DecodeString(material)
	if err != nil {
		t.Fatal(err)
	}
	hashes := map[string]hash.Hash{"RSAES_OAEP_SHA_1": sha1.New(), "RSAES_OAEP_SHA_256": sha256.New()}
	out, err := rsa.EncryptOAEP(hashes[algorithm], rand.Reader, parsed.(*rsa.PublicKey), plain, nil)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(out)
}
