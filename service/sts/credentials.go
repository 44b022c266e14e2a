package sts

import (
	"time"

	"vauban/access"
	api "vauban/api/sts"
	"vauban/service"
)

// issue makes credentials for the caller that they will prove. Its session needs no times yet.
func (s *Service) issue(c *service.Call, who service.Caller, duration int64) (*api.Credentials, error) {
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

// seconds is the duration in a request, or what AWS takes without one.
func seconds(requested *int64, otherwise int64) int64 {
	if requested != nil {
		return *requested
	}
	return otherwise
}
