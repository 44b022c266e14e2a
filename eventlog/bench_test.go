package eventlog

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"vauban/eventlog/archive"
	"vauban/store"
)

// cpu is the processor time that this process has used.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkAppend has producers that each append one entry at a time, without a relay.
func BenchmarkAppend(b *testing.B) {
	for _, producers := range []int{1, 64} {
		b.Run(fmt.Sprintf("producers=%d", producers), func(b *testing.B) {
			l := onSQLite(b).log(b, Options{})
			samples(b)
			before := cpu(b)
			b.ResetTimer()
			produce(b, l, producers)
			b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
		})
	}
}

// BenchmarkAppendRelay has 64 producers and the relay running; it ends when everything is archived and indexed.
func BenchmarkAppendRelay(b *testing.B) {
	l := onSQLite(b).log(b, Options{FlushAfter: 50 * time.Millisecond})
	run(b, l)
	samples(b)
	before := cpu(b)
	b.ResetTimer()
	produce(b, l, 64)
	eventually(b, "all is archived", func() bool { s := l.Status(); return s.Archive.Events == int64(b.N) })
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(l.Status().Archive.Bytes)/float64(b.N), "archived-B/op")
}

// made are the samples that producers append: making them costs as much as recording them.
var made []*Entry

func samples(b *testing.B) {
	for n := len(made); n < b.N; n++ {
		made = append(made, sample(n))
	}
}

func produce(b *testing.B, l *Log, producers int) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range producers {
		wg.Go(func() {
			for {
				n := int(next.Add(1))
				if n > b.N {
					return
				}
				if err := l.Append(context.Background(), made[n-1]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkRelay moves what was appended in bulk before the clock starts.
func BenchmarkRelay(b *testing.B) {
	l := onSQLite(b).log(b, Options{})
	for n := 0; n < b.N; {
		var batch []*Entry
		for ; n < b.N && len(batch) < 1000; n++ {
			batch = append(batch, sample(n))
		}
		appendAll(b, l, batch...)
	}
	before := cpu(b)
	b.ResetTimer()
	relayAll(b, l)
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

// BenchmarkArchive appends to the archive alone: compression and index.
func BenchmarkArchive(b *testing.B) {
	l := onSQLite(b).log(b, Options{})
	events := make([]store.Event, 4096)
	before := cpu(b)
	for n := 0; n < b.N; {
		b.StopTimer()
		k := 0
		for ; k < len(events) && n < b.N; k++ {
			n++
			ev, err := encode(sample(n))
			if err != nil {
				b.Fatal(err)
			}
			ev.Seq = int64(n)
			events[k] = ev
		}
		b.StartTimer()
		if err := l.archive.Append(b.Context(), events[:k]); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

// BenchmarkLookup looks up in an archive of EVENTLOG_BENCH_EVENTS events (100,000 unless set), with a few in the outbox.
func BenchmarkLookup(b *testing.B) {
	events := 100_000
	if s := os.Getenv("EVENTLOG_BENCH_EVENTS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			b.Fatal(err)
		}
		events = n
	}
	l := onSQLite(b).log(b, Options{})
	batch := make([]store.Event, 0, 4096)
	for n := 1; n <= events; n++ {
		e := sample(n)
		if n == events/3 {
			e.User = "rare"
		}
		ev, err := encode(e)
		if err != nil {
			b.Fatal(err)
		}
		ev.Seq = int64(n)
		if batch = append(batch, ev); len(batch) == cap(batch) || n == events {
			if err := l.archive.Append(b.Context(), batch); err != nil {
				b.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	// What a relay would have noted; the outbox then begins after it.
	if err := b.Context().Err(); err != nil {
		b.Fatal(err)
	}
	l.benchArchived(b, int64(events))
	const account = "123456789012"
	mid := sample(events / 2)
	for _, c := range []struct {
		name string
		q    Query
		want int
	}{
		{"newest", Query{}, 50},
		{"region", Query{Region: "us-east-1"}, 50},
		{"user", Query{Attribute: ByUsername, Value: "user-7"}, 50},
		{"resource", Query{Attribute: ByResourceName, Value: mid.Resources[0].Name}, 50},
		{"rare user", Query{Attribute: ByUsername, Value: "rare"}, 1},
		{"absent user", Query{Attribute: ByUsername, Value: "absent"}, 0},
		{"absent region", Query{Attribute: ByUsername, Value: "user-7", Region: "eu-west-1"}, 0},
		{"event id", Query{Attribute: ByEventID, Value: mid.ID}, 1},
		{"absent id", Query{Attribute: ByEventID, Value: "absent"}, 0},
		{"oldest hour", Query{Attribute: ByEventName, Value: "CreateUser", End: sample(1).Time.Add(time.Minute)}, 50},
	} {
		b.Run(c.name, func(b *testing.B) {
			c.q.Account = account
			for b.Loop() {
				got, _, err := l.Lookup(b.Context(), c.q)
				if err != nil || len(got) != c.want {
					b.Fatalf("found %d, %v; want %d", len(got), err, c.want)
				}
			}
		})
	}
}

// benchArchived notes that the archive has everything up to seq.
func (l *Log) benchArchived(b *testing.B, seq int64) {
	err := l.db.Write(b.Context(), func(tx store.Tx) error { return relayedTable().Put(tx, &relayed{Seq: seq}) })
	if err != nil {
		b.Fatal(err)
	}
	if parts, err := l.archive.Parts(b.Context()); err != nil || len(parts) == 0 || parts[0].Kind != archive.Management {
		b.Fatalf("parts %v, %v", parts, err)
	}
}
