package main

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
	"time"

	"vauban/eventlog"
	"vauban/eventlog/archive"
	"vauban/eventlog/dayfile"
	"vauban/eventlog/pgarchive"
	"vauban/eventlog/tree"
	"vauban/seal"
	"vauban/store"
	"vauban/store/postgres"
	"vauban/store/sqlite"
	"vauban/test/bench/process"
)

// audits measures the event log alone, in this process: clients that each wait until their record is durable, while the relay archives and indexes
// and the Merkle tree grows. database is a PostgreSQL connection string, "" for none.
func audits(d time.Duration, database string) error {
	for _, clients := range []int{64, 256} {
		if err := auditSQLite(d, clients); err != nil {
			return err
		}
		if database == "" {
			continue
		}
		if err := auditPostgres(d, clients, database); err != nil {
			return err
		}
	}
	return nil
}

func auditSQLite(d time.Duration, clients int) error {
	dir, err := os.MkdirTemp("", "vauban-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	db, err := sqlite.Open(context.Background(), filepath.Join(dir, "state.db"), sqlite.Options{})
	if err != nil {
		return err
	}
	files, err := dayfile.Open(filepath.Join(dir, "events"))
	if err != nil {
		return err
	}
	return audit("audit log, SQLite", db, files, d, clients)
}

// auditPostgres makes schemas of its own for each number of clients: the database may be used again.
func auditPostgres(d time.Duration, clients int, database string) error {
	ctx, schema := context.Background(), fmt.Sprintf("bench_%d_%d", time.Now().Unix(), clients)
	pg, err := postgres.Open(ctx, database, postgres.Options{Schema: schema})
	if err != nil {
		return err
	}
	blocks, err := pgarchive.Open(ctx, database, pgarchive.Options{Schema: schema + "_log"})
	if err != nil {
		return err
	}
	return audit("audit log, PostgreSQL", pg, blocks, d, clients)
}

func audit(name string, db store.DB, driver archive.Driver, d time.Duration, count int) error {
	defer db.Close()
	ctx, cancel := context.WithCancel(context.Background())
	ring, err := seal.Open(ctx, seal.Ephemeral{}, seal.Keep(db), seal.Options{})
	if err != nil {
		cancel()
		return err
	}
	log, err := openAudit(ctx, db, driver, ring)
	if err != nil {
		cancel()
		return err
	}
	defer log.Close()
	ended := make(chan error, 1)
	go func() { ended <- log.Run(ctx) }()
	defer func() { cancel(); <-ended }()

	before, start := ownCPU(), time.Now()
	var appended atomic.Int64
	var failed atomic.Pointer[error]
	var clients sync.WaitGroup
	for c := range count {
		clients.Go(func() {
			for n := 0; time.Since(start) < d && failed.Load() == nil; n++ {
				if err := log.Append(ctx, record(c, n)); err != nil {
					failed.Store(&err)
					return
				}
				appended.Add(1)
			}
		})
	}
	clients.Wait()
	took, events := time.Since(start), appended.Load()
	if err := failed.Load(); err != nil {
		return *err
	}
	if err := process.Await(time.Minute, func() bool {
		s := log.Status()
		return s.Archive.Events >= events && s.Consumers[0].Lag == 0
	}); err != nil {
		return fmt.Errorf("%s: the archive and the tree do not catch up: %w", name, err)
	}
	fmt.Printf("%-52s %8.0f /s   %6.1f µs CPU each   durable, %d clients; all archived and in the tree %s later\n", name, float64(events)/took.Seconds(),
		float64((ownCPU()-before).Microseconds())/float64(events), count, (time.Since(start) - took).Round(100*time.Millisecond))
	return nil
}

func openAudit(ctx context.Context, db store.DB, driver archive.Driver, ring *seal.Ring) (*eventlog.Log, error) {
	log, err := eventlog.Open(db, driver, eventlog.Options{FlushAfter: time.Second})
	if err != nil {
		return nil, err
	}
	merkle, err := tree.Open(ctx, db, ring, rand.Reader)
	if err != nil {
		return nil, err
	}
	log.ConsumeAt(tree.Pace(), tree.Consumer, merkle.Consume)
	return log, nil
}

// record is an entry of the usual size.
func record(client, n int) *eventlog.Entry {
	id := fmt.Sprintf("%08x-0000-4000-8000-%012x", client, n)
	role := fmt.Sprintf("arn:aws:iam::111122223333:role/role-%d", n%1000)
	return &eventlog.Entry{
		ID: id, Time: time.Now(), Account: "111122223333", Region: "us-east-1", Name: "GetRole", Source: "iam.amazonaws.com", User: fmt.Sprintf("user-%d", client),
		AccessKeyID: fmt.Sprintf("AKIA%016d", client), ReadOnly: true, Resources: []eventlog.Resource{{Type: "AWS::IAM::Role", Name: role}},
		Record: fmt.Appendf(nil, `{"eventVersion":"1.11","eventName":"GetRole","requestParameters":{"roleName":"role-%d"},"eventID":%q,"userAgent":%q}`, n%1000, id, strings.Repeat("aws-cli/2.17.0 ", 60)),
		Authz:  fmt.Appendf(nil, `{"questions":[{"action":"iam:GetRole","resource":%q}],"decision":"allow"}`, role),
	}
}

// ownCPU is the processor time of this process.
func ownCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
