package server

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vauban/api/wire"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/store"
	"vauban/store/storetest"
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

// mailer is a service that sends.
type mailer struct {
	worker
	sent chan string
}

func (m mailer) Senders() []service.Sender {
	return []service.Sender{{Kind: "test.mail", Send: func(w *service.Work, d *delivery.Delivery) error {
		if d.Attempts == 1 {
			return errors.New("come again")
		}
		if w.Door == nil {
			return errors.New("a sender lacks the door")
		}
		m.sent <- d.Target
		return nil
	}}}
}

// TestSendersSend: what a transaction puts into the queue is sent, also when it fails at first.
func TestSendersSend(t *testing.T) {
	s, err := Open(t.Context(), Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, done := context.WithCancel(t.Context())
	defer done()
	m := mailer{sent: make(chan string, 1)}
	go s.send(ctx, []service.Service{m})
	err = s.Deps().Store.Write(ctx, func(tx store.Tx) error {
		return s.Deps().Outbound.Enqueue(tx, &delivery.Delivery{Kind: "test.mail", Target: "somebody"})
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := <-m.sent; got != "somebody" {
		t.Errorf("sent to %q", got)
	}
}

// TestJobsEverywhere: what a replica holds in its own memory is worked on there, whoever holds the lease of the jobs.
func TestJobsEverywhere(t *testing.T) {
	database, dir := storetest.Postgres(t), t.TempDir()
	ran := make(chan string, 16)
	job := func(replica string) worker {
		return worker{[]service.Job{
			{Name: "everywhere", Every: time.Hour, Everywhere: true, Run: func(*service.Work) error { ran <- replica; return nil }},
			{Name: "once", Every: time.Hour, Run: func(w *service.Work) error { <-w.Done(); return nil }},
		}}
	}
	ctx, done := context.WithCancel(t.Context())
	var working sync.WaitGroup
	for _, name := range []string{"a", "b"} {
		s, err := Open(t.Context(), Config{Database: database, RootKeyFile: filepath.Join(dir, "root.key"), Blobs: filepath.Join(dir, "blobs"), Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		working.Go(func() { _ = s.work(ctx, []service.Service{job(name)}) })
	}
	if first, second := <-ran, <-ran; first == second {
		t.Errorf("the job ran twice on %s", first)
	}
	done()
	working.Wait()
}
