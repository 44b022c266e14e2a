package iam

import (
	"time"

	api "vauban/api/iam"
	"vauban/engine/password"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// PasswordPolicy is the account's password policy.
type PasswordPolicy struct {
	MinimumLength   int64 `json:"minimumLength"`
	Symbols         bool  `json:"symbols,omitempty"`
	Numbers         bool  `json:"numbers,omitempty"`
	Uppercase       bool  `json:"uppercase,omitempty"`
	Lowercase       bool  `json:"lowercase,omitempty"`
	AllowChange     bool  `json:"allowChange,omitempty"`
	MaxAge          int64 `json:"maxAge,omitempty"` // days
	ReusePrevention int64 `json:"reusePrevention,omitempty"`
	HardExpiry      bool  `json:"hardExpiry,omitempty"`
}

func (s *Service) passwordPolicyOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetAccountPasswordPolicy, onPasswordPolicy, s.getAccountPasswordPolicy),
		service.Writes(api.OpUpdateAccountPasswordPolicy, onAll[api.UpdateAccountPasswordPolicyInput], s.updateAccountPasswordPolicy),
		service.Writes(api.OpDeleteAccountPasswordPolicy, onAll[api.DeleteAccountPasswordPolicyInput], s.deleteAccountPasswordPolicy),
	}
}

// rules are the policy's demands on the password itself; nil, AWS's default, without a policy.
func (p *PasswordPolicy) rules() *password.Policy {
	if p == nil {
		return nil
	}
	return &password.Policy{
		MinimumLength: int(p.MinimumLength), RequireSymbols: p.Symbols, RequireNumbers: p.Numbers,
		RequireUppercase: p.Uppercase, RequireLowercase: p.Lowercase,
	}
}

// expires is when a password of that age expires; zero without a policy that says so.
func (p *PasswordPolicy) expires(changed time.Time) time.Time {
	if p == nil || p.MaxAge == 0 {
		return time.Time{}
	}
	return changed.Add(time.Duration(p.MaxAge) * 24 * time.Hour)
}

func (p *PasswordPolicy) expired(changed, now time.Time) bool {
	end := p.expires(changed)
	return !end.IsZero() && !now.Before(end)
}

// remembered is how many passwords, the current one included, a new one must differ from.
func (p *PasswordPolicy) remembered() int {
	if p == nil {
		return 0
	}
	return int(p.ReusePrevention)
}

// changeGrant is what AllowUsersToChangePassword means: every user may change its own password and see the policy, whatever its
// own policies say, unless one denies it. IAM User Guide: "Permit IAM users to change their own passwords".
func changeGrant(c *service.Call) (*policy.Named, error) {
	a, err := accounts.Get(c.Tx, store.K(c.Account))
	if err != nil {
		return nil, err
	}
	if c.Caller.Kind != policy.User || a.PasswordPolicy == nil || !a.PasswordPolicy.AllowChange {
		return nil, nil
	}
	doc, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Sid":"AllowUsersToChangePassword","Effect":"Allow","Principal":{"AWS":"` +
		c.Caller.UserID + `"},"Action":["iam:ChangePassword","iam:GetAccountPasswordPolicy"],"Resource":"*"}]}`))
	if err != nil {
		return nil, err
	}
	return &policy.Named{Name: "account password policy", Document: doc}, nil
}

func onPasswordPolicy(c *service.Call, in *api.GetAccountPasswordPolicyInput) ([]service.Question, error) {
	grant, err := changeGrant(c)
	return []service.Question{{Resource: "*", Policy: grant}}, err
}

func (s *Service) getAccountPasswordPolicy(c *service.Call, in *api.GetAccountPasswordPolicyInput) (*api.GetAccountPasswordPolicyOutput, error) {
	a, err := accounts.Get(c.Tx, store.K(c.Account))
	if err != nil {
		return nil, err
	}
	p := a.PasswordPolicy
	if p == nil {
		return nil, api.NoSuchEntityException.New("The Password Policy with domain name %s cannot be found.", c.Account)
	}
	out := &api.PasswordPolicy{
		MinimumPasswordLength: &p.MinimumLength, RequireSymbols: &p.Symbols, RequireNumbers: &p.Numbers,
		RequireUppercaseCharacters: &p.Uppercase, RequireLowercaseCharacters: &p.Lowercase,
		AllowUsersToChangePassword: &p.AllowChange, ExpirePasswords: new(p.MaxAge > 0), HardExpiry: &p.HardExpiry,
	}
	if p.MaxAge > 0 {
		out.MaxPasswordAge = &p.MaxAge
	}
	if p.ReusePrevention > 0 {
		out.PasswordReusePrevention = &p.ReusePrevention
	}
	return &api.GetAccountPasswordPolicyOutput{PasswordPolicy: out}, nil
}

// updateAccountPasswordPolicy replaces the whole policy: what the request leaves out gets its default.
func (s *Service) updateAccountPasswordPolicy(c *service.Call, in *api.UpdateAccountPasswordPolicyInput) (*api.UpdateAccountPasswordPolicyOutput, error) {
	a, err := accounts.Get(c.Tx, store.K(c.Account))
	if err != nil {
		return nil, err
	}
	a.PasswordPolicy = &PasswordPolicy{
		MinimumLength: val(in.MinimumPasswordLength, password.ShortestMinimum),
		Symbols:       val(in.RequireSymbols, false), Numbers: val(in.RequireNumbers, false),
		Uppercase: val(in.RequireUppercaseCharacters, false), Lowercase: val(in.RequireLowercaseCharacters, false),
		AllowChange: val(in.AllowUsersToChangePassword, false), HardExpiry: val(in.HardExpiry, false),
		MaxAge: val(in.MaxPasswordAge, 0), ReusePrevention: val(in.PasswordReusePrevention, 0),
	}
	return &api.UpdateAccountPasswordPolicyOutput{}, accounts.Update(c.Tx, a)
}

func (s *Service) deleteAccountPasswordPolicy(c *service.Call, in *api.DeleteAccountPasswordPolicyInput) (*api.DeleteAccountPasswordPolicyOutput, error) {
	a, err := accounts.Get(c.Tx, store.K(c.Account))
	if err != nil {
		return nil, err
	}
	if a.PasswordPolicy == nil {
		return nil, noSuch("account policy", "PasswordPolicy")
	}
	a.PasswordPolicy = nil
	return &api.DeleteAccountPasswordPolicyOutput{}, accounts.Update(c.Tx, a)
}
