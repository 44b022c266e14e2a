package logs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	api "vauban/api/logs"
	"vauban/engine/logquery"
	"vauban/service"
	"vauban/store"
)

// countdown is a context that is over after it was looked at so many times.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// TestTimePasses: readers look at the time for every event, not only for every chunk.
func TestTimePasses(t *testing.T) {
	r := newReplica(t)
	r.group(t, "g", "s")
	var events []api.InputLogEvent
	for i := range 100 {
		events = append(events, event(r.clock.Now().UnixMilli(), fmt.Sprint("event ", i)))
	}
	r.put(t, "g", "s", events)
	parsed, err := logquery.Parse("fields @message")
	if err != nil {
		t.Fatal(err)
	}
	run := parsed.Start(logquery.Options{Memory: queryMemory})
	matched := 0
	err = r.Store.Read(t.Context(), func(tx store.Tx) error {
		g, err := groups.Get(tx, store.K(home, "us-east-1", "g"))
		if err != nil {
			return err
		}
		x := &scanning{Service: r.Service, ctx: &countdown{t.Context(), 5}, q: &Query{}, looked: time.Now()}
		find := &search{group: g, to: r.clock.Now().UnixMilli() + 1, limit: 1000, bytes: pageBytes, match: func(*Event) bool { matched++; return true }}
		err = x.chunksOf(tx, find, func(k *Chunk) (bool, error) {
			return true, x.chunk(tx, k, find, 0, map[int64]string{}, &logquery.Record{}, &pass{add: run.Add})
		})
		if !errors.Is(err, context.DeadlineExceeded) || run.Scanned() != 4 {
			t.Errorf("a query whose time is over has looked at %d events: %v", run.Scanned(), err)
		}
		_, err = r.forward(&countdown{t.Context(), 5}, tx, nil, find)
		if !errors.Is(err, context.DeadlineExceeded) || matched != 5 {
			t.Errorf("a page whose time is over has looked at %d events: %v", matched, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestPatternsKept: few compiled patterns are kept.
func TestPatternsKept(t *testing.T) {
	p := &patterns{}
	for i := range 3 * maxPatterns {
		if _, err := p.compile(fmt.Sprint("a", i)); err != nil {
			t.Fatal(err)
		}
		if len(p.m) > 256 {
			t.Fatalf("%d patterns are kept", len(p.m))
		}
	}
}

// TestMessagesOfTest: TestMetricFilter takes as much as PutLogEvents, and stops with its caller.
func TestMessagesOfTest(t *testing.T) {
	r := newReplica(t)
	ask := func(ctx context.Context, message string) error {
		in := &api.TestMetricFilterInput{FilterPattern: new("a"), LogEventMessages: []string{message, message}}
		_, err := r.testMetricFilter(&service.Call{Context: ctx}, in)
		return err
	}
	if err := ask(t.Context(), strings.Repeat("a", maxBatch/2-overhead)); err != nil {
		t.Error(err)
	}
	if err := ask(t.Context(), strings.Repeat("a", maxBatch/2)); err == nil {
		t.Error("more is tested than can be put")
	}
	if err := ask(&countdown{t.Context(), 1}, "a"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("it goes on when its time is over: %v", err)
	}
}

// TestTails: an account has so many sessions at a time, which end with their caller's credentials.
func TestTails(t *testing.T) {
	r := newReplica(t)
	r.group(t, "g")
	start := func(account string, expires time.Time) (*tail, error) {
		c := &service.Call{Context: t.Context(), Account: account, Region: "us-east-1", Found: []*Group{{Class: api.LogGroupClassStandard}}, Caller: &service.Caller{Session: &service.Session{ExpiresAt: expires}}}
		out, err := r.startTail(c, &api.StartLiveTailInput{LogGroupIdentifiers: []string{"g"}})
		if err != nil {
			return nil, err
		}
		return out.ResponseStream.(*tail), nil
	}
	soon := r.clock.Now().Add(time.Hour)
	var all []*tail
	for range 15 {
		x, err := start(home, soon)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, x)
	}
	if _, err := start(home, soon); err == nil {
		t.Error("there is a sixteenth session")
	}
	if x, err := start("999999999999", soon.Add(10*time.Hour)); err != nil || !x.until.Equal(r.clock.Now().Add(tailLongest)) {
		t.Errorf("another account's session: %v", err)
	}
	if !all[0].until.Equal(soon) {
		t.Errorf("a session lasts until %s, its credentials until %s", all[0].until, soon)
	}
	for range 2 { // closed twice, it is let go once
		if err := all[0].Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := start(home, soon); err != nil {
		t.Error(err)
	}
	if _, err := start(home, soon); err == nil {
		t.Error("there is a sixteenth session after one was closed")
	}
}

// TestRoomForResults: who asks for a result waits for room, as long as the call lasts.
func TestRoomForResults(t *testing.T) {
	r := newReplica(t)
	q := &Query{Account: home, Region: "us-east-1", ID: "q", Groups: []string{"g"}, IDs: []string{"1"}, Created: r.clock.Now(), Result: "q"}
	result, err := r.sealResult(q, [][]logquery.Cell{{{Name: "a", Value: "b"}}})
	if err != nil {
		t.Fatal(err)
	}
	err = r.Store.Write(t.Context(), func(tx store.Tx) error {
		return errors.Join(queries.Insert(tx, q), results.Put(tx, result))
	})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(ctx context.Context) error {
		return r.Store.Read(t.Context(), func(tx store.Tx) error {
			_, err := r.queryResults(&service.Call{Context: ctx, Account: home, Region: "us-east-1", Tx: tx}, &api.GetQueryResultsInput{QueryId: &q.ID})
			return err
		})
	}
	for range 2 * resultsAtOne {
		if err := ask(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for range resultsAtOne {
		r.opening <- struct{}{}
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := ask(over); !errors.Is(err, context.Canceled) {
		t.Errorf("there is room for more than %d: %v", resultsAtOne, err)
	}
}
