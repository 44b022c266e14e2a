package iam

import (
	"time"

	api "vauban/api/iam"
	"vauban/service"
	"vauban/store"
)

// Account is one account as stored: what belongs to no entity of it.
type Account struct {
	ID             string          `json:"id"`
	Created        time.Time       `json:"created"`
	Alias          string          `json:"alias,omitempty"`
	PasswordPolicy *PasswordPolicy `json:"passwordPolicy,omitempty"`
	Root           Root            `json:"root"`
	GlobalTokens   bool            `json:"v2GlobalTokens,omitempty"` // SetSecurityTokenServicePreferences
}

// Root is the account's root user. It has no access keys; it has a password and MFA device after `vauban root init`.
type Root struct {
	Hash      []byte    `json:"hash,omitempty"` // sealed under the accounts table and the account's key
	MFASerial string    `json:"mfaSerial,omitempty"`
	Changed   time.Time `json:"changed,omitzero"`
	LastUsed  time.Time `json:"lastUsed,omitzero"`
}

var accounts = &store.Table[Account]{
	Name: "iam.account",
	Key:  func(a *Account) store.Key { return store.K(a.ID) },
	Unique: map[string]func(*Account) store.Key{"alias": func(a *Account) store.Key {
		if a.Alias == "" {
			return nil
		}
		return store.K(a.Alias)
	}},
	Cached: true,
}

// rootARN is the ARN of the account's root user.
func rootARN(account string) string { return "arn:aws:iam::" + account + ":root" }

func (s *Service) accountOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateAccountAlias, onAll[api.CreateAccountAliasInput], s.createAccountAlias),
		service.Writes(api.OpDeleteAccountAlias, onAll[api.DeleteAccountAliasInput], s.deleteAccountAlias),
		service.Reads(api.OpListAccountAliases, onAll[api.ListAccountAliasesInput], s.listAccountAliases),
		service.Writes(api.OpSetSecurityTokenServicePreferences,
			onAll[api.SetSecurityTokenServicePreferencesInput], s.setSecurityTokenServicePreferences),
		service.Reads(api.OpGetAccountSummary, onAll[api.GetAccountSummaryInput], s.getAccountSummary),
	}
}

// createAccountAlias replaces the account's alias: an account has one at most.
func (s *Service) createAccountAlias(c *service.Call, in *api.CreateAccountAliasInput) (*api.CreateAccountAliasOutput, error) {
	a, err := accounts.Get(c.Tx, store.K(c.Account))
	if err != nil {
		return nil, err
	}
	a.Alias = *in.AccountAlias
	err = accounts.Update(c.Tx, a)
	if store.IsTaken(err) {
		return nil, api.EntityAlreadyExistsException.New("The account alias %s already exists.", a.Alias)
	}
	return &api.CreateAccountAliasOutput{}, err
}

func (s *Service) deleteAccountAlias(c *service.Call, in *api.DeleteAccountAliasInput) (*api.DeleteAccountAliasOutput, error) {
	a, err := accounts.Get(c.Tx, store.K(c.Account))
	if err != nil {
		return nil, err
	}
	if a.Alias != *in.AccountAlias {
		return nil, noSuch("account alias", *in.AccountAlias)
	}
	a.Alias = ""
	return &api.DeleteAccountAliasOutput{}, accounts.Update(c.Tx, a)
}

func (s *Service) listAccountAliases(c *service.Call, in *api.ListAccountAliasesInput) (*api.ListAccountAliasesOutput, error) {
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	a, err := accounts.Get(c.Tx, store.K(c.Account))
	if err != nil {
		return nil, err
	}
	aliases := []string{}
	if a.Alias != "" {
		aliases = append(aliases, a.Alias)
	}
	aliases, next := cut(aliases, p, func(alias string) string { return alias })
	out := &api.ListAccountAliasesOutput{AccountAliases: aliases}
	out.Marker, out.IsTruncated = marker(next)
	return out, nil
}

// tokenV2 is the version of tokens that are valid in every region. Those of version 1, AWS's default, are not valid in regions that an account has
// to enable. The choice is for requests to the host sts.amazonaws.com; tokens from all other addresses are valid everywhere.
// IAM API: "SetSecurityTokenServicePreferences".
const tokenV2 = "v2Token"

func (s *Service) setSecurityTokenServicePreferences(c *service.Call, in *api.SetSecurityTokenServicePreferencesInput) (*api.SetSecurityTokenServicePreferencesOutput, error) {
	a, err := accounts.Get(c.Tx, store.K(c.Account))
	if err != nil {
		return nil, err
	}
	a.GlobalTokens = *in.GlobalEndpointTokenVersion == tokenV2
	return &api.SetSecurityTokenServicePreferencesOutput{}, accounts.Update(c.Tx, a)
}
