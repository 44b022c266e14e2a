package tree

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"vauban/eventlog"
	"vauban/store"
	"vauban/store/sqlite"
	"vauban/store/storetest"
)

// cpu is the processor time that this process has used.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// recorded is an entry of the usual size.
func recorded(n int) *eventlog.Entry {
	e := entry(n, start.Add(time.Duration(n)*10*time.Millisecond))
	e.ID = fmt.Sprintf("%08x-0000-4000-8000-%012x", n, n*7919)
	e.Name, e.User, e.Data = []string{"GetRole", "ListUsers", "CreateUser", "GetUser"}[n%4], fmt.Sprintf("user-%d", n%50), false
	e.Resources = []eventlog.Resource{{Type: "AWS::IAM::Role", Name: fmt.Sprintf("arn:aws:iam::111111111111:role/role-%d", n%1000)}}
	e.Record = fmt.Appendf(nil, `{"eventVersion":"1.11","eventID":%q,"userIdentity":{"userName":%q},"eventName":%q,"requestParameters":{"roleName":"role-%d"},"userAgent":%q}`,
		e.ID, e.User, e.Name, n%1000, strings.Repeat("aws-cli/2.17.0 ", 60))
	e.Authz = fmt.Appendf(nil, `{"questions":[{"action":"iam:GetRole","resource":%q}],"decision":"allow"}`, e.Resources[0].Name)
	return e
}

// BenchmarkAudit has clients that each wait until their one entry is durable, while the relay archives and indexes and the tree grows. It ends
// when nothing is left to do.
func BenchmarkAudit(b *testing.B) {
	for _, n := range []int{64, 256} {
		b.Run(fmt.Sprintf("sqlite/clients=%d", n), func(b *testing.B) { audit(b, b.TempDir(), n) })
		b.Run(fmt.Sprintf("postgres/clients=%d", n), func(b *testing.B) { audit(b, storetest.NewServer(b).NewDatabase(b), n) })
	}
}

func audit(b *testing.B, where string, n int) {
	r := open(b, where, eventlog.Options{FlushAfter: 200 * time.Millisecond})
	r.log.ConsumeAt(Pace(), Consumer, r.tree.Consume)
	r.run()
	entries := make([]*eventlog.Entry, b.N)
	for i := range entries {
		entries[i] = recorded(i)
	}
	before := cpu(b)
	b.ResetTimer()
	var next atomic.Int64
	var clients sync.WaitGroup
	for range n {
		clients.Go(func() {
			for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
				if err := r.log.Append(context.Background(), entries[i]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	clients.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "durable/s")
	eventually(b, "all is in the archive and in the tree", func() bool {
		s := r.log.Status()
		return s.Archive.Events == int64(b.N) && s.Consumers[0].Lag == 0
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "done/s")
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

// BenchmarkConsume is the tree alone, and what it takes on the disk.
func BenchmarkConsume(b *testing.B) {
	path := filepath.Join(b.TempDir(), "state.db")
	db, err := sqlite.Open(b.Context(), path, sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	tree, err := Open(b.Context(), db, plain{}, rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	batch := make([]*eventlog.Entry, Pace().Batch)
	for n := range batch {
		batch[n] = recorded(n)
	}
	before := cpu(b)
	b.ResetTimer()
	for n := 0; n < b.N; n += len(batch) {
		for i, e := range batch {
			e.Seq = int64(n + i + 1)
		}
		if err := db.Write(b.Context(), func(tx store.Tx) error { return tree.Consume(tx, batch) }); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/float64(b.N), "disk-B/op")
}

// BenchmarkProve is a proof in a tree of a million entries.
func BenchmarkProve(b *testing.B) {
	r := open(b, b.TempDir(), eventlog.Options{})
	const size = 1 << 20
	var last *eventlog.Entry
	for n := 0; n < size; {
		batch := make([]*eventlog.Entry, 4096)
		for i := range batch {
			n++
			batch[i] = &eventlog.Entry{Seq: int64(n), Record: fmt.Appendf(nil, "%d", n)}
		}
		if err := r.db.Write(b.Context(), func(tx store.Tx) error { return r.tree.Consume(tx, batch) }); err != nil {
			b.Fatal(err)
		}
		if n == size/3/4096*4096 {
			last = batch[7]
		}
	}
	for b.Loop() {
		if _, _, err := r.tree.Prove(b.Context(), last); err != nil {
			b.Fatal(err)
		}
	}
}
