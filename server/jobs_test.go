package server

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"vauban/api/wire"
	"vauban/service"
)

// worker is a service that has only jobs.
type worker struct{ jobs []service.Job }

func (worker) API() *wire.Service        { return nil }
func (worker) Operations() []service.Row { return nil }
func (w worker) Jobs() []service.Job     { return w.jobs }

// TestJobsGoOn: a job that fails or panics has its next turn, and keeps no other from theirs.
func TestJobsGoOn(t *testing.T) {
	s, err := Open(t.Context(), Config{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, done := context.WithCancel(t.Context())
	var failed, panicked, fine atomic.Int64
	count := func(n *atomic.Int64, end func() error) func(*service.Work) error {
		return func(w *service.Work) error {
			n.Add(1)
			if failed.Load() > 1 && panicked.Load() > 1 && fine.Load() > 1 {
				done()
			}
			if w.Door == nil || w.Time.IsZero() || w.Check(nil) != nil {
				t.Error("a turn lacks something")
			}
			return end()
		}
	}
	err = s.work(ctx, []service.Service{worker{[]service.Job{
		{Name: "fails", Every: time.Millisecond, Run: count(&failed, func() error { return errors.New("no") })},
		{Name: "panics", Every: time.Millisecond, Run: count(&panicked, func() error { panic("no") })},
		{Name: "works", Every: time.Millisecond, Run: count(&fine, func() error { return nil })},
	}}})
	if err != nil {
		t.Error(err)
	}
}
