package eventlog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"vauban/eventlog/archive"
	"vauban/store"
)

// Bounds of a look-up.
const (
	defaultLimit = 50
	maxLimit     = 1000
	lookupWork   = 4096 // blocks and frames for one page
)

// ErrNotFound says that there is no such entry.
var ErrNotFound = errors.New("eventlog: no such entry")

// Lookup returns management events newest first, and the position of the next page, "" after the last. A page is full unless it is the
// last, or very much had to be looked through. Entries are shared: they must not be changed.
func (l *Log) Lookup(ctx context.Context, q Query) (entries []*Entry, next string, err error) {
	if q.Account == "" {
		return nil, "", errors.New("eventlog: look up without an account")
	}
	if q.Limit <= 0 {
		q.Limit = defaultLimit
	}
	at, err := parsePosition(q.Before)
	if err != nil {
		return nil, "", err
	}
	p := page{q: &q, at: at, limit: min(q.Limit, maxLimit), work: archive.Work{Left: lookupWork}}
	// The outbox first: what the relay moves after it was read is not looked for in the archive.
	waiting, relayed, err := l.lookupOutbox(ctx, &p)
	if err != nil {
		return nil, "", err
	}
	parts, err := l.archive.Parts(ctx)
	if err != nil {
		return nil, "", err
	}
	for _, part := range slices.Backward(parts) {
		if part.Kind != archive.Management || !p.wants(part.Day) {
			continue
		}
		waiting = p.takeFrom(waiting, part.Day)
		if p.done() {
			break
		}
		if err := l.lookupPart(ctx, &p, part.Part, relayed); err != nil {
			return nil, "", err
		}
		if p.done() {
			break
		}
	}
	if !p.done() {
		p.takeFrom(waiting, math.MinInt32)
	}
	entries, next = p.result()
	return entries, next, nil
}

// page is a page that fills. One entry more than the limit shows that there is a next.
type page struct {
	q       *Query
	at      position
	limit   int
	work    archive.Work
	entries []*Entry
	paused  *position // where the work ran out
}

func (p *page) done() bool { return len(p.entries) > p.limit || p.paused != nil }

// wants reports whether entries of the day may belong to the page.
func (p *page) wants(day archive.Day) bool {
	return day <= p.at.day && (p.q.Start.IsZero() || day >= archive.DayOf(p.q.Start)) && (p.q.End.IsZero() || day <= archive.DayOf(p.q.End))
}

// takeFrom takes entries of the outbox of the day or later ones: they are newer than what the archive has of the day.
func (p *page) takeFrom(waiting []*Entry, day archive.Day) (rest []*Entry) {
	for len(waiting) > 0 && !p.done() && archive.DayOf(waiting[0].Time) >= day {
		p.entries = append(p.entries, waiting[0])
		waiting = waiting[1:]
	}
	return waiting
}

func (p *page) result() ([]*Entry, string) {
	switch {
	case len(p.entries) > p.limit:
		p.entries = p.entries[:p.limit]
		return p.entries, positionOf(p.entries[p.limit-1]).String()
	case p.paused != nil:
		return p.entries, p.paused.String()
	}
	return p.entries, ""
}

// lookupOutbox returns the matching entries of the outbox, newest first, as many as the page can need.
func (l *Log) lookupOutbox(ctx context.Context, p *page) (found []*Entry, relayed int64, err error) {
	newestFirst := func(a, b *Entry) int {
		if x, y := archive.DayOf(a.Time), archive.DayOf(b.Time); x != y {
			return cmp.Compare(y, x)
		}
		return cmp.Compare(b.Seq, a.Seq)
	}
	keep := p.limit + 1
	err = l.db.Read(ctx, func(tx store.Tx) error {
		found = found[:0]
		o, err := l.outboxIn(tx)
		if err != nil {
			return err
		}
		relayed = o.relayed
		return o.each(relayed, func(it item) bool {
			e := it.entry
			if p.q.matches(e) && p.at.ahead(archive.DayOf(e.Time), e.Seq) {
				found = append(found, e)
				if len(found) > 16*keep { // a large outbox must not be collected whole
					slices.SortFunc(found, newestFirst)
					found = found[:keep]
				}
			}
			return true
		})
	})
	slices.SortFunc(found, newestFirst)
	return found, relayed, err
}

// lookupPart adds matching entries of a partition, up to the relay's note.
func (l *Log) lookupPart(ctx context.Context, p *page, part archive.Part, relayed int64) error {
	s := archive.Search{Part: part, Before: relayed + 1, Start: p.q.Start, End: p.q.End}
	if part.Day == p.at.day {
		s.Before = min(s.Before, p.at.before)
	}
	if p.q.Attribute == ByEventID {
		s.ID = p.q.Value
	} else {
		s.Terms = p.q.search()
	}
	if s.Before <= 0 || p.q.Attribute != "" && p.q.Value == "" {
		return nil
	}
	var bad error
	next, err := l.archive.Find(ctx, s, &p.work, func(ev store.Event) bool {
		e, err := decode(&ev)
		if err != nil {
			bad = err
			return false
		}
		if p.q.matches(e) {
			p.entries = append(p.entries, e)
		}
		return !p.done()
	})
	if err = errors.Join(err, bad); err != nil {
		return fmt.Errorf("look up day %s: %w", part.Day, err)
	}
	if next != 0 && !p.done() {
		p.paused = &position{part.Day, next}
	}
	return nil
}

// Get returns the entry of the ID, management or data event, or ErrNotFound.
func (l *Log) Get(ctx context.Context, account, id string) (*Entry, error) {
	var found *Entry
	relayed := int64(0)
	err := l.db.Read(ctx, func(tx store.Tx) error {
		found = nil
		o, err := l.outboxIn(tx)
		if err != nil {
			return err
		}
		relayed = o.relayed
		return o.each(relayed, func(it item) bool {
			if it.event.ID == id && it.entry.Account == account {
				found = it.entry
			}
			return found == nil
		})
	})
	if err != nil || found != nil {
		return found, err
	}
	parts, err := l.archive.Parts(ctx)
	if err != nil {
		return nil, err
	}
	for _, part := range slices.Backward(parts) {
		if relayed == 0 || id == "" {
			break
		}
		var bad error
		s := archive.Search{Part: part.Part, ID: id, Before: relayed + 1}
		_, err := l.archive.Find(ctx, s, &archive.Work{Left: lookupWork}, func(ev store.Event) bool {
			if ev.ID != id {
				return true
			}
			var e *Entry
			if e, bad = decode(&ev); bad == nil && e.Account == account {
				found = e
			}
			return bad == nil && found == nil
		})
		if err = errors.Join(err, bad); err != nil {
			return nil, fmt.Errorf("get from day %s: %w", part.Day, err)
		}
		if found != nil {
			return found, nil
		}
	}
	return nil, ErrNotFound
}
