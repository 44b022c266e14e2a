package logs

import (
	"time"

	"vauban/service"
	"vauban/store"
)

// Jobs implements [service.Working].
func (s *Service) Jobs() []service.Job {
	return []service.Job{
		{Name: "logs.sweep", Every: 10 * time.Second, Run: s.sweepAll},
		{Name: "logs.join", Every: 10 * time.Second, Run: s.joinAll},
		{Name: "logs.anomalies", Every: 30 * time.Second, Run: s.detectAll},
		{Name: "logs.export", Every: 2 * time.Second, Run: s.exportAll},
		{Name: "logs.queries", Every: time.Hour, Run: s.forgetQueries},
		{Name: "logs.expire", Every: time.Minute, Run: s.expireAll},
	}
}

var _ service.Working = (*Service)(nil)

// batch is how many documents one transaction of a job deletes.
const batch = 200

// write is one transaction of a job.
func (s *Service) write(w *service.Work, fn func(store.Tx) error) error {
	return s.Store.Write(w, func(tx store.Tx) error {
		if err := w.Check(tx); err != nil {
			return err
		}
		return fn(tx)
	})
}

// untilDone runs transactions until one says that nothing is left.
func (s *Service) untilDone(w *service.Work, fn func(store.Tx) (done bool, err error)) error {
	for done := false; !done; {
		err := s.write(w, func(tx store.Tx) (err error) {
			done, err = fn(tx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sweepAll clears away what deleted groups and streams have held.
func (s *Service) sweepAll(w *service.Work) error {
	var all []*Litter
	err := s.Store.Read(w, func(tx store.Tx) error {
		list, err := litter.List(tx, nil, nil, 0)
		all = list.Items
		return err
	})
	if err != nil {
		return err
	}
	for _, l := range all {
		if err := s.untilDone(w, func(tx store.Tx) (bool, error) { return sweep(tx, l) }); err != nil {
			return err
		}
	}
	return nil
}

// sweep deletes up to a batch of documents.
func sweep(tx store.Tx, l *Litter) (done bool, err error) {
	var list store.Page[Chunk]
	if l.Stream != 0 {
		list, err = chunks.ListRef(tx, "stream", store.K(l.Stream), nil, batch)
	} else {
		list, err = chunks.List(tx, store.K(l.Group), nil, batch)
	}
	if err != nil {
		return false, err
	}
	for _, k := range list.Items {
		if err := k.drop(tx); err != nil {
			return false, err
		}
	}
	if len(list.Items) > 0 {
		return false, nil
	}
	if l.Stream == 0 {
		if done, err := sweepRest(tx, l.Group); err != nil || !done {
			return false, err
		}
	}
	return true, litter.Delete(tx, litter.Key(l))
}

// sweepRest deletes what a group had beside its events.
func sweepRest(tx store.Tx, group string) (done bool, err error) {
	for _, drop := range []func(store.Tx, store.Key) (int, error){dropSome(streams), dropSome(wrappedKeys), dropSome(stored)} {
		n, err := drop(tx, store.K(group))
		if err != nil || n == batch {
			return false, err
		}
	}
	return true, nil
}

// dropSome deletes up to a batch of a table's documents below a key.
func dropSome[T any](t *store.Table[T]) func(store.Tx, store.Key) (int, error) {
	return func(tx store.Tx, prefix store.Key) (int, error) {
		list, err := t.List(tx, prefix, nil, batch)
		if err != nil {
			return 0, err
		}
		for _, v := range list.Items {
			if err := t.Delete(tx, t.Key(v)); err != nil {
				return 0, err
			}
		}
		return len(list.Items), nil
	}
}

// expireAll drops the chunks that retention lets go, and counts what groups hold.
func (s *Service) expireAll(w *service.Work) error {
	return s.eachGroup(w, func(g *Group) error {
		if low := g.expired(s.Clock()); low > 0 {
			if err := s.untilDone(w, func(tx store.Tx) (bool, error) { return expire(tx, g, low) }); err != nil {
				return err
			}
		}
		return s.count(w, g)
	})
}

func (s *Service) eachGroup(w *service.Work, fn func(*Group) error) error {
	var after store.Key
	for {
		var list store.Page[Group]
		err := s.Store.Read(w, func(tx store.Tx) (err error) {
			list, err = groups.List(tx, nil, after, batch)
			return err
		})
		if err != nil {
			return err
		}
		for _, g := range list.Items {
			if err := fn(g); err != nil {
				return err
			}
		}
		if after = list.Next; after == nil {
			return nil
		}
	}
}

// expire drops up to a batch of chunks whose last event is too old. They are in the order of their first events.
func expire(tx store.Tx, g *Group, low int64) (done bool, err error) {
	now, err := groups.Get(tx, groups.Key(g))
	if store.IsAbsent(err) || err == nil && now.ID != g.ID {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if now.Retention != g.Retention {
		return true, nil // the next turn goes by what holds now
	}
	var old []*Chunk
	_, err = store.Visit(tx, chunks, store.K(g.ID), nil, func(k *Chunk) bool {
		if k.First >= low || len(old) == batch {
			return false
		}
		if k.Last < low {
			old = append(old, k)
		}
		return true
	})
	for _, k := range old {
		if err == nil {
			err = k.drop(tx)
		}
	}
	return len(old) < batch, err
}

// count notes what the group holds: what its chunks do, as AWS with a delay.
func (s *Service) count(w *service.Work, g *Group) error {
	var have, size int64
	err := s.Store.Read(w, func(tx store.Tx) error {
		have, size = 0, 0
		x, err := stored.Get(tx, store.K(g.ID))
		if err == nil {
			have = x.Bytes
		} else if !store.IsAbsent(err) {
			return err
		}
		_, err = store.Visit(tx, chunks, store.K(g.ID), nil, func(k *Chunk) bool {
			size += int64(k.Size + k.Count*overhead)
			return true
		})
		return err
	})
	if err != nil || have == size {
		return err
	}
	return s.write(w, func(tx store.Tx) error {
		if known, err := groups.Has(tx, groups.Key(g)); err != nil || !known {
			return err
		}
		return stored.Put(tx, &Stored{Group: g.ID, Bytes: size})
	})
}

// forgetQueries drops queries that ended long ago, with their results.
func (s *Service) forgetQueries(w *service.Work) error {
	var after store.Key
	for {
		var list store.Page[Query]
		err := s.Store.Read(w, func(tx store.Tx) (err error) {
			list, err = queries.List(tx, nil, after, batch)
			return err
		})
		if err != nil {
			return err
		}
		for _, q := range list.Items {
			if s.Clock().Sub(q.Created) < queriesKept {
				continue
			}
			err := s.write(w, func(tx store.Tx) error {
				if err := results.Delete(tx, store.K(q.ID)); err != nil && !store.IsAbsent(err) {
					return err
				}
				if err := queries.Delete(tx, queries.Key(q)); err != nil && !store.IsAbsent(err) {
					return err
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		if after = list.Next; after == nil {
			return nil
		}
	}
}
