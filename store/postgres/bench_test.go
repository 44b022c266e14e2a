package postgres

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vauban/store"
	"vauban/store/storetest"
)

// record is a document of about 700 bytes with a unique and a look-up value, like most of what is stored.
type record struct {
	Account, Name, ID, Group string
	Data                     string
}

func records() *store.Table[record] {
	return &store.Table[record]{
		Name:   "bench.record",
		Key:    func(r *record) store.Key { return store.K(r.Account, r.Name) },
		Unique: map[string]func(*record) store.Key{"id": func(r *record) store.Key { return store.K(r.ID) }},
		Refs:   map[string]func(*record) []store.Key{"group": func(r *record) []store.Key { return []store.Key{store.K(r.Group)} }},
		Cached: true,
	}
}

func newRecord(n int64) *record {
	return &record{"123456789012", fmt.Sprintf("name-%012d", n), fmt.Sprintf("AIDA%016d", n), fmt.Sprint("g", n%1000), strings.Repeat("d", 600)}
}

var event = store.Event{ID: "5f6c1b0e-0000-4000-8000-000000000000", Time: time.Unix(1e9, 0), Body: []byte(strings.Repeat("x", 1500))}

// concurrently runs f b.N times from n goroutines.
func concurrently(b *testing.B, n int, f func(i int64) error) {
	b.Helper()
	var next atomic.Int64
	done := make(chan error, n)
	b.ReportAllocs()
	b.ResetTimer()
	for range n {
		go func() {
			for {
				i := next.Add(1)
				if i > int64(b.N) {
					done <- nil
					return
				}
				if err := f(i); err != nil {
					done <- err
					return
				}
			}
		}()
	}
	for range n {
		if err := <-done; err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
}

func Benchmark(b *testing.B) {
	server := storetest.NewServer(b) // durable
	ctx := context.Background()
	open := func(b *testing.B) *DB { return openTest(b, server.NewDatabase(b), Options{}) }
	for _, n := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("insert+event/%d", n), func(b *testing.B) {
			db, rs := open(b), records()
			concurrently(b, n, func(i int64) error {
				return db.Write(ctx, func(tx store.Tx) error {
					if err := rs.Insert(tx, newRecord(i)); err != nil {
						return err
					}
					return tx.Append(event)
				})
			})
		})
		b.Run(fmt.Sprintf("get+update+event/%d", n), func(b *testing.B) {
			db, rs := open(b), records()
			const many = 2000
			fill(b, db, many)
			concurrently(b, n, func(i int64) error {
				return db.Write(ctx, func(tx store.Tx) error {
					r, rev, err := rs.GetRev(tx, rs.Key(newRecord(i*7919%many)))
					if err != nil {
						return err
					}
					if err := rs.UpdateRev(tx, r, rev); err != nil {
						return err
					}
					return tx.Append(event)
				})
			})
		})
		b.Run(fmt.Sprintf("append/%d", n), func(b *testing.B) {
			db := open(b)
			concurrently(b, n, func(int64) error { return db.Append(ctx, event) })
		})
	}
	b.Run("read", func(b *testing.B) { benchmarkRead(b, open(b)) })
}

func benchmarkRead(b *testing.B, db *DB) {
	ctx, rs := context.Background(), records()
	const many = 20_000
	fill(b, db, many)
	for _, n := range []int{1, 8} {
		b.Run(fmt.Sprintf("get/%d", n), func(b *testing.B) {
			concurrently(b, n, func(i int64) error {
				return db.Read(ctx, func(tx store.Tx) error {
					_, err := rs.Get(tx, rs.Key(newRecord(i*7919%many)))
					return err
				})
			})
		})
	}
	b.Run("list100", func(b *testing.B) {
		concurrently(b, 1, func(i int64) error {
			r := newRecord(i * 7919 % many)
			return db.Read(ctx, func(tx store.Tx) error {
				_, err := rs.List(tx, store.K(r.Account), rs.Key(r), 100)
				return err
			})
		})
	})
	b.Run("listref20", func(b *testing.B) {
		concurrently(b, 1, func(i int64) error {
			return db.Read(ctx, func(tx store.Tx) error {
				_, err := rs.ListRef(tx, "group", store.K(fmt.Sprint("g", i%1000)), nil, 0)
				return err
			})
		})
	})
}

func fill(b *testing.B, db *DB, n int64) {
	b.Helper()
	rs := records()
	for at := int64(0); at < n; at += 1000 {
		err := db.Write(context.Background(), func(tx store.Tx) error {
			for i := at; i < min(at+1000, n); i++ {
				if err := rs.Insert(tx, newRecord(i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}
