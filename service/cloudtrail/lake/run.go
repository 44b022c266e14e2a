package lake

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	api "vauban/api/cloudtrail"
	"vauban/engine/sql"
	"vauban/service"
	"vauban/store"
)

const (
	// queryTime bounds the run of a query, and queryMemory what it holds meanwhile.
	queryTime   = 10 * time.Minute
	queryMemory = 64 << 20
	// mostRunning queries run at a time, of different accounts: queries take no more than that many cores from everybody else.
	mostRunning = 2
)

var (
	errCancelled = errors.New("lake: the query was canceled")
	errTooMuch   = errors.New("lake: the result is too large")
)

// runQueries runs what waits, the oldest of each account first, one at a time of an account, until nothing waits. A query that ran when its replica
// was lost runs again.
func (l *Lake) runQueries(w *service.Work) error {
	for w.Err() == nil {
		next, err := l.waiting(w)
		if err != nil || len(next) == 0 {
			return err
		}
		var running sync.WaitGroup
		failed := make([]error, len(next))
		for i, q := range next {
			running.Go(func() { failed[i] = l.runQuery(w, q) })
		}
		running.Wait()
		if err := errors.Join(failed...); err != nil {
			return err
		}
	}
	return w.Err()
}

// waiting are the next queries: the oldest of the accounts whose oldest wait longest.
func (l *Lake) waiting(w *service.Work) ([]*Query, error) {
	oldest := map[string]*Query{}
	err := l.Store.Read(w, func(tx store.Tx) error {
		clear(oldest)
		for q, err := range queries.EachRef(tx, "open", store.K("")) {
			if err != nil {
				return err
			}
			if o := oldest[q.Account]; o == nil || q.Created.Before(o.Created) {
				oldest[q.Account] = q
			}
		}
		return nil
	})
	var out []*Query
	for range mostRunning {
		var first *Query
		for _, q := range oldest {
			if first == nil || q.Created.Before(first.Created) || q.Created.Equal(first.Created) && q.ID < first.ID {
				first = q
			}
		}
		if first == nil {
			break
		}
		out = append(out, first)
		delete(oldest, first.Account)
	}
	return out, err
}

// runQuery runs one query to its end, whatever that is. An error says that it could not be noted.
func (l *Lake) runQuery(w *service.Work, q *Query) error {
	began := time.Now()
	if err := l.begin(w, q); err != nil {
		return l.unlessCancelled(err)
	}
	ctx, cancel := context.WithTimeout(w, queryTime)
	defer cancel()
	result, bytes, err := l.answer(ctx, q)
	if err == nil {
		err = l.keepRows(w, q, result)
	}
	if w.Err() != nil || errors.Is(err, errCancelled) {
		return w.Err()
	}
	return l.unlessCancelled(l.note(w, q, func(q *Query) {
		q.Millis, q.Bytes = max(1, time.Since(began).Milliseconds()), bytes
		if q.Status = api.QueryStatusFinished; err == nil {
			q.Rows, q.Scanned, q.Matched = int64(len(result.Rows)), result.Scanned, result.Matched
			return
		}
		q.fail(err)
	}))
}

func (l *Lake) unlessCancelled(err error) error {
	if errors.Is(err, errCancelled) {
		return nil
	}
	return err
}

// fail notes why a query has no result. What is nobody's business stays out of it.
func (q *Query) fail(err error) {
	var bad *sql.Error
	var limit *sql.LimitError
	switch q.Status = api.QueryStatusFailed; {
	case errors.Is(err, context.DeadlineExceeded):
		q.Status, q.Error = api.QueryStatusTimedOut, fmt.Sprintf("The query ran for more than %s. Bound eventTime to look at fewer events.", queryTime)
	case errors.As(err, &bad):
		q.Error = bad.Error()
	case errors.As(err, &limit):
		q.Error = limit.Error()
	case errors.Is(err, errTooMuch):
		q.Error = fmt.Sprintf("The result has more than %d MB. Select fewer columns, or use LIMIT.", mostResults>>20)
	case store.IsAbsent(err):
		q.Error = "The event data store was deleted."
	default:
		q.Error = "The query failed because of an internal error. Run it again."
	}
	if len(q.Error) > 1000 {
		q.Error = q.Error[:1000]
	}
}

