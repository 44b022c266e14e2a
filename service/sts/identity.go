package sts

import (
	api "vauban/api/sts"
	"vauban/service"
)

func (s *Service) getCallerIdentity(c *service.Call, _ *api.GetCallerIdentityInput) (*api.GetCallerIdentityOutput, error) {
	return &api.GetCallerIdentityOutput{Account: &c.Caller.Account, Arn: &c.Caller.ARN, UserId: &c.Caller.UserID}, nil
}

// getAccessKeyInfo reads the account from the key's ID; it does not say whether the key exists, as AWS's does not.
func (s *Service) getAccessKeyInfo(_ *service.Call, in *api.GetAccessKeyInfoInput) (*api.GetAccessKeyInfoOutput, error) {
	account, ok := s.identities.AccountOfKey(*in.AccessKeyId)
	if !ok {
		return nil, validationError.New("Invalid Access Key Id: %s", *in.AccessKeyId)
	}
	return &api.GetAccessKeyInfoOutput{Account: &account}, nil
}
