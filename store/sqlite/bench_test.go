package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"vauban/store"
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

var event = store.Event{ID: "5f6c1b0e-0000-4000-8000-000000000000", Time: time.Unix(1e9, 0), Body: []byte(strings.Repeat("x", 1500))}

func newRecord(n int64) *record {
	return &record{"123456789012", fmt.Sprintf("name-%012d", n), fmt.Sprintf("AIDA%016d", n), fmt.Sprint("g", n%1000), strings.Repeat("d", 600)}
}

func openBench(b *testing.B, path string) *DB {
	b.Helper()
	db, err := Open(context.Background(), path, Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	return db
}

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

func BenchmarkWrite(b *testing.B) {
	for _, where := range []string{"disk", "memory"} {
		for _, n := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("%s/insert+event/%d", where, n), func(b *testing.B) {
				db, rs := openBench(b, place(b, where)), records()
				ctx := context.Background()
				concurrently(b, n, func(i int64) error {
					return db.Write(ctx, func(tx store.Tx) error {
						if err := rs.Insert(tx, newRecord(i)); err != nil {
							return err
						}
						return tx.Append(event)
					})
				})
			})
		}
	}
}

func place(b *testing.B, where string) string {
	if where == "memory" {
		return ""
	}
	return filepath.Join(b.TempDir(), "state.db")
}

func BenchmarkUpdate(b *testing.B) {
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprintf("disk/update+event/%d", n), func(b *testing.B) {
			db, rs := openBench(b, place(b, "disk")), records()
			ctx := context.Background()
			fill(b, db, 1000)
			concurrently(b, n, func(i int64) error {
				return db.Write(ctx, func(tx store.Tx) error {
					if err := rs.Update(tx, newRecord(i%1000)); err != nil {
						return err
					}
					return tx.Append(event)
				})
			})
		})
	}
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

func BenchmarkAppend(b *testing.B) {
	for _, where := range []string{"disk", "memory"} {
		for _, n := range []int{1, 8, 64, 256} {
			b.Run(fmt.Sprintf("%s/%d", where, n), func(b *testing.B) {
				db := openBench(b, place(b, where))
				ctx := context.Background()
				concurrently(b, n, func(int64) error { return db.Append(ctx, event) })
			})
		}
	}
}

func BenchmarkRead(b *testing.B) {
	db, rs := openBench(b, place(b, "disk")), records()
	ctx := context.Background()
	const n = 20_000
	fill(b, db, n)
	for _, workers := range []int{1, 8} {
		b.Run(fmt.Sprintf("get/%d", workers), func(b *testing.B) {
			concurrently(b, workers, func(i int64) error {
				r := newRecord(i * 7919 % n)
				return db.Read(ctx, func(tx store.Tx) error {
					_, err := rs.Get(tx, rs.Key(r))
					return err
				})
			})
		})
		b.Run(fmt.Sprintf("get-while-writing/%d", workers), func(b *testing.B) {
			stop, stopped := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(stopped)
				for i := int64(0); ; i++ {
					select {
					case <-stop:
						return
					default:
						_ = db.Write(ctx, func(tx store.Tx) error { return rs.Update(tx, newRecord(i%n)) })
					}
				}
			}()
			concurrently(b, workers, func(i int64) error {
				r := newRecord(i * 7919 % n)
				return db.Read(ctx, func(tx store.Tx) error {
					_, err := rs.Get(tx, rs.Key(r))
					return err
				})
			})
			close(stop)
			<-stopped
		})
	}
	b.Run("list100", func(b *testing.B) {
		concurrently(b, 1, func(i int64) error {
			r := newRecord(i * 7919 % n)
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
