package ssm

import (
	"slices"
	"time"

	api "vauban/api/ssm"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Service is Systems Manager.
type Service struct {
	service.Deps
	policies service.Documents
	called   map[string]*wire.Service // what steps can call, by the name of the SDK for Python
}

// principal is the service principal that the roles of runbooks must trust.
const principal = "ssm.amazonaws.com"

// New returns the service.
func New(d service.Deps) *Service { return &Service{Deps: d} }

// API returns the generated description of the service.
func (s *Service) API() *wire.Service { return api.API }

// Operations is the table of all operations, in one list per concern.
func (s *Service) Operations() []service.Row {
	return slices.Concat(s.documentOperations(), s.tagOperations(), s.executionOperations(), s.opsItemOperations())
}

// Jobs implements [service.Working].
func (s *Service) Jobs() []service.Job {
	return []service.Job{{Name: "ssm.executions", Every: time.Minute, Run: s.sweep}}
}

// Senders implements [service.Sending].
func (s *Service) Senders() []service.Sender {
	return []service.Sender{{Kind: kindTurn, Send: s.turn}, {Kind: kindEvent, Send: s.sendEvent}}
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
