package material

import (
	"crypto"
	_ "crypto/sha1" // OAEP
	_ "crypto/sha256"
	_ "crypto/sha512"
	"strings"
)

// signing is implemented by the forms that sign.
type signing interface {
	sign(algorithm, messageType string, message []byte) ([]byte, error)
	verify(algorithm, messageType string, message, signature []byte) error // ErrSignature if it is not the message's
}

// Sign signs a message. messageType is TypeRaw, TypeDigest or TypeExternal; "" means TypeRaw.
func (k *Key) Sign(algorithm, messageType string, message []byte) ([]byte, error) {
	s, err := k.signing(algorithm)
	if err != nil {
		return nil, err
	}
	return s.sign(algorithm, orRaw(messageType), message)
}

// Verify answers nil if the signature is the message's, ErrSignature if it is not.
func (k *Key) Verify(algorithm, messageType string, message, signature []byte) error {
	s, err := k.signing(algorithm)
	if err != nil {
		return err
	}
	return s.verify(algorithm, orRaw(messageType), message, signature)
}

func (k *Key) signing(algorithm string) (signing, error) {
	s, ok := k.form.(signing)
	if !ok {
		return nil, &AlgorithmError{algorithm, k.spec}
	}
	return s, k.algorithm(SigningAlgorithms(k.spec, SignVerify), algorithm)
}

func orRaw(messageType string) string {
	if messageType == "" {
		return TypeRaw
	}
	return messageType
}

// hashOf returns the hash that the algorithm's name ends in.
func hashOf(algorithm string) crypto.Hash {
	switch {
	case strings.HasSuffix(algorithm, "_SHA_384"):
		return crypto.SHA384
	case strings.HasSuffix(algorithm, "_SHA_512"):
		return crypto.SHA512
	}
	return crypto.SHA256
}

// digest returns what RSA and ECDSA sign.
func digest(algorithm, messageType string, message []byte) ([]byte, error) {
	h := hashOf(algorithm)
	switch messageType {
	case TypeRaw:
		sum := h.New()
		sum.Write(message)
		return sum.Sum(nil), nil
	case TypeDigest:
		if len(message) != h.Size() {
			return nil, &MessageError{algorithm, messageType, h.Size()}
		}
		return message, nil
	}
	return nil, &MessageError{Algorithm: algorithm, Type: messageType}
}
