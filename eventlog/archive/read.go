package archive

import (
	"cmp"
	"context"
	"math"
	"slices"

	"vauban/store"
)

// readBytes bounds what one Read returns, beyond its first event.
const readBytes = 8 << 20

// Read returns events with after < Seq <= upTo, of all kinds and days, in log order, at most limit. Fewer, but never none, are
// returned when they are large.
func (a *Archive) Read(ctx context.Context, after, upTo int64, limit int) ([]store.Event, error) {
	parts, err := a.Parts(ctx)
	if err != nil {
		return nil, err
	}
	parts = slices.DeleteFunc(parts, func(p Info) bool { return p.Events == 0 || p.Last <= after || p.First > upTo })
	slices.SortFunc(parts, func(x, y Info) int { return cmp.Compare(x.First, y.First) })
	var out []store.Event
	for _, p := range parts {
		if len(out) == limit && out[limit-1].Seq < p.First {
			break // what follows is newer than all that is wanted
		}
		more, err := a.readPart(ctx, p.Part, after, upTo, limit)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
		slices.SortFunc(out, func(x, y store.Event) int { return cmp.Compare(x.Seq, y.Seq) })
		out = out[:min(len(out), limit)]
		// A partition that had more than it gave bounds what is complete.
		if n := len(more); n > 0 && n < limit && cut(more) {
			upTo = min(upTo, more[n-1].Seq)
		}
		for len(out) > 0 && out[len(out)-1].Seq > upTo {
			out = out[:len(out)-1]
		}
	}
	return out, nil
}

// cut reports whether readPart stopped for size.
func cut(events []store.Event) bool {
	size := 0
	for i := range events {
		size += len(events[i].Body)
	}
	return size >= readBytes
}

// readPart reads from one partition.
func (a *Archive) readPart(ctx context.Context, p Part, after, upTo int64, limit int) ([]store.Event, error) {
	var out []store.Event
	err := a.reading(ctx, p, func(r Reader) error {
		out = out[:0]
		size := 0
		// The frame that holds the first event wanted may start before it.
		rows, err := r.Scan(Frames, 0, math.MinInt64, after+1, true, 1)
		if err != nil {
			return err
		}
		from := after + 1
		for {
			for _, row := range rows {
				err := a.frames.unpack(row, func(v view) bool {
					if v.seq > after && v.seq <= upTo && len(out) < limit && (size < readBytes || len(out) == 0) {
						out = append(out, v.event())
						size += len(v.body)
					}
					return v.seq < upTo
				})
				if err != nil {
					return err
				}
				from = max(from, row.B+1)
			}
			if len(out) >= limit || size >= readBytes {
				return nil
			}
			if rows, err = r.Scan(Frames, 0, from, upTo, false, min(limit/frameEvents+1, 16)); err != nil || len(rows) == 0 {
				return err
			}
		}
	})
	return out, err
}
