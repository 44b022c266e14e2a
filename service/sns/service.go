package sns

import (
	"slices"

	api "vauban/api/sns"
	"vauban/api/wire"
	"vauban/service"
	"vauban/service/datakey"
)

// Service is SNS.
type Service struct {
	service.Deps
	principals service.Principals
	policies   service.Documents
	filters    filters
	guards     guards
	dataKeys   datakey.Kept
	signing    signing
	roles      roles
	throttles  throttles
}

// New returns the service.
func New(d service.Deps, p service.Principals) *Service {
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
