package sns

import (
	api "vauban/api/sns"
	"vauban/api/wire"
	"vauban/service"
)

// Data protection policies are not built: no topic has one, and none can be set.

func (s *Service) protectionOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetDataProtectionPolicy, func(c *service.Call, in *api.GetDataProtectionPolicyInput) ([]service.Question, error) {
			q, err := s.onARN(c, own, wire.Text(in.ResourceArn), "ResourceArn")
			return []service.Question{q}, err
		}, s.getProtection),
		service.Writes(api.OpPutDataProtectionPolicy, func(c *service.Call, in *api.PutDataProtectionPolicyInput) ([]service.Question, error) {
			q, err := s.onARN(c, own, wire.Text(in.ResourceArn), "ResourceArn")
			return []service.Question{q}, err
		}, s.putProtection),
	}
}

func (s *Service) getProtection(c *service.Call, _ *api.GetDataProtectionPolicyInput) (*api.GetDataProtectionPolicyOutput, error) {
	if _, err := found(c); err != nil {
		return nil, err
	}
	return &api.GetDataProtectionPolicyOutput{}, nil
}

func (s *Service) putProtection(c *service.Call, in *api.PutDataProtectionPolicyInput) (*api.PutDataProtectionPolicyOutput, error) {
	if _, err := found(c); err != nil {
		return nil, err
	}
	if wire.Text(in.DataProtectionPolicy) == "" { // to have none is what there is
		return &api.PutDataProtectionPolicyOutput{}, nil
	}
	return nil, unbuilt("DataProtectionPolicy")
}
