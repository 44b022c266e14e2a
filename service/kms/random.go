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

func (s *Service) generateRandom(_ *service.Call, in *api.GenerateRandomInput) (*api.GenerateRandomOutput, error) {
	if err := notForRecipient(in.Recipient); err != nil {
		return nil, err
	}
	if in.CustomKeyStoreId != nil {
		return nil, noKeyStore(*in.CustomKeyStoreId)
	}
	if in.NumberOfBytes == nil {
		return nil, invalid("NumberOfBytes is required.")
	}
	b := make([]byte, *in.NumberOfBytes)
	_, err := io.ReadFull(s.Rand, b)
	return &api.GenerateRandomOutput{Plaintext: b}, err
}

func noKeyStore(id string) error {
	return api.CustomKeyStoreNotFoundException.New("Custom key store %s does not exist: this server has no custom key stores.", id)
}
