package archive

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"vauban/store"
)

// Term is what events are found by: a hash of a name and its value, so that keys are short. Who searches checks what was found: two
// terms may, very rarely, share a hash.
type Term int64

// TermOf hashes the parts. It is part of the format on disk.
func TermOf(parts ...string) Term {
	b := make([]byte, 0, 128)
	for _, p := range parts {
		b = binary.AppendUvarint(b, uint64(len(p)))
		b = append(b, p...)
	}
	sum := sha256.Sum256(b)
	return Term(binary.BigEndian.Uint64(sum[:]))
}

// posting lists the events of one term in one block. Its row's value is
//
//	earliest time (varint, µs) | latest - earliest (uvarint) | sequence numbers, each less the one before (the first less the block's first, uvarints)
type posting struct {
	earliest, latest int64 // µs
	seqs             []int64
}

// postings collects the postings of a block while its events pass by.
type postings map[Term]*posting

func (p postings) add(e *store.Event, terms []Term) {
	t := e.Time.UnixMicro()
	for _, term := range terms {
		x := p[term]
		if x == nil {
			p[term] = &posting{earliest: t, latest: t, seqs: []int64{e.Seq}}
			continue
		}
		if x.seqs[len(x.seqs)-1] == e.Seq {
			continue // the term twice in one event
		}
		x.earliest, x.latest = min(x.earliest, t), max(x.latest, t)
		x.seqs = append(x.seqs, e.Seq)
	}
}

// rows returns the rows in key order: neighbours share pages.
func (p postings) rows(first int64) []Row {
	rows := make([]Row, 0, len(p))
	var b []byte // one allocation for many small values
	for term, x := range p {
		if cap(b)-len(b) < 32+3*len(x.seqs) {
			b = make([]byte, 0, 16<<10+3*len(x.seqs))
		}
		start := len(b)
		b = binary.AppendVarint(b, x.earliest)
		b = binary.AppendUvarint(b, uint64(x.latest-x.earliest))
		last := first
		for _, s := range x.seqs {
			b = binary.AppendUvarint(b, uint64(s-last))
			last = s
		}
		rows = append(rows, Row{Key{int64(term), first}, b[start:len(b):len(b)]})
	}
	sortRows(rows)
	return rows
}

func sortRows(rows []Row) {
	slices.SortFunc(rows, func(a, b Row) int {
		if a.A != b.A {
			if a.A < b.A {
				return -1
			}
			return 1
		}
		return int(min(max(a.B-b.B, -1), 1))
	})
}

// decodePosting reads a posting row. Only times are read when they do not overlap [start, end].
func decodePosting(row Row, start, end int64) (posting, error) {
	d := decoder{b: row.Value}
	p := posting{earliest: d.varint()}
	p.latest = p.earliest + int64(d.uvarint())
	if d.bad {
		return p, ErrCorrupt
	}
	if p.latest < start || p.earliest > end {
		return p, nil
	}
	p.seqs = make([]int64, 0, len(d.b))
	last := row.B
	for len(d.b) > 0 {
		last += int64(d.uvarint())
		p.seqs = append(p.seqs, last)
	}
	if d.bad {
		return p, ErrCorrupt
	}
	return p, nil
}

// micros turns an open-ended range of times into numbers.
func micros(start, end time.Time) (from, to int64) {
	from, to = -1<<63, 1<<63-1
	if !start.IsZero() {
		from = start.UnixMicro()
	}
	if !end.IsZero() {
		to = end.UnixMicro()
	}
	return from, to
}
