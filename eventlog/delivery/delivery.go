package delivery

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"vauban/store"
)

// Delivery is one thing to send.
type Delivery struct {
	Kind    string          `json:"kind"`   // which sender: "sns.http"
	Target  string          `json:"target"` // what fails together: an endpoint's URL or ARN; at most 1,024 bytes
	ID      string          `json:"id"`     // one that still waits for the target is not enqueued again; "" makes one up
	Payload json.RawMessage `json:"payload,omitempty"`
	Due     time.Time       `json:"due"`               // not before; zero means now
	Limit   int             `json:"limit,omitempty"`   // of attempts; 0 means the queue's
	Timeout time.Duration   `json:"timeout,omitempty"` // of an attempt; 0 means the queue's

	Created  time.Time `json:"created"`
	Attempts int       `json:"attempts,omitempty"` // begun
	Error    string    `json:"error,omitempty"`    // of the last attempt
	Turn     time.Time `json:"turn,omitzero"`      // that it was told to wait for, since the last attempt; see Later
	Epoch    int64     `json:"epoch,omitempty"`
}

// Dead is a delivery that was given up.
type Dead struct {
	Delivery
	Died time.Time `json:"died"`
}

// target says that there is work for a target.
type target struct {
	Kind   string    `json:"kind"`
	Target string    `json:"target"`
	Next   time.Time `json:"next"` // at or before the earliest due time of its deliveries
}

func waitingTable() *store.Table[Delivery] {
	return &store.Table[Delivery]{
		Name:   "delivery",
		Key:    func(d *Delivery) store.Key { return store.K(d.Kind, d.Target, d.Due, d.ID) },
		Unique: map[string]func(*Delivery) store.Key{"id": func(d *Delivery) store.Key { return idKey(d.Kind, d.Target, d.ID) }},
	}
}

// targetTable is in the order in which targets are to be looked at.
func targetTable() *store.Table[target] {
	return &store.Table[target]{
		Name:   "delivery.target",
		Key:    func(t *target) store.Key { return store.K(t.Kind, t.Next, t.Target) },
		Unique: map[string]func(*target) store.Key{"target": func(t *target) store.Key { return store.K(t.Kind, t.Target) }},
	}
}

func deadTable() *store.Table[Dead] {
	return &store.Table[Dead]{Name: "delivery.dead", Key: func(d *Dead) store.Key { return idKey(d.Kind, d.Target, d.ID) }}
}

func idKey(kind, target, id string) store.Key { return store.K(kind, target, id) }

// Options of a queue. The zero value works.
type Options struct {
	Clock  func() time.Time // nil means time.Now
	Rand   io.Reader        // nil means crypto/rand
	Logger *slog.Logger     // nil discards

	Concurrency int           // deliveries at a time for each Deliver, half of them for targets that fail; 0 means 64
	PerTarget   int           // of these for one target, one when it fails; 0 means 2
	Timeout     time.Duration // of an attempt; 0 means 30 s
	Attempts    int           // after so many a delivery is given up; 0 means 12
	Backoff     time.Duration // after the first attempt; doubles; 0 means 1 s
	MaxBackoff  time.Duration // 0 means 1 h
	KeepDead    time.Duration // how long what was given up is kept; 0 means 14 days
	Poll        time.Duration // how often other replicas' work is looked for; 0 means 250 ms
}

// Queue is the queue of one store.
type Queue struct {
	db  store.DB
	opt Options

	mu    sync.Mutex
	hints map[string][]chan struct{} // by kind: workers to wake
}

// New returns the queue of the store.
func New(db store.DB, opt Options) *Queue {
	set := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.Rand == nil {
		opt.Rand = rand.Reader
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.Concurrency <= 0 {
		opt.Concurrency = 64
	}
	if opt.PerTarget <= 0 {
		opt.PerTarget = 2
	}
	if opt.Attempts <= 0 {
		opt.Attempts = 12
	}
	set(&opt.Timeout, 30*time.Second)
	set(&opt.Backoff, time.Second)
	set(&opt.MaxBackoff, time.Hour)
	set(&opt.KeepDead, 14*24*time.Hour)
	set(&opt.Poll, 250*time.Millisecond)
	return &Queue{db: db, opt: opt, hints: map[string][]chan struct{}{}}
}

// ErrDelivery says that a delivery cannot be enqueued as it is.
var ErrDelivery = errors.New("delivery: not valid")

func (d *Delivery) check() error {
	if d.Kind == "" || len(d.Kind) > 64 || d.Target == "" || len(d.Target) > 1024 || len(d.ID) > 256 {
		return fmt.Errorf("%w: kind of %d, target of %d, ID of %d bytes", ErrDelivery, len(d.Kind), len(d.Target), len(d.ID))
	}
	if len(d.Payload) > 0 && !json.Valid(d.Payload) {
		return fmt.Errorf("%w: the payload is not JSON", ErrDelivery)
	}
	return nil
}

// Enqueue adds deliveries that are sent after the transaction has committed, and only then. One whose ID already waits for the target is
// passed over. Members that are zero are filled in.
func (q *Queue) Enqueue(tx store.Tx, deliveries ...*Delivery) error {
	now := q.opt.Clock().UTC()
	for _, d := range deliveries {
		if err := d.check(); err != nil {
			return err
		}
		d.Attempts, d.Error, d.Epoch, d.Created, d.Turn = 0, "", 0, now, time.Time{}
		if d.ID == "" {
			d.ID = rand.Text()
		}
		if d.Due = d.Due.UTC(); d.Due.IsZero() {
			d.Due = now
		}
		err := waitingTable().Insert(tx, d)
		var exists *store.ExistsError
		if errors.As(err, &exists) {
			continue
		}
		if err == nil {
			err = lookAt(tx, d.Kind, d.Target, d.Due)
		}
		if err != nil {
			return fmt.Errorf("enqueue delivery: %w", err)
		}
		q.hint(d.Kind)
	}
	return nil
}

// lookAt makes workers look at the target at that time, or before.
func lookAt(tx store.Tx, kind, name string, at time.Time) error {
	t, err := targetTable().ByUnique(tx, "target", store.K(kind, name))
	if errors.Is(err, store.ErrNotFound) {
		return targetTable().Insert(tx, &target{kind, name, at})
	}
	if err != nil || !at.Before(t.Next) {
		return err
	}
	return targetTable().Move(tx, targetTable().Key(t), &target{kind, name, at})
}

// hint wakes the workers of this process. The transaction has not committed yet: they look several times.
func (q *Queue) hint(kind string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, ch := range q.hints[kind] {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

func (q *Queue) listen(kind string) (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.hints[kind] = append(q.hints[kind], ch)
	return ch, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		for i, c := range q.hints[kind] {
			if c == ch {
				q.hints[kind] = append(q.hints[kind][:i:i], q.hints[kind][i+1:]...)
				return
			}
		}
	}
}
