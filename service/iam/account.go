package iam

import (
	"time"

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
	Hash      []byte    `json:"hash,omitempty"` // sealed
	MFASerial string    `json:"mfaSerial,omitempty"`
	Changed   time.Time `json:"changed,omitzero"`
	LastUsed  time.Time `json:"lastUsed,omitzero"`
}

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
