package delivery

import (
	"context"
	"errors"
	"fmt"

	"vauban/store"
)

// ErrNotFound says that there is no such dead delivery.
var ErrNotFound = errors.New("delivery: not found")

// Dead lists what was given up of a kind, by target, strictly after the key.
func (q *Queue) Dead(tx store.Tx, kind string, after store.Key, limit int) (store.Page[Dead], error) {
	return deadTable().List(tx, store.K(kind), after, limit)
}

// Redrive enqueues a dead delivery once more, with all its attempts.
func (q *Queue) Redrive(tx store.Tx, kind, target, id string) error {
	d, err := deadTable().Get(tx, idKey(kind, target, id))
	if errors.Is(err, store.ErrNotFound) {
		return ErrNotFound
	}
	if err == nil {
		err = deadTable().Delete(tx, idKey(kind, target, id))
	}
	if err != nil {
		return fmt.Errorf("redrive delivery: %w", err)
	}
	again := d.Delivery
	again.Due = q.opt.Clock().UTC()
	return q.Enqueue(tx, &again)
}

// Remove forgets all deliveries for a target, waiting and dead: it has been deleted. What is under way may yet arrive.
func (q *Queue) Remove(tx store.Tx, kind, target string) error {
	prefix := store.K(kind, target)
	waiting, err := waitingTable().List(tx, prefix, nil, 0)
	if err != nil {
		return fmt.Errorf("remove deliveries: %w", err)
	}
	for _, d := range waiting.Items {
		if err := waitingTable().Delete(tx, waitingTable().Key(d)); err != nil {
			return fmt.Errorf("remove deliveries: %w", err)
		}
	}
	dead, err := deadTable().List(tx, prefix, nil, 0)
	if err != nil {
		return fmt.Errorf("remove deliveries: %w", err)
	}
	for _, d := range dead.Items {
		if err := deadTable().Delete(tx, deadTable().Key(d)); err != nil {
			return fmt.Errorf("remove deliveries: %w", err)
		}
	}
	return nil
}

// Count says how many deliveries of a kind wait and how many are dead, counting no further than most.
func (q *Queue) Count(tx store.Tx, kind string, most int) (waiting, dead int, err error) {
	count := func(table string, n *int) error {
		return tx.Scan(table, store.K(kind), nil, func(store.Doc) bool {
			*n++
			return *n < most
		})
	}
	err = errors.Join(count(waitingTable().Name, &waiting), count(deadTable().Name, &dead))
	return waiting, dead, err
}

// sweepDead removes what has been dead for long enough.
func (q *Queue) sweepDead(ctx context.Context, kind string) error {
	before := q.opt.Clock().Add(-q.opt.KeepDead)
	for after := store.Key(nil); ; {
		var page store.Page[Dead]
		err := q.db.Write(ctx, func(tx store.Tx) error {
			var err error
			if page, err = deadTable().List(tx, store.K(kind), after, targetsAtOnce); err != nil {
				return err
			}
			for _, d := range page.Items {
				if d.Died.Before(before) {
					if err := deadTable().Delete(tx, deadTable().Key(d)); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil || page.Next == nil {
			return err
		}
		after = page.Next
	}
}
