package iam

import (
	"slices"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/service"
)

// Service is IAM.
type Service struct {
	service.Deps
}

// New returns the service.
func New(d service.Deps) *Service { return &Service{Deps: d} }

// API returns the generated description of the service.
func (s *Service) API() *wire.Service { return api.API }

// Operations is the table of all operations, in one list per resource.
func (s *Service) Operations() []service.Row {
	return slices.Concat(
		s.userOperations(),
		s.groupOperations(),
		s.inlineOperations(),
		s.attachOperations(),
		s.policyOperations(),
		s.versionOperations(),
		s.entitiesOperations(),
	)
}
