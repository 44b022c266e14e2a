package sts

import (
	"time"

	"vauban/access"
	api "vauban/api/sts"
	"vauban/service"
	"vauban/store"
)

// globalEndpoint is the host whose tokens an account can choose to be valid everywhere. Those of all others are.
// IAM User Guide: "Manage AWS STS in an AWS Region".
const globalEndpoint = "sts.amazonaws.com"

// issue makes credentials for the caller that they will prove. Its session needs no times yet. tx is a transaction that is open, or nil.
func (s *Service) issue(c *service.Call, tx store.Tx, who service.Caller, duration int64) (*api.Credentials, error) {
	if c.Host == globalEndpoint {
		everywhere, err := s.globalTokens(c, tx, who.Account)
		if err != nil {
			return nil, err
		}
		who.Session.DefaultRegions = !everywhere
	}
	who.Session.IssuedAt = c.Time.UTC().Truncate(time.Second)
	who.Session.ExpiresAt = who.Session.IssuedAt.Add(time.Duration(duration) * time.Second)
	id, secret, err := s.identities.NewKey(s.Rand, who.Account)
	if err != nil {
		return nil, err
	}
	who.AccessKeyID = id
	token, err := access.SealSession(s.Seal, &access.Credentials{AccessKeyID: id, Secret: secret, Caller: who})
	if err != nil {
		return nil, err
	}
	return &api.Credentials{AccessKeyId: &id, SecretAccessKey: &secret, SessionToken: &token, Expiration: &who.Session.ExpiresAt}, nil
}

// globalTokens is what the account has chosen with iam:SetSecurityTokenServicePreferences.
func (s *Service) globalTokens(c *service.Call, tx store.Tx, account string) (everywhere bool, err error) {
	read := func(tx store.Tx) (err error) {
		everywhere, err = s.identities.GlobalTokens(tx, account)
		return err
	}
	if tx != nil {
		err = read(tx)
	} else {
		err = s.Store.Read(c, read)
	}
	return everywhere, err
}

// seconds is the duration in a request, or what AWS takes without one.
func seconds(requested *int64, otherwise int64) int64 {
	if requested != nil {
		return *requested
	}
	return otherwise
}
