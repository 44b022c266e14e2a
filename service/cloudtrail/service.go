package cloudtrail

import (
	"slices"
	"time"

	api "vauban/api/cloudtrail"
	"vauban/api/wire"
	"vauban/service"
	"vauban/service/cloudtrail/lake"
)

// Service is CloudTrail.
type Service struct {
	service.Deps
	accounts  Accounts
	lake      *lake.Lake
	intervals service.Schedule
}

// New returns the service.
func New(d service.Deps, a Accounts) *Service {
	s := &Service{Deps: d, accounts: a, lake: lake.New(d, a, lakeMembers{a}), intervals: d.Schedule}
	if s.intervals.Logs <= 0 {
		s.intervals.Logs = 5 * time.Minute
	}
	if s.intervals.Digests <= 0 {
		s.intervals.Digests = time.Hour
	}
	return s
}

// API returns the generated description of the service.
func (s *Service) API() *wire.Service { return api.API }

// Operations is the table of all operations, in one list per concern.
func (s *Service) Operations() []service.Row {
	return slices.Concat(
		s.historyOperations(),
		s.trailOperations(),
		s.tagOperations(),
		s.insightOperations(),
		s.lake.Operations(),
	)
}

// Jobs deliver what trails select, and the digests of it.
func (s *Service) Jobs() []service.Job {
	return append(s.lake.Jobs(), []service.Job{
		{Name: "cloudtrail.delivery", Every: s.intervals.Logs, Run: s.deliver},
		{Name: "cloudtrail.insights", Every: time.Minute, Run: s.detectInsights},
		{Name: "cloudtrail.digest", Every: min(s.intervals.Digests, max(s.intervals.Digests/20, time.Second)), Run: s.digest},
	}...)
}

// Consumers implements [service.Consuming].
func (s *Service) Consumers() []service.Consumer {
	return append(s.lake.Consumers(), service.Consumer{Name: "cloudtrail.insights", Handle: s.countCalls})
}

// historyOperations: a lookup holds no transaction, because the log reads with transactions of its own.
func (s *Service) historyOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpLookupEvents, onHistory, s.lookupEvents),
	}
}

// trailOperations: who makes or changes a trail waits for bucket and key to say whether they let CloudTrail in.
func (s *Service) trailOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpCreateTrail, s.onNewTrail, s.createTrail),
		service.Acts(api.OpUpdateTrail, s.onUpdate, s.updateTrail),
		service.Writes(api.OpDeleteTrail, onTrail(s, func(in *api.DeleteTrailInput) *string { return in.Name }), s.deleteTrail),
		service.Reads(api.OpDescribeTrails, onAll[api.DescribeTrailsInput], s.describeTrails),
		service.Reads(api.OpGetTrail, onTrail(s, func(in *api.GetTrailInput) *string { return in.Name }), s.getTrail),
		service.Reads(api.OpListTrails, onAll[api.ListTrailsInput], s.listTrails),
		service.Reads(api.OpGetTrailStatus, onTrail(s, func(in *api.GetTrailStatusInput) *string { return in.Name }), s.getTrailStatus),
		service.Writes(api.OpStartLogging, onTrail(s, func(in *api.StartLoggingInput) *string { return in.Name }), s.startLogging),
		service.Writes(api.OpStopLogging, onTrail(s, func(in *api.StopLoggingInput) *string { return in.Name }), s.stopLogging),
		service.Writes(api.OpPutEventSelectors, onTrail(s, func(in *api.PutEventSelectorsInput) *string { return in.TrailName }), s.putEventSelectors),
		service.Reads(api.OpGetEventSelectors, onTrail(s, func(in *api.GetEventSelectorsInput) *string { return in.TrailName }), s.getEventSelectors),
		service.Reads(api.OpListPublicKeys, onAll[api.ListPublicKeysInput], s.listPublicKeys),
		service.Writes(api.OpRegisterOrganizationDelegatedAdmin, onAll[api.RegisterOrganizationDelegatedAdminInput], s.registerDelegate),
		service.Writes(api.OpDeregisterOrganizationDelegatedAdmin, onAll[api.DeregisterOrganizationDelegatedAdminInput], s.deregisterDelegate),
	}
}

// onHistory: the event history has no resource type.
func onHistory(*service.Call, *api.LookupEventsInput) ([]service.Question, error) {
	return []service.Question{{Resource: "*"}}, nil
}
