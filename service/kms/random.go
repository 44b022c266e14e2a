package kms

import (
	"io"

	api "vauban/api/kms"
	"vauban/service"
)

func (s *Service) randomOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGenerateRandom, onRandom, s.generateRandom).WithoutState(),
	}
}

// onRandom gives no condition keys: AWS has those of attested enclaves only.
func onRandom(*service.Call, *api.GenerateRandomInput) ([]service.Question, error) {
	return []service.Question{{Resource: "*"}}, nil
}

func (s *Service) generateRandom(c *service.Call, in *api.GenerateRandomInput) (*api.GenerateRandomOutput, error) {
	if err := notForRecipient(in.Recipient); err != nil {
		return nil, err
	}
	if in.CustomKeyStoreId != nil {
		if _, err := s.namedKeyStore(c, *in.CustomKeyStoreId); err != nil {
			return nil, err
		}
		return nil, api.UnsupportedOperationException.New("Custom key store %s is an external key store, which makes no random bytes. Leave CustomKeyStoreId out.", *in.CustomKeyStoreId)
	}
	if in.NumberOfBytes == nil {
		return nil, invalid("NumberOfBytes is required.")
	}
	b := make([]byte, *in.NumberOfBytes)
	_, err := io.ReadFull(s.Rand, b)
	return &api.GenerateRandomOutput{Plaintext: b}, err
}
