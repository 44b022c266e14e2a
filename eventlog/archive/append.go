package archive

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"vauban/store"
)

// Index tells an event's kind and the terms that it is to be found by. It must give the same for the same event, always.
type Index func(*store.Event) (Kind, []Term, error)

// Archive keeps events in the partitions of a driver.
type Archive struct {
	driver Driver
	index  Index
	frames *frames
}

// New returns an archive on the driver. It closes the driver with itself.
func New(driver Driver, index Index) (*Archive, error) {
	f, err := newFrames()
	if err != nil {
		return nil, err
	}
	return &Archive{driver: driver, index: index, frames: f}, nil
}

// Close releases the archive and its driver.
func (a *Archive) Close() error {
	err := a.driver.Close()
	a.frames.close()
	return err
}

// Parts lists the partitions, oldest day first, management events before data events.
func (a *Archive) Parts(ctx context.Context) ([]Info, error) {
	parts, err := a.driver.Parts(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the archive: %w", err)
	}
	slices.SortFunc(parts, func(x, y Info) int {
		if x.Day != y.Day {
			return int(x.Day) - int(y.Day)
		}
		return int(x.Kind) - int(y.Kind)
	})
	return parts, nil
}

// Drop removes a partition.
func (a *Archive) Drop(ctx context.Context, p Part) error {
	if err := a.driver.Drop(ctx, p); err != nil {
		return fmt.Errorf("drop day %s: %w", p.Day, err)
	}
	return nil
}

// Append makes events durable. They come in log order, and after all that were appended before; those that are here already are
// skipped. When it fails, some partitions may have got theirs: appending the same again completes it.
func (a *Archive) Append(ctx context.Context, events []store.Event) error {
	groups := map[Part]*batch{}
	var order []Part
	for i := range events {
		e := &events[i]
		kind, terms, err := a.index(e)
		if err != nil {
			return fmt.Errorf("index event %d: %w", e.Seq, err)
		}
		p := Part{kind, DayOf(e.Time)}
		g := groups[p]
		if g == nil {
			g = &batch{}
			groups[p] = g
			order = append(order, p)
		}
		g.events = append(g.events, *e)
		g.terms = append(g.terms, terms)
	}
	for _, p := range order {
		err := a.driver.Write(ctx, p, func(w Writer) error { return a.write(w, *groups[p]) })
		if err != nil {
			return fmt.Errorf("archive %d events of day %s: %w", len(groups[p].events), p.Day, err)
		}
	}
	return nil
}

// batch is events with their terms.
type batch struct {
	events []store.Event
	terms  [][]Term
}

func (b batch) from(i int) batch { return batch{b.events[i:], b.terms[i:]} }

func (b batch) bytes() (n int) {
	for i := range b.events {
		n += len(b.events[i].Body)
	}
	return n
}

// write adds a batch to a partition. All reading comes first.
func (a *Archive) write(w Writer, b batch) error {
	info, err := w.Info()
	if err != nil {
		return err
	}
	known := 0
	for known < len(b.events) && info.Events > 0 && b.events[known].Seq <= info.Last {
		known++
	}
	b = b.from(known)
	if len(b.events) == 0 {
		return nil
	}
	tail, err := tailBlocks(w, info)
	if err != nil {
		return err
	}
	merged, err := a.mergeable(w, tail, b)
	if err != nil {
		return err
	}
	segmented, segmentRows, err := a.segmentable(w, &info, tail)
	if err != nil {
		return err
	}
	info.Events += int64(len(b.events))
	info.Last = b.events[len(b.events)-1].Seq
	if known == 0 && info.First == 0 {
		info.First = b.events[0].Seq
	}
	info.Bytes -= merged.bytes
	b.events, b.terms = append(merged.events, b.events...), append(merged.terms, b.terms...)

	for t, keys := range merged.remove {
		if err := w.Delete(Table(t), keys); err != nil {
			return err
		}
	}
	written, err := a.writeBlocks(w, b)
	if err != nil {
		return err
	}
	info.Bytes += written
	if len(segmentRows) > 0 {
		if err := w.Put(Segments, segmentRows); err != nil {
			return err
		}
		info.Segmented = segmented
	}
	return w.SetInfo(info)
}

