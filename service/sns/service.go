package sns

import (
	"slices"

	api "vauban/api/sns"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Service is SNS.
type Service struct {
	service.Deps
	principals Principals
	policies   service.Documents
	filters    filters
	guards     guards
	dataKeys   dataKeys
	signing    signing
	roles      roles
	throttles  throttles
}

// Principals is what SNS needs of IAM for topic policies: unique IDs in place of the ARNs of users and roles that a policy names
// ([store.ErrNotFound] when one does not exist), and the ARNs of those that live put back.
type Principals interface {
	BindPrincipals(tx store.Tx, text string) (bound string, accounts map[string]string, err error)
	ShowPrincipals(tx store.Tx, stored string, accounts map[string]string) (string, error)
}

// New returns the service.
func New(d service.Deps, p Principals) *Service {
	return &Service{Deps: d, principals: p}
}

// API returns the generated description of the service.
func (s *Service) API() *wire.Service { return api.API }

// Operations is the table of all operations, in one list per concern.
func (s *Service) Operations() []service.Row {
	return slices.Concat(
		s.topicOperations(),
		s.attributeOperations(),
		s.permissionOperations(),
		s.tagOperations(),
		s.subscribeOperations(),
		s.confirmOperations(),
		s.subscriptionOperations(),
		s.listOperations(),
		s.publishOperations(),
		s.smsOperations(),
		s.phoneOperations(),
		s.sandboxOperations(),
		s.platformOperations(),
		s.protectionOperations(),
	)
}
