package events

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"vauban/access"
	api "vauban/api/events"
	"vauban/api/sqs"
	"vauban/api/sts"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/eventlog"
	"vauban/eventlog/delivery"
	"vauban/seal"
	"vauban/service"
	"vauban/store"
	"vauban/store/sqlite"
)

const home = "111122223333"

// bench is a service on a store, called as the gateway would but without permissions and records, that sends to fakes.
type bench struct {
	*Service
	t     testing.TB
	rows  map[string]service.Row
	clock *clock
	door  *fakeDoor
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

// anyone binds no principals, and no trail delivers.
type anyone struct{}

func (anyone) BindPrincipals(_ store.Tx, text string) (string, map[string]string, error) {
	return text, nil, nil
}
func (anyone) ShowPrincipals(_ store.Tx, text string, _ map[string]string) (string, error) {
	return text, nil
}
func (anyone) Logging(store.Tx, string) (func(*eventlog.Entry) bool, error) { return nil, nil }

// fakeDoor takes what is sent to queues, and gives out roles.
type fakeDoor struct {
	seal    *seal.Ring
	clock   func() time.Time
	mu      sync.Mutex
	refuse  map[string]error // by the queue's name
	sent    map[string][]*sqs.SendMessageInput
	tries   map[string]int
	invokes error // of API destinations
}

func (d *fakeDoor) Call(c *service.Call, as service.Identity, svc, operation string, in any) (any, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch in := in.(type) {
	case *sqs.SendMessageInput:
		name := (*in.QueueUrl)[strings.LastIndexByte(*in.QueueUrl, '/')+1:]
		d.tries[name]++
		if err := d.refuse[name]; err != nil {
			return nil, err
		}
		d.sent[name] = append(d.sent[name], in)
		return &sqs.SendMessageOutput{MessageId: new("m")}, nil
	case *sts.AssumeRoleInput:
		ends := d.clock().Add(time.Hour)
		token, err := access.SealSession(d.seal, &access.Credentials{Caller: service.Caller{
			Kind: policy.RoleSession, Account: home, ARN: *in.RoleArn, Session: &service.Session{Kind: service.AssumeRole, ExpiresAt: ends},
		}})
		return &sts.AssumeRoleOutput{Credentials: &sts.Credentials{SessionToken: &token, Expiration: &ends}}, err
	case *api.DescribeApiDestinationInput:
		if c.Value(invokeKey{}) == nil {
			return nil, errors.New("not asked whether the role may invoke")
		}
		return &api.DescribeApiDestinationOutput{}, d.invokes
	}
	return nil, errors.New("unexpected call of " + svc + ":" + operation)
}

func (d *fakeDoor) sentTo(queue string) []*sqs.SendMessageInput {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.sent[queue]
}

func (d *fakeDoor) triesOf(queue string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.tries[queue]
}

// fakeWeb answers requests as a function does.
type fakeWeb func(*http.Request) (*http.Response, error)

func (f fakeWeb) Do(r *http.Request, _ time.Duration) (*http.Response, error) { return f(r) }

func newBench(t testing.TB, web fakeWeb) *bench {
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
	b := &bench{t: t, clock: &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}}
	b.door = &fakeDoor{seal: ring, clock: b.clock.Now, refuse: map[string]error{}, sent: map[string][]*sqs.SendMessageInput{}, tries: map[string]int{}}
	queue := delivery.New(db, delivery.Options{Clock: b.clock.Now, Poll: 2 * time.Millisecond})
	deps := service.Deps{Store: db, Seal: ring, Clock: b.clock.Now, Rand: rand.Reader, Partition: "aws", Outbound: queue, Meter: &service.Meter{}}
	if web != nil {
		deps.Web = web
	}
	b.serve(deps)
	b.run(queue)
	return b
}

// serve makes the service, with a memory of its own.
func (b *bench) serve(deps service.Deps) {
	b.Service, b.rows = New(deps, anyone{}, anyone{}), map[string]service.Row{}
	for _, row := range b.Operations() {
		b.rows[row.Op.Name] = row
	}
}

