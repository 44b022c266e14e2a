package lake

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	api "vauban/api/cloudtrail"
	"vauban/service"
	"vauban/store"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// shore is a lake with one event data store of 7 days.
type shore struct {
	t *testing.T
	l *Lake
	d *DataStore
}

func newShore(t *testing.T) *shore {
	db := database(t)
	s := &shore{t: t, l: New(service.Deps{Store: db, Rand: rand.Reader, Clock: func() time.Time { return noon }}, nil, nil)}
	s.d = &DataStore{Account: "111122223333", Region: "us-east-1", ID: "0b9d0a5c-1111-4222-8333-444455556666", Name: "x", Retention: 7, Created: noon}
	s.write(func(tx store.Tx) error { return dataStores.Insert(tx, s.d) })
	return s
}

func (s *shore) write(fn func(store.Tx) error) {
	s.t.Helper()
	if err := s.l.Store.Write(s.t.Context(), fn); err != nil {
		s.t.Fatal(err)
	}
}

// take puts events of an age into the event data store, with records of about that size.
func (s *shore) take(n int, age time.Duration, size int) {
	s.t.Helper()
	events := make([]event, n)
	for i := range events {
		at := noon.Add(-age)
		events[i] = event{at, fmt.Appendf(nil, `{"eventName":"E%d","eventTime":%q,"userAgent":%q}`, i, at.Format(time.RFC3339), strings.Repeat("x", size))}
	}
	s.write(func(tx store.Tx) error { return appendEvents(tx, s.d.ID, events) })
}

