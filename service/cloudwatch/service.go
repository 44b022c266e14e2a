package cloudwatch

import (
	"slices"
	"sync/atomic"

	api "vauban/api/cloudwatch"
	"vauban/api/wire"
	"vauban/service"
	"vauban/service/cloudwatch/contributors"
	"vauban/service/cloudwatch/series"
	"vauban/store"
)

// Service is CloudWatch.
type Service struct {
	service.Deps
	series    *series.Store
	fresh     fresh
	book      book
	bands     bands
	rounds    rounds
	allowed   allowance
	untrained untrained
	order     atomic.Int64 // of history
	decoded   *store.Memo[State, *State]

	counted *contributors.Store
	looks   *store.Memo[InsightRule, *look]
}

// New returns the service.
func New(d service.Deps) *Service {
	return &Service{
		Deps: d, series: series.NewStore(series.DefaultMost), decoded: store.NewMemo(func(st *State) *State { return st }),
		counted: contributors.NewStore(d.Seal, d.Rand), looks: store.NewMemo(lookOf),
	}
}

// API returns the generated description of the service.
func (s *Service) API() *wire.Service { return api.API }

// Operations is the table of all operations, in one list per concern.
func (s *Service) Operations() []service.Row {
	return slices.Concat(
		s.metricOperations(),
		s.dataOperations(),
		s.alarmOperations(),
		s.compositeOperations(),
		s.stateOperations(),
		s.historyOperations(),
		s.tagOperations(),
		s.dashboardOperations(),
		s.detectorOperations(),
		s.insightOperations(),
		s.managedOperations(),
		s.absentOperations(),
	)
}

var _ service.Service = (*Service)(nil)
