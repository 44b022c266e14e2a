package sts

import (
	"io"

	api "vauban/api/sts"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// Service is STS.
type Service struct {
	service.Deps
	identities Identities
}

// New returns the service. It knows principals only through identities.
func New(d service.Deps, identities Identities) *Service {
	return &Service{Deps: d, identities: identities}
}

// Identities is what STS needs of IAM.
type Identities interface {
	// Role returns the role of that ARN, of whichever account, or [store.ErrNotFound].
	Role(tx store.Tx, arn string) (*Role, error)
	// HasPolicy reports whether the account sees a managed policy of that ARN.
	HasPolicy(tx store.Tx, account, arn string) (bool, error)
	// GlobalTokens reports whether the account wants the tokens of the global endpoint to be valid in every region.
	GlobalTokens(tx store.Tx, account string) (bool, error)
	// RootTask returns the organization by whose leave principals of the caller's account may take the root of the target account for the task,
	// "" when they may not.
	RootTask(tx store.Tx, caller, target, task string) (organization string, err error)
	// TakeMFA burns a code of the caller's device, outside of any transaction: it counts the try, or answers [ErrAttempts]; then it
	// takes the code and forgives the tries, or answers [ErrMFA].
	TakeMFA(c *service.Call, serial, code string) error
	// NewKey makes the ID and the secret of temporary credentials.
	NewKey(r io.Reader, account string) (id, secret string, err error)
	// AccountOfKey is the account that an access key ID carries.
	AccountOfKey(id string) (account string, ok bool)
}

// Role is a role that can be assumed.
type Role struct {
	Account    string
	Name       string
	ID         string // AROA…
	ARN        string // with path
	MaxSession int64  // seconds
	Trust      *policy.Document
	Tags       map[string]string
}

// API returns the generated description of the service.
func (s *Service) API() *wire.Service { return api.API }

// Operations is the table of all operations. Rules refuse the callers that AWS does not let call the operation at all:
// IAM User Guide, "Permissions for temporary security credentials" and "Compare AWS STS credentials".
func (s *Service) Operations() []service.Row {
	return []service.Row{
		service.Acts(api.OpAssumeRole, s.onAssumedRole, s.assumeRole),
		service.Reads(api.OpAssumeRoot, s.onAssumedRoot, s.assumeRoot),
		service.Reads(api.OpDecodeAuthorizationMessage, fromFull[api.DecodeAuthorizationMessageInput], s.decodeAuthorizationMessage),
		service.Reads(api.OpGetAccessKeyInfo, fromFull[api.GetAccessKeyInfoInput], s.getAccessKeyInfo),
		service.Reads(api.OpGetCallerIdentity, fromAnybody, s.getCallerIdentity).WithoutState(),
		service.Reads(api.OpGetFederationToken, s.onFederatedUser, s.getFederationToken),
		service.Acts(api.OpGetSessionToken, onOwnSession, s.getSessionToken),
	}
}

// typeRole is CloudTrail's type of the resource that AssumeRole names.
const typeRole = "AWS::IAM::Role"