func (s *shore) query(text string) *Query {
	s.t.Helper()
	id, err := NewID(rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	q := &Query{Account: s.d.Account, Region: s.d.Region, ID: id, Store: s.d.ID, Statement: text, Status: api.QueryStatusQueued, Created: noon}
	s.write(func(tx store.Tx) error { return queries.Insert(tx, q) })
	return q
}

func (s *shore) work() *service.Work {
	return &service.Work{Context: s.t.Context(), Time: noon, Check: func(store.Tx) error { return nil }}
}

// ran is the query after a turn of the job, with its rows.
func (s *shore) ran(q *Query) (now *Query, rows [][]string) {
	s.t.Helper()
	if err := s.l.runQueries(s.work()); err != nil {
		s.t.Fatal(err)
	}
	s.write(func(tx store.Tx) (err error) {
		if now, err = queries.Get(tx, queries.Key(q)); err != nil {
			return err
		}
		rows, err = now.page(tx, 0, 1_000_000)
		return err
	})
	return now, rows
}

// TestRetentionHoldsAtOnce: what is older than the retention is in no result, also while it lies in a block with what is not.
func TestRetentionHoldsAtOnce(t *testing.T) {
	s := newShore(t)
	s.take(3, 8*24*time.Hour, 0)
	s.take(2, time.Hour, 0)
	q, rows := s.ran(s.query("SELECT count(*) FROM x"))
	if q.Status != api.QueryStatusFinished || len(rows) != 1 || rows[0][0] != "2" {
		t.Errorf("%+v, %v", q, rows)
	}
}

// TestBoundsOfTimeSkipBlocks: only blocks with events of the time are looked at.
func TestBoundsOfTimeSkipBlocks(t *testing.T) {
	s := newShore(t)
	for day := range 5 {
		s.take(fullBlock, time.Duration(day+1)*24*time.Hour, 0)
	}
	q, rows := s.ran(s.query("SELECT count(*) FROM x WHERE eventTime BETWEEN '2026-02-27' AND '2026-02-28'"))
	if len(rows) != 1 || rows[0][0] != fmt.Sprint(fullBlock) || q.Scanned != fullBlock {
		t.Errorf("%v, %d events looked at", rows, q.Scanned)
	}
}

// TestCanceledQueriesStop: before they run, and between two blocks.
func TestCanceledQueriesStop(t *testing.T) {
	s := newShore(t)
	s.take(2*fullBlock, time.Hour, 0)
	cancel := func(q *Query) {
		s.write(func(tx store.Tx) error {
			now, err := queries.Get(tx, queries.Key(q))
			if err != nil {
				return err
			}
			now.Status = api.QueryStatusCancelled
			return queries.Update(tx, now)
		})
	}
	q := s.query("SELECT eventName FROM x")
	cancel(q)
	if now, rows := s.ran(q); now.Status != api.QueryStatusCancelled || rows != nil {
		t.Errorf("%+v, %d rows", now, len(rows))
	}
	q = s.query("SELECT eventName FROM x")
	at := &scan{id: s.d.ID, upTo: 2 * fullBlock, end: noon}
	if events, err := s.l.step(t.Context(), q, at); err != nil || len(events) != fullBlock {
		t.Fatalf("%d events, %v", len(events), err)
	}
	cancel(q)
	if _, err := s.l.step(t.Context(), q, at); !errors.Is(err, errCancelled) {
		t.Errorf("a canceled query goes on: %v", err)
	}
}

// TestInterruptedQueriesRunAgain: what a replica that was lost has left of a result is not shown, and does not stay.
func TestInterruptedQueriesRunAgain(t *testing.T) {
	s := newShore(t)
	s.take(700, time.Hour, 2000)
	q := s.query("SELECT eventName, userAgent FROM x")
	s.write(func(tx store.Tx) error {
		q.Status, q.Columns = api.QueryStatusRunning, []string{"eventName", "userAgent"}
		if err := rowsParts.Put(tx, &rowsPart{Query: q.ID, Next: 10, Rows: make([][]string, 10)}); err != nil {
			return err
		}
		rows, err := q.page(tx, 0, 100)
		if len(rows) != 0 {
			t.Errorf("%d rows of a query that runs", len(rows))
		}
		return errors.Join(err, queries.Update(tx, q))
	})
	now, _ := s.ran(q)
	if now.Status != api.QueryStatusFinished || now.Rows != 700 {
		t.Fatalf("%+v", now)
	}
	next := int64(0)
	for next < now.Rows {
		var rows [][]string
		s.write(func(tx store.Tx) (err error) { rows, err = now.page(tx, next, 300); return err })
		if len(rows) == 0 || len(rows) > 300 {
			t.Fatalf("a page of %d rows at %d", len(rows), next)
		}
		for i, r := range rows {
			if want := fmt.Sprintf("E%d", next+int64(i)); len(r) != 2 || r[0] != want {
				t.Fatalf("row %d is %.50v", next+int64(i), r)
			}
		}
		next += int64(len(rows))
	}
}

// TestResultsAreBounded, and how they fail is told.
func TestResultsAreBounded(t *testing.T) {
	s := newShore(t)
	s.take(600, time.Hour, 64<<10)
	for text, want := range map[string]string{
		"SELECT userAgent FROM x":               "The result has more than 32 MB. Select fewer columns, or use LIMIT.",
		"SELECT userAgent, userAgent FROM x":    "the query needs more memory than it may have: ask for less at a time, group by fewer values, or use LIMIT",
		"SELECT CAST(eventName AS date) FROM x": "line 1:8: Cannot cast 'E0' to date",
	} {
		if q, rows := s.ran(s.query(text)); q.Status != api.QueryStatusFailed || q.Error != want || rows != nil {
			t.Errorf("%s: %s %q, %d rows", text, q.Status, q.Error, len(rows))
		}
	}
	if q, rows := s.ran(s.query("SELECT max(length(userAgent)) FROM x")); len(rows) != 1 || rows[0][0] != "65536" {
		t.Errorf("%+v, %v", q, rows)
	}
}

// TestQueriesAreForgotten with all their rows, a week after they were started.
func TestQueriesAreForgotten(t *testing.T) {
	s := newShore(t)
	s.take(10, time.Hour, 0)
	q := s.query("SELECT eventName FROM x")
	if _, rows := s.ran(q); len(rows) != 10 {
		t.Fatalf("%d rows", len(rows))
	}
	for i, age := range []time.Duration{keepQueries, keepQueries + time.Second} {
		w := s.work()
		w.Time = noon.Add(age)
		if err := s.l.expire(w); err != nil {
			t.Fatal(err)
		}
		s.count(q, 1-i)
	}
}

func (s *shore) count(q *Query, want int) {
	s.t.Helper()
	s.write(func(tx store.Tx) error {
		n, err := queries.Count(tx, nil, 0)
		parts, err2 := rowsParts.Count(tx, store.K(q.ID), 0)
		if n != want || parts != want {
			s.t.Errorf("%d queries with %d parts, want %d", n, parts, want)
		}
		return errors.Join(err, err2)
	})
}