// begin notes that the query runs. A former run can change nothing any more.
func (l *Lake) begin(w *service.Work, q *Query) error {
	return l.Store.Write(w, func(tx store.Tx) error {
		if err := w.Check(tx); err != nil {
			return err
		}
		now, err := openQuery(tx, q)
		if err != nil {
			return err
		}
		now.Status, now.Started = api.QueryStatusRunning, w.Time.UTC()
		now.Runs++
		*q = *now
		return queries.Update(tx, now)
	})
}

func openQuery(tx store.Tx, q *Query) (*Query, error) {
	now, err := queries.Get(tx, queries.Key(q))
	if store.IsAbsent(err) || err == nil && !now.open() {
		return nil, errCancelled
	}
	return now, err
}

// during runs fn in a transaction, unless the query was canceled or another run has begun.
func (l *Lake) during(w *service.Work, q *Query, fn func(tx store.Tx, now *Query) error) error {
	return l.Store.Write(w, func(tx store.Tx) error {
		if err := w.Check(tx); err != nil {
			return err
		}
		now, err := openQuery(tx, q)
		if err == nil && now.Runs != q.Runs {
			err = errCancelled
		}
		if err != nil {
			return err
		}
		return fn(tx, now)
	})
}

// note changes the query.
func (l *Lake) note(w *service.Work, q *Query, change func(*Query)) error {
	return l.during(w, q, func(tx store.Tx, now *Query) error {
		now.Columns = q.Columns
		change(now)
		return queries.Update(tx, now)
	})
}

// answer looks at the events.
func (l *Lake) answer(ctx context.Context, q *Query) (*sql.Result, int64, error) {
	now := l.Clock().UTC()
	compiled, err := sql.Compile(q.Statement, schema(), "eventTime", now)
	if err != nil {
		return nil, 0, err
	}
	q.Columns = compiled.Columns
	var d *DataStore
	s := &scan{id: q.Store, start: compiled.From, end: compiled.To}
	err = l.Store.Read(ctx, func(tx store.Tx) error {
		if d, err = dataStores.Get(tx, store.K(q.Account, q.Region, q.Store)); err != nil {
			return err
		}
		t, err := tailOf(tx, q.Store)
		if err == nil {
			s.upTo = t.Last
		}
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	oldest := d.oldest(now)
	if s.start.Before(oldest) {
		s.start = oldest
	}
	if s.end.IsZero() {
		s.end = now.Add(24 * time.Hour)
	}
	bytes := int64(0)
	docs := func(yield func([]byte, error) bool) {
		for {
			events, err := l.step(ctx, q, s)
			if err != nil {
				yield(nil, err)
				return
			}
			if events == nil {
				return
			}
			for _, e := range events {
				if e.time.Before(oldest) {
					continue
				}
				if bytes += int64(len(e.record)); !yield(e.record, nil) {
					return
				}
			}
		}
	}
	result, err := compiled.Run(docs, sql.Options{Memory: queryMemory, Stop: ctx.Err})
	return result, bytes, err
}

// step reads the next block, unless the query was canceled meanwhile.
func (l *Lake) step(ctx context.Context, q *Query, s *scan) (events []event, err error) {
	from := *s
	err = l.Store.Read(ctx, func(tx store.Tx) error {
		*s = from // the transaction may be run again
		if _, err := openQuery(tx, q); err != nil {
			return err
		}
		events, err = s.next(tx)
		return err
	})
	return events, err
}

// clearRows removes what a run that was interrupted has left.
func (l *Lake) clearRows(w *service.Work, q *Query) error {
	for left := true; left; {
		err := l.during(w, q, func(tx store.Tx, _ *Query) error {
			page, err := rowsParts.List(tx, store.K(q.ID), nil, mostDropped)
			if err != nil {
				return err
			}
			for _, p := range page.Items {
				if err := rowsParts.Delete(tx, rowsParts.Key(p)); err != nil {
					return err
				}
			}
			left = page.Next != nil
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// keepRows stores the result, part by part.
func (l *Lake) keepRows(w *service.Work, q *Query, r *sql.Result) error {
	parts, total := partition(q.ID, r.Rows)
	if total > mostResults {
		return errTooMuch
	}
	if err := l.clearRows(w, q); err != nil {
		return err
	}
	for _, p := range parts {
		err := l.during(w, q, func(tx store.Tx, _ *Query) error { return rowsParts.Put(tx, p) })
		if err != nil {
			return err
		}
	}
	return nil
}
