package service

import (
	"time"

	"vauban/engine/policy"
)

// Caller is who makes a call, as authentication proved it.
type Caller struct {
	Kind          policy.PrincipalKind
	Account       string
	ARN           string // what GetCallerIdentity answers
	UserID        string // what GetCallerIdentity answers: AIDA…, AROA…:session, the account ID for root, account:name for federated users
	Name          string // user name; role name for sessions
	AccessKeyID   string
	Session       *Session // nil for long-term keys
	ServiceName   string   // Kind Service: "cloudtrail.amazonaws.com"
	InvokedBy     string   // service through which the call came, else ""
	CalledVia     []string // the services in the chain, first first (aws:CalledVia)
	SourceARN     string   // service principals: on whose behalf
	SourceAccount string
}

// Session is what temporary credentials carry. It is sealed inside the session token; nothing of it is stored.
type Session struct {
	Kind           SessionKind
	Issuer         Issuer // the role, user or root behind it
	Name           string // role session name or federated user name
	IssuedAt       time.Time
	ExpiresAt      time.Time
	MFA            bool
	MFAAt          time.Time // zero without MFA
	Policy         string    // inline session policy, "" when none
	PolicyARNs     []string
	Tags           map[string]string
	TransitiveTags []string
	SourceIdentity string
	RoleChain      bool                // the session was assumed with a role session: at most one hour
	Provider       string              // federated: provider ARN
	WebContext     map[string][]string // idp condition keys
	SignIn         bool                // from the sign-in endpoint
	DefaultRegions bool                // not valid in regions that have to be opted into
	Organization   string              // of AssumeRoot: whose say the session is, "" for all others
}

// SessionKind says which call made the session.
type SessionKind string

// The kinds of session, named after the STS operation.
const (
	AssumeRole      SessionKind = "AssumeRole"
	GetSessionToken SessionKind = "GetSessionToken"
	FederationToken SessionKind = "GetFederationToken"
	SignIn          SessionKind = "SignIn"
	AssumeRoot      SessionKind = "AssumeRoot" // of a member account, for one task
)

// Issuer is the principal behind a session.
type Issuer struct {
	Kind    policy.PrincipalKind // User, Root or RoleSession (a role)
	ARN     string               // with path
	ID      string               // unique ID; the session dies when the principal of that ID is gone
	Name    string
	Account string
}
