package sts

import (
	"encoding/json"

	"vauban/access"
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

// decodeAuthorizationMessage shows why a call of the caller's account was refused.
func (s *Service) decodeAuthorizationMessage(c *service.Call, in *api.DecodeAuthorizationMessageInput) (*api.DecodeAuthorizationMessageOutput, error) {
	m, err := access.OpenMessage(s.Seal, *in.EncodedMessage)
	if err != nil || m.Account != c.Account || !json.Valid(m.Authz) {
		return nil, api.InvalidAuthorizationMessageException.New("Message is not valid").Because(err)
	}
	return &api.DecodeAuthorizationMessageOutput{DecodedMessage: new(string(m.Authz))}, nil
}
