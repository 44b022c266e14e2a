package logs

import (
	"cmp"
	"context"
	"slices"

	"vauban/store"
)

// backward finds the last events of a stream before the boundary, and not before from, in order of their places. It looks at windows of time that grow, and in
// each at the chunks that end last first.
func (s *Service) backward(ctx context.Context, tx store.Tx, keys opened, g *Group, st *Stream, from int64, before place, limit int, bare bool) (*hits, error) {
	low := max(from, st.First)
	for span := maxSpan.Milliseconds(); ; span *= 4 {
		start := before.Time - span
		if start <= low || span < 0 {
			start = low
		}
		out, full, err := s.window(ctx, tx, keys, g, st, start, before, limit, bare)
		if err != nil || full || start == low {
			return out, err
		}
	}
}

func (s *Service) window(ctx context.Context, tx store.Tx, keys opened, g *Group, st *Stream, start int64, before place, limit int, bare bool) (*hits, bool, error) {
	var list []*Chunk
	q := &search{group: g, streams: map[int64]bool{st.ID: true}, from: place{Time: start}, to: before.Time + 1}
	err := s.chunksOf(tx, q, func(k *Chunk) (bool, error) {
		list = append(list, k)
		return true, nil
	})
	if err != nil {
		return nil, false, err
	}
	slices.SortFunc(list, func(a, b *Chunk) int { return cmp.Compare(b.Last, a.Last) })
	kept, full := []Event(nil), false
	for _, k := range list {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		if full && k.Last < kept[0].Time {
			break
		}
		err := s.openAs(bare)(tx, k, keys, func(e *Event) bool {
			if e.Time >= start && e.place().compare(before) < 0 {
				kept = append(kept, *e)
			}
			return e.Time <= before.Time
		})
		if err != nil {
			return nil, false, err
		}
		var cut bool
		kept, cut = lastOf(kept, limit)
		full = full || cut
	}
	return &hits{events: kept, more: full}, full, nil
}

// lastOf keeps the last events that a page takes, in order.
func lastOf(events []Event, limit int) (kept []Event, full bool) {
	byPlace(events)
	bytes, i := 0, len(events)
	for i > 0 && len(events)-i < limit && (bytes == 0 || bytes+events[i-1].size() <= pageBytes) {
		i--
		bytes += events[i].size()
	}
	return slices.Clone(events[i:]), i > 0 || len(events) == limit
}
