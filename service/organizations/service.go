package organizations

import (
	"slices"
	"time"

	api "vauban/api/organizations"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Service is Organizations.
type Service struct {
	service.Deps
	accounts Accounts
}

// New returns the service. The accounts themselves, with their principals, are another's.
func New(d service.Deps, accounts Accounts) *Service { return &Service{Deps: d, accounts: accounts} }

// Accounts is what Organizations needs of IAM.
type Accounts interface {
	// Create makes an account whose role can be assumed from the management account, or answers a [*store.ExistsError].
	Create(tx store.Tx, a NewAccount) error
	// Exists reports whether the account is one of this deployment.
	Exists(tx store.Tx, id string) (bool, error)
	// LinkRole makes the service-linked role of Organizations in the account, unless it is there.
	LinkRole(tx store.Tx, account string, now time.Time) error
	service.Principals
}

// NewAccount is an account to be made.
type NewAccount struct {
	ID         string
	Role       string // name of the role that trusts the management account and may do everything
	Management string // account that is trusted
	Created    time.Time
}

// API returns the generated description of the service.
func (s *Service) API() *wire.Service { return api.API }

// Operations is the table of all operations, in one list per resource.
func (s *Service) Operations() []service.Row {
	return slices.Concat(
		s.organizationOperations(),
		s.rootOperations(),
		s.unitOperations(),
		s.treeOperations(),
		s.accountOperations(),
		s.membershipOperations(),
		s.policyOperations(),
		s.attachmentOperations(),
		s.delegationOperations(),
		s.serviceAccessOperations(),
		s.resourcePolicyOperations(),
		s.taggingOperations(),
		s.handshakeOperations(),
		s.invitationOperations(),
		s.allFeaturesOperations(),
		s.transferOperations(),
		s.effectiveOperations(),
	)
}
