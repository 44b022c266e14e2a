package archive

import (
	"context"
	"math"
	"slices"
	"time"

	"vauban/store"
)

// Search selects events of one partition, newest first.
type Search struct {
	Part  Part
	Terms []Term // all of them; at least one
	// Events with Seq < Before; 0 means all.
	Before     int64
	Start, End time.Time // blocks whose events lie outside are passed over; inclusive, zero means open
	// ID, when not "", is looked up by fingerprint; Terms and times are not used then.
	ID string
}

// Work bounds a search that finds little: each block looked at and each frame opened costs one.
type Work struct {
	Left int
}

func (w *Work) take() bool {
	w.Left--
	return w.Left >= 0
}

// Find visits the events in descending order until fn returns false. What it visits may include events that do not match (terms are hashes,
// times are checked by block): fn looks again. When the work is used up it returns the number that a next Search is to go on Before;
// otherwise 0.
func (a *Archive) Find(ctx context.Context, s Search, work *Work, fn func(store.Event) bool) (next int64, err error) {
	if s.Before == 0 {
		s.Before = math.MaxInt64
	}
	err = a.reading(ctx, s.Part, func(r Reader) error {
		f := finder{a: a, r: r, work: work, fn: fn}
		var err error
		if s.ID != "" {
			err = f.byID(s)
		} else {
			err = f.byTerms(s)
		}
		next = f.next
		return err
	})
	return next, err
}

type finder struct {
	a    *Archive
	r    Reader
	work *Work
	fn   func(store.Event) bool
	next int64
	stop bool // fn has had enough, or next is set
}

// byTerms meets the postings of all terms block by block, each list jumping to where the others are.
func (f *finder) byTerms(s Search) error {
	from, to := micros(s.Start, s.End)
	lists := make([]list, len(s.Terms))
	for i, t := range s.Terms {
		lists[i] = list{r: f.r, term: int64(t), ahead: 4}
	}
	for at := s.Before - 1; !f.stop; {
		first, ok, err := meet(lists, at)
		if err != nil || !ok {
			return err
		}
		if !f.work.take() {
			f.pause(min(at+1, s.Before))
			return nil
		}
		seqs, err := common(lists, from, to, s.Before)
		if err != nil {
			return err
		}
		if err := f.visit(first, seqs); err != nil {
			return err
		}
		at = first - 1
	}
	return nil
}

func (f *finder) pause(before int64) { f.next, f.stop = before, true }

// list goes through the posting rows of a term, descending.
type list struct {
	r     Reader
	term  int64
	rows  []Row
	ahead int // rows to read at a time; doubles
	done  bool
}

const maxAhead = 64

// seek moves to the newest row whose block starts at or before first; false when there is none.
func (l *list) seek(first int64) (bool, error) {
	for len(l.rows) > 0 && l.rows[0].B > first {
		l.rows = l.rows[1:]
	}
	if len(l.rows) > 0 || l.done {
		return len(l.rows) > 0, nil
	}
	var err error
	if l.rows, err = l.r.Scan(Postings, l.term, math.MinInt64, first, true, l.ahead); err != nil {
		return false, err
	}
	l.done = len(l.rows) < l.ahead
	l.ahead = min(2*l.ahead, maxAhead)
	return len(l.rows) > 0, nil
}

// meet moves all lists to the newest block at or before `at` that all of them have.
func meet(lists []list, at int64) (first int64, ok bool, err error) {
	for agreed := 0; agreed < len(lists); {
		for i := range lists {
			ok, err := lists[i].seek(at)
			if err != nil || !ok {
				return 0, false, err
			}
			if b := lists[i].rows[0].B; b < at || agreed == 0 {
				at, agreed = b, 0
			}
			if agreed++; agreed == len(lists) {
				break
			}
		}
	}
	return at, true, nil
}

// common returns the events, ascending, that are in all lists' current rows, when the rows' times overlap.
func common(lists []list, from, to, before int64) ([]int64, error) {
	var seqs []int64
	for i := range lists {
		p, err := decodePosting(lists[i].rows[0], from, to)
		if err != nil || len(p.seqs) == 0 {
			return nil, err
		}
		if i == 0 {
			seqs = p.seqs
			continue
		}
		seqs = intersect(seqs, p.seqs)
	}
	n, _ := slices.BinarySearch(seqs, before)
	return seqs[:n], nil
}

// intersect keeps of a what is in b; both ascend.
func intersect(a, b []int64) []int64 {
	out := a[:0]
	for _, x := range a {
		for len(b) > 0 && b[0] < x {
			b = b[1:]
		}
		if len(b) > 0 && b[0] == x {
			out = append(out, x)
		}
	}
	return out
}

// visit gives the events, of one block or segment, to fn, newest first. seqs ascend.
func (f *finder) visit(first int64, seqs []int64) error {
	for len(seqs) > 0 && !f.stop {
		newest := seqs[len(seqs)-1]
		if !f.work.take() {
			f.pause(newest + 1)
			return nil
		}
		rows, err := f.r.Scan(Frames, 0, first, newest, true, 1)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return ErrCorrupt
		}
		n, _ := slices.BinarySearch(seqs, rows[0].B)
		wanted := seqs[n:]
		seqs = seqs[:n]
		events := make([]store.Event, 0, len(wanted))
		err = f.a.frames.unpack(rows[0], func(v view) bool {
			if v.seq == wanted[0] {
				events = append(events, v.event())
				wanted = wanted[1:]
			}
			return len(wanted) > 0
		})
		if err == nil && len(wanted) > 0 {
			err = ErrCorrupt
		}
		if err != nil {
			return err
		}
		for i := len(events) - 1; i >= 0; i-- {
			if !f.fn(events[i]) {
				f.stop = true
				return nil
			}
		}
	}
	return nil
}

// byID looks into the loose blocks, then into the segments.
func (f *finder) byID(s Search) error {
	print := fingerprint([]byte(s.ID))
	info, err := f.r.Info()
	if err != nil {
		return err
	}
	for at := min(s.Before-1, info.Last); at > info.Segmented && !f.stop; {
		rows, err := f.r.Scan(Blocks, 0, info.Segmented+1, at, true, looseBlocks)
		if err != nil {
			return err
		}
		for _, row := range rows {
			b, err := decodeBlock(row)
			if err != nil {
				return err
			}
			if err := f.visitBefore(b.first, s.Before, b.candidates, print); err != nil || f.stop {
				return err
			}
		}
		if len(rows) < looseBlocks {
			break
		}
		at = rows[len(rows)-1].B - 1
	}
	const some = 64
	for at := s.Before - 1; !f.stop; {
		rows, err := f.r.Scan(Segments, bucketOf(print), math.MinInt64, at, true, some)
		if err != nil {
			return err
		}
		for _, row := range rows {
			find := func(p uint32) ([]int64, error) { return inSegment(row, p) }
			if err := f.visitBefore(row.B, s.Before, find, print); err != nil || f.stop {
				return err
			}
		}
		if len(rows) < some {
			return nil
		}
		at = rows[len(rows)-1].B - 1
	}
	return nil
}

func (f *finder) visitBefore(first, before int64, find func(uint32) ([]int64, error), print uint32) error {
	seqs, err := find(print)
	if err != nil {
		return err
	}
	n, _ := slices.BinarySearch(seqs, before)
	return f.visit(first, seqs[:n])
}
