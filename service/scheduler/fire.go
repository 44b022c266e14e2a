package scheduler

import (
	"crypto/rand"
	"encoding/json"
	"errors"
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

// fireAll takes every schedule that is due. One that cannot be taken stays due and holds up no other.
func (s *Service) fireAll(w *service.Work) error {
	var after store.Key
	var problems []error
	for looked := fireBatch; looked == fireBatch; {
		var bad []error
		var last store.Key
		err := s.write(w, func(tx store.Tx) error {
			now := s.Clock()
			list, err := dues.List(tx, nil, after, fireBatch)
			if err != nil {
				return err
			}
			looked, bad, last = 0, nil, nil
			for _, d := range list.Items {
				if d.At.After(now) {
					return nil
				}
				skipped, err := s.fire(tx, d, now, w.Partition)
				if err != nil {
					return err
				}
				if skipped != nil {
					bad = append(bad, fmt.Errorf("schedule %s/%s of %s: %w", d.Group, d.Name, d.Account, skipped))
				}
				looked, last = looked+1, dues.Key(d)
			}
			return nil
		})
		if err != nil {
			return errors.Join(append(problems, fmt.Errorf("take due schedules: %w", err))...)
		}
		after, problems = last, append(problems, bad...)
	}
	return errors.Join(problems...)
}

// fire enqueues the occurrence of a schedule that is due, and moves the schedule on. skipped is why it could not be taken; nothing was written then.
func (s *Service) fire(tx store.Tx, d *Due, now time.Time, partition string) (skipped, err error) {
	x, err := schedules.Get(tx, store.K(d.Account, d.Region, d.Group, d.Name))
	if store.IsAbsent(err) || err == nil && !x.Next.Equal(d.At) {
		return nil, dues.Delete(tx, dues.Key(d)) // not the schedule's any more
	}
	if err != nil {
		return nil, err
	}
	at := x.Next
	due, err := s.within(x, now)
	if err != nil {
		return err, nil
	}
	payload, err := json.Marshal(&Invocation{Schedule: *x, Scheduled: at})
	if err != nil {
		return fmt.Errorf("write an invocation: %w", err), nil
	}
	arn := x.arn(partition)
	if err := x.advance(now); err != nil {
		return err, nil
	}
	err = s.Outbound.Enqueue(tx, &delivery.Delivery{
		Kind: kindInvocation, Target: x.Target.receiver(), ID: name(arn, at.Format(time.RFC3339Nano)), Payload: payload, Due: due, Limit: int(x.Target.Retries) + 1,
	})
	if err != nil {
		return nil, err
	}
	if x.Next.IsZero() && x.After == api.ActionAfterCompletionDelete {
		x.Next = at
		return nil, remove(tx, x)
	}
	return nil, put(tx, x, at)
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
