package cloudtrail

import (
	api "vauban/api/cloudtrail"
	"vauban/api/wire"
	"vauban/service"
)

// Service is CloudTrail.
type Service struct {
	service.Deps
}

// New returns the service.
func New(d service.Deps) *Service { return &Service{d} }

// API returns the generated description of the service.
func (s *Service) API() *wire.Service { return api.API }

// Operations is the table of all operations. A lookup holds no transaction, because the log reads with transactions of its own.
func (s *Service) Operations() []service.Row {
	return []service.Row{
		service.Acts(api.OpLookupEvents, onHistory, s.lookupEvents),
	}
}

// onHistory: the event history has no resource type.
func onHistory(*service.Call, *api.LookupEventsInput) ([]service.Question, error) {
	return []service.Question{{Resource: "*"}}, nil
}