// replica is another replica on the same store. It sends nothing.
func (b *bench) replica() *bench {
	other := *b
	other.serve(b.Deps)
	return &other
}

// run sends what is enqueued, until the test ends.
func (b *bench) run(queue *delivery.Queue) {
	ctx, cancel := context.WithCancel(context.Background())
	var sending sync.WaitGroup
	for _, sender := range b.Senders() {
		sending.Go(func() {
			_ = queue.Deliver(ctx, sender.Kind, func(ctx context.Context, d *delivery.Delivery) error { return sender.Send(b.work(ctx), d) })
		})
	}
	b.t.Cleanup(func() { cancel(); sending.Wait() })
}

func (b *bench) work(ctx context.Context) *service.Work {
	return &service.Work{Context: ctx, Time: b.clock.Now(), Partition: "aws", Door: b.door, Check: func(store.Tx) error { return nil }}
}

// call performs an operation.
func (b *bench) call(name string, in any) (out any, err error) {
	row := b.rows[name]
	c := &service.Call{Context: context.Background(), Caller: &service.Caller{Kind: policy.User, Account: home, UserID: "AIDAEXAMPLE"}, Account: home, Region: "us-east-1", Partition: "aws", Time: b.clock.Now(), Secure: true}
	run := func(tx store.Tx) error {
		c.Tx = tx
		if _, err := row.Resource(c, in); err != nil {
			return err
		}
		out, err = row.Handle(c, in)
		return err
	}
	switch row.Kind {
	case service.Read:
		err = b.Store.Read(c, run)
	case service.Write:
		err = b.Store.Write(c, run)
	default:
		c.Commit = func(fn func(store.Tx) error) error { return b.Store.Write(c, fn) }
		out, err = row.Handle(c, in)
	}
	return out, err
}

func (b *bench) must(name string, in any) any {
	b.t.Helper()
	out, err := b.call(name, in)
	if err != nil {
		b.t.Fatalf("%s: %v", name, err)
	}
	return out
}

// rule makes a rule for all events of the source "shop", with targets.
func (b *bench) rule(targets ...api.Target) {
	b.t.Helper()
	b.must("PutRule", &api.PutRuleInput{Name: new("shop"), EventPattern: new(`{"source":["shop"]}`)})
	b.must("PutTargets", &api.PutTargetsInput{Rule: new("shop"), Targets: targets})
}

func (b *bench) put(detail string) string {
	b.t.Helper()
	out := b.must("PutEvents", &api.PutEventsInput{Entries: []api.PutEventsRequestEntry{{Source: new("shop"), DetailType: new("Order"), Detail: &detail, Resources: []string{"arn:shop"}}}})
	return *out.(*api.PutEventsOutput).Entries[0].EventId
}

// eventually waits for a condition.
func (b *bench) eventually(what string, is func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !is(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("never: %s", what)
		}
	}
}

// passing waits for a condition while time passes: what is to be tried again becomes due whenever it is noted.
func (b *bench) passing(what string, is func() bool) {
	b.t.Helper()
	b.eventually(what, func() bool {
		if is() {
			return true
		}
		b.clock.pass(time.Second)
		return false
	})
}

func queueARN(name string) *string { return new("arn:aws:sqs:us-east-1:" + home + ":" + name) }

// rule is the input that makes a rule.
func rule(name, pattern, state string) *api.PutRuleInput {
	return &api.PutRuleInput{Name: &name, EventPattern: &pattern, State: wire.Optional(state)}
}

// targets is the input that makes a queue the target of a rule, for a part of the event.
func targets(rule, queue, path string) *api.PutTargetsInput {
	return &api.PutTargetsInput{Rule: &rule, Targets: []api.Target{{Id: new("q"), Arn: queueARN(queue), InputPath: wire.Optional(path)}}}
}
