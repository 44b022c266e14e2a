package logs

import (
	"container/heap"
	"context"
	"errors"

	"vauban/store"
)

// search is what is looked for, forward in time.
type search struct {
	group   *Group
	streams map[int64]bool // nil: all
	from    place          // boundary
	to      int64          // milliseconds, exclusive
	match   func(*Event) bool
	limit   int  // events of a page
	bytes   int  // of their messages
	bare    bool // shows what is sensitive
}

// hits is a page of events, in order of their places.
type hits struct {
	events []Event
	next   place // boundary to go on from
	more   bool  // there may be more from there on
}

const (
	pageEvents = 10_000
	pageBytes  = 1 << 20
	effort     = 48 << 20 // bytes of events that one page looks at, or a little more
)

// worst keeps the events that come first, the last of them on top.
type worst struct {
	events []Event
	bytes  int
}

func (w *worst) Len() int           { return len(w.events) }
func (w *worst) Less(i, j int) bool { return w.events[i].place().compare(w.events[j].place()) > 0 }
func (w *worst) Swap(i, j int)      { w.events[i], w.events[j] = w.events[j], w.events[i] }
func (w *worst) Push(x any)         { w.events = append(w.events, x.(Event)) }
func (w *worst) Pop() any {
	last := w.events[len(w.events)-1]
	w.events = w.events[:len(w.events)-1]
	return last
}

// forward finds the first events from the boundary on. Chunks come in the order of their first events, and only so many events are kept as the page
// takes: the memory is that of a page and a chunk. A page that has looked at much ends where the next chunk begins.
func (s *Service) forward(ctx context.Context, tx store.Tx, keys opened, q *search) (*hits, error) {
	w, left, cut := &worst{}, effort, false
	horizon, bounded := int64(0), false
	err := s.chunksOf(tx, q, func(k *Chunk) (more bool, err error) {
		switch {
		case cut && k.First > w.events[0].Time:
			return false, nil
		case left <= 0 && k.First > q.from.Time:
			horizon, bounded = k.First, true
			return false, nil
		}
		left -= k.Size
		err = s.openAs(q.bare)(tx, k, keys, func(e *Event) bool {
			if ctx.Err() != nil || e.Time >= q.to || cut && e.Time > w.events[0].Time {
				return false
			}
			if e.place().compare(q.from) >= 0 && q.match(e) {
				cut = w.add(*e, q) || cut
			}
			return true
		})
		return true, errors.Join(err, ctx.Err())
	})
	if err != nil {
		return nil, err
	}
	return w.page(q, cut, horizon, bounded), nil
}

// add keeps the event, and says whether that cost one.
func (w *worst) add(e Event, q *search) (cut bool) {
	heap.Push(w, e)
	w.bytes += e.size()
	for len(w.events) > 1 && (len(w.events) > q.limit || w.bytes > q.bytes) {
		gone := heap.Pop(w).(Event)
		w.bytes -= gone.size()
		cut = true
	}
	return cut
}

func (w *worst) page(q *search, cut bool, horizon int64, bounded bool) *hits {
	byPlace(w.events)
	out := &hits{events: w.events, next: place{Time: q.to}}
	if bounded {
		for len(out.events) > 0 && out.events[len(out.events)-1].Time >= horizon {
			out.events = out.events[:len(out.events)-1]
		}
		out.next, out.more = place{Time: horizon}, true
	}
	if cut && len(out.events) > 0 {
		out.next, out.more = out.events[len(out.events)-1].place().next(), true
	}
	return out
}

// chunksOf visits the chunks that may have events of the search, in the order of their first events, until fn declines one.
func (s *Service) chunksOf(tx store.Tx, q *search, fn func(*Chunk) (more bool, err error)) error {
	var bad error
	gone, err := deletedStreams(tx, q)
	if err != nil {
		return err
	}
	visit := func(k *Chunk) bool {
		if k.First >= q.to {
			return false
		}
		if k.Last < q.from.Time || q.streams != nil && !q.streams[k.Stream] || gone[k.Stream] {
			return true
		}
		var more bool
		more, bad = fn(k)
		return more && bad == nil
	}
	after := store.K(q.group.ID, max(q.from.Time-maxSpan.Milliseconds(), 0))
	if len(q.streams) == 1 {
		for id := range q.streams {
			err = visitRef(tx, id, after, visit)
		}
	} else {
		_, err = store.Visit(tx, chunks, store.K(q.group.ID), after, visit)
	}
	if err == nil {
		err = bad
	}
	return err
}

// deletedStreams are those whose chunks have not been cleared away yet.
func deletedStreams(tx store.Tx, q *search) (map[int64]bool, error) {
	if q.streams != nil {
		return nil, nil
	}
	gone := map[int64]bool{}
	for l, err := range litter.Each(tx, store.K(q.group.ID)) {
		if err != nil {
			return nil, err
		}
		gone[l.Stream] = true
	}
	return gone, nil
}

// visitRef visits the chunks of one stream from the key on.
func visitRef(tx store.Tx, stream int64, after store.Key, fn func(*Chunk) bool) error {
	for {
		list, err := chunks.ListRef(tx, "stream", store.K(stream), after, visited)
		if err != nil {
			return err
		}
		for _, k := range list.Items {
			if !fn(k) {
				return nil
			}
		}
		if list.Next == nil {
			return nil
		}
		after = list.Next
	}
}

// visited is how many chunks are held at a time.
const visited = 100
