package lambda

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	api "vauban/api/lambda"
	"vauban/api/wire"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/store"
)

// Asynchronous invocations wait in the queue of outbound work: an event that was accepted is in the store, and is run at least once, whatever ends in
// between. Developer guide: "Invoking a Lambda function asynchronously".

// kindEvent is the kind of the deliveries.
const kindEvent = "lambda.event"

const eventTable = "lambda.event"

// queued is an event that waits.
type queued struct {
	Account, Region, Name, Qualifier string

	Function string // ID: another function of the same name does not get it
	Request  string
	Payload  []byte // sealed
	Context  string `json:",omitempty"`
	Trace    string `json:",omitempty"` // X-Amzn-Trace-Id of the call
	Received time.Time
	Failures int `json:",omitempty"` // of the function so far
}

func (q *queued) name() name { return name{q.Account, q.Region, q.Name, q.Qualifier} }

// shards are the lines in which the events of one function wait: each has a few under way.
const shards = 8

// delivery is the event as outbound work.
func (q *queued) delivery(due time.Time, timeout int) (*delivery.Delivery, error) {
	raw, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	shard := 0
	for _, c := range []byte(q.Request) {
		shard += int(c)
	}
	return &delivery.Delivery{
		Kind: kindEvent, Target: fmt.Sprintf("%s#%d", q.name().arn(), shard%shards), ID: fmt.Sprintf("%s-%d", q.Request, q.Failures), Payload: raw, Due: due,
		Limit: 1 << 20, Timeout: time.Duration(timeout)*time.Second + initTime + 5*time.Second, // the age ends it, not the number of attempts
	}, nil
}

// invokeLater accepts an event: when it answers, the event is in the store.
func (s *Service) invokeLater(c *service.Call, x *subject, e *event) (*api.InvokeOutput, error) {
	q, err := s.queue(c, x, e)
	if err != nil {
		return nil, err
	}
	err = c.Commit(func(tx store.Tx) error {
		x, err := subjectOf(c)
		if err != nil {
			return err
		}
		d, err := q.delivery(time.Time{}, x.config.Timeout)
		if err != nil {
			return err
		}
		return s.Outbound.Enqueue(tx, d)
	})
	if err != nil {
		return nil, err
	}
	s.measure(x, "AsyncEventsReceived", 1, "Count")
	return &api.InvokeOutput{StatusCode: new(int64(202))}, nil
}

func (s *Service) queue(c *service.Call, x *subject, e *event) (*queued, error) {
	sealed, err := s.Seal.Seal(eventTable, store.K(e.id), e.payload)
	if err != nil {
		return nil, fmt.Errorf("seal an event: %w", err)
	}
	return &queued{
		Account: x.function.Account, Region: x.function.Region, Name: x.function.Name, Qualifier: x.name.qualifier, Function: x.function.ID,
		Request: e.id, Payload: sealed, Context: e.context, Trace: e.trace, Received: c.Time,
	}, nil
}

// Senders implements [service.Sending].
func (s *Service) Senders() []service.Sender {
	return []service.Sender{{Kind: kindEvent, Send: s.sendEvent}, {Kind: kindResult, Send: s.sendResult}}
}

var _ service.Sending = (*Service)(nil)

// waitAfter is the pause before the function is tried again after its n-th failure.
func waitAfter(failures int) time.Duration { return time.Duration(failures) * time.Minute }

// sendEvent runs one event. Failures of the function are counted, and end with its retries; an event that finds no room waits until it is too old.
func (s *Service) sendEvent(w *service.Work, d *delivery.Delivery) error {
	var q queued
	if err := json.Unmarshal(d.Payload, &q); err != nil {
		return delivery.Permanent(err)
	}
	payload, err := s.Seal.Open(eventTable, store.K(q.Request), q.Payload)
	if err != nil {
		return delivery.Permanent(fmt.Errorf("open an event: %w", err))
	}
	x, how, err := s.subjectOfEvent(w, &q)
	if err != nil {
		return err
	}
	if x == nil {
		return nil // the function is gone, and its events with it
	}
	now := s.Clock()
	if now.Sub(q.Received) > how.age() {
		s.measure(x, "AsyncEventsDropped", 1, "Count")
		return s.give(w, x, how, &q, &result{condition: "EventAgeExceeded", payload: payload, count: q.Failures, failed: true, trace: q.Trace})
	}
	s.measure(x, "AsyncEventAge", float64(now.Sub(q.Received).Milliseconds()), "Milliseconds")
	c := w.Call(q.Account, q.Region)
	c.RequestID = q.Request
	ev := &event{id: q.Request, payload: payload, context: q.Context, trace: q.Trace}
	out, err := s.run(c, w.Door, x, ev)
	var e *wire.Error
	switch {
	case is(err, api.RecursiveInvocationException):
		return s.give(w, x, how, &q, &result{condition: "RecursiveInvocation", payload: payload, answer: answerOf(err), count: q.Failures, failed: true, trace: q.Trace})
	case w.Err() != nil:
		return w.Err() // the server ends: it is run again
	case errors.As(err, &e) && e.Shape.Fault || err != nil && e == nil, e != nil && e.Shape.Status == 429:
		return delivery.After(err, min(time.Second<<min(d.Attempts-1, 10), 5*time.Minute))
	case err != nil: // the role, the key: the function could not be run
		out = &outcome{failed: true, payload: answerOf(err)}
	}
	r := &result{condition: "Success", payload: payload, answer: out.payload, count: q.Failures + 1, version: x.config.Version, ran: err == nil, trace: ev.trace}
	if !out.failed {
		return s.give(w, x, how, &q, r)
	}
	q.Failures++
	r.failed, r.condition = true, "RetriesExhausted"
	if q.Failures > how.retries() {
		return s.give(w, x, how, &q, r)
	}
	again, err := q.delivery(s.Clock().Add(waitAfter(q.Failures)), x.config.Timeout)
	if err != nil {
		return err
	}
	return s.Store.Write(w, func(tx store.Tx) error { return s.Outbound.Enqueue(tx, again) })
}

// answerOf is an error of Lambda as the answer of the function, which was not run.
func answerOf(err error) []byte {
	var e *wire.Error
	if !errors.As(err, &e) {
		return nil
	}
	return mustJSON(errorAnswer{Type: e.Shape.Code, Message: e.Message})
}

// subjectOfEvent looks up what an event is for, as it is now, with its settings; nil when it is gone.
func (s *Service) subjectOfEvent(w *service.Work, q *queued) (x *subject, how *EventInvoke, err error) {
	err = s.Store.Read(w, func(tx store.Tx) error {
		if x, err = s.look(tx, q.name(), true); err != nil {
			return err
		}
		how, err = eventInvokes.Get(tx, store.K(q.Account, q.Region, q.Name, qualifierOf(q.Qualifier)))
		if store.IsAbsent(err) {
			how, err = nil, nil
		}
		return err
	})
	if err == nil && (x.function == nil || x.config == nil || x.function.ID != q.Function) {
		x = nil
	}
	return x, how, err
}
