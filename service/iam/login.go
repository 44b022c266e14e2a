package iam

import "time"

// Login is a user's login profile: what the sign-in endpoint checks.
type Login struct {
	Hash          []byte    `json:"hash"`              // argon2id in PHC form, sealed under the users table and the user's key
	History       [][]byte  `json:"history,omitempty"` // former hashes, newest first, sealed alike, as many as the password policy remembers
	Created       time.Time `json:"created"`
	Changed       time.Time `json:"changed"`
	LastUsed      time.Time `json:"lastUsed,omitzero"`
	ResetRequired bool      `json:"resetRequired,omitempty"`
}
