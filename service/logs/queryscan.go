package logs

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"vauban/engine/logquery"
	"vauban/service"
	"vauban/store"
)

// scan runs the query over its groups, one after the other: first its subqueries, then itself, and over the period that diff compares with.
func (s *Service) scan(w *service.Work, q *Query) (rows [][]logquery.Cell, done statistics, err error) {
	ctx, cancel := context.WithTimeout(w, queryTime)
	defer cancel()
	x := &scanning{Service: s, ctx: ctx, q: q, c: w.Call(q.Account, q.Region), looked: time.Now()}
	for { // a data key that has to be opened first begins it anew
		parsed, err := logquery.Parse(q.Text)
		if err != nil {
			return nil, done, err
		}
		run := parsed.Start(logquery.Options{Now: q.Created.UnixMilli(), Limit: q.Limit, Memory: queryMemory})
		x.done, x.bare = statistics{}, parsed.Unmasks()
		again, err := x.passes(parsed, run)
		if err != nil {
			return nil, done, err
		}
		if again {
			continue
		}
		rows, err = run.End()
		x.done.Scanned, x.done.Matched = run.Scanned(), run.Matched()
		return rows, x.done, err
	}
}

// scanning is a query at work.
type scanning struct {
	*Service
	ctx    context.Context
	q      *Query
	c      *service.Call
	keys   opened
	looked time.Time // when it was looked whether the query was stopped
	done   statistics
	bare   bool // shows what is sensitive
}

// pass is one reading of groups: for the query, for a subquery, or of the period that diff compares with.
type pass struct {
	names, ids []string
	from, to   int64 // milliseconds, both inclusive
	earlier    bool
	conditions []logquery.Condition
	inner      bool // of a subquery: nobody follows the pointers of its events
	add        func(*logquery.Record) error
}

// passes reads what the run wants. again says that a data key was missing, which is open now.
func (x *scanning) passes(parsed *logquery.Query, run *logquery.Run) (again bool, err error) {
	for _, sub := range run.Subqueries() {
		p := &pass{names: x.q.Groups, ids: x.q.IDs, from: x.q.From, to: x.q.To, inner: true, conditions: sub.Conditions(), add: sub.Add}
		if sources := sub.Sources(); len(sources) > 0 {
			p.names, p.ids = x.sources(sources)
		}
		if again, err = x.pass(p); err == nil && !again {
			err = sub.End()
		}
		if err != nil || again {
			return again, err
		}
	}
	p := &pass{names: x.q.Groups, ids: x.q.IDs, from: x.q.From, to: x.q.To, conditions: parsed.Conditions(), add: run.Add}
	if from, to, ok := parsed.Earlier(p.from, p.to); ok {
		before := *p
		before.from, before.to, before.earlier = from, to, true
		if again, err = x.pass(&before); err != nil || again {
			return again, err
		}
	}
	return x.pass(p)
}

// sources are the groups that a subquery names, as they were when the query began.
func (x *scanning) sources(identifiers []string) (names, ids []string) {
	for _, identifier := range identifiers {
		name, err := groupName(x.c, identifier)
		if i := slices.Index(x.q.Others, name); err == nil && i >= 0 {
			names, ids = append(names, name), append(ids, x.q.OtherID[i])
		}
	}
	return names, ids
}

func (x *scanning) pass(p *pass) (again bool, err error) {
	for i := range p.names {
		if again, err = x.group(i, p); err != nil || again {
			return again, err
		}
	}
	return false, nil
}

// group hands the events of a group to the run. again says that a data key was missing, which is open now.
func (x *scanning) group(i int, p *pass) (again bool, err error) {
	var g *Group
	names := map[int64]string{}
	err = x.Store.Read(x.ctx, func(tx store.Tx) (err error) {
		g, err = groups.Get(tx, store.K(x.q.Account, x.q.Region, p.names[i]))
		if store.IsAbsent(err) || err == nil && g.ID != p.ids[i] {
			return nil // deleted meanwhile
		}
		if err != nil {
			return err
		}
		from := max(p.from, g.expired(x.c.Time))
		find := &search{group: g, from: place{Time: from}, to: p.to + 1}
		rec := &logquery.Record{Log: g.Account + ":" + g.Name, Region: g.Region, Earlier: p.earlier}
		return x.chunksOf(tx, find, func(k *Chunk) (bool, error) {
			return true, x.chunk(tx, k, find, i, names, rec, p)
		})
	})
	var missing *missingKey
	if errors.As(err, &missing) {
		if x.keys == nil {
			x.keys = opened{}
		}
		return true, x.openKey(x.ctx, x.c, []*Group{g}, x.keys, missing.id)
	}
	return false, err
}

func (x *scanning) chunk(tx store.Tx, k *Chunk, find *search, i int, names map[int64]string, rec *logquery.Record, p *pass) error {
	if err := x.ctx.Err(); err != nil {
		return err
	}
	if err := x.stopped(); err != nil {
		return err
	}
	name, err := streamName(tx, k.Stream, names)
	if err != nil {
		return err
	}
	if len(p.conditions) > 0 {
		one := *rec
		one.Stream = name
		if may, err := x.mayHave(tx, k, &one, p.conditions, x.keys); err != nil || !may {
			if err == nil {
				x.done.BytesSkipped += int64(k.Size)
				x.done.Skipped += int64(k.Count)
			}
			return err
		}
	}
	var bad error
	err = x.openAs(x.bare)(tx, k, x.keys, func(e *Event) bool {
		if e.Time >= find.to {
			return false
		}
		if e.Time < find.from.Time {
			return true
		}
		if bad = x.ctx.Err(); bad != nil { // one event may take a while
			return false
		}
		x.done.Bytes += int64(len(e.Message))
		r := *rec
		r.Time, r.Ingested, r.Message, r.Stream = e.Time, e.Ingested, e.masked(), name
		if x.bare && len(e.Hidden) > 0 {
			r.Bare = e.Message
		}
		r.Transformed, r.Failed = e.Made, e.Failed
		if !p.inner {
			r.Pointer = strconv.Itoa(i) + "/" + e.place().id()
		}
		bad = p.add(&r)
		return bad == nil
	})
	return errors.Join(err, bad)
}

// streamName is the name of a stream, which may be gone.
func streamName(tx store.Tx, id int64, names map[int64]string) (string, error) {
	name, ok := names[id]
	if ok {
		return name, nil
	}
	if len(names) > 10_000 {
		clear(names)
	}
	st, err := streams.ByUnique(tx, "id", store.K(id))
	if err != nil && !store.IsAbsent(err) {
		return "", err
	}
	if st != nil {
		name = st.Name
	}
	names[id] = name
	return name, nil
}

// stopped says that the query was stopped by StopQuery. It is looked at now and then.
func (x *scanning) stopped() error {
	if time.Since(x.looked) < queryLook {
		return nil
	}
	x.looked = time.Now()
	return x.Store.Read(x.ctx, func(tx store.Tx) error {
		q, err := queries.Get(tx, queries.Key(x.q))
		if store.IsAbsent(err) || err == nil && q.over() {
			return errStopped
		}
		return err
	})
}
