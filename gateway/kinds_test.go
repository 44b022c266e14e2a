package gateway_test

import (
	"context"
	"net/http"
	"reflect"
	"sync"
	"time"

	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// One small service for each protocol, which all take the same input: so that the same hostile request can be put to all of them.

type dish struct {
	Name   *string           `api:",label,required,is=Name"`
	Count  *int64            `api:",query=count,i32"`
	Note   *string           `api:",header=X-Amz-Note"`
	When   *time.Time        `api:""`
	Ratio  *float64          `api:""`
	On     *bool             `api:""`
	Blob   []byte            `api:""`
	Words  []string          `api:""`
	Map    map[string]string `api:""`
	Nested *dishPart         `api:""`
	Secret *string           `api:",sensitive"`
}

// plate is a dish of a protocol that has no paths.
type plate struct {
	Name   *string           `api:",required,is=Name"`
	Count  *int64            `api:",i32"`
	Note   *string           `api:""`
	When   *time.Time        `api:""`
	Ratio  *float64          `api:""`
	On     *bool             `api:""`
	Blob   []byte            `api:""`
	Words  []string          `api:""`
	Map    map[string]string `api:""`
	Nested *dishPart         `api:""`
	Secret *string           `api:",sensitive"`
}

type dishPart struct {
	Part *dishPart `api:""`
	Text *string   `api:""`
}

type dishOutput struct {
	Name *string   `api:""`
	Part *dishPart `api:""`
}

// kind is a protocol with a service that speaks it.
type kind struct {
	name     string // and signing name
	protocol wire.Protocol
	api      *wire.Service
}

func newKind(name string, p wire.Protocol) *kind {
	input := reflect.TypeFor[plate]()
	if p == wire.RESTJSON1 || p == wire.RESTXML {
		input = reflect.TypeFor[dish]()
	}
	op := func(name, method, uri string, readOnly bool) *wire.Operation {
		return &wire.Operation{Name: name, Method: method, URI: uri, Status: 200, ReadOnly: readOnly, Root: name + "Result",
			Input: input, Output: reflect.TypeFor[dishOutput](), Actions: []wire.Action{{Name: "kitchen:" + name, Level: wire.LevelWrite}}}
	}
	return &kind{name, p, wire.NewService(&wire.Service{
		Name: name, SigningName: name, ARNNamespace: "kitchen", EventSource: name + ".test", Version: "2026-02-" + name, TargetPrefix: "Kitchen" + name,
		XMLNamespace: "https://kitchen.test/", Namespace: "test.kitchen", Protocols: []wire.Protocol{p}, Unbuilt: []string{"Bake"}, BareErrors: name == "s3",
		Shapes:     []wire.Shape{{Name: "Name", Length: "1:64", Pattern: `^[\w+=,.@-]+$`}},
		Operations: []*wire.Operation{op("Cook", http.MethodPost, "/dishes/{Name}", false), op("Taste", http.MethodGet, "/dishes/{Name}", true)},
	})}
}

// kinds are all protocols.
func kinds() []*kind {
	return []*kind{
		newKind("queried", wire.AWSQuery), newKind("ec2", wire.EC2Query), newKind("json10", wire.AWSJSON10), newKind("json11", wire.AWSJSON11),
		newKind("cbor", wire.RPCv2CBOR), newKind("restjson", wire.RESTJSON1), newKind("restxml", wire.RESTXML), newKind("s3", wire.RESTXML),
	}
}

func servicesOf(all []*kind) []service.Service {
	out := make([]service.Service, len(all))
	for i, k := range all {
		out[i] = k
	}
	return out
}

func (k *kind) API() *wire.Service { return k.api }

func (k *kind) Operations() []service.Row {
	if k.api.Operation("Cook").Input == reflect.TypeFor[plate]() {
		return rows(k.api, func(in *plate) *dish { return (*dish)(in) })
	}
	return rows(k.api, func(in *dish) *dish { return in })
}

func rows[In any](api *wire.Service, as func(*In) *dish) []service.Row {
	on := func(c *service.Call, in *In) ([]service.Question, error) {
		return []service.Question{{Resource: "arn:aws:kitchen::" + c.Account + ":dish/" + *as(in).Name}}, nil
	}
	return []service.Row{
		service.Writes(api.Operation("Cook"), on, func(c *service.Call, in *In) (*dishOutput, error) {
			d := as(in)
			return &dishOutput{Name: d.Name, Part: d.Nested}, notes.Put(c.Tx, &note{Name: *d.Name})
		}),
		service.Reads(api.Operation("Taste"), on, func(_ *service.Call, in *In) (*dishOutput, error) {
			return &dishOutput{Name: as(in).Name, Part: as(in).Nested}, nil
		}),
	}
}

// watched is a store that counts what is committed.
type watched struct {
	store.DB
	mu              sync.Mutex
	changes, events int
	broken          error // answered by everything, when set
}

type watchedTx struct {
	store.Tx
	changes, events int
}

func (w *watched) fault() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.broken
}

func (w *watched) breakDown(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = err
}

// seen returns how many documents were changed, and how many events appended, since the last look.
func (w *watched) seen() (changes, events int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	changes, events = w.changes, w.events
	w.changes, w.events = 0, 0
	return changes, events
}

func (w *watched) add(changes, events int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.changes += changes
	w.events += events
}

func (w *watched) Read(ctx context.Context, fn func(store.Tx) error) error {
	if err := w.fault(); err != nil {
		return err
	}
	return w.DB.Read(ctx, fn)
}

func (w *watched) Changes(ctx context.Context, after int64, limit int) ([]store.Change, error) {
	if err := w.fault(); err != nil {
		return nil, err
	}
	return w.DB.Changes(ctx, after, limit)
}

func (w *watched) Write(ctx context.Context, fn func(store.Tx) error) error {
	if err := w.fault(); err != nil {
		return err
	}
	var t *watchedTx
	err := w.DB.Write(ctx, func(tx store.Tx) error {
		t = &watchedTx{Tx: tx}
		return fn(t)
	})
	if err == nil {
		w.add(t.changes, t.events)
	}
	return err
}

func (w *watched) Append(ctx context.Context, events ...store.Event) error {
	if err := w.fault(); err != nil {
		return err
	}
	err := w.DB.Append(ctx, events...)
	if err == nil {
		w.add(0, len(events))
	}
	return err
}

func (t *watchedTx) Insert(table string, d store.Doc, ix store.Indexes, cached bool) error {
	t.changes++
	return t.Tx.Insert(table, d, ix, cached)
}

func (t *watchedTx) Update(table string, d store.Doc, rev store.Rev, ix store.Indexes, cached bool) error {
	t.changes++
	return t.Tx.Update(table, d, rev, ix, cached)
}

func (t *watchedTx) Append(events ...store.Event) error {
	t.events += len(events)
	return t.Tx.Append(events...)
}
