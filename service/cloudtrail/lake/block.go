package lake

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"vauban/store"
)

// block says what is in a block of events. Its events are numbered within their event data store; the block is found by the number of its last one,
// so that who reads on from a number finds the next event also when blocks have been merged meanwhile.
type block struct {
	Store string    `json:"store"` // ID of the event data store
	Last  int64     `json:"last"`
	Count int64     `json:"count"`
	Size  int64     `json:"size"` // of the records in it, in bytes
	Start time.Time `json:"start"`
	End   time.Time `json:"end"` // of the latest event
}

// first is the number of its first event.
func (b *block) first() int64 { return b.Last - b.Count + 1 }

// content is what is in a block.
type content struct {
	Store string `json:"store"`
	Last  int64  `json:"last"`
	Data  []byte `json:"data"` // compressed: for each event its time in microseconds, the length of its record, and the record
}

// tail is the end of an event data store.
type tail struct {
	Store  string `json:"store"`
	Last   int64  `json:"last"`   // number of the last event
	Blocks []span `json:"blocks"` // the last blocks, while they are small enough to be merged
}

type span struct {
	Last  int64 `json:"last"`
	Count int64 `json:"count"`
	Size  int64 `json:"size"`
}

var (
	blocks = &store.Table[block]{
		Name: "cloudtrail.lake-block",
		Key:  func(b *block) store.Key { return store.K(b.Store, b.Last) },
	}
	contents = &store.Table[content]{
		Name: "cloudtrail.lake-content",
		Key:  func(c *content) store.Key { return store.K(c.Store, c.Last) },
	}
	tails = &store.Table[tail]{
		Name: "cloudtrail.lake-tail",
		Key:  func(t *tail) store.Key { return store.K(t.Store) },
	}
)

// How large blocks grow by merging, and what a new one holds at most.
const (
	fullBlock = 512     // events
	fullSize  = 1 << 20 // bytes
)

// event is an event in a block.
type event struct {
	time   time.Time
	record []byte
}

// appendEvents adds events to an event data store, in their order.
func appendEvents(tx store.Tx, id string, events []event) error {
	t, err := tailOf(tx, id)
	if err != nil {
		return err
	}
	for len(events) > 0 {
		n, size := 0, 0
		for n < len(events) && (n == 0 || n < fullBlock && size+len(events[n].record) <= fullSize) {
			size += len(events[n].record)
			n++
		}
		if err := t.add(tx, events[:n], int64(size)); err != nil {
			return err
		}
		events = events[n:]
	}
	return tails.Put(tx, t)
}

func tailOf(tx store.Tx, id string) (*tail, error) {
	t, err := tails.Get(tx, store.K(id))
	if store.IsAbsent(err) {
		return &tail{Store: id}, nil
	}
	return t, err
}

// add writes a block, merged with the last ones while those are no larger than it: so every event is written a logarithmic number of times.
func (t *tail) add(tx store.Tx, events []event, size int64) error {
	last := t.Last + int64(len(events))
	for n := len(t.Blocks); n > 0; n = len(t.Blocks) {
		b := t.Blocks[n-1]
		if b.Count > int64(len(events)) || b.Count+int64(len(events)) > fullBlock || b.Size+size > fullSize {
			break
		}
		former, err := load(tx, t.Store, b.Last)
		if err != nil {
			return err
		}
		if err := drop(tx, t.Store, b.Last); err != nil {
			return err
		}
		events, size = append(former, events...), size+b.Size
		t.Blocks = t.Blocks[:n-1]
	}
	out := &block{Store: t.Store, Last: last, Count: int64(len(events)), Size: size, Start: events[0].time, End: events[0].time}
	for _, e := range events {
		if e.time.Before(out.Start) {
			out.Start = e.time
		}
		if e.time.After(out.End) {
			out.End = e.time
		}
	}
	data, err := pack(events)
	if err != nil {
		return err
	}
	if err := blocks.Insert(tx, out); err != nil {
		return err
	}
	if err := contents.Insert(tx, &content{Store: t.Store, Last: last, Data: data}); err != nil {
		return err
	}
	t.Last = last
	if 2*out.Count > fullBlock || 2*out.Size > fullSize {
		t.Blocks = nil // nothing is merged across it
	} else {
		t.Blocks = append(t.Blocks, span{last, out.Count, out.Size})
	}
	return nil
}

func drop(tx store.Tx, id string, last int64) error {
	if err := blocks.Delete(tx, store.K(id, last)); err != nil {
		return err
	}
	return contents.Delete(tx, store.K(id, last))
}

func load(tx store.Tx, id string, last int64) ([]event, error) {
	c, err := contents.Get(tx, store.K(id, last))
	if err != nil {
		return nil, fmt.Errorf("read events up to %d of event data store %s: %w", last, id, err)
	}
	return unpack(c.Data)
}

func pack(events []event) ([]byte, error) {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		return nil, fmt.Errorf("compress events: %w", err)
	}
	var head []byte
	for _, e := range events {
		head = binary.AppendVarint(head[:0], e.time.UnixMicro())
		head = binary.AppendUvarint(head, uint64(len(e.record)))
		if _, err := w.Write(head); err != nil {
			return nil, fmt.Errorf("compress events: %w", err)
		}
		if _, err := w.Write(e.record); err != nil {
			return nil, fmt.Errorf("compress events: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compress events: %w", err)
	}
	return b.Bytes(), nil
}

// mostContent bounds what a block unpacks to, whatever its bytes say: one event may be larger than a full block.
const mostContent = 64 << 20

var errDamaged = errors.New("a block of events is damaged")

func unpack(data []byte) ([]event, error) {
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data)), mostContent))
	if err != nil {
		return nil, errors.Join(errDamaged, err)
	}
	var out []event
	for len(raw) > 0 {
		at, n := binary.Varint(raw)
		if n <= 0 {
			return nil, errDamaged
		}
		raw = raw[n:]
		size, n := binary.Uvarint(raw)
		if n <= 0 || size > uint64(len(raw)-n) {
			return nil, errDamaged
		}
		out = append(out, event{time.UnixMicro(at).UTC(), raw[n : n+int(size) : n+int(size)]})
		raw = raw[n+int(size):]
	}
	return out, nil
}

// scan is a walk over the events of an event data store, block by block, each in a transaction of its own: it holds no snapshot while a query
// works. It sees the events up to a number, and only blocks with events of a time.
type scan struct {
	id         string
	after      int64 // number of the last event that was seen
	upTo       int64
	start, end time.Time // inclusive
}

// next returns the next events, none at the end.
func (s *scan) next(tx store.Tx) ([]event, error) {
	if s.after >= s.upTo {
		return nil, nil
	}
	var found *block
	_, err := store.Visit(tx, blocks, store.K(s.id), store.K(s.id, s.after), func(b *block) bool {
		if b.first() > s.upTo {
			return false
		}
		if b.End.Before(s.start) || b.Start.After(s.end) {
			s.after = b.Last
			return true
		}
		found = b
		return false
	})
	if err != nil || found == nil {
		return nil, err
	}
	events, err := load(tx, s.id, found.Last)
	if err != nil {
		return nil, err
	}
	if int64(len(events)) != found.Count {
		return nil, errDamaged
	}
	events = events[max(0, s.after+1-found.first()):]
	if over := found.Last - s.upTo; over > 0 {
		events = events[:int64(len(events))-over]
	}
	s.after = min(found.Last, s.upTo)
	return events, nil
}
