package scheduler

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math/big"
	"time"

	api "vauban/api/scheduler"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/store"
)

// fireBatch is how many due schedules one transaction takes.
const fireBatch = 50

// fireAll takes every schedule that is due.
func (s *Service) fireAll(w *service.Work) error {
	for taken := fireBatch; taken == fireBatch; {
		err := s.write(w, func(tx store.Tx) error {
			now := s.Clock()
			list, err := dues.List(tx, nil, nil, fireBatch)
			if err != nil {
				return err
			}
			taken = 0
			for _, d := range list.Items {
				if d.At.After(now) {
					return nil
				}
				if err := s.fire(tx, d, now, w.Partition); err != nil {
					return err
				}
				taken++
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("take due schedules: %w", err)
		}
	}
	return nil
}

// fire enqueues the occurrence of a schedule that is due, and moves the schedule on.
func (s *Service) fire(tx store.Tx, d *Due, now time.Time, partition string) error {
	x, err := schedules.Get(tx, store.K(d.Account, d.Region, d.Group, d.Name))
	if store.IsAbsent(err) || err == nil && !x.Next.Equal(d.At) {
		return dues.Delete(tx, dues.Key(d)) // not the schedule's any more
	}
	if err != nil {
		return err
	}
	at := x.Next
	due, err := s.within(x, now)
	if err != nil {
		return err
	}
	payload, err := json.Marshal(&Invocation{Schedule: *x, Scheduled: at})
	if err != nil {
		return fmt.Errorf("write an invocation: %w", err)
	}
	arn := x.arn(partition)
	err = s.Outbound.Enqueue(tx, &delivery.Delivery{
		Kind: kindInvocation, Target: x.Target.receiver(), ID: name(arn, at.Format(time.RFC3339Nano)), Payload: payload, Due: due, Limit: int(x.Target.Retries) + 1,
	})
	if err != nil {
		return err
	}
	if err := x.advance(now); err != nil {
		return err
	}
	if x.Next.IsZero() && x.After == api.ActionAfterCompletionDelete {
		x.Next = at
		return remove(tx, x)
	}
	return put(tx, x, at)
}

// within is when the invocation is to be: somewhere in the flexible time window, which begins with the occurrence.
func (s *Service) within(x *Schedule, now time.Time) (time.Time, error) {
	if x.Window == 0 {
		return now, nil
	}
	n, err := rand.Int(s.Rand, big.NewInt(int64(time.Duration(x.Window)*time.Minute)))
	if err != nil {
		return now, fmt.Errorf("random time in the window: %w", err)
	}
	if due := x.Next.Add(time.Duration(n.Int64())); due.After(now) {
		return due, nil
	}
	return now, nil
}
