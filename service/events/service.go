package events

import (
	"slices"

	api "vauban/api/events"
	"vauban/api/wire"
	"vauban/service"
)

// Service is EventBridge.
type Service struct {
	service.Deps
	principals service.Principals
	trails     Trails
	policies   service.Documents
	patterns   patterns
	books      books
	roles      roles
	pace       pace
}

// New returns the service.
func New(d service.Deps, p service.Principals, t Trails) *Service {
	return &Service{Deps: d, principals: p, trails: t}
}

// API returns the generated description of the service.
func (s *Service) API() *wire.Service { return api.API }

// Operations is the table of all operations, in one list per concern.
func (s *Service) Operations() []service.Row {
	return slices.Concat(
		s.busOperations(),
		s.permissionOperations(),
		s.ruleOperations(),
		s.targetOperations(),
		s.eventOperations(),
		s.tagOperations(),
		s.archiveOperations(),
		s.replayOperations(),
		s.connectionOperations(),
		s.destinationOperations(),
	)
}

// Senders implements [service.Sending].
func (s *Service) Senders() []service.Sender {
	return []service.Sender{
		{Kind: kindTarget, Send: s.deliver},
		{Kind: kindDead, Send: s.bury},
		{Kind: kindAuthorize, Send: s.firstToken},
	}
}

// Jobs implements [service.Working].
func (s *Service) Jobs() []service.Job {
	return []service.Job{
		{Name: "events.schedule", Every: scheduling, Run: s.fire},
		{Name: "events.replay", Every: replaying, Run: s.replay},
		{Name: "events.sweep", Every: sweeping, Run: s.sweep},
	}
}
