package events

import (
	"maps"
	"slices"
	"time"

	api "vauban/api/events"
	"vauban/service"
	"vauban/store"
)

// Archive keeps the events of a bus that match a pattern, to be replayed.
type Archive struct {
	Account, Region, Name string

	Bus         string // name of a bus of the same account and region
	Description string `json:",omitempty"`
	Pattern     string `json:",omitempty"`
	Retention   int64  `json:",omitempty"` // in days; 0 keeps for ever
	Created     time.Time
	Space       string // where its events are: those of a deleted archive of the same name are elsewhere
}

var archives = &store.Table[Archive]{
	Name: "events.archive",
	Key:  func(a *Archive) store.Key { return store.K(a.Account, a.Region, a.Name) },
	Refs: map[string]func(*Archive) []store.Key{
		"bus": func(a *Archive) []store.Key { return []store.Key{a.busName().key()} },
	},
}

func (a *Archive) busName() busName { return busName{a.Account, a.Region, a.Bus} }

func (a *Archive) arn() string {
	return "arn:aws:events:" + a.Region + ":" + a.Account + ":archive/" + a.Name
}

// matched is the pattern of what is kept: all events, when the archive has none.
func (a *Archive) matched() string {
	if a.Pattern == "" {
		return `{"account":[{"exists":true}]}`
	}
	return a.Pattern
}

// Kept is an event in an archive, sealed.
type Kept struct {
	Space string
	Time  time.Time // of the event
	ID    string
	Event []byte
	Size  int64
}

var keptTable = &store.Table[Kept]{
	Name: "events.kept",
	Key:  func(k *Kept) store.Key { return store.K(k.Space, k.Time, k.ID) },
}

// Tally counts what an archive keeps. Several count for one archive, so that calls that keep events do not wait for each other.
type Tally struct {
	Space         string
	Shard         int64
	Events, Bytes int64
}

var tallies = &store.Table[Tally]{
	Name: "events.tally",
	Key:  func(t *Tally) store.Key { return store.K(t.Space, t.Shard) },
}

// shards are how many tallies count for an archive.
const shards = 16

func count(tx store.Tx, space string, shard, events, bytes int64) error {
	t, err := tallies.Get(tx, store.K(space, shard))
	if store.IsAbsent(err) {
		t, err = &Tally{Space: space, Shard: shard}, nil
	}
	if err != nil {
		return err
	}
	t.Events += events
	t.Bytes += bytes
	return tallies.Put(tx, t)
}

// keep puts an event into an archive. One that is in it already, because it was put twice, stays one.
func (s *Service) keep(tx store.Tx, a *Archive, e *event) error {
	k := &Kept{Space: a.Space, Time: e.when().UTC(), ID: e.ID, Size: int64(len(e.text))}
	has, err := keptTable.Has(tx, keptTable.Key(k))
	if err != nil || has {
		return err
	}
	if k.Event, err = s.Seal.Seal(keptTable.Name, keptTable.Key(k), e.text); err != nil {
		return err
	}
	if err := keptTable.Insert(tx, k); err != nil {
		return err
	}
	return count(tx, a.Space, int64(e.ID[0])%shards, 1, k.Size)
}

// opened reads an archived event.
func (s *Service) opened(k *Kept, received time.Time) (*event, error) {
	text, err := s.Seal.Open(keptTable.Name, keptTable.Key(k), k.Event)
	if err != nil {
		return nil, err
	}
	return readEvent(text, received)
}

// total is what an archive keeps.
func total(tx store.Tx, a *Archive) (events, bytes int64, err error) {
	for t, err := range tallies.Each(tx, store.K(a.Space)) {
		if err != nil {
			return 0, 0, err
		}
		events += t.Events
		bytes += t.Bytes
	}
	return events, bytes, nil
}

// Litter is the space of a deleted archive, whose events are still to be removed.
type Litter struct{ Space string }

var litter = &store.Table[Litter]{Name: "events.litter", Key: func(l *Litter) store.Key { return store.K(l.Space) }}

// The bounds of sweeping.
const (
	sweeping  = time.Minute
	sweepMost = 500
)

// sweep removes events that archives keep no longer, and those that were kept for their deliveries.
func (s *Service) sweep(w *service.Work) error {
	old := map[string]time.Time{} // events of a space before a time; zero means all
	err := s.Store.Read(w, func(tx store.Tx) error {
		clear(old)
		for a, err := range archives.Each(tx, nil) {
			if err != nil {
				return err
			}
			if a.Retention > 0 {
				old[a.Space] = w.Time.Add(-time.Duration(a.Retention) * 24 * time.Hour)
			}
		}
		for l, err := range litter.Each(tx, nil) {
			if err != nil {
				return err
			}
			old[l.Space] = time.Time{}
		}
		return nil
	})
	for _, space := range slices.Sorted(maps.Keys(old)) {
		for more := true; more && err == nil; {
			more, err = s.sweepSome(w, space, old[space])
		}
	}
	if err != nil {
		return err
	}
	return s.sweepBodies(w)
}

// sweepSome removes a bounded number of a space's events that are older than before, or all of them and the space itself.
func (s *Service) sweepSome(w *service.Work, space string, before time.Time) (more bool, err error) {
	err = s.Store.Write(w, func(tx store.Tx) error {
		if err := w.Check(tx); err != nil {
			return err
		}
		more = false
		page, err := keptTable.List(tx, store.K(space), nil, sweepMost)
		if err != nil {
			return err
		}
		var events, bytes int64
		for _, k := range page.Items {
			if !before.IsZero() && !k.Time.Before(before) {
				break
			}
			if err := keptTable.Delete(tx, keptTable.Key(k)); err != nil {
				return err
			}
			events, bytes = events+1, bytes+k.Size
		}
		more = events == sweepMost
		if before.IsZero() {
			if more || page.Next != nil {
				more = true
				return nil
			}
			return removeSpace(tx, space)
		}
		if events == 0 {
			return nil
		}
		return count(tx, space, shards, -events, -bytes)
	})
	return more, err
}

func removeSpace(tx store.Tx, space string) error {
	for shard := range int64(shards + 1) {
		if err := tallies.Delete(tx, store.K(space, shard)); err != nil && !store.IsAbsent(err) {
			return err
		}
	}
	return litter.Delete(tx, store.K(space))
}

// stateEnabled is the state of every archive: there is nothing that has to be waited for.
const stateEnabled = api.ArchiveStateEnabled
