package sns

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	api "vauban/api/sns"
	"vauban/api/sqs"
	"vauban/carrier"
	"vauban/engine/policy"
	"vauban/eventlog/delivery"
	"vauban/seal"
	"vauban/service"
	"vauban/store"
	"vauban/store/sqlite"
)

const home = "111122223333"

// house is the service on a store, called as the gateway would but without permissions and records, with its senders at work.
type house struct {
	*Service
	rows  map[string]service.Row
	clock *clock

	mu       sync.Mutex
	hand     func(as service.Identity, svc, op string, in any) (any, error) // the door; nil takes all messages
	queued   []*sqs.SendMessageInput
	letters  []*carrier.Letter
	texts    []*carrier.Text
	refusing error // by mail and SMS
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

// plainWeb connects anywhere.
type plainWeb struct{}

func (plainWeb) Do(r *http.Request, timeout time.Duration) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	context.AfterFunc(r.Context(), cancel)
	return http.DefaultClient.Do(r.WithContext(ctx))
}

func newHouse(t testing.TB, change func(*service.Deps)) *house {
	t.Helper()
	db, err := sqlite.Open(t.Context(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	ring, err := seal.Open(t.Context(), seal.Ephemeral{}, seal.Keep(db), seal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{rows: map[string]service.Row{}, clock: &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}}
	d := service.Deps{
		Store: db, Seal: ring, Clock: h.clock.Now, Rand: rand.Reader, Partition: "aws", Meter: &service.Meter{}, Web: plainWeb{}, Mail: (*post1)(h), SMS: (*phone)(h),
		// An attempt may last a day, so that time which a test has pass in leaps overtakes none.
		Outbound: delivery.New(db, delivery.Options{Clock: h.clock.Now, Poll: 5 * time.Millisecond, Timeout: 24 * time.Hour}),
		Endpoint: func() string { return "https://vauban.test" },
	}
	if change != nil {
		change(&d)
	}
	h.Service = New(d, anyone{})
	for _, row := range h.Operations() {
		h.rows[row.Op.Name] = row
	}
	h.work(t)
	return h
}

// work starts the senders, as the server would.
func (h *house) work(t testing.TB) {
	ctx, cancel := context.WithCancel(context.Background())
	var senders sync.WaitGroup
	for _, sender := range h.Senders() {
		senders.Go(func() {
			_ = h.Outbound.Deliver(ctx, sender.Kind, func(ctx context.Context, d *delivery.Delivery) error {
				return sender.Send(h.turn(ctx), d)
			})
		})
	}
	t.Cleanup(func() { cancel(); senders.Wait() })
}

func (h *house) turn(ctx context.Context) *service.Work {
	return &service.Work{Context: ctx, Time: h.clock.Now(), Partition: "aws", Door: h, Check: func(store.Tx) error { return nil }}
}

// Call implements [service.Door].
func (h *house) Call(_ *service.Call, as service.Identity, svc, op string, in any) (any, error) {
	h.mu.Lock()
	hand := h.hand
	h.mu.Unlock()
	if hand != nil {
		if out, err := hand(as, svc, op, in); out != nil || err != nil {
			return out, err
		}
	}
	if m, ok := in.(*sqs.SendMessageInput); ok {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.queued = append(h.queued, m)
		return &sqs.SendMessageOutput{MessageId: new(fmt.Sprint("m", len(h.queued)))}, nil
	}
	return nil, errors.New("nobody answers " + svc + ":" + op)
}

// post1 and phone are the house as what takes messages out of it.
type (
	post1 house
	phone house
)

func (h *post1) Send(_ context.Context, l *carrier.Letter) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refusing == nil {
		h.letters = append(h.letters, l)
	}
	return h.refusing
}

func (h *phone) Send(_ context.Context, t *carrier.Text) (carrier.Sent, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refusing != nil {
		return carrier.Sent{}, h.refusing
	}
	h.texts = append(h.texts, t)
	return carrier.Sent{ID: "x", Parts: partsOf(t.Body)}, nil
}

func (h *house) with(fn func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	fn()
}

// caller is who calls, of an account; "" is nobody.
func caller(account string) *service.Caller {
	if account == "" {
		return &service.Caller{Kind: policy.Anonymous, Account: home}
	}
	return &service.Caller{Kind: policy.User, Account: account, ARN: "arn:aws:iam::" + account + ":user/u", UserID: "AIDAEXAMPLE"}
}

// call performs an operation of the home account, perform of any.
func call[Out, In any](h *house, name string, in *In) (*Out, error) {
	return perform[Out](h, caller(home), name, in)
}

func perform[Out, In any](h *house, who *service.Caller, name string, in *In) (*Out, error) {
	ctx, row := context.Background(), h.rows[name]
	c := &service.Call{Context: ctx, Caller: who, Account: who.Account, Region: "us-east-1", Partition: "aws", Time: h.Clock(), Secure: true, Door: h}
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
		err = h.Store.Read(ctx, run)
	case service.Write:
		err = h.Store.Write(ctx, run)
	default:
		if err = h.Store.Read(ctx, rule); err != nil {
			return nil, err
		}
		c.Tx = nil
		c.Commit = func(fn func(store.Tx) error) error {
			return h.Store.Write(ctx, func(tx store.Tx) error { return errors.Join(rule(tx), fn(tx)) })
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

func (h *house) topic(t testing.TB, name string, attributes map[string]string) string {
	t.Helper()
	return *must[api.CreateTopicOutput](t)(call[api.CreateTopicOutput](h, "CreateTopic", &api.CreateTopicInput{Name: &name, Attributes: attributes})).TopicArn
}

func (h *house) subscribe(t testing.TB, topic, protocol, endpoint string, attributes map[string]string) string {
	t.Helper()
	return *must[api.SubscribeOutput](t)(call[api.SubscribeOutput](h, "Subscribe", &api.SubscribeInput{
		TopicArn: &topic, Protocol: &protocol, Endpoint: &endpoint, Attributes: attributes, ReturnSubscriptionArn: new(true),
	})).SubscriptionArn
}

func (h *house) publish(t testing.TB, in *api.PublishInput) *api.PublishOutput {
	t.Helper()
	return must[api.PublishOutput](t)(call[api.PublishOutput](h, "Publish", in))
}

// later waits as until does, while time passes in steps.
func (h *house) later(t testing.TB, step time.Duration, what string, fn func() bool) {
	t.Helper()
	h.until(t, what, func() bool {
		h.clock.pass(step)
		return fn()
	})
}

// until waits for what the senders bring about.
func (h *house) until(t testing.TB, what string, fn func() bool) {
	t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for ok := false; ; time.Sleep(2 * time.Millisecond) {
		h.with(func() { ok = fn() })
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("in vain: " + what)
		}
	}
}

// empty waits until nothing waits to be delivered, and nothing of it lies in the store.
func (h *house) empty(t testing.TB) {
	t.Helper()
	h.until(t, "that all deliveries end", func() bool {
		n := 0
		err := h.Store.Read(context.Background(), func(tx store.Tx) error {
			for _, count := range []func() (int, error){
				func() (int, error) { return pendings.Count(tx, nil, 1) }, func() (int, error) { return messages.Count(tx, nil, 1) },
				func() (int, error) { return contents.Count(tx, nil, 1) }, func() (int, error) { return lines.Count(tx, nil, 1) },
			} {
				k, err := count()
				if n += k; err != nil {
					return err
				}
			}
			return nil
		})
		return err == nil && n == 0
	})
}

// measured are the sums of the metrics since the last time.
func (h *house) measured() map[string]float64 {
	out := map[string]float64{}
	all, _ := h.Meter.Take()
	for _, m := range all {
		out[m.Name] += m.Value
	}
	return out
}

// readingToken makes a token as the endpoint of the subscription would be sent.
func readingToken(h *house, arn string, token *string) func(store.Tx) error {
	return func(tx store.Tx) error {
		topic, id, err := parseSubscriptionARN(arn)
		if err != nil {
			return err
		}
		x, err := subscriptionOf(tx, topic, id)
		if err != nil {
			return err
		}
		*token, err = h.confirmToken(x)
		return err
	}
}

// dead are the reasons of the deliveries of a kind that were given up.
func (h *house) dead(t testing.TB, kind string) (why []string) {
	t.Helper()
	err := h.Store.Read(context.Background(), func(tx store.Tx) error {
		why = nil
		page, err := h.Outbound.Dead(tx, kind, nil, 100)
		for _, d := range page.Items {
			why = append(why, d.Error)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return why
}

func (h *house) forgetKeys() {
	h.dataKeys.Forget()
}
