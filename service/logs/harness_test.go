package logs

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"testing"
	"time"

	api "vauban/api/logs"
	"vauban/engine/policy"
	"vauban/seal"
	"vauban/service"
	"vauban/store"
	"vauban/store/sqlite"
)

const home = "111122223333"

// replica is a service on a store, called as the gateway would but without permissions and records.
type replica struct {
	*Service
	rows  map[string]service.Row
	clock *clock
	door  service.Door
}

// anyone binds no principals.
type anyone struct{}

func (anyone) BindPrincipals(_ store.Tx, text string) (string, map[string]string, error) {
	return text, nil, nil
}
func (anyone) ShowPrincipals(_ store.Tx, text string, _ map[string]string) (string, error) {
	return text, nil
}

// nothing counts in no group.
type nothing struct{}

func (nothing) Counting(store.Tx, string, string, string) (Count, error) { return nil, nil }

// clock is a time that passes when the test says so.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newReplica(t testing.TB) *replica {
	t.Helper()
	db, err := sqlite.Open(context.Background(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	ring, err := seal.Open(context.Background(), seal.Ephemeral{}, seal.Keep(db), seal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	r := &replica{Service: New(service.Deps{Store: db, Seal: ring, Clock: c.Now, Rand: rand.Reader, Partition: "aws", Meter: &service.Meter{}}, anyone{}, nothing{}), rows: map[string]service.Row{}, clock: c}
	for _, row := range r.Operations() {
		r.rows[row.Op.Name] = row
	}
	return r
}

// call performs an operation.
func call[Out, In any](t testing.TB, r *replica, name string, in *In) *Out {
	t.Helper()
	row := r.rows[name]
	c := &service.Call{Context: context.Background(), Caller: &service.Caller{Kind: policy.User, Account: home, UserID: "AIDAEXAMPLE"}, Account: home, Region: "us-east-1", Partition: "aws", Time: r.clock.Now(), Secure: true, Door: r.door}
	rule := func(tx store.Tx) error {
		c.Tx = tx
		_, err := row.Resource(c, in)
		return err
	}
	var out any
	run := func(tx store.Tx) error {
		defer func() { c.Tx = nil }()
		err := rule(tx)
		if err == nil {
			out, err = row.Handle(c, in)
		}
		return err
	}
	var err error
	switch row.Kind {
	case service.Read:
		err = r.Store.Read(c, run)
	case service.Write:
		err = r.Store.Write(c, run)
	default:
		if err = r.Store.Read(c, rule); err == nil {
			c.Tx = nil
			c.Commit = func(fn func(store.Tx) error) error {
				return r.Store.Write(c, func(tx store.Tx) error { return errors.Join(rule(tx), fn(tx)) })
			}
			out, err = row.Handle(c, in)
		}
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out.(*Out)
}

// turn does one turn of a job.
func (r *replica) turn(t testing.TB, name string) {
	t.Helper()
	for _, j := range r.Jobs() {
		if j.Name == name {
			if err := j.Run(&service.Work{Context: context.Background(), Time: r.clock.Now(), Partition: "aws", Door: r.door, Check: func(store.Tx) error { return nil }}); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("there is no job %s", name)
}

func (r *replica) group(t testing.TB, name string, streams ...string) {
	t.Helper()
	call[api.CreateLogGroupOutput](t, r, "CreateLogGroup", &api.CreateLogGroupInput{LogGroupName: &name})
	for _, s := range streams {
		call[api.CreateLogStreamOutput](t, r, "CreateLogStream", &api.CreateLogStreamInput{LogGroupName: &name, LogStreamName: &s})
	}
}

func (r *replica) put(t testing.TB, group, stream string, events []api.InputLogEvent) *api.PutLogEventsOutput {
	t.Helper()
	return call[api.PutLogEventsOutput](t, r, "PutLogEvents", &api.PutLogEventsInput{LogGroupName: &group, LogStreamName: &stream, LogEvents: events})
}

func event(at int64, message string) api.InputLogEvent {
	return api.InputLogEvent{Timestamp: &at, Message: &message}
}
