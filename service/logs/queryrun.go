package logs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	api "vauban/api/logs"
	"vauban/engine/logquery"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/store"
)

// Bounds of queries at work.
const (
	queryMemory  = 64 << 20               // bytes of one
	queriesAtOne = 3                      // on one replica
	resultsAtOne = 2                      // that are opened, which take as much memory again
	queryTime    = 22 * time.Second       // less than a delivery has for one attempt
	queryRetry   = 300 * time.Millisecond // when there is no room
	queryLook    = time.Second            // between looks whether it was stopped
)

var (
	errNoRoom   = errors.New("logs: other queries are running")
	errTooLarge = errors.New("logs: the result is too large")
	errStopped  = errors.New("logs: the query was stopped")
)

// runQuery runs a query that waits. One that a replica has left in the middle begins anew.
func (s *Service) runQuery(w *service.Work, d *delivery.Delivery) error {
	select {
	case s.querying <- struct{}{}:
		defer func() { <-s.querying }()
	default:
		return delivery.After(errNoRoom, queryRetry)
	}
	var at store.Key
	var account, region, id string
	if err := json.Unmarshal(d.Payload, &at); err != nil {
		return delivery.Permanent(err)
	}
	if err := at.Parts(&account, &region, &id); err != nil {
		return delivery.Permanent(err)
	}
	q, err := s.changeQuery(w, account, region, id, func(q *Query) { q.Status = api.QueryStatusRunning })
	if err != nil {
		return err
	}
	rows, done, failed := s.scan(w, q)
	if w.Err() != nil {
		return w.Err() // the server ends: another attempt
	}
	return s.endQuery(w, q, rows, done, failed)
}

// changeQuery changes a query that is not over.
func (s *Service) changeQuery(ctx context.Context, account, region, id string, fn func(*Query)) (*Query, error) {
	var q *Query
	err := s.Store.Write(ctx, func(tx store.Tx) (err error) {
		if q, err = queries.ByUnique(tx, "id", store.K(account, region, id)); err != nil {
			return err
		}
		if q.over() {
			return errStopped
		}
		fn(q)
		return queries.Update(tx, q)
	})
	if store.IsAbsent(err) || errors.Is(err, errStopped) {
		return nil, delivery.Permanent(errStopped)
	}
	return q, err
}

func (s *Service) endQuery(w *service.Work, q *Query, rows [][]logquery.Cell, done statistics, failed error) error {
	status, reason := api.QueryStatusComplete, ""
	switch {
	case errors.Is(failed, context.DeadlineExceeded):
		status, reason = api.QueryStatusTimeout, "the query took longer than "+queryTime.String()
	case errors.Is(failed, errStopped):
		return nil
	case failed != nil:
		status, reason = api.QueryStatusFailed, failed.Error()
	}
	var result *Result
	if failed == nil {
		var err error
		if result, err = s.sealResult(q, rows); err != nil && !errors.Is(err, errTooLarge) {
			return err
		}
		if err != nil || len(result.Sealed) > store.MaxBody/2 {
			result, status, reason = nil, api.QueryStatusFailed, "the result is too large: show fewer fields or rows"
		}
	}
	if result != nil {
		if err := s.Store.Write(w, func(tx store.Tx) error { return results.Put(tx, result) }); err != nil {
			return err
		}
	}
	_, err := s.changeQuery(w, q.Account, q.Region, q.ID, func(q *Query) {
		q.Status, q.Error, q.Done, q.Ended = status, reason, done, s.Clock()
		if result != nil {
			q.Result = q.ID
		}
	})
	return err
}

// sealResult packs rows, with pointers that clients can follow.
func (s *Service) sealResult(q *Query, rows [][]logquery.Cell) (*Result, error) {
	for _, row := range rows {
		for i := range row {
			if row[i].Name != "@ptr" {
				continue
			}
			p, err := s.pointer(q, row[i].Value)
			if err != nil {
				return nil, err
			}
			row[i].Value = p
		}
	}
	if rows == nil {
		rows = [][]logquery.Cell{}
	}
	plain, err := json.Marshal(rows)
	if err != nil {
		return nil, err
	}
	if len(plain) > maxResult {
		return nil, errTooLarge
	}
	sealed, err := s.Seal.Seal(resultTable, store.K(q.ID), s.codec.enc.EncodeAll(plain, nil))
	return &Result{ID: q.ID, Sealed: sealed}, err
}

