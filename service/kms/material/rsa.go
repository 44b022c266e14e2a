package material

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

type rsaPair struct {
	spec string
	key  *rsa.PrivateKey
}

func generateRSA(random io.Reader, spec string) (form, error) {
	bits, err := strconv.Atoi(strings.TrimPrefix(spec, "RSA_"))
	if err != nil {
		return nil, fmt.Errorf("%w: %q", ErrSpec, spec)
	}
	key, err := rsa.GenerateKey(random, bits)
	if err != nil {
		return nil, err
	}
	return &rsaPair{spec, key}, nil
}

// rsaSpec returns "" for keys that KMS does not take: with more than two primes, another exponent than 65537, or an odd size.
func rsaSpec(key *rsa.PrivateKey) string {
	if len(key.Primes) != 2 || key.E != 65537 {
		return ""
	}
	return "RSA_" + strconv.Itoa(key.N.BitLen())
}

func (p *rsaPair) private() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(p.key) }
func (p *rsaPair) spki() ([]byte, error)    { return x509.MarshalPKIXPublicKey(&p.key.PublicKey) }

// oaepHash returns the hash of an algorithm by which RSA encrypts, 0 for others.
func oaepHash(algorithm string) crypto.Hash {
	switch algorithm {
	case OAEPSHA1:
		return crypto.SHA1
	case OAEPSHA256:
		return crypto.SHA256
	}
	return 0
}

// Encrypt encrypts with an RSA key. The label is empty, as in KMS.
func (k *Key) Encrypt(algorithm string, plaintext []byte) ([]byte, error) {
	p, ok := k.form.(*rsaPair)
	h := oaepHash(algorithm)
	if !ok || h == 0 {
		return nil, &AlgorithmError{algorithm, k.spec}
	}
	if most := p.key.Size() - 2*h.Size() - 2; len(plaintext) > most {
		return nil, &TooLongError{algorithm, k.spec, most}
	}
	out, err := rsa.EncryptOAEP(h.New(), rand.Reader, &p.key.PublicKey, plaintext, nil)
	if err != nil {
		return nil, fmt.Errorf("encrypt with %s: %w", algorithm, err)
	}
	return out, nil
}

// Decrypt decrypts with an RSA key. Whatever is wrong with the ciphertext, the answer is ErrCiphertext.
func (k *Key) Decrypt(algorithm string, ciphertext []byte) ([]byte, error) {
	p, ok := k.form.(*rsaPair)
	h := oaepHash(algorithm)
	if !ok || h == 0 {
		return nil, &AlgorithmError{algorithm, k.spec}
	}
	out, err := rsa.DecryptOAEP(h.New(), rand.Reader, p.key, ciphertext, nil)
	if err != nil {
		return nil, ErrCiphertext
	}
	return out, nil
}

// rsaScheme tells hash and padding of a signing algorithm.
func rsaScheme(algorithm string) (h crypto.Hash, pss bool) {
	return hashOf(algorithm), strings.HasPrefix(algorithm, "RSASSA_PSS_")
}

// saltAsHash is the salt of AWS's PSS: as long as the digest.
func saltAsHash(h crypto.Hash) *rsa.PSSOptions {
	return &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: h}
}

func (p *rsaPair) sign(algorithm, messageType string, message []byte) ([]byte, error) {
	digest, err := digest(algorithm, messageType, message)
	if err != nil {
		return nil, err
	}
	h, pss := rsaScheme(algorithm)
	if pss {
		return rsa.SignPSS(rand.Reader, p.key, h, digest, saltAsHash(h))
	}
	return rsa.SignPKCS1v15(rand.Reader, p.key, h, digest)
}

func (p *rsaPair) verify(algorithm, messageType string, message, signature []byte) error {
	digest, err := digest(algorithm, messageType, message)
	if err != nil {
		return err
	}
	h, pss := rsaScheme(algorithm)
	if pss {
		err = rsa.VerifyPSS(&p.key.PublicKey, h, digest, signature, saltAsHash(h))
	} else {
		err = rsa.VerifyPKCS1v15(&p.key.PublicKey, h, digest, signature)
	}
	if errors.Is(err, rsa.ErrVerification) {
		return ErrSignature
	}
	return err
}
