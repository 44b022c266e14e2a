package kms

import (
	"errors"
	"slices"

	api "vauban/api/kms"
	"vauban/service/kms/material"
)

// wanted is what an operation that uses a key wants of it.
type wanted struct {
	operation string
	usage     string
	algorithm string
	known     []string // algorithms of the key
	tokens    []string // of grants
	dry       *bool
}

// with returns the material of the key, unless something speaks against the use, or nothing does and it was only a question.
func (s *Service) with(u *use, w wanted) (*material.Key, error) {
	if err := u.key.refuseUse(w.usage, w.operation); err != nil {
		return nil, err
	}
	if !slices.Contains(w.known, w.algorithm) {
		return nil, incompatible(w.algorithm, u.key.Spec)
	}
	if err := s.checkTokens(u, w.tokens); err != nil {
		return nil, err
	}
	if err := dryRun(w.dry); err != nil {
		return nil, err
	}
	return s.current(u)
}

func incompatible(algorithm, spec string) error {
	return api.InvalidKeyUsageException.New("Algorithm %s is incompatible with key spec %s.", algorithm, spec)
}

// refused is what clients learn of what package material refuses.
func refused(err error) error {
	var algorithm *material.AlgorithmError
	var message *material.MessageError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &algorithm):
		return incompatible(algorithm.Algorithm, algorithm.Spec)
	case errors.As(err, &message) && message.Type == material.TypeExternal && message.Length > 0:
		return invalid("The message of type %s must have %d bytes for algorithm %s.", message.Type, message.Length, message.Algorithm)
	case errors.As(err, &message) && message.Length > 0:
		return invalid("Digest is invalid length for algorithm %s.", message.Algorithm)
	case errors.As(err, &message):
		return invalid("MessageType %s is not valid for algorithm %s.", message.Type, message.Algorithm)
	case errors.Is(err, material.ErrSignature):
		return api.KMSInvalidSignatureException.New("").Because(err)
	case errors.Is(err, material.ErrMAC):
		return api.KMSInvalidMacException.New("").Because(err)
	}
	return err
}
