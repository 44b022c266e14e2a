package sqs

import (
	"errors"
	"time"

	api "vauban/api/sqs"
	"vauban/service"
	"vauban/store"
)

// Litter is a space that no queue has any more: a job clears it away, a little at a time.
type Litter struct {
	Space string
	FIFO  bool
	Time  time.Time
}

var litter = &store.Table[Litter]{
	Name: "sqs.litter",
	Key:  func(l *Litter) store.Key { return store.K(l.Space) },
}

func (s *Service) purgeOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPurgeQueue, on(s, shared, func(in *api.PurgeQueueInput) *string { return in.QueueUrl }), s.purge),
	}
}

// between is how often a queue can be purged. API reference: "PurgeQueue".
const between = 60 * time.Second

// purge gives the queue a new space, so that all its messages are gone at once.
func (s *Service) purge(c *service.Call, _ *api.PurgeQueueInput) (*api.PurgeQueueOutput, error) {
	q, err := found(c)
	if err != nil {
		return nil, err
	}
	if !q.Purged.IsZero() && c.Time.Before(q.Purged.Add(between)) {
		return nil, api.PurgeQueueInProgress.New("Only one PurgeQueue operation on %s is allowed every 60 seconds.", q.Name)
	}
	if err := litter.Put(c.Tx, &Litter{Space: q.Space, FIFO: q.FIFO, Time: c.Time}); err != nil {
		return nil, err
	}
	if q.Space, err = s.newSpace(); err != nil {
		return nil, err
	}
	q.Purged = c.Time
	return &api.PurgeQueueOutput{}, queues.Update(c.Tx, q)
}

// sweepBatch documents are deleted in one transaction: others wait that long.
const sweepBatch = 200

// sweep clears away one step of a space; done says that nothing is left of it.
func sweep(tx store.Tx, l *Litter) (done bool, err error) {
	left := sweepBatch
	list, err := messages.List(tx, store.K(l.Space), nil, left)
	if err != nil {
		return false, err
	}
	for _, m := range list.Items {
		if m.Apart {
			if err := larges.Delete(tx, store.K(m.ID)); err != nil && !store.IsAbsent(err) {
				return false, err
			}
		}
	}
	for _, table := range []func(limit int) (int, error){
		func(n int) (int, error) { return sweepTable(tx, messages, l.Space, n) },
		func(n int) (int, error) { return sweepTable(tx, dues, l.Space, n) },
		func(n int) (int, error) { return sweepTable(tx, groups, l.Space, n) },
		func(n int) (int, error) { return sweepTable(tx, seens, l.Space, n) },
		func(n int) (int, error) { return sweepTable(tx, attempts, l.Space, n) },
	} {
		if left == 0 {
			return false, nil
		}
		n, err := table(left)
		if err != nil {
			return false, err
		}
		left -= n
	}
	if left == 0 {
		return false, nil
	}
	return true, litter.Delete(tx, store.K(l.Space))
}

// sweepTable deletes up to limit documents of a space.
func sweepTable[T any](tx store.Tx, t *store.Table[T], space string, limit int) (int, error) {
	list, err := t.List(tx, store.K(space), nil, limit)
	if err != nil {
		return 0, err
	}
	for _, v := range list.Items {
		err = errors.Join(err, t.Delete(tx, t.Key(v)))
	}
	return len(list.Items), err
}
