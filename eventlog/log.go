// Package eventlog is the append-only log. This file is a first spine: encoding, archive, consumers follow.
package eventlog

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"vauban/store"
)

// Log is the log over one store.
type Log struct {
	db    store.DB
	clock func() time.Time
}

// New returns the log of the store.
func New(db store.DB, clock func() time.Time) *Log { return &Log{db, clock} }

func encode(entries []*Entry) ([]store.Event, error) {
	out := make([]store.Event, len(entries))
	for i, e := range entries {
		b, err := json.Marshal(e)
		if err != nil {
			return nil, err
		}
		out[i] = store.Event{ID: e.ID, Time: e.Time, Body: b}
	}
	return out, nil
}

// Append adds entries that commit with the transaction.
func Append(tx store.Tx, entries ...*Entry) error {
	events, err := encode(entries)
	if err != nil {
		return err
	}
	return tx.Append(events...)
}

// Append makes entries durable alone.
func (l *Log) Append(ctx context.Context, entries ...*Entry) error {
	events, err := encode(entries)
	if err != nil {
		return err
	}
	return l.db.Append(ctx, events...)
}

// Lookup returns events newest first.
func (l *Log) Lookup(ctx context.Context, q Query) (out []*Entry, next string, err error) {
	err = l.db.Read(ctx, func(tx store.Tx) error {
		events, err := tx.Events(0, 100000)
		for _, ev := range events {
			e := &Entry{}
			if err := json.Unmarshal(ev.Body, e); err != nil {
				return err
			}
			e.Seq = ev.Seq
			out = append(out, e)
		}
		slices.Reverse(out)
		return err
	})
	return out, "", err
}

// Consume registers a consumer.
func (l *Log) Consume(name string, fn func(tx store.Tx, batch []*Entry) error) {}

// Status says how the log is doing.
func (l *Log) Status() any { return nil }

// Run runs the log's jobs until ctx ends.
func (l *Log) Run(ctx context.Context) error { <-ctx.Done(); return nil }

// Close ends the log.
func (l *Log) Close() error { return nil }
