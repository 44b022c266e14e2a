package archive

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"slices"

	"vauban/store"
)

const (
	blockEvents = 1024
	blockBytes  = 2 << 20 // of bodies
	// A segment is made of segmentBlocks when the newest looseBlocks, which may yet be merged, follow them.
	segmentBlocks = 32
	looseBlocks   = 16
	buckets       = 256
)

// block is a row of Blocks. Its value is
//
//	last - first (uvarint) | events (uvarint) | bytes of bodies (uvarint) | for each event: fingerprint of its ID (4 bytes), sequence number less the one before
type block struct {
	first, last int64
	events      int
	bytes       int
	prints      []byte
}

// fingerprint is 32 bits of an event ID. IDs are mostly random, but callers can have a hand in them: equal prints only cost a look.
func fingerprint(id []byte) uint32 {
	h := fnv.New32a()
	_, _ = h.Write(id)
	return h.Sum32()
}

func bucketOf(print uint32) int64 { return int64(print >> 24) }

// makeBlock describes consecutive events.
func makeBlock(events []store.Event) block {
	b := block{first: events[0].Seq, last: events[len(events)-1].Seq, events: len(events), prints: make([]byte, 0, 6*len(events))}
	last := b.first
	for i := range events {
		e := &events[i]
		b.bytes += len(e.Body)
		b.prints = binary.BigEndian.AppendUint32(b.prints, fingerprint([]byte(e.ID)))
		b.prints = binary.AppendUvarint(b.prints, uint64(e.Seq-last))
		last = e.Seq
	}
	return b
}

func (b *block) row() Row {
	v := make([]byte, 0, 16+len(b.prints))
	v = binary.AppendUvarint(v, uint64(b.last-b.first))
	v = binary.AppendUvarint(v, uint64(b.events))
	v = binary.AppendUvarint(v, uint64(b.bytes))
	return Row{Key{0, b.first}, append(v, b.prints...)}
}

func decodeBlock(row Row) (block, error) {
	d := decoder{b: row.Value}
	b := block{first: row.B, last: row.B + int64(d.uvarint()), events: int(d.uvarint()), bytes: int(d.uvarint())}
	if d.bad || b.events < 0 || b.bytes < 0 {
		return b, fmt.Errorf("%w: block %d", ErrCorrupt, row.B)
	}
	b.prints = d.b
	return b, nil
}

// candidates returns the events whose ID has the fingerprint, newest last.
func (b *block) candidates(print uint32) ([]int64, error) {
	var out []int64
	d, seq := decoder{b: b.prints}, b.first
	for len(d.b) > 0 {
		p := d.uint32()
		seq += int64(d.uvarint())
		if p == print && !d.bad {
			out = append(out, seq)
		}
	}
	if d.bad {
		return nil, fmt.Errorf("%w: block %d", ErrCorrupt, b.first)
	}
	return out, nil
}

// segment merges the fingerprints of blocks into rows by bucket. A row's value is, for each event by fingerprint: the fingerprint (4 bytes), its
// sequence number less the segment's first (uvarint).
func segment(blocks []block) ([]Row, error) {
	type entry struct {
		print uint32
		seq   int64
	}
	var all []entry
	for i := range blocks {
		b := &blocks[i]
		d, seq := decoder{b: b.prints}, b.first
		for len(d.b) > 0 {
			print := d.uint32()
			seq += int64(d.uvarint())
			all = append(all, entry{print, seq})
		}
		if d.bad {
			return nil, fmt.Errorf("%w: block %d", ErrCorrupt, b.first)
		}
	}
	slices.SortFunc(all, func(a, b entry) int {
		if a.print != b.print {
			if a.print < b.print {
				return -1
			}
			return 1
		}
		return int(a.seq - b.seq)
	})
	first := blocks[0].first
	rows := make([]Row, 0, buckets)
	for i := 0; i < len(all); {
		bucket := bucketOf(all[i].print)
		row := Row{Key: Key{bucket, first}}
		for ; i < len(all) && bucketOf(all[i].print) == bucket; i++ {
			row.Value = binary.BigEndian.AppendUint32(row.Value, all[i].print)
			row.Value = binary.AppendUvarint(row.Value, uint64(all[i].seq-first))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// inSegment returns the events of a segment's row whose ID has the fingerprint, newest last.
func inSegment(row Row, print uint32) ([]int64, error) {
	var out []int64
	d := decoder{b: row.Value}
	for len(d.b) > 0 {
		p, seq := d.uint32(), row.B+int64(d.uvarint())
		if p == print && !d.bad {
			out = append(out, seq)
		}
	}
	if d.bad {
		return nil, fmt.Errorf("%w: segment %d", ErrCorrupt, row.B)
	}
	return out, nil
}
