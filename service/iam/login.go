package iam

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	api "vauban/api/iam"
	"vauban/engine/password"
	"vauban/service"
	"vauban/store"
)

// Login is a user's login profile: what the sign-in endpoint checks.
type Login struct {
	Hash          []byte    `json:"hash"`              // argon2id in PHC form, sealed under the users table and the user's unique ID
	History       [][]byte  `json:"history,omitempty"` // former hashes, newest first, sealed alike, as many as the password policy remembers
	Created       time.Time `json:"created"`
	Changed       time.Time `json:"changed"`
	LastUsed      time.Time `json:"lastUsed,omitzero"`
	ResetRequired bool      `json:"resetRequired,omitempty"`
}

// rootUser is the name under which root signs in. A user of that name has no login profile.
const rootUser = "root"

// signInService is in whose name the sign-in endpoint changes a password for its user.
const signInService = "signin.amazonaws.com"

// loginKey binds a sealed hash to the user: not by name, which may change.
func loginKey(u *User) store.Key { return store.K(u.Account, u.ID) }

func (s *Service) sealHash(u *User, hash []byte) ([]byte, error) {
	sealed, err := s.Seal.Seal(users.Name, loginKey(u), hash)
	if err != nil {
		return nil, fmt.Errorf("seal the password hash of user %s: %w", u.Name, err)
	}
	return sealed, nil
}

func (s *Service) openHash(u *User, sealed []byte) ([]byte, error) {
	hash, err := s.Seal.Open(users.Name, loginKey(u), sealed)
	if err != nil {
		return nil, fmt.Errorf("open the password hash of user %s: %w", u.Name, err)
	}
	return hash, nil
}

func (s *Service) loginOperations() []service.Row {
	return []service.Row{
		orRoot(service.Acts(api.OpCreateLoginProfile, onUser(func(in *api.CreateLoginProfileInput) *string { return in.UserName }), s.createLoginProfile),
			func(in *api.CreateLoginProfileInput) *string { return in.UserName }, s.createRootLogin),
		orRoot(service.Reads(api.OpGetLoginProfile, onUser(func(in *api.GetLoginProfileInput) *string { return in.UserName }), s.getLoginProfile),
			func(in *api.GetLoginProfileInput) *string { return in.UserName }, s.getRootLogin),
		service.Acts(api.OpUpdateLoginProfile, onUser(func(in *api.UpdateLoginProfileInput) *string { return in.UserName }), s.updateLoginProfile),
		orRoot(service.Writes(api.OpDeleteLoginProfile, onUser(func(in *api.DeleteLoginProfileInput) *string { return in.UserName }), s.deleteLoginProfile),
			func(in *api.DeleteLoginProfileInput) *string { return in.UserName }, s.deleteRootLogin),
		service.Acts(api.OpChangePassword, onOwnPassword, s.changePassword),
	}
}

// onOwnPassword asks for the caller's own user. The password policy may allow it.
func onOwnPassword(c *service.Call, in *api.ChangePasswordInput) ([]service.Question, error) {
	if callingUser(c) == "" {
		return []service.Question{{Resource: c.Caller.ARN}}, nil
	}
	qs, err := onUser(func(*api.ChangePasswordInput) *string { return nil })(c, in)
	if err != nil {
		return nil, err
	}
	qs[0].Policy, err = changeGrant(c)
	return qs, err
}

func noLogin(name string) error {
	return api.NoSuchEntityException.New("Login Profile for User %s cannot be found.", name)
}

// member is a user and its account, as they were on one snapshot.
type member struct {
	user    *User
	account *Account
}

// snapshot reads a user and its account outside of a transaction, for work that must not be done inside one.
func (s *Service) snapshot(ctx context.Context, account, name string) (m member, err error) {
	err = s.Store.Read(ctx, func(tx store.Tx) (err error) {
		if m.user, err = users.Get(tx, entityKey(account, name)); err != nil {
			_, err = found(m.user, err, "user", name)
			return err
		}
		m.account, err = accounts.Get(tx, store.K(account))
		return err
	})
	return m, err
}

