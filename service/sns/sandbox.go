package sns

import (
	api "vauban/api/sns"
	"vauban/service"
)

// No account is in an SMS sandbox: the operator has chosen the partner, and its spend limit bounds what goes wrong. So there are no numbers to verify.

func (s *Service) sandboxOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetSMSSandboxAccountStatus, onAny[api.GetSMSSandboxAccountStatusInput], s.sandboxStatus),
		service.Reads(api.OpListSMSSandboxPhoneNumbers, onAny[api.ListSMSSandboxPhoneNumbersInput], s.listSandboxNumbers),
		service.Writes(api.OpCreateSMSSandboxPhoneNumber, onAny[api.CreateSMSSandboxPhoneNumberInput], notInSandbox[api.CreateSMSSandboxPhoneNumberInput, api.CreateSMSSandboxPhoneNumberOutput]),
		service.Writes(api.OpVerifySMSSandboxPhoneNumber, onAny[api.VerifySMSSandboxPhoneNumberInput], notInSandbox[api.VerifySMSSandboxPhoneNumberInput, api.VerifySMSSandboxPhoneNumberOutput]),
		service.Writes(api.OpDeleteSMSSandboxPhoneNumber, onAny[api.DeleteSMSSandboxPhoneNumberInput], notInSandbox[api.DeleteSMSSandboxPhoneNumberInput, api.DeleteSMSSandboxPhoneNumberOutput]),
	}
}

func (s *Service) sandboxStatus(*service.Call, *api.GetSMSSandboxAccountStatusInput) (*api.GetSMSSandboxAccountStatusOutput, error) {
	return &api.GetSMSSandboxAccountStatusOutput{IsInSandbox: new(false)}, nil
}

func (s *Service) listSandboxNumbers(_ *service.Call, in *api.ListSMSSandboxPhoneNumbersInput) (*api.ListSMSSandboxPhoneNumbersOutput, error) {
	if _, err := s.pageOf("sandbox", in.NextToken); err != nil {
		return nil, err
	}
	return &api.ListSMSSandboxPhoneNumbersOutput{PhoneNumbers: []api.SMSSandboxPhoneNumber{}}, nil
}

func notInSandbox[In, Out any](*service.Call, *In) (*Out, error) {
	return nil, api.UserErrorException.New("The account is not in the SMS sandbox: any phone number can be sent to, and none is to be verified.")
}