// writeBlocks cuts the batch into blocks and writes them; it returns the bytes of their frames.
func (a *Archive) writeBlocks(w Writer, b batch) (written int64, err error) {
	var rows [Tables][]Row
	for len(b.events) > 0 {
		n, size := 0, 0
		found := postings{}
		for n < len(b.events) && n < blockEvents && size < blockBytes {
			size += len(b.events[n].Body)
			found.add(&b.events[n], b.terms[n])
			n++
		}
		blk := makeBlock(b.events[:n])
		rows[Blocks] = append(rows[Blocks], blk.row())
		rows[Frames] = append(rows[Frames], a.frames.pack(b.events[:n])...)
		rows[Postings] = append(rows[Postings], found.rows(blk.first)...)
		b = b.from(n)
	}
	sortRows(rows[Postings]) // of all blocks: one pass over the tree
	for _, r := range rows[Frames] {
		written += int64(len(r.Value))
	}
	for t := range rows {
		if len(rows[t]) > 0 {
			if err := w.Put(Table(t), rows[t]); err != nil {
				return 0, err
			}
		}
	}
	return written, nil
}

// tailBlocks returns the newest blocks, newest first, that no segment holds.
func tailBlocks(r Reader, info Info) ([]block, error) {
	rows, err := r.Scan(Blocks, 0, info.Segmented+1, math.MaxInt64, true, looseBlocks)
	if err != nil {
		return nil, err
	}
	return decodeBlocks(rows)
}

func decodeBlocks(rows []Row) ([]block, error) {
	out := make([]block, len(rows))
	for i := range rows {
		var err error
		if out[i], err = decodeBlock(rows[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// merged is what the newest small blocks held.
type merged struct {
	batch
	bytes  int64 // of their frames
	remove [Tables][]Key
}

// mergeable reads the blocks that the batch is to be merged with: the newest ones while they are at most twice as large as what has
// come together, and the whole still makes one block.
func (a *Archive) mergeable(w Writer, tail []block, b batch) (merged, error) {
	var m merged
	n, size, k := len(b.events), b.bytes(), 0
	for k < len(tail) && tail[k].events <= 2*n && n+tail[k].events <= blockEvents && size+tail[k].bytes <= blockBytes {
		n, size = n+tail[k].events, size+tail[k].bytes
		k++
	}
	if k == 0 {
		return m, nil
	}
	rows, err := w.Scan(Frames, 0, tail[k-1].first, math.MaxInt64, false, blockEvents)
	if err != nil {
		return m, err
	}
	for _, row := range rows {
		m.bytes += int64(len(row.Value))
		m.remove[Frames] = append(m.remove[Frames], row.Key)
		err := a.frames.unpack(row, func(v view) bool {
			m.events = append(m.events, v.event())
			return true
		})
		if err != nil {
			return m, err
		}
	}
	if have := n - len(b.events); len(m.events) != have {
		return m, fmt.Errorf("%w: blocks from %d on have %d events, where %d were written", ErrCorrupt, tail[k-1].first, len(m.events), have)
	}
	next := k - 1 // tail is newest first, events are oldest first
	found := map[Term]bool{}
	for i := range m.events {
		e := &m.events[i]
		for e.Seq > tail[next].last {
			m.forget(tail[next].first, found)
			next--
		}
		_, terms, err := a.index(e)
		if err != nil {
			return m, fmt.Errorf("index event %d: %w", e.Seq, err)
		}
		for _, t := range terms {
			found[t] = true
		}
		m.terms = append(m.terms, terms)
	}
	m.forget(tail[next].first, found)
	return m, nil
}

// forget notes that a block and its postings go.
func (m *merged) forget(first int64, terms map[Term]bool) {
	m.remove[Blocks] = append(m.remove[Blocks], Key{0, first})
	for t := range terms {
		m.remove[Postings] = append(m.remove[Postings], Key{int64(t), first})
	}
	clear(terms)
}

// segmentable makes the next segment's rows when enough blocks have settled.
func (a *Archive) segmentable(w Writer, info *Info, tail []block) (upTo int64, rows []Row, err error) {
	if len(tail) < looseBlocks {
		return 0, nil, nil
	}
	settled, err := w.Scan(Blocks, 0, info.Segmented+1, tail[len(tail)-1].first-1, false, segmentBlocks)
	if err != nil || len(settled) < segmentBlocks {
		return 0, nil, err
	}
	blocks, err := decodeBlocks(settled)
	if err != nil {
		return 0, nil, err
	}
	rows, err = segment(blocks)
	return blocks[len(blocks)-1].last, rows, err
}

// reading runs fn on a partition that may be dropped meanwhile: then there is nothing to find in it.
func (a *Archive) reading(ctx context.Context, p Part, fn func(Reader) error) error {
	err := a.driver.Read(ctx, p, fn)
	if errors.Is(err, ErrNoPart) {
		return nil
	}
	return err
}
