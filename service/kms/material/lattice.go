package material

import (
	"crypto/rand"
	"io"

	"filippo.io/mldsa"
	"filippo.io/mldsa/mldsacrypto"
	pkix "filippo.io/mldsa/x509"
)

// latticePair is an ML-DSA key pair (FIPS 204), kept as its seed.
type latticePair struct{ key *mldsa.PrivateKey }

func latticeParameters(spec string) mldsa.Parameters {
	switch spec {
	case MLDSA44:
		return mldsa.MLDSA44()
	case MLDSA65:
		return mldsa.MLDSA65()
	}
	return mldsa.MLDSA87()
}

func latticeSpec(p mldsa.Parameters) string {
	switch p {
	case mldsa.MLDSA44():
		return MLDSA44
	case mldsa.MLDSA65():
		return MLDSA65
	}
	return MLDSA87
}

func generateLattice(random io.Reader, spec string) (form, error) {
	seed, err := read(random, mldsa.PrivateKeySize)
	if err != nil {
		return nil, err
	}
	defer clear(seed)
	key, err := mldsa.NewPrivateKey(latticeParameters(spec), seed)
	if err != nil {
		return nil, err
	}
	return &latticePair{key}, nil
}

func (p *latticePair) private() ([]byte, error) { return pkix.MarshalPKCS8PrivateKey(p.key) }
func (p *latticePair) spki() ([]byte, error)    { return pkix.MarshalPKIXPublicKey(p.key.PublicKey()) }

// muSize is the length of a message representative, in bytes (FIPS 204 section 6.2).
const muSize = 64

// latticeType refuses message types that ML-DSA in KMS does not have, and reports whether the message is a representative.
func latticeType(algorithm, messageType string, message []byte) (mu bool, err error) {
	switch messageType {
	case TypeRaw:
		return false, nil
	case TypeExternal:
		if len(message) != muSize {
			return false, &MessageError{algorithm, messageType, muSize}
		}
		return true, nil
	}
	return false, &MessageError{Algorithm: algorithm, Type: messageType}
}

func (p *latticePair) sign(algorithm, messageType string, message []byte) ([]byte, error) {
	mu, err := latticeType(algorithm, messageType, message)
	if err != nil {
		return nil, err
	}
	if mu {
		return p.key.Sign(rand.Reader, message, mldsacrypto.MLDSAMu)
	}
	return p.key.Sign(rand.Reader, message, nil)
}

func (p *latticePair) verify(algorithm, messageType string, message, signature []byte) error {
	mu, err := latticeType(algorithm, messageType, message)
	if err != nil {
		return err
	}
	if mu && !verifyRepresentative(p.key.PublicKey(), message, signature) {
		return ErrSignature
	}
	if !mu && mldsa.Verify(p.key.PublicKey(), message, signature, nil) != nil {
		return ErrSignature
	}
	return nil
}
