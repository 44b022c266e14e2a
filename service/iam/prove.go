package iam

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"vauban/access"
	"vauban/engine/arn"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// hiddenName stands in records for the name of a user that does not exist: people type passwords where names belong. CloudTrail User
// Guide: "AWS Management Console sign-in events".
const hiddenName = "HIDDEN_DUE_TO_SECURITY_REASONS"

// Prove implements [service.Prover]. It takes the same steps, and the same time, whether the user exists or not.
func (s *Service) Prove(ctx context.Context, c service.Claim) (*service.Proof, error) {
	p, err := s.claimed(ctx, c)
	if err != nil {
		return nil, err
	}
	var later *TryLater
	if err := try(ctx, s.Store, c.Time, p.tried...); errors.As(err, &later) {
		r := p.refusal(service.TooManyFailures)
		r.After = later.After
		return nil, r
	} else if err != nil {
		return nil, err
	}
	right, outdated, err := s.hashing.verify(ctx, p.hash, c.Password)
	if e := answered(err); e != nil { // busy: the password was not looked at, so that the try was none
		return nil, errors.Join(err, p.withdraw(ctx, s))
	}
	if err != nil {
		return nil, err
	}
	switch {
	case !p.exists:
		return nil, p.refusal(service.NoSuchUser)
	case !right:
		return nil, p.refusal(service.WrongPassword)
	}
	switch { // before the MFA code, which would be used up
	case p.mustReset:
		return nil, p.givenBack(ctx, s, service.Expired)
	case p.change && !c.Changes:
		return nil, p.givenBack(ctx, s, service.NeedsPassword)
	}
	if err := s.proveDevice(ctx, p); err != nil {
		return nil, err
	}
	if outdated {
		p.rehashed, err = s.hashing.hash(ctx, c.Password)
		if err != nil && answered(err) == nil { // too busy: at the next sign-in
			return nil, err
		}
	}
	return p.proof(s), nil
}

// prover is a claim that is being looked at.
type prover struct {
	claim     service.Claim
	tried     []subject // the secret first, then the source
	caller    service.Caller
	exists    bool
	hash      []byte // opened; nil when there is no password
	sealed    []byte // as stored
	devices   int
	change    bool
	mustReset bool
	device    string // serial number of the device whose code was taken
	rehashed  []byte
}

// claimed looks the claim's account and user up. None of them need exist.
func (s *Service) claimed(ctx context.Context, c service.Claim) (*prover, error) {
	p := &prover{claim: c}
	err := s.Store.Read(ctx, func(tx store.Tx) error {
		a, err := accountNamed(tx, c.Account)
		if store.IsAbsent(err) {
			p.caller = service.Caller{Kind: policy.User, Name: hiddenName}
			p.tried = []subject{subjectPassword(c.Account, c.User, c.Source), subjectSource(c.Source)}
			return nil
		}
		if err != nil {
			return err
		}
		p.tried = []subject{subjectPassword(a.ID, c.User, c.Source), subjectSource(c.Source)}
		if strings.EqualFold(c.User, rootUser) {
			return s.claimedRoot(tx, p, a)
		}
		return s.claimedUser(tx, p, a)
	})
	return p, err
}

// accountNamed returns the account of that ID or alias.
func accountNamed(tx store.Tx, name string) (*Account, error) {
	if arn.IsAccount(name) {
		return accounts.Get(tx, store.K(name))
	}
	return accounts.ByUnique(tx, "alias", store.K(name))
}

func (s *Service) claimedRoot(tx store.Tx, p *prover, a *Account) (err error) {
	p.exists = true
	p.caller = service.Caller{Kind: policy.Root, Account: a.ID, ARN: rootARN(a.ID), UserID: a.ID}
	if len(a.Root.Hash) > 0 {
		p.sealed = a.Root.Hash
		if p.hash, err = openRootHash(s.Seal, a); err != nil {
			return err
		}
	}
	return p.countDevices(tx, a.ID, a.ID)
}

func (s *Service) claimedUser(tx store.Tx, p *prover, a *Account) error {
	u, err := users.Get(tx, entityKey(a.ID, p.claim.User))
	if store.IsAbsent(err) {
		p.caller = service.Caller{Kind: policy.User, Account: a.ID, Name: hiddenName}
		return nil
	}
	if err != nil {
		return err
	}
	p.exists = true
	p.caller = service.Caller{Kind: policy.User, Account: a.ID, ARN: u.ARN(), UserID: u.ID, Name: u.Name}
	if u.Login != nil {
		p.sealed = u.Login.Hash
		if p.hash, err = s.openHash(u, u.Login.Hash); err != nil {
			return err
		}
		expired := a.PasswordPolicy.expired(u.Login.Changed, p.claim.Time)
		p.change = expired || u.Login.ResetRequired
		p.mustReset = expired && a.PasswordPolicy.HardExpiry
	}
	return p.countDevices(tx, a.ID, u.ID)
}

