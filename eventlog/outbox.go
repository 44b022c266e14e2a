package eventlog

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"vauban/store"
)

// item is an event of the outbox with its entry. Both share the body.
type item struct {
	event store.Event
	entry *Entry
}

// Bounds of the window.
const (
	windowItems = 16 << 10
	windowBytes = 48 << 20
	readStep    = 512 // events read from the store at a time
)

// window holds the newest events of the outbox, decoded once for the relay, all consumers and all look-ups: every event with
// lo < Seq <= hi that was ever committed. Items are shared and never changed.
type window struct {
	mu     sync.Mutex
	lo, hi int64
	items  []item
	bytes  int
}

// extend reads what is new in the transaction's snapshot. relayed is that snapshot's note.
func (w *window) extend(tx store.Tx, relayed int64) error {
	if w.hi < relayed { // the outbox no longer has what would follow
		w.items, w.bytes, w.lo, w.hi = nil, 0, relayed, relayed
	}
	for {
		events, err := tx.Events(w.hi, readStep)
		if err != nil {
			return fmt.Errorf("read the outbox: %w", err)
		}
		for i := range events {
			it, err := decodeItem(events[i])
			if err != nil {
				return err
			}
			w.items = append(w.items, it)
			w.bytes += len(it.event.Body)
			w.hi = it.event.Seq
		}
		w.trim()
		if len(events) < readStep {
			return nil
		}
	}
}

// trim forgets the oldest quarter when there is too much: not one by one, since it copies the rest.
func (w *window) trim() {
	if len(w.items) <= windowItems && w.bytes <= windowBytes {
		return
	}
	n := 0
	for ; len(w.items)-n > windowItems*3/4 || w.bytes > windowBytes*3/4; n++ {
		w.bytes -= len(w.items[n].event.Body)
		w.lo = w.items[n].event.Seq
	}
	// A new array: views of the old one may be in use, and it must not keep what was forgotten.
	w.items = append(make([]item, 0, windowItems+readStep), w.items[n:]...)
}

// forget empties the window: what was dropped from the archive must not be read from memory. It fills again with the outbox.
func (w *window) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.items, w.bytes, w.lo, w.hi = nil, 0, 0, 0
}

func decodeItem(ev store.Event) (item, error) {
	e, err := decode(&ev)
	return item{ev, e}, err
}

// outbox is the outbox as a snapshot sees it, and what the window remembers of before. (The window may be newer than the snapshot: what
// it has more was committed, too.)
type outbox struct {
	tx      store.Tx
	relayed int64  // what is at or before it is in the archive
	recent  []item // all items after lo
	lo      int64  // may be before relayed, or after it when the outbox is larger than the window
	hi      int64
}

// outboxIn returns the outbox as tx sees it.
func (l *Log) outboxIn(tx store.Tx) (*outbox, error) {
	relayed, err := getRelayed(tx)
	if err != nil {
		return nil, err
	}
	w := &l.window
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.extend(tx, relayed); err != nil {
		return nil, err
	}
	return &outbox{tx: tx, relayed: relayed, recent: slices.Clip(w.items), lo: w.lo, hi: w.hi}, nil
}

// covers reports whether each can start there.
func (o *outbox) covers(after int64) bool { return after >= min(o.lo, o.relayed) }

// each visits items with Seq > after in order, until fn returns false.
func (o *outbox) each(after int64, fn func(item) bool) error {
	for after < o.lo {
		events, err := o.tx.Events(after, readStep)
		if err != nil {
			return fmt.Errorf("read the outbox: %w", err)
		}
		if len(events) == 0 {
			break
		}
		for i := range events {
			if events[i].Seq > o.lo {
				after = o.lo
				break
			}
			after = events[i].Seq
			it, err := decodeItem(events[i])
			if err != nil {
				return err
			}
			if !fn(it) {
				return nil
			}
		}
	}
	n, _ := slices.BinarySearchFunc(o.recent, after+1, func(it item, s int64) int { return cmp.Compare(it.event.Seq, s) })
	for _, it := range o.recent[n:] {
		if !fn(it) {
			return nil
		}
	}
	return nil
}
