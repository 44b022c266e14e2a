package cloudtrail

import (
	"slices"

	api "vauban/api/cloudtrail"
	"vauban/api/wire"
	"vauban/service"
)

// Service is CloudTrail.
type Service struct {
	service.Deps
	accounts Accounts
}

// New returns the service.
func New(d service.Deps, a Accounts) *Service { return &Service{Deps: d, accounts: a} }

// API returns the generated description of the service.
func (s *Service) API() *wire.Service { return api.API }

// Operations is the table of all operations, in one list per concern.
func (s *Service) Operations() []service.Row {
	return slices.Concat(
		s.historyOperations(),
	)
}

// historyOperations: a lookup holds no transaction, because the log reads with transactions of its own.
func (s *Service) historyOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpLookupEvents, onHistory, s.lookupEvents),
	}
}

// onHistory: the event history has no resource type.
func onHistory(*service.Call, *api.LookupEventsInput) ([]service.Question, error) {
	return []service.Question{{Resource: "*"}}, nil
}
