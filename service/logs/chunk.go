package logs

import (
	"fmt"
	"slices"
	"time"

	"vauban/store"
)

// Chunk is a run of events of one stream, in order of time. Chunks of a stream may overlap.
type Chunk struct {
	Group string // ID
	First int64  // times of its first and last event, in milliseconds
	ID    string

	Stream   int64
	Last     int64
	Base     int64 // what the numbers of its events are relative to
	Ingested int64 // what their times of arrival are relative to
	Count    int
	Size     int      // of the messages and what was made of them, in bytes
	Made     bool     `json:",omitempty"` // the events were transformed
	Indexed  []string `json:",omitempty"` // fields that its index has
	Key      string   `json:",omitempty"` // ID of the data key; "" under the ring
	Sealed   []byte   `json:",omitempty"` // the events, unless they lie apart
	Guarded  bool     `json:",omitempty"` // some events have sensitive parts
	Fresh    int64    `json:",omitempty"` // the second in which it came, until it is joined with others: see livetail.go
}

var chunks = &store.Table[Chunk]{
	Name: "logs.chunk",
	Key:  func(k *Chunk) store.Key { return store.K(k.Group, k.First, k.ID) },
	Refs: map[string]func(*Chunk) []store.Key{
		"stream": func(k *Chunk) []store.Key { return []store.Key{store.K(k.Stream)} },
		"fresh": func(k *Chunk) []store.Key {
			if k.Fresh == 0 {
				return nil
			}
			return []store.Key{store.K(k.Group, k.Fresh)}
		},
	},
}

// Bulk is the events of a chunk that lie apart from it, so that looking for chunks does not read them.
type Bulk struct {
	ID     string // of the chunk
	Sealed []byte
}

var bulks = &store.Table[Bulk]{
	Name: "logs.bulk",
	Key:  func(b *Bulk) store.Key { return store.K(b.ID) },
}

const (
	inline  = 1 << 10   // bytes of events that lie in the chunk itself
	maxSpan = day       // from the first to the last event of a chunk
	full    = 256 << 10 // bytes of messages; more is split, less is joined by a job
)

// packed is a chunk on its way into the store.
type packed struct {
	chunk Chunk
	bulk  *Bulk
	index *ChunkIndex
}

// packAll makes chunks of events of one stream, which are in order of time. numbered says that the events have their numbers; else they are relative to
// what the stream will say. fields are those to be indexed.
func (s *Service) packAll(g *Group, stream int64, events []Event, fields []string, key *groupKey, now time.Time) ([]*packed, error) {
	var out []*packed
	for len(events) > 0 {
		n, size := 0, 0
		for n < len(events) && (n == 0 || size+events[n].held() <= full && events[n].Time-events[0].Time < maxSpan.Milliseconds()) {
			size += events[n].held()
			n++
		}
		p, err := s.packOne(g, stream, events[:n], fields, size, key, now)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
		events = events[n:]
	}
	return out, nil
}

func (s *Service) packOne(g *Group, stream int64, events []Event, fields []string, size int, key *groupKey, now time.Time) (*packed, error) {
	id, err := s.newID()
	if err != nil {
		return nil, err
	}
	p := &packed{chunk: Chunk{
		Group: g.ID, First: events[0].Time, Last: events[len(events)-1].Time, ID: id, Stream: stream, Ingested: now.UnixMilli(), Count: len(events), Size: size,
		Guarded: slices.ContainsFunc(events, func(e Event) bool { return len(e.Hidden) > 0 }),
	}}
	p.chunk.Made = slices.ContainsFunc(events, func(e Event) bool { return e.Made != "" || e.Failed != "" })
	sealed, err := s.lock(&p.chunk, s.codec.pack(events, 0, p.chunk.Ingested, p.chunk.Guarded, p.chunk.Made), key)
	if err != nil {
		return nil, err
	}
	if len(sealed) <= inline {
		p.chunk.Sealed = sealed
	} else {
		p.bulk = &Bulk{ID: id, Sealed: sealed}
	}
	if len(fields) > 0 && !p.chunk.Guarded { // what an index tells of sensitive parts would be seen in what queries pass over
		p.chunk.Indexed = fields
		if p.index, err = s.indexOf(g, &p.chunk, events, fields, key); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// put stores the chunk. Its document is added to by what the commit knows.
func (p *packed) put(tx store.Tx) error {
	if p.bulk != nil {
		if err := bulks.Insert(tx, p.bulk); err != nil {
			return err
		}
	}
	if p.index != nil {
		if err := chunkIndexes.Insert(tx, p.index); err != nil {
			return err
		}
	}
	return chunks.Insert(tx, &p.chunk)
}

// drop deletes a chunk.
func (k *Chunk) drop(tx store.Tx) error {
	if k.Sealed == nil {
		if err := bulks.Delete(tx, store.K(k.ID)); err != nil && !store.IsAbsent(err) {
			return err
		}
	}
	if len(k.Indexed) > 0 {
		if err := chunkIndexes.Delete(tx, store.K(k.ID)); err != nil && !store.IsAbsent(err) {
			return err
		}
	}
	return chunks.Delete(tx, chunks.Key(k))
}

// open calls fn with the events of the chunk, until it declines one. What is sensitive in them is masked.
func (s *Service) open(tx store.Tx, k *Chunk, keys opened, fn func(*Event) bool) error {
	return s.openBare(tx, k, keys, func(e *Event) bool {
		e.Message = e.masked()
		return fn(e)
	})
}

// openAs is open, or openBare for who may see what is sensitive.
func (s *Service) openAs(bare bool) func(store.Tx, *Chunk, opened, func(*Event) bool) error {
	if bare {
		return s.openBare
	}
	return s.open
}

// openBare calls fn with the events of the chunk as they came, until it declines one.
func (s *Service) openBare(tx store.Tx, k *Chunk, keys opened, fn func(*Event) bool) error {
	sealed := k.Sealed
	if sealed == nil {
		b, err := bulks.Get(tx, store.K(k.ID))
		if err != nil {
			return fmt.Errorf("events of chunk %s: %w", k.ID, err)
		}
		sealed = b.Sealed
	}
	plain, err := s.unlock(k, sealed, keys)
	if err != nil {
		return err
	}
	return s.codec.unpack(plain, k.Stream, k.Base, k.Ingested, k.Guarded, k.Made, fn)
}

// byPlace orders events.
func byPlace(events []Event) {
	slices.SortFunc(events, func(a, b Event) int { return a.place().compare(b.place()) })
}
