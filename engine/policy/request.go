package policy

import (
	"slices"
	"time"
)

// PrincipalKind says what sort of principal asks.
type PrincipalKind uint8

// The kinds of principal. The zero value is anonymous, which holds no identity policies.
const (
	Anonymous PrincipalKind = iota
	Root
	User
	RoleSession
	FederatedUser
	WebIdentity // sts:AssumeRoleWithWebIdentity's caller: an OIDC token
	SAML        // sts:AssumeRoleWithSAML's caller: an assertion
	Service
)

// kindNames are the kinds in records, in their order.
var kindNames = [...]string{"Anonymous", "Root", "User", "RoleSession", "FederatedUser", "WebIdentity", "SAML", "Service"}

// String names the kind.
func (k PrincipalKind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "Unknown"
}

// KindNamed returns the kind that String names so.
func KindNamed(name string) (k PrincipalKind, ok bool) {
	i := slices.Index(kindNames[:], name)
	return PrincipalKind(max(i, 0)), i >= 0
}

// Principal is who asks.
type Principal struct {
	Kind          PrincipalKind
	Account       string // 12 digits; "" for anonymous, services and federated callers
	ARN           string // of the user, root, session (arn:aws:sts::A:assumed-role/R/S) or federated user
	Role          string // role sessions: the role's ARN with its path; federated users: the user's ARN behind the session
	ID            string // unique ID that stored principal elements are matched by: AIDA…, AROA… (of the role), or the account ID for root
	Service       string // service principal, e.g. "ec2.amazonaws.com"
	Provider      string // SAML and OIDC: the provider's ARN or host
	CanonicalUser string // S3's canonical ID of the account, where the service knows it; "" else
	ServiceLinked bool   // role below /aws-service-role/
}

// ResourceKind selects the rules by which the resource's own policy counts.
type ResourceKind uint8

// The kinds of resource.
const (
	Ordinary ResourceKind = iota
	KMSKey
	RoleTrust
)

// resourceKindNames are the kinds of resource in records, in their order.
var resourceKindNames = [...]string{"Ordinary", "KMSKey", "RoleTrust"}

// String names the kind.
func (k ResourceKind) String() string {
	if int(k) < len(resourceKindNames) {
		return resourceKindNames[k]
	}
	return "Unknown"
}

// ResourceKindNamed returns the kind that String names so.
func ResourceKindNamed(name string) (k ResourceKind, ok bool) {
	i := slices.Index(resourceKindNames[:], name)
	return ResourceKind(max(i, 0)), i >= 0
}

// Request is one authorisation question.
type Request struct {
	Principal       Principal
	Action          string // e.g. "iam:CreateUser"
	Resource        string // ARN, or "*" for actions without resource types
	ResourceAccount string // account that owns the resource
	ResourceKind    ResourceKind
	Context         Context
	Now             time.Time
}
