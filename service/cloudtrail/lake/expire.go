package lake

import (
	"time"

	"vauban/service"
	"vauban/store"
)

// mostDropped bounds what one transaction removes.
const mostDropped = 200

// expire removes the events that are older than the retention of their event data stores, and event data stores that were deleted long ago.
func (l *Lake) expire(w *service.Work) error {
	for {
		more := false
		err := l.Store.Write(w, func(tx store.Tx) error {
			more = false
			if err := w.Check(tx); err != nil {
				return err
			}
			var all []*DataStore
			for d, err := range dataStores.Each(tx, nil) {
				if err != nil {
					return err
				}
				all = append(all, d)
			}
			left := mostDropped
			for _, d := range all {
				if err := d.expire(tx, w.Time, &left); err != nil {
					return err
				}
			}
			if err := forgetQueries(tx, w.Time, &left); err != nil {
				return err
			}
			more = left == 0
			return nil
		})
		if err != nil || !more || w.Err() != nil {
			return err
		}
	}
}

// expire removes at most so many blocks.
func (d *DataStore) expire(tx store.Tx, now time.Time, left *int) error {
	var old []int64
	_, err := store.Visit(tx, blocks, store.K(d.ID), nil, func(b *block) bool {
		if len(old) >= *left || !d.gone(now) && !b.End.Before(d.oldest(now)) {
			return false
		}
		old = append(old, b.Last)
		return true
	})
	if err != nil {
		return err
	}
	for _, last := range old {
		if err := drop(tx, d.ID, last); err != nil {
			return err
		}
	}
	if err := d.forget(tx, old); err != nil {
		return err
	}
	if *left -= len(old); *left == 0 || !d.gone(now) {
		return nil
	}
	if err := tails.Delete(tx, store.K(d.ID)); err != nil && !store.IsAbsent(err) {
		return err
	}
	return dataStores.Delete(tx, dataStores.Key(d))
}

// forget takes removed blocks from those that may be merged.
func (d *DataStore) forget(tx store.Tx, gone []int64) error {
	if len(gone) == 0 {
		return nil
	}
	t, err := tailOf(tx, d.ID)
	if err != nil {
		return err
	}
	newest := gone[len(gone)-1]
	for len(t.Blocks) > 0 && t.Blocks[0].Last <= newest {
		t.Blocks = t.Blocks[1:]
	}
	return tails.Put(tx, t)
}

// forgetQueries removes queries whose results can no longer be fetched, at most so many parts of them.
func forgetQueries(tx store.Tx, now time.Time, left *int) error {
	if *left <= 0 {
		return nil
	}
	var old []*Query
	_, err := store.Visit(tx, queries, nil, nil, func(q *Query) bool {
		if now.Sub(q.Created) > keepQueries {
			old = append(old, q)
		}
		return len(old) < mostDropped
	})
	if err != nil {
		return err
	}
	for _, q := range old {
		parts, err := rowsParts.List(tx, store.K(q.ID), nil, *left)
		if err != nil {
			return err
		}
		for _, p := range parts.Items {
			if err := rowsParts.Delete(tx, rowsParts.Key(p)); err != nil {
				return err
			}
		}
		if *left -= len(parts.Items); *left <= 0 {
			*left = 0
			return nil
		}
		if err := queries.Delete(tx, queries.Key(q)); err != nil {
			return err
		}
	}
	return nil
}