func (p *prover) countDevices(tx store.Tx, account, ownerID string) error {
	devices, err := devicesOf(tx, account, ownerID)
	p.devices = len(devices)
	return err
}

func (p *prover) refusal(why service.Reason) *service.Refusal {
	return &service.Refusal{Reason: why, Claimed: p.caller, Code: p.claim.Code != ""}
}

// givenBack is a refusal that is no failed attempt.
func (p *prover) givenBack(ctx context.Context, s *Service, why service.Reason) error {
	return errors.Join(p.refusal(why), p.withdraw(ctx, s))
}

func (p *prover) withdraw(ctx context.Context, s *Service) error {
	return s.Store.Write(ctx, func(tx store.Tx) error { return withdraw(tx, p.claim.Time, p.tried...) })
}

// proveDevice takes an MFA code when the principal has a device. Root must have one. The code is burned in a transaction of its own,
// before anything that it allows is done.
func (s *Service) proveDevice(ctx context.Context, p *prover) error {
	switch {
	case p.devices == 0 && p.caller.Kind == policy.Root:
		return p.givenBack(ctx, s, service.NoDevice)
	case p.devices == 0:
		return nil
	case p.claim.Code == "":
		return p.givenBack(ctx, s, service.NeedsCode)
	}
	err := s.Store.Write(ctx, func(tx store.Tx) error {
		p.device = ""
		devices, err := devicesOf(tx, p.caller.Account, p.caller.UserID)
		if err != nil {
			return err
		}
		for _, d := range devices {
			err := d.take(tx, s.Seal, p.claim.Code, p.claim.Time)
			if err == nil {
				p.device = d.Serial()
			}
			if !errors.Is(err, ErrMFA) {
				return err
			}
		}
		return ErrMFA
	})
	if errors.Is(err, ErrMFA) {
		return p.refusal(service.WrongCode)
	}
	return err
}

func (p *prover) proof(s *Service) *service.Proof {
	return &service.Proof{
		Caller: p.caller, Device: p.device,
		Enter:    func(tx store.Tx, changed bool) error { return s.enter(tx, p, changed) },
		Withdraw: func(ctx context.Context) error { return p.withdraw(ctx, s) },
		Issue:    func(session service.Session) (service.Keys, error) { return s.issue(p.caller, session) },
	}
}

// enter notes that the principal signed in.
func (s *Service) enter(tx store.Tx, p *prover, changed bool) error {
	note := s.enterUser
	if p.caller.Kind == policy.Root {
		note = s.enterRoot
	}
	if err := note(tx, p, changed); err != nil {
		return err
	}
	if err := withdraw(tx, p.claim.Time, p.tried[1]); err != nil {
		return err
	}
	return forgive(tx, p.tried[0], p.claim.Time)
}

func (s *Service) enterUser(tx store.Tx, p *prover, changed bool) error {
	u, err := users.ByUnique(tx, "id", store.K(p.caller.Account, p.caller.UserID))
	if store.IsAbsent(err) || err == nil && (u.Login == nil || !changed && !slices.Equal(u.Login.Hash, p.sealed)) {
		return p.refusal(service.WrongPassword)
	}
	if err != nil {
		return err
	}
	if p.rehashed != nil && !changed {
		if u.Login.Hash, err = s.sealHash(u, p.rehashed); err != nil {
			return err
		}
	}
	u.Login.LastUsed = seconds(p.claim.Time)
	return users.Update(tx, u)
}

func (s *Service) enterRoot(tx store.Tx, p *prover, _ bool) error {
	a, err := accounts.Get(tx, store.K(p.caller.Account))
	if err != nil {
		return err
	}
	if !slices.Equal(a.Root.Hash, p.sealed) {
		return p.refusal(service.WrongPassword)
	}
	if p.rehashed != nil {
		if a.Root.Hash, err = sealRootHash(s.Seal, a, p.rehashed); err != nil {
			return err
		}
	}
	a.Root.LastUsed = seconds(p.claim.Time)
	return accounts.Update(tx, a)
}

// issue makes temporary credentials of the caller.
func (s *Service) issue(who service.Caller, session service.Session) (service.Keys, error) {
	var none service.Keys
	id, secret, err := NewTemporaryKey(s.Rand, who.Account)
	if err != nil {
		return none, err
	}
	session.Issuer = service.Issuer{Kind: who.Kind, ARN: who.ARN, ID: who.UserID, Name: who.Name, Account: who.Account}
	who.AccessKeyID, who.Session = id, &session
	token, err := access.SealSession(s.Seal, &access.Credentials{AccessKeyID: id, Secret: secret, Caller: who})
	if err != nil {
		return none, fmt.Errorf("issue credentials: %w", err)
	}
	return service.Keys{AccessKeyID: id, SecretAccessKey: secret, SessionToken: token, Expires: session.ExpiresAt}, nil
}

var _ service.Prover = (*Service)(nil)
