package iam

import (
	"time"

	api "vauban/api/iam"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// Root's credentials are a password and an MFA device; it has no access keys and no signing certificates. Operations that name no user
// act on root when root calls them, be it in a session for that task.

// orRoot makes a row act on root when root calls it without naming a user.
func orRoot[In, Out any](row service.Row, name func(*In) *string, h func(*service.Call, *In) (*Out, error)) service.Row {
	isRoot := func(c *service.Call, in any) bool { return c.Caller.Kind == policy.Root && name(in.(*In)) == nil }
	rule, handle := row.Resource, row.Handle
	row.Resource = func(c *service.Call, in any) ([]service.Question, error) {
		if isRoot(c, in) {
			return []service.Question{{Resource: rootARN(c.Account)}}, nil
		}
		return rule(c, in)
	}
	row.Handle = func(c *service.Call, in any) (any, error) {
		if !isRoot(c, in) {
			return handle(c, in)
		}
		out, err := h(c, in.(*In))
		if err != nil {
			return nil, err
		}
		return out, nil
	}
	return row
}

func (s *Service) getRootUser(c *service.Call, _ *api.GetUserInput) (*api.GetUserOutput, error) {
	return s.getRoot(c)
}

// createRootLogin is refused: AWS would then let root recover its password by mail, and there is no mail here.
func (s *Service) createRootLogin(*service.Call, *api.CreateLoginProfileInput) (*api.CreateLoginProfileOutput, error) {
	return nil, ValidationError.New("The password of root is not recovered by mail here. Whoever runs the server sets it: vauban root init --account ID.")
}

func (s *Service) getRootLogin(c *service.Call, _ *api.GetLoginProfileInput) (*api.GetLoginProfileOutput, error) {
	a, err := accounts.Get(c.Tx, store.K(c.Account))
	if err != nil {
		return nil, err
	}
	if a.Root.Hash == nil {
		return nil, noLogin(rootUser)
	}
	return &api.GetLoginProfileOutput{LoginProfile: &api.LoginProfile{UserName: new(rootUser), CreateDate: &a.Root.Changed, PasswordResetRequired: new(false)}}, nil
}

func (s *Service) deleteRootLogin(c *service.Call, _ *api.DeleteLoginProfileInput) (*api.DeleteLoginProfileOutput, error) {
	a, err := accounts.Get(c.Tx, store.K(c.Account))
	if err != nil {
		return nil, err
	}
	if a.Root.Hash == nil {
		return nil, noLogin(rootUser)
	}
	a.Root.Hash, a.Root.Changed = nil, time.Time{}
	return &api.DeleteLoginProfileOutput{}, accounts.Update(c.Tx, a)
}

func (s *Service) listRootKeys(*service.Call, *api.ListAccessKeysInput) (*api.ListAccessKeysOutput, error) {
	return &api.ListAccessKeysOutput{AccessKeyMetadata: []api.AccessKeyMetadata{}, IsTruncated: new(false)}, nil
}

func (s *Service) deleteRootKey(_ *service.Call, in *api.DeleteAccessKeyInput) (*api.DeleteAccessKeyOutput, error) {
	return nil, noSuchKey(*in.AccessKeyId)
}

func (s *Service) listRootCertificates(*service.Call, *api.ListSigningCertificatesInput) (*api.ListSigningCertificatesOutput, error) {
	return &api.ListSigningCertificatesOutput{Certificates: []api.SigningCertificate{}, IsTruncated: new(false)}, nil
}

func (s *Service) deleteRootCertificate(_ *service.Call, in *api.DeleteSigningCertificateInput) (*api.DeleteSigningCertificateOutput, error) {
	return nil, noSuch("certificate", *in.CertificateId)
}

// deactivateRootDevice takes root's device away: root cannot sign in before it has another.
func (s *Service) deactivateRootDevice(c *service.Call, in *api.DeactivateMFADeviceInput) (*api.DeactivateMFADeviceOutput, error) {
	d, err := deviceBySerial(c.Tx, c.Account, *in.SerialNumber)
	if store.IsAbsent(err) || err == nil && d.Owner != c.Account {
		return nil, api.NoSuchEntityException.New("MFA Device invalid for user.")
	}
	if err != nil {
		return nil, err
	}
	a, err := accounts.Get(c.Tx, store.K(c.Account))
	if err != nil {
		return nil, err
	}
	if err := s.count(c.Tx, c.Account, mfaInUseQuota, -1); err != nil {
		return nil, err
	}
	d.Owner, d.Enabled, a.Root.MFASerial = "", time.Time{}, ""
	if err := accounts.Update(c.Tx, a); err != nil {
		return nil, err
	}
	return &api.DeactivateMFADeviceOutput{}, mfaDevices.Update(c.Tx, d)
}
