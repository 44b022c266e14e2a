package cloudwatch

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	api "vauban/api/cloudwatch"
	"vauban/api/events"
	"vauban/api/sns"
	"vauban/engine/policy"
	"vauban/eventlog/delivery"
	"vauban/seal"
	"vauban/service"
	"vauban/store"
	"vauban/store/sqlite"
)

const home = "111122223333"

// replica is a service on a store in memory, called as the gateway would but without permissions and records. Its time passes when the test says so.
type replica struct {
	*Service
	t    testing.TB
	mu   sync.Mutex
	now  time.Time
	rows map[string]service.Row
	sent []sent
	seen map[string]bool
}

// sent is a call that came to the door.
type sent struct {
	as        string // the service principal
	source    string
	operation string
	in        any
}

func newReplica(t testing.TB) *replica {
	t.Helper()
	db, err := sqlite.Open(context.Background(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	ring, err := seal.Open(context.Background(), seal.Ephemeral{}, seal.Keep(db), seal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := &replica{t: t, now: time.Date(2026, 1, 5, 12, 0, 5, 0, time.UTC), rows: map[string]service.Row{}}
	clock := func() time.Time { return r.time() }
	r.Service = New(service.Deps{Store: db, Seal: ring, Clock: clock, Rand: rand.Reader, Partition: "aws", Meter: &service.Meter{}, Outbound: delivery.New(db, delivery.Options{Clock: clock})})
	for _, row := range r.Operations() {
		r.rows[row.Op.Name] = row
	}
	return r
}

func (r *replica) time() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// call performs an operation.
func call[Out, In any](r *replica, operation string, in *In) (*Out, error) {
	row, ok := r.rows[operation]
	if !ok {
		r.t.Fatalf("there is no operation %s", operation)
	}
	var out *Out
	run := r.Store.Read
	if row.Kind == service.Write {
		run = r.Store.Write
	}
	err := run(context.Background(), func(tx store.Tx) error {
		c := &service.Call{Context: context.Background(), Caller: &service.Caller{Kind: policy.User, Account: home}, Account: home, Region: "us-east-1", Time: r.time(), Tx: tx}
		if _, err := row.Resource(c, in); err != nil {
			return err
		}
		got, err := row.Handle(c, in)
		if err == nil {
			out = got.(*Out)
		}
		return err
	})
	return out, err
}

// must is call that must succeed.
func must[Out, In any](r *replica, operation string, in *In) *Out {
	r.t.Helper()
	out, err := call[Out](r, operation, in)
	if err != nil {
		r.t.Fatalf("%s: %v", operation, err)
	}
	return out
}

func (r *replica) work() *service.Work {
	return &service.Work{Context: context.Background(), Time: r.time(), Partition: "aws", Door: r, Check: func(store.Tx) error { return nil }}
}

// pass lets time pass, second by second, with the turns that come.
func (r *replica) pass(d time.Duration) {
	r.t.Helper()
	for range int(d / time.Second) {
		r.mu.Lock()
		r.now = r.now.Add(time.Second)
		r.mu.Unlock()
		r.turn()
	}
}

// turn is one turn of the jobs.
func (r *replica) turn() {
	r.t.Helper()
	if err := errors.Join(r.lookAtFresh(r.work()), r.evaluateDue(r.work())); err != nil {
		r.t.Fatal(err)
	}
}

// put puts values of a metric at the present time, and lets the alarms look.
func (r *replica) put(name string, values ...float64) {
	r.t.Helper()
	r.putAt(r.time(), name, values...)
	r.turn()
}

func (r *replica) putAt(at time.Time, name string, values ...float64) {
	r.t.Helper()
	must[api.PutMetricDataOutput](r, "PutMetricData", &api.PutMetricDataInput{Namespace: new("N"), MetricData: []api.MetricDatum{{MetricName: &name, Values: values, Timestamp: &at}}})
}

func (r *replica) state(name string) string {
	r.t.Helper()
	out := must[api.DescribeAlarmsOutput](r, "DescribeAlarms", &api.DescribeAlarmsInput{AlarmNames: []string{name}, AlarmTypes: []string{"MetricAlarm", "CompositeAlarm"}})
	if len(out.MetricAlarms) == 1 {
		return *out.MetricAlarms[0].StateValue
	}
	return *out.CompositeAlarms[0].StateValue
}

func (r *replica) want(name, state string) {
	r.t.Helper()
	if got := r.state(name); got != state {
		r.t.Fatalf("at %s %s is %s, want %s", r.time().Format("15:04:05"), name, got, state)
	}
}

// Call implements [service.Door]: it notes who came with what.
func (r *replica) Call(_ *service.Call, as service.Identity, svc, operation string, in any) (any, error) {
	who := as.Caller(&service.Caller{})
	r.sent = append(r.sent, sent{who.ServiceName, who.SourceARN, svc + ":" + operation, in})
	switch operation {
	case "Publish":
		return &sns.PublishOutput{MessageId: new("m")}, nil
	case "Invoke":
		return nil, nil
	}
	return nil, errors.New("nothing there")
}

// deliver sends what waits, once, and returns it.
func (r *replica) deliver() []sent {
	r.t.Helper()
	r.sent = nil
	var all []*delivery.Delivery
	err := r.Store.Read(context.Background(), func(tx store.Tx) error {
		all = nil
		return tx.Scan("delivery", nil, nil, func(d store.Doc) bool {
			x := &delivery.Delivery{}
			if err := json.Unmarshal(d.Body, x); err != nil {
				r.t.Error(err)
			}
			all = append(all, x)
			return true
		})
	})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, d := range all {
		if r.done(d.ID) {
			continue
		}
		d.Attempts = 1
		_ = r.send(r.work(), d) // the door has no bus
	}
	return r.sent
}

// done reports whether the delivery was sent before, and notes it.
func (r *replica) done(id string) bool {
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	was := r.seen[id]
	r.seen[id] = true
	return was
}

// published are the messages to topics, by their new state, and invoked the events that functions got.
func published(list []sent) (out []message) {
	for _, s := range list {
		if in, ok := s.in.(*sns.PublishInput); ok {
			var m message
			if err := json.Unmarshal([]byte(*in.Message), &m); err == nil {
				out = append(out, m)
			}
		}
	}
	return out
}

// entryOf is the detail-type of the one event of a PutEvents.
func entryOf(in any) string {
	put, ok := in.(*events.PutEventsInput)
	if !ok || len(put.Entries) != 1 {
		return ""
	}
	return *put.Entries[0].DetailType
}

func measurement(namespace, name, dimension, value string, at time.Time) service.Measurement {
	return service.Measurement{Account: home, Region: "us-east-1", Namespace: namespace, Name: name, Dimensions: []service.Dimension{{Name: dimension, Value: value}}, Value: 1, Unit: "Count", Time: at}
}
