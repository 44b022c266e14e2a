package logs

import (
	"errors"
	"fmt"
	"time"

	"vauban/service"
	"vauban/store"
)

// Ragged is a stream that has many small chunks: a job joins them.
type Ragged struct {
	Account, Region, Group string // name
	ID                     string // of the group
	Stream                 string
	Number                 int64
}

var ragged = &store.Table[Ragged]{
	Name: "logs.ragged",
	Key:  func(r *Ragged) store.Key { return store.K(r.Number) },
}

const (
	joinAt    = 64          // small chunks of a stream that are worth it
	joinMost  = 512         // chunks that become one
	joinAfter = time.Minute // after they came: live sessions look for those that are fresh
)

// noteSmall has a stream's chunks joined once it has many.
func noteSmall(tx store.Tx, g *Group, x *Stream, packed []*packed) error {
	for _, p := range packed {
		if p.chunk.Size < full/2 {
			x.Small++
		}
	}
	if x.Small < joinAt {
		return nil
	}
	return ragged.Put(tx, &Ragged{g.Account, g.Region, g.Name, g.ID, x.Name, x.ID})
}

// joinAll joins the small chunks of all streams that have many.
func (s *Service) joinAll(w *service.Work) error {
	var all []*Ragged
	err := s.Store.Read(w, func(tx store.Tx) error {
		list, err := ragged.List(tx, nil, nil, 1000)
		all = list.Items
		return err
	})
	var errs []error
	for _, r := range all {
		if w.Err() == nil {
			errs = append(errs, s.joinStream(w, r)) // one whose key cannot be used does not hold up the others
		}
	}
	return errors.Join(append(errs, err)...)
}

func (s *Service) joinStream(w *service.Work, r *Ragged) error {
	c := w.Call(r.Account, r.Region)
	var g *Group
	err := s.Store.Read(w, func(tx store.Tx) (err error) {
		g, err = groups.Get(tx, store.K(r.Account, r.Region, r.Group))
		return err
	})
	if store.IsAbsent(err) || err == nil && g.ID != r.ID {
		return s.write(w, func(tx store.Tx) error { return ragged.Delete(tx, ragged.Key(r)) })
	}
	var after store.Key
	for err == nil {
		var run []*Chunk
		if run, after, err = s.nextRun(w, g, r, after); err != nil || len(run) == 0 {
			break
		}
		if len(run) > 1 {
			err = s.joinRun(w, c, g, r, run)
		}
	}
	if err != nil {
		return err
	}
	return s.recount(w, r)
}

// joinable reports whether a chunk is to be joined with others: it is small, and sealed as the group seals now. What came under another key of KMS, or under
// none, stays as it is: who has taken a key from the group did not ask for its events to be sealed anew.
func joinable(tx store.Tx, g *Group, k *Chunk, keys map[string]string) (bool, error) {
	if k.Size >= full/2 {
		return false, nil
	}
	key, known := keys[k.Key]
	if !known && k.Key != "" {
		d, err := wrappedKeys.Get(tx, store.K(g.ID, k.Key))
		if store.IsAbsent(err) {
			return false, nil // the group is being cleared away
		}
		if err != nil {
			return false, fmt.Errorf("data key of chunk %s: %w", k.ID, err)
		}
		key = d.Key
		keys[k.Key] = key
	}
	return key == g.Key, nil
}

// nextRun finds chunks that can become one: small, under one key, one after the other, and within a chunk's span. It returns where to go on.
func (s *Service) nextRun(w *service.Work, g *Group, r *Ragged, after store.Key) (run []*Chunk, next store.Key, err error) {
	keys := map[string]string{}
	err = s.Store.Read(w, func(tx store.Tx) error {
		var bad error
		run, next = nil, after
		size := 0
		err := visitRef(tx, r.Number, after, func(k *Chunk) bool {
			var fits bool
			if fits, bad = joinable(tx, g, k, keys); bad != nil {
				return false
			}
			if !fits || s.Clock().Sub(time.UnixMilli(k.Ingested)) < joinAfter {
				next = chunks.Key(k)
				return len(run) == 0 // a run ends before it
			}
			if len(run) > 0 && (size+k.Size > full || k.Last-run[0].First >= maxSpan.Milliseconds() || len(run) == joinMost) {
				return false
			}
			run, size, next = append(run, k), size+k.Size, chunks.Key(k)
			return true
		})
		return errors.Join(err, bad)
	})
	return run, next, err
}

// joinRun puts one chunk, or a few, in the place of those of the run.
func (s *Service) joinRun(w *service.Work, c *service.Call, g *Group, r *Ragged, run []*Chunk) error {
	var events []Event
	var fields []string
	err := s.reading(w, c, []*Group{g}, func(tx store.Tx, keys opened) error {
		account, err := policiesOn(tx, g)
		if err != nil {
			return err
		}
		if fields, err = fieldsOf(tx, g, account); err != nil {
			return err
		}
		events = nil
		for _, k := range run {
			if err := s.openBare(tx, k, keys, func(e *Event) bool { events = append(events, *e); return true }); err != nil {
				return err
			}
		}
		return nil
	})
	if store.IsAbsent(err) {
		return nil // deleted meanwhile
	}
	if err != nil {
		return err
	}
	byPlace(events)
	key, fresh, err := s.sealingKey(c, g)
	if err != nil {
		return err
	}
	packed, err := s.packAll(g, r.Number, events, fields, key, w.Time)
	if err != nil {
		return err
	}
	err = s.write(w, func(tx store.Tx) error {
		now, err := groups.Get(tx, groups.Key(g))
		if err != nil || now.ID != g.ID || now.Key != g.Key {
			return errors.Join(err, errChanged)
		}
		if _, err := streams.Get(tx, store.K(r.ID, r.Stream)); err != nil {
			return err
		}
		for _, k := range run {
			if err := k.drop(tx); err != nil {
				return err
			}
		}
		if fresh != nil {
			if err := wrappedKeys.Put(tx, fresh); err != nil {
				return err
			}
		}
		for _, p := range packed {
			if err := p.put(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if store.IsAbsent(err) || errors.Is(err, errChanged) {
		return nil // the next turn looks anew
	}
	return err
}

var errChanged = errors.New("logs: the log group was changed meanwhile")

// recount notes how many small chunks the stream has now that could be joined.
func (s *Service) recount(w *service.Work, r *Ragged) error {
	return s.write(w, func(tx store.Tx) error {
		x, err := streams.Get(tx, store.K(r.ID, r.Stream))
		if store.IsAbsent(err) || err == nil && x.ID != r.Number {
			return ragged.Delete(tx, ragged.Key(r))
		}
		if err != nil {
			return err
		}
		g, err := groups.Get(tx, store.K(r.Account, r.Region, r.Group))
		if store.IsAbsent(err) || err == nil && g.ID != r.ID {
			return ragged.Delete(tx, ragged.Key(r))
		}
		if err != nil {
			return err
		}
		x.Small = 0
		var bad error
		keys := map[string]string{}
		err = visitRef(tx, r.Number, nil, func(k *Chunk) bool {
			var fits bool
			if fits, bad = joinable(tx, g, k, keys); fits {
				x.Small++
			}
			return bad == nil
		})
		if err = errors.Join(err, bad); err == nil {
			err = streams.Update(tx, x)
		}
		if err != nil || x.Small >= joinAt {
			return err
		}
		return ragged.Delete(tx, ragged.Key(r))
	})
}
