package logs

import (
	"slices"

	api "vauban/api/logs"
	"vauban/api/wire"
	"vauban/service"
	"vauban/service/datakey"
)

// Service is CloudWatch Logs.
type Service struct {
	service.Deps
	principals service.Principals
	counting   Counting
	policies   service.Documents
	patterns   patterns
	detectors  detectors
	transforms transforms
	dataKeys   datakey.Kept
	codec      *codec
	querying   chan struct{} // room for queries that run
	opening    chan struct{} // room for results that are opened
	tails      tails
}

// New returns the service.
func New(d service.Deps, p service.Principals, counting Counting) *Service {
	return &Service{Deps: d, principals: p, counting: counting, codec: newCodec(), querying: make(chan struct{}, queriesAtOne), opening: make(chan struct{}, resultsAtOne)}
}

// API returns the generated description of the service.
func (s *Service) API() *wire.Service { return api.API }

// Operations is the table of all operations, in one list per concern.
func (s *Service) Operations() []service.Row {
	return slices.Concat(
		s.groupOperations(),
		s.streamOperations(),
		s.eventOperations(),
		s.tagOperations(),
		s.keyOperations(),
		s.policyOperations(),
		s.metricFilterOperations(),
		s.subscriptionOperations(),
		s.queryOperations(),
		s.recordOperations(),
		s.definitionOperations(),
		s.tailOperations(),
		s.exportOperations(),
		s.accountPolicyOperations(),
		s.protectionOperations(),
		s.transformerOperations(),
		s.indexOperations(),
		s.detectorOperations(),
		s.emptyOperations(),
	)
}