// scan runs the query over its groups, one after the other.
func (s *Service) scan(w *service.Work, q *Query) (rows [][]logquery.Cell, done statistics, err error) {
	parsed, err := logquery.Parse(q.Text)
	if err != nil {
		return nil, done, err
	}
	ctx, cancel := context.WithTimeout(w, queryTime)
	defer cancel()
	x := &scanning{Service: s, ctx: ctx, q: q, c: w.Call(q.Account, q.Region), looked: time.Now()}
	var run *logquery.Run
	for again := true; again; { // a data key that has to be opened first begins it anew
		again = false
		run = parsed.Start(logquery.Options{Now: q.Created.UnixMilli(), Limit: q.Limit, Memory: queryMemory})
		x.bytes = 0
		for i := range q.Groups {
			if again, err = x.group(i, run); err != nil {
				return nil, done, err
			}
			if again {
				break
			}
		}
	}
	rows, err = run.End()
	return rows, statistics{x.bytes, run.Scanned(), run.Matched()}, err
}

// scanning is a query at work.
type scanning struct {
	*Service
	ctx    context.Context
	q      *Query
	c      *service.Call
	keys   opened
	looked time.Time // when it was looked whether the query was stopped
	bytes  int64
}

// group hands the events of a group to the run. again says that a data key was missing, which is open now.
func (x *scanning) group(i int, run *logquery.Run) (again bool, err error) {
	var g *Group
	names := map[int64]string{}
	err = x.Store.Read(x.ctx, func(tx store.Tx) (err error) {
		g, err = groups.Get(tx, store.K(x.q.Account, x.q.Region, x.q.Groups[i]))
		if store.IsAbsent(err) || err == nil && g.ID != x.q.IDs[i] {
			return nil // deleted meanwhile
		}
		if err != nil {
			return err
		}
		from := max(x.q.From, g.expired(x.c.Time))
		find := &search{group: g, from: place{Time: from}, to: x.q.To + 1}
		rec := &logquery.Record{Log: g.Account + ":" + g.Name}
		return x.chunksOf(tx, find, func(k *Chunk) (bool, error) {
			return true, x.chunk(tx, k, find, i, names, rec, run)
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

func (x *scanning) chunk(tx store.Tx, k *Chunk, find *search, i int, names map[int64]string, rec *logquery.Record, run *logquery.Run) error {
	if err := x.ctx.Err(); err != nil {
		return err
	}
	if err := x.stopped(); err != nil {
		return err
	}
	name, ok := names[k.Stream]
	if !ok {
		if len(names) > 10_000 {
			clear(names)
		}
		st, err := streams.ByUnique(tx, "id", store.K(k.Stream))
		if err != nil && !store.IsAbsent(err) {
			return err
		}
		if st != nil {
			name = st.Name
		}
		names[k.Stream] = name
	}
	var bad error
	err := x.open(tx, k, x.keys, func(e *Event) bool {
		if e.Time >= find.to {
			return false
		}
		if e.Time < find.from.Time {
			return true
		}
		if bad = x.ctx.Err(); bad != nil { // one event may take a while
			return false
		}
		x.bytes += int64(len(e.Message))
		r := *rec
		r.Time, r.Ingested, r.Message, r.Stream, r.Pointer = e.Time, e.Ingested, e.Message, name, strconv.Itoa(i)+"/"+e.place().id()
		bad = run.Add(&r)
		return bad == nil
	})
	return errors.Join(err, bad)
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

// pointer is the @ptr of an event, which GetLogRecord follows.
func (s *Service) pointer(q *Query, raw string) (string, error) {
	group, id, _ := strings.Cut(raw, "/")
	i, err := strconv.Atoi(group)
	if err != nil || i >= len(q.Groups) {
		return "", fmt.Errorf("logs: pointer %q", raw)
	}
	b, err := json.Marshal(target{Group: q.Groups[i], ID: q.IDs[i], Place: id})
	if err != nil {
		return "", err
	}
	return s.Seal.SealToken(pointerPurpose(q.Account, q.Region), b)
}

// target is where a pointer points.
type target struct{ Group, ID, Place string }

func pointerPurpose(account, region string) string { return "logs.ptr\n" + account + "\n" + region }
