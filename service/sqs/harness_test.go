package sqs

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"testing"
	"time"

	api "vauban/api/sqs"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/seal"
	"vauban/service"
	"vauban/store"
	"vauban/store/postgres"
	"vauban/store/sqlite"
	"vauban/store/storetest"
)

const home = "111122223333"

// replica is a service on a store, called as the gateway would but without permissions and records.
type replica struct {
	*Service
	rows map[string]service.Row
}

// anyone binds no principals.
type anyone struct{}

func (anyone) BindPrincipals(_ store.Tx, text string) (string, map[string]string, error) {
	return text, nil, nil
}
func (anyone) ShowPrincipals(_ store.Tx, text string, _ map[string]string) (string, error) {
	return text, nil
}

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

func newReplica(t testing.TB, db store.DB, clock func() time.Time) *replica {
	t.Helper()
	ring, err := seal.Open(context.Background(), seal.Ephemeral{}, seal.Keep(db), seal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return replicaOf(db, ring, clock)
}

func replicaOf(db store.DB, ring service.Sealer, clock func() time.Time) *replica {
	r := &replica{Service: New(service.Deps{Store: db, Seal: ring, Clock: clock, Rand: rand.Reader, Partition: "aws"}, anyone{}), rows: map[string]service.Row{}}
	for _, row := range r.Operations() {
		r.rows[row.Op.Name] = row
	}
	return r
}

func onSQLite(t testing.TB) store.DB {
	t.Helper()
	db, err := sqlite.Open(context.Background(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func onPostgres(t *testing.T, url string) store.DB {
	t.Helper()
	if url == "" {
		url = storetest.Postgres(t)
	}
	db, err := postgres.Open(context.Background(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// call performs an operation.
func call[Out, In any](ctx context.Context, r *replica, name string, in *In) (*Out, error) {
	row := r.rows[name]
	c := &service.Call{Context: ctx, Caller: &service.Caller{Kind: policy.User, Account: home, UserID: "AIDAEXAMPLE"}, Account: home, Region: "us-east-1", Partition: "aws", Time: r.Clock(), Secure: true}
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
		err = r.Store.Read(ctx, run)
	case service.Write:
		err = r.Store.Write(ctx, run)
	default:
		if err = r.Store.Read(ctx, rule); err != nil {
			return nil, err
		}
		c.Tx = nil
		c.Commit = func(fn func(store.Tx) error) error {
			return r.Store.Write(ctx, func(tx store.Tx) error { return errors.Join(rule(tx), fn(tx)) })
		}
		out, err = row.Handle(c, in)
	}
	if err != nil {
		return nil, err
	}
	return out.(*Out), nil
}

func must[T any](t testing.TB) func(*T, error) *T {
	return func(v *T, err error) *T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// queue makes a queue and returns its URL.
func (r *replica) queue(t testing.TB, name string, attributes map[string]string) string {
	t.Helper()
	out := must[api.CreateQueueOutput](t)(call[api.CreateQueueOutput](context.Background(), r, "CreateQueue", &api.CreateQueueInput{QueueName: &name, Attributes: attributes}))
	return *out.QueueUrl
}

func (r *replica) send(url, body, group, dedup string) (*api.SendMessageOutput, error) {
	return call[api.SendMessageOutput](context.Background(), r, "SendMessage", &api.SendMessageInput{QueueUrl: &url, MessageBody: &body, MessageGroupId: wire.Optional(group), MessageDeduplicationId: wire.Optional(dedup)})
}

func (r *replica) receive(url string, most, hide, wait int64) ([]api.Message, error) {
	out, err := call[api.ReceiveMessageOutput](context.Background(), r, "ReceiveMessage", &api.ReceiveMessageInput{
		QueueUrl: &url, MaxNumberOfMessages: &most, VisibilityTimeout: &hide, WaitTimeSeconds: &wait, MessageSystemAttributeNames: []string{"All"},
	})
	if err != nil {
		return nil, err
	}
	return out.Messages, nil
}

func (r *replica) drop(url, handle string) error {
	_, err := call[api.DeleteMessageOutput](context.Background(), r, "DeleteMessage", &api.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: &handle})
	return err
}
