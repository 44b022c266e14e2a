package server

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"vauban/eventlog/delivery"
	"vauban/eventlog/lease"
	"vauban/service"
	"vauban/store"
)

// work runs the services' jobs: all of them on one replica at a time, each in a loop of its own, and besides those that run everywhere.
func (s *Server) work(ctx context.Context, services []service.Service) error {
	jobs := []service.Job{s.rewriting()}
	var everywhere sync.WaitGroup
	defer everywhere.Wait()
	for _, sv := range services {
		w, ok := sv.(service.Working)
		if !ok {
			continue
		}
		for _, j := range w.Jobs() {
			if j.Everywhere {
				everywhere.Go(func() { s.turns(ctx, j, nil) })
			} else {
				jobs = append(jobs, j)
			}
		}
	}
	all := func(ctx context.Context, l *lease.Lease) error {
		var running sync.WaitGroup
		for _, j := range jobs {
			running.Go(func() { s.turns(ctx, j, l) })
		}
		running.Wait()
		return nil
	}
	if s.state.leases == nil {
		return all(ctx, nil)
	}
	return s.state.leases.Hold(ctx, "jobs", all)
}

// reside lets services keep what is on this replica in order, until ctx ends and they have cleaned up.
func (s *Server) reside(ctx context.Context, services []service.Service) error {
	var residing sync.WaitGroup
	for _, sv := range services {
		if r, ok := sv.(service.Residing); ok {
			residing.Go(func() { r.Reside(s.newWork(ctx, nil)) })
		}
	}
	residing.Wait()
	<-ctx.Done()
	return nil
}

// Turn does one turn of the job of that name now, beside those that the replica does by itself: tests whose clock they move themselves wait for no turn.
func (s *Server) Turn(ctx context.Context, name string) error {
	if j := s.rewriting(); j.Name == name {
		return s.turn(ctx, j, nil)
	}
	for _, sv := range s.services {
		w, ok := sv.(service.Working)
		if !ok {
			continue
		}
		for _, j := range w.Jobs() {
			if j.Name == name {
				return s.turn(ctx, j, nil)
			}
		}
	}
	return fmt.Errorf("server: there is no job %q", name)
}

// turns does a job again and again until ctx ends.
func (s *Server) turns(ctx context.Context, j service.Job, l *lease.Lease) {
	for ctx.Err() == nil {
		if err := s.turn(ctx, j, l); err != nil && ctx.Err() == nil && !errors.Is(err, lease.ErrLost) {
			s.state.cfg.Logger.Warn("a job failed; its next turn tries again", "job", j.Name, "next", j.Every, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(j.Every):
		}
	}
}

func (s *Server) turn(ctx context.Context, j service.Job, l *lease.Lease) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if err := j.Run(s.newWork(ctx, l)); err != nil {
		return err
	}
	return s.access.Sync(ctx) // what a job did counts on the very next call, as what a call did
}

func (s *Server) newWork(ctx context.Context, l *lease.Lease) *service.Work {
	return &service.Work{
		Context: ctx, Time: s.state.cfg.Clock(), Partition: "aws", Door: s.gateway.Door(),
		Check: func(tx store.Tx) error {
			if l == nil {
				return nil
			}
			return l.Check(tx)
		},
	}
}

// send sends what the services have put into the queue of outbound work.
func (s *Server) send(ctx context.Context, services []service.Service) error {
	var sending sync.WaitGroup
	for _, sv := range services {
		from, ok := sv.(service.Sending)
		if !ok {
			continue
		}
		for _, sender := range from.Senders() {
			sending.Go(func() {
				_ = s.state.outbound.Deliver(ctx, sender.Kind, func(ctx context.Context, d *delivery.Delivery) error {
					return sender.Send(s.newWork(ctx, nil), d)
				})
			})
		}
	}
	sending.Wait()
	<-ctx.Done()
	return nil
}
