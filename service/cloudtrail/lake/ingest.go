package lake

import (
	"slices"
	"time"

	"vauban/engine/selector"
	"vauban/eventlog"
	"vauban/store"
)

// ingest takes a batch of the log into the event data stores that select its events. It runs in the transaction that moves the consumer's
// cursor, so that every event is taken once.
func (l *Lake) ingest(tx store.Tx, batch []*eventlog.Entry) error {
	if any, err := dataStores.Count(tx, nil, 1); err != nil || any == 0 {
		return err
	}
	candidates := map[string][]*DataStore{} // by account
	taken := map[*DataStore][]event{}
	var order []*DataStore
	seen := map[string]*DataStore{} // those of an organization are candidates of many accounts
	for _, e := range batch {
		list, ok := candidates[e.Account]
		if !ok {
			var err error
			if list, err = l.candidates(tx, e.Account, seen); err != nil {
				return err
			}
			candidates[e.Account] = list
		}
		var view *selector.Event
		for _, d := range list {
			if !d.AllRegions && d.Region != e.Region || !d.took(e.Time) {
				continue
			}
			if view == nil {
				var err error
				if view, err = selector.EventOf(e.Record); err != nil {
					return err
				}
			}
			if !d.Selectors.Match(view) {
				continue
			}
			if taken[d] == nil {
				order = append(order, d)
			}
			taken[d] = append(taken[d], event{e.Time.UTC(), e.Record})
		}
	}
	for _, d := range order {
		if err := appendEvents(tx, d.ID, taken[d]); err != nil {
			return err
		}
	}
	return nil
}

// candidates are the event data stores that may keep events of an account.
func (l *Lake) candidates(tx store.Tx, account string, seen map[string]*DataStore) (list []*DataStore, err error) {
	take := func(d *DataStore) {
		if seen[d.ID] == nil {
			seen[d.ID] = d
		}
		list = append(list, seen[d.ID])
	}
	for d, err := range dataStores.Each(tx, store.K(account)) {
		if err != nil {
			return nil, err
		}
		if d.Organization == "" {
			take(d)
		}
	}
	org, err := l.members.Organization(tx, account)
	if err != nil || org == "" {
		return list, err
	}
	for d, err := range dataStores.EachRef(tx, "organization", store.K(org)) {
		if err != nil {
			return nil, err
		}
		if may, err := l.members.Administers(tx, d.Account, org); err != nil {
			return nil, err
		} else if may { // its account has not left, nor lost the say
			take(d)
		}
	}
	return list, nil
}

// took reports whether events of that time are taken.
func (d *DataStore) took(t time.Time) bool {
	return slices.ContainsFunc(d.Ingestion, func(i interval) bool { return i.covers(t) })
}
