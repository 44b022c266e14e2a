package delivery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"vauban/store"
)

// Bounds of a round.
const (
	targetsAtOnce = 256
	targetsLooked = 16 * targetsAtOnce
	// grace is what a lease lasts beyond an attempt's timeout: the worker's own time to say how it went.
	grace = 15 * time.Second
)

// share is how much of a target's work is to be claimed.
type share struct {
	target *target
	most   int
}

// round claims work of the kind: for each due target as much as room gives, at most `most` in all. next is when a target is due that
// was not yet; zero when there is none. room gives, for one look at the targets, a function that says how many a target may have.
func (q *Queue) round(ctx context.Context, kind string, most int, room func() func(target string) int) (claimed []*Delivery, next time.Time, err error) {
	now := q.opt.Clock().UTC()
	due, next, err := q.dueTargets(ctx, kind, now, most, room)
	if err != nil || len(due) == 0 {
		return nil, next, err
	}
	err = q.db.Write(ctx, func(tx store.Tx) error {
		claimed = claimed[:0]
		for _, s := range due {
			got, err := q.claim(tx, s.target, now, min(s.most, most-len(claimed)))
			if err != nil {
				return err
			}
			claimed = append(claimed, got...)
		}
		return nil
	})
	if err != nil {
		return nil, next, fmt.Errorf("claim deliveries: %w", err)
	}
	return claimed, next, nil
}

// dueTargets returns due targets that there is room for, the longest due first.
func (q *Queue) dueTargets(ctx context.Context, kind string, now time.Time, most int, room func() func(target string) int) (due []share, next time.Time, err error) {
	err = q.db.Read(ctx, func(tx store.Tx) error {
		due, next = due[:0], time.Time{}
		left, room := most, room()
		for after, looked := store.Key(nil), 0; looked < targetsLooked; looked += targetsAtOnce {
			page, err := targetTable().List(tx, store.K(kind), after, targetsAtOnce)
			if err != nil {
				return err
			}
			for _, t := range page.Items {
				if t.Next.After(now) {
					next = t.Next
					return nil
				}
				if n := min(room(t.Target), left); n > 0 {
					due = append(due, share{t, n})
					left -= n
				}
				if left == 0 {
					return nil
				}
			}
			if after = page.Next; after == nil {
				return nil
			}
		}
		return nil
	})
	if err != nil {
		return nil, next, fmt.Errorf("read targets: %w", err)
	}
	return due, next, nil
}

// claim takes up to n due deliveries of a target, and puts the target behind those that are due now.
func (q *Queue) claim(tx store.Tx, t *target, now time.Time, n int) ([]*Delivery, error) {
	page, err := waitingTable().List(tx, store.K(t.Kind, t.Target), nil, n)
	if err != nil {
		return nil, err
	}
	var out []*Delivery
	for _, d := range page.Items {
		if d.Due.After(now) {
			break
		}
		old := waitingTable().Key(d)
		d.Due = now.Add(cmp.Or(d.Timeout, q.opt.Timeout) + grace)
		d.Epoch++
		d.Attempts++
		if err := waitingTable().Move(tx, old, d); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	first, err := waitingTable().List(tx, store.K(t.Kind, t.Target), nil, 1)
	if err != nil {
		return nil, err
	}
	have, err := targetTable().ByUnique(tx, "target", store.K(t.Kind, t.Target))
	if errors.Is(err, store.ErrNotFound) { // another worker saw its end first
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	old := targetTable().Key(have)
	if len(first.Items) == 0 {
		return out, targetTable().Delete(tx, old)
	}
	if have.Next = first.Items[0].Due; have.Next.Before(now) {
		have.Next = now
	}
	return out, targetTable().Move(tx, old, have)
}

// errOvertaken says that the lease of a delivery has ended and another worker has it.
var errOvertaken = errors.New("delivery: overtaken by another worker")

// finish changes a claimed delivery, if the claim is still good.
func (q *Queue) finish(ctx context.Context, d *Delivery, fn func(tx store.Tx, now *Delivery) error) error {
	err := q.db.Write(ctx, func(tx store.Tx) error {
		have, err := waitingTable().ByUnique(tx, "id", idKey(d.Kind, d.Target, d.ID))
		if errors.Is(err, store.ErrNotFound) || err == nil && have.Epoch != d.Epoch {
			return errOvertaken
		}
		if err != nil {
			return err
		}
		return fn(tx, have)
	})
	if err != nil {
		return fmt.Errorf("note the outcome of delivery %s: %w", d.ID, err)
	}
	return nil
}

// done removes a delivery that has arrived.
func (q *Queue) done(ctx context.Context, d *Delivery) error {
	return q.finish(ctx, d, func(tx store.Tx, have *Delivery) error { return waitingTable().Delete(tx, waitingTable().Key(have)) })
}

// again makes a delivery due once more.
func (q *Queue) again(ctx context.Context, d *Delivery, due time.Time, attempts int, cause string) error {
	return q.makeDue(ctx, d, func(have *Delivery) {
		have.Due, have.Attempts, have.Error, have.Turn = due.UTC(), attempts, cause, time.Time{}
	})
}

// postpone makes a delivery due when its turn comes.
func (q *Queue) postpone(ctx context.Context, d *Delivery, turn time.Time) error {
	return q.makeDue(ctx, d, func(have *Delivery) {
		have.Due, have.Turn = turn.UTC(), turn.UTC()
		have.Attempts--
	})
}

func (q *Queue) makeDue(ctx context.Context, d *Delivery, set func(*Delivery)) error {
	return q.finish(ctx, d, func(tx store.Tx, have *Delivery) error {
		old := waitingTable().Key(have)
		set(have)
		if err := waitingTable().Move(tx, old, have); err != nil {
			return err
		}
		return lookAt(tx, have.Kind, have.Target, have.Due)
	})
}

// giveUp moves a delivery to the dead ones.
func (q *Queue) giveUp(ctx context.Context, d *Delivery, cause string) error {
	return q.finish(ctx, d, func(tx store.Tx, have *Delivery) error {
		if err := waitingTable().Delete(tx, waitingTable().Key(have)); err != nil {
			return err
		}
		have.Error = cause
		return deadTable().Put(tx, &Dead{Delivery: *have, Died: q.opt.Clock().UTC()})
	})
}