// same returns the user of the snapshot as it is now, in the transaction that changes it. A password that was changed in between
// makes the work done on the snapshot void.
func (m member) same(tx store.Tx) (*User, error) {
	u, err := users.ByUnique(tx, "id", store.K(m.user.Account, m.user.ID))
	if store.IsAbsent(err) {
		return nil, noSuch("user", m.user.Name)
	}
	if err != nil {
		return nil, err
	}
	if (u.Login == nil) != (m.user.Login == nil) || u.Login != nil && !slices.Equal(u.Login.Hash, m.user.Login.Hash) {
		return nil, api.EntityTemporarilyUnmodifiableException.New("Login Profile for User %s is being changed. Please try again.", u.Name)
	}
	return u, nil
}

// accept checks a new password against the policy and the former passwords, and returns its sealed hash.
func (s *Service) accept(ctx context.Context, m member, pw string) (sealed []byte, err error) {
	p := m.account.PasswordPolicy
	if v := password.Violation(p.rules(), pw, password.Account{Name: m.account.Alias}); v != "" {
		return nil, api.PasswordPolicyViolationException.New("%s", v)
	}
	if m.user.Login != nil {
		former := append([][]byte{m.user.Login.Hash}, m.user.Login.History...)
		for _, h := range former[:min(len(former), p.remembered())] {
			hash, err := s.openHash(m.user, h)
			if err != nil {
				return nil, err
			}
			used, _, err := s.hashing.verify(ctx, hash, pw)
			if err != nil {
				return nil, err
			}
			if used {
				return nil, api.PasswordPolicyViolationException.New("%s", password.ReuseViolation)
			}
		}
	}
	hash, err := s.hashing.hash(ctx, pw)
	if err != nil {
		return nil, err
	}
	return s.sealHash(m.user, hash)
}

// change puts a new password in the place of the present one, which joins the former ones.
func (l *Login) change(sealed []byte, p *PasswordPolicy, now time.Time) {
	if keep := p.remembered() - 1; keep > 0 {
		l.History = slices.Insert(l.History, 0, l.Hash)
		l.History = l.History[:min(len(l.History), keep)]
	} else {
		l.History = nil
	}
	l.Hash, l.Changed = sealed, now
}

func (u *User) shownLogin() *api.LoginProfile {
	return &api.LoginProfile{UserName: &u.Name, CreateDate: &u.Login.Created, PasswordResetRequired: &u.Login.ResetRequired}
}

func (s *Service) createLoginProfile(c *service.Call, in *api.CreateLoginProfileInput) (*api.CreateLoginProfileOutput, error) {
	name, err := userName(c, in.UserName)
	if err != nil {
		return nil, err
	}
	if in.Password == nil {
		return nil, ValidationError.New("1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null")
	}
	m, err := s.snapshot(c, c.Account, name)
	if err != nil {
		return nil, err
	}
	if m.user.Login != nil {
		return nil, api.EntityAlreadyExistsException.New("Login Profile for user %s already exists.", m.user.Name)
	}
	if m.user.isNamedRoot() {
		return nil, api.InvalidInputException.New("The name %s is the account's root user at sign-in: a user of that name cannot have a login profile.", rootUser)
	}
	sealed, err := s.accept(c, m, *in.Password)
	if err != nil {
		return nil, err
	}
	out := &api.CreateLoginProfileOutput{}
	return out, c.Commit(func(tx store.Tx) error {
		u, err := m.same(tx)
		if err != nil {
			return err
		}
		if u.isNamedRoot() {
			return api.EntityTemporarilyUnmodifiableException.New("User %s is being renamed. Please try again.", m.user.Name)
		}
		now := seconds(c.Time)
		u.Login = &Login{Hash: sealed, Created: now, Changed: now, ResetRequired: val(in.PasswordResetRequired, false)}
		out.LoginProfile = u.shownLogin()
		c.Record().Response = out
		return users.Update(tx, u)
	})
}

