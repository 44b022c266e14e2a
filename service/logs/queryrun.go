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
