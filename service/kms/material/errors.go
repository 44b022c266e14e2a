package material

import (
	"errors"
	"fmt"
)

// What can be wrong with a call. The texts say nothing about secrets.
var (
	ErrSpec       = errors.New("material: no such key spec")
	ErrMaterial   = errors.New("material: not key material of this key spec")
	ErrCiphertext = errors.New("material: the ciphertext does not open")
	ErrSignature  = errors.New("material: the signature is not valid")
	ErrMAC        = errors.New("material: the MAC is not valid")
	ErrPublicKey  = errors.New("material: not a public key of this curve")
	ErrWrapped    = errors.New("material: the wrapped key material does not open")
)

// AlgorithmError says that keys of this spec do not know the algorithm.
type AlgorithmError struct{ Algorithm, Spec string }

func (e *AlgorithmError) Error() string {
	return fmt.Sprintf("material: algorithm %s is incompatible with key spec %s", e.Algorithm, e.Spec)
}

// MessageError says that a message of this type or length cannot be used with the algorithm.
type MessageError struct {
	Algorithm, Type string
	Length          int // the length that the type must have; 0: the type itself does not go with the algorithm
}

func (e *MessageError) Error() string {
	if e.Length == 0 {
		return fmt.Sprintf("material: a message of type %s does not go with %s", e.Type, e.Algorithm)
	}
	return fmt.Sprintf("material: a message of type %s must have %d bytes for %s", e.Type, e.Length, e.Algorithm)
}

// TooLongError says that a plaintext does not fit into one RSA message.
type TooLongError struct {
	Algorithm, Spec string
	Max             int // bytes
}

func (e *TooLongError) Error() string {
	return fmt.Sprintf("material: %s with %s cannot encrypt more than %d bytes", e.Algorithm, e.Spec, e.Max)
}