func (s *Service) getLoginProfile(c *service.Call, in *api.GetLoginProfileInput) (*api.GetLoginProfileOutput, error) {
	name, err := userName(c, in.UserName)
	if err != nil {
		return nil, err
	}
	u, err := s.user(c, name)
	if err != nil {
		return nil, err
	}
	if u.Login == nil {
		return nil, noLogin(u.Name)
	}
	return &api.GetLoginProfileOutput{LoginProfile: u.shownLogin()}, nil
}

func (s *Service) updateLoginProfile(c *service.Call, in *api.UpdateLoginProfileInput) (*api.UpdateLoginProfileOutput, error) {
	m, err := s.snapshot(c, c.Account, *in.UserName)
	if err != nil {
		return nil, err
	}
	if m.user.Login == nil {
		return nil, noLogin(m.user.Name)
	}
	var sealed []byte
	if in.Password != nil {
		if sealed, err = s.accept(c, m, *in.Password); err != nil {
			return nil, err
		}
	}
	return &api.UpdateLoginProfileOutput{}, c.Commit(func(tx store.Tx) error {
		u, err := m.same(tx)
		if err != nil {
			return err
		}
		if sealed != nil {
			u.Login.change(sealed, m.account.PasswordPolicy, seconds(c.Time))
		}
		u.Login.ResetRequired = val(in.PasswordResetRequired, u.Login.ResetRequired)
		return users.Update(tx, u)
	})
}

func (s *Service) deleteLoginProfile(c *service.Call, in *api.DeleteLoginProfileInput) (*api.DeleteLoginProfileOutput, error) {
	name, err := userName(c, in.UserName)
	if err != nil {
		return nil, err
	}
	u, err := s.user(c, name)
	if err != nil {
		return nil, err
	}
	if u.Login == nil {
		return nil, noLogin(u.Name)
	}
	u.Login = nil
	return &api.DeleteLoginProfileOutput{}, users.Update(c.Tx, u)
}

// changePassword lets a user set its own password. Tries at the old one are counted like those at sign-in.
func (s *Service) changePassword(c *service.Call, in *api.ChangePasswordInput) (*api.ChangePasswordOutput, error) {
	name := callingUser(c)
	if name == "" {
		return nil, api.InvalidUserTypeException.New("The type of user for the transaction was incorrect.")
	}
	m, err := s.snapshot(c, c.Account, name)
	if err != nil {
		return nil, err
	}
	if m.user.ID != callingUserID(c) {
		return nil, noSuch("user", name)
	}
	if m.user.Login == nil {
		return nil, noLogin(m.user.Name)
	}
	var tried []subject
	if c.Caller.InvokedBy != signInService { // there the password was just proved, and the try counted
		tried = []subject{subjectPassword(c.Account, m.user.Name, c.SourceIP)}
		if err := try(c, s.Store, c.Time, tried...); err != nil {
			return nil, tooManyTries(err)
		}
	}
	hash, err := s.openHash(m.user, m.user.Login.Hash)
	if err != nil {
		return nil, err
	}
	right, _, err := s.hashing.verify(c, hash, *in.OldPassword)
	if err != nil {
		return nil, err
	}
	if !right {
		return nil, accessDenied.New("The old password was incorrect.")
	}
	sealed, err := s.accept(c, m, *in.NewPassword)
	if err != nil {
		return nil, errors.Join(err, s.Store.Write(c, func(tx store.Tx) error { return withdraw(tx, c.Time, tried...) }))
	}
	return &api.ChangePasswordOutput{}, c.Commit(func(tx store.Tx) error {
		u, err := m.same(tx)
		if err != nil {
			return err
		}
		u.Login.change(sealed, m.account.PasswordPolicy, seconds(c.Time))
		u.Login.ResetRequired = false
		if err := withdraw(tx, c.Time, tried...); err != nil {
			return err
		}
		return users.Update(tx, u)
	})
}

// tooManyTries puts [*TryLater] into IAM's errors.
func tooManyTries(err error) error {
	var later *TryLater
	if errors.As(err, &later) {
		return api.LimitExceededException.New("There were too many failed attempts. Try again in %s.", later.wait())
	}
	return err
}
