package scheduler

import (
	"slices"
	"time"

	api "vauban/api/scheduler"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Service is EventBridge Scheduler.
type Service struct {
	service.Deps
	universal map[string]*wire.Service // by name: see universal.go
}

// principal is the service principal that execution roles must trust.
const principal = "scheduler.amazonaws.com"

// New returns the service.
func New(d service.Deps) *Service { return &Service{Deps: d} }

// API returns the generated description of the service.
func (s *Service) API() *wire.Service { return api.API }

// Operations is the table of all operations, in one list per concern.
func (s *Service) Operations() []service.Row {
	return slices.Concat(s.scheduleOperations(), s.groupOperations(), s.tagOperations())
}

// Jobs implements [service.Working].
func (s *Service) Jobs() []service.Job {
	return []service.Job{
		{Name: "scheduler.fire", Every: time.Second, Run: s.fireAll},
		{Name: "scheduler.groups", Every: 5 * time.Second, Run: s.sweepGroups},
	}
}

// Senders implements [service.Sending].
func (s *Service) Senders() []service.Sender {
	return []service.Sender{
		{Kind: kindInvocation, Send: s.sendInvocation},
		{Kind: kindDeadLetter, Send: s.sendDeadLetter},
	}
}

var (
	_ service.Working = (*Service)(nil)
	_ service.Sending = (*Service)(nil)
)

// write is one transaction of a job.
func (s *Service) write(w *service.Work, fn func(store.Tx) error) error {
	return s.Store.Write(w, func(tx store.Tx) error {
		if err := w.Check(tx); err != nil {
			return err
		}
		return fn(tx)
	})
}
