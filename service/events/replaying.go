package events

import (
	"fmt"
	"time"

	api "vauban/api/events"
	"vauban/service"
	"vauban/store"
)

// replaying is how often replays go on; replayMost how many events one transaction sends.
const (
	replaying  = time.Second
	replayMost = 100
)

// replay goes on with the replays that are under way.
func (s *Service) replay(w *service.Work) error {
	var keys []store.Key
	err := s.Store.Read(w, func(tx store.Tx) error {
		keys = nil
		for r, err := range replays.EachRef(tx, "active", store.K("active")) {
			if err != nil {
				return err
			}
			keys = append(keys, replays.Key(r))
		}
		return nil
	})
	for _, key := range keys {
		for more := true; more && err == nil; {
			err = s.Store.Write(w, func(tx store.Tx) (err error) {
				if err := w.Check(tx); err != nil {
					return err
				}
				more, err = s.replaySome(tx, key, w.Time)
				return err
			})
		}
	}
	return err
}

// replaySome sends the next events of a replay. Where it stands is part of the same transaction: each event is sent once.
func (s *Service) replaySome(tx store.Tx, key store.Key, now time.Time) (more bool, err error) {
	r, err := replays.Get(tx, key)
	if store.IsAbsent(err) || err == nil && !r.active() {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if r.State == api.ReplayStateCancelling {
		r.State, r.Ended = api.ReplayStateCancelled, now
		return false, replays.Update(tx, r)
	}
	after := r.Position
	if after == nil {
		after = store.K(r.Space, r.From)
	}
	page, err := keptTable.List(tx, store.K(r.Space), after, replayMost)
	if err != nil {
		return false, err
	}
	r.State, more = api.ReplayStateRunning, page.Next != nil
	sent := 0
	for i, k := range page.Items {
		if !k.Time.Before(r.To) {
			more = false
			break
		}
		e, err := s.again(r, k, now)
		if err != nil {
			r.State, r.Reason, r.Ended = api.ReplayStateFailed, clipped(fmt.Sprintf("Event %s: %v", k.ID, err), 500), now
			return false, replays.Update(tx, r)
		}
		m, err := s.matched(tx, busName{r.Account, r.Region, r.Bus}, e)
		if err != nil {
			return false, err
		}
		if sent += m.deliveries(); sent > followMost && i > 0 { // the rest in a transaction of its own
			more = true
			break
		}
		if err := s.accept(tx, m); err != nil {
			return false, err
		}
		r.Last, r.Position = k.Time, keptTable.Key(k)
	}
	if !more {
		r.State, r.Ended = api.ReplayStateCompleted, now
	}
	return more, replays.Update(tx, r)
}

// again is an archived event with the name of the replay in it.
func (s *Service) again(r *Replay, k *Kept, now time.Time) (*event, error) {
	old, err := s.opened(k, now)
	if err != nil {
		return nil, err
	}
	old.envelope.ReplayName = r.Name
	e, err := newEvent(old.envelope, now)
	if err != nil {
		return nil, err
	}
	e.only = r.Only
	return e, nil
}
