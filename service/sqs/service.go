package sqs

import (
	"slices"
	"sync/atomic"

	api "vauban/api/sqs"
	"vauban/api/wire"
	"vauban/service"
	"vauban/service/datakey"
	"vauban/store"
)

// Service is SQS.
type Service struct {
	service.Deps
	principals service.Principals
	policies   service.Documents
	decoded    *store.Memo[Queue, *Queue]
	claims     claims
	dataKeys   datakey.Kept
	numbers    atomic.Int64 // low bits of the next sequence number: see [Service.sequence]
	flying     estimates
	counts     counts
	most       int // messages in flight of one queue
}

// New returns the service.
func New(d service.Deps, p service.Principals) *Service {
	return &Service{Deps: d, principals: p, most: maxFlying, decoded: store.NewMemo(func(q *Queue) *Queue { return q })}
}

// API returns the generated description of the service.
func (s *Service) API() *wire.Service { return api.API }

// Operations is the table of all operations, in one list per concern.
func (s *Service) Operations() []service.Row {
	return slices.Concat(
		s.queueOperations(),
		s.attributeOperations(),
		s.permissionOperations(),
		s.tagOperations(),
		s.sendOperations(),
		s.receiveOperations(),
		s.deleteOperations(),
		s.visibilityOperations(),
		s.purgeOperations(),
		s.redriveOperations(),
		s.moveOperations(),
	)
}
