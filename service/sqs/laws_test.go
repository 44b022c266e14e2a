package sqs

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	api "vauban/api/sqs"
)

// letterbox is what a queue must hold: for each group (one, "", on a standard queue) the bodies that were not deleted, in order, and
// what is hidden until when.
type letterbox struct {
	left   map[string][]string
	hidden map[string]time.Time
	handle map[string]string
	times  map[string]int
	groups map[string]string // body → group
}

func newLetterbox() *letterbox {
	return &letterbox{left: map[string][]string{}, hidden: map[string]time.Time{}, handle: map[string]string{}, times: map[string]int{}, groups: map[string]string{}}
}

func (b *letterbox) flying(group string, now time.Time) bool {
	return slices.ContainsFunc(b.left[group], func(body string) bool { return b.hidden[body].After(now) })
}

// got checks what a reception has answered.
func (b *letterbox) got(t *rapid.T, fifo bool, list []api.Message, hide time.Duration, now time.Time) {
	next := map[string]int{}
	blocked := map[string]bool{}
	for group := range b.left {
		blocked[group] = fifo && b.flying(group, now)
	}
	for _, m := range list {
		body := *m.Body
		group := b.groups[body]
		switch {
		case !slices.Contains(b.left[group], body):
			t.Fatalf("%s was deleted or never sent", body)
		case b.hidden[body].After(now):
			t.Fatalf("%s is hidden for another %s", body, b.hidden[body].Sub(now))
		case blocked[group]:
			t.Fatalf("%s: the group %s has messages in flight", body, group)
		case fifo && b.left[group][next[group]] != body:
			t.Fatalf("%s came out of order, %s is next", body, b.left[group][next[group]])
		}
		next[group]++
		b.times[body]++
		if n := m.Attributes["ApproximateReceiveCount"]; n != strconv.Itoa(b.times[body]) {
			t.Fatalf("%s was received %d times, the queue says %s", body, b.times[body], n)
		}
		b.handle[body] = *m.ReceiptHandle
		b.hidden[body] = now.Add(hide)
	}
	if len(list) == 0 {
		for group, bodies := range b.left {
			for _, body := range bodies {
				if !b.hidden[body].After(now) && !blocked[group] {
					t.Fatalf("%s can be received, but nothing came", body)
				}
			}
		}
	}
}

func (b *letterbox) delete(body string) {
	group := b.groups[body]
	b.left[group] = slices.DeleteFunc(b.left[group], func(s string) bool { return s == body })
}

// inFlight are the bodies whose receipt is good.
func (b *letterbox) inFlight(now time.Time) []string {
	var out []string
	for body, until := range b.hidden {
		if until.After(now) && slices.Contains(b.left[b.groups[body]], body) {
			out = append(out, body)
		}
	}
	slices.Sort(out)
	return out
}

func TestStandardLaws(t *testing.T) { laws(t, false) }

func TestFIFOLaws(t *testing.T) { laws(t, true) }

// laws: nothing is lost, nothing that is hidden or deleted is received, and on FIFO queues everything comes in the order of its group, which
// waits for what is in flight.
func laws(t *testing.T, fifo bool) {
	at := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	r := newReplica(t, onSQLite(t), at.Now)
	queues := 0
	rapid.Check(t, func(t *rapid.T) {
		queues++
		name, attributes := fmt.Sprintf("q%d", queues), map[string]string{}
		if fifo {
			name, attributes["FifoQueue"] = name+".fifo", "true"
		}
		made, err := call[api.CreateQueueOutput](context.Background(), r, "CreateQueue", &api.CreateQueueInput{QueueName: &name, Attributes: attributes})
		if err != nil {
			t.Fatal(err)
		}
		url, box, sent := *made.QueueUrl, newLetterbox(), 0
		receive := func(most, hide int64) {
			list, err := r.receive(url, most, hide, 0)
			if err != nil {
				t.Fatal(err)
			}
			box.got(t, fifo, list, time.Duration(hide)*time.Second, at.Now())
		}
		t.Repeat(map[string]func(*rapid.T){
			"send": func(t *rapid.T) {
				sent++
				body, group, dedup := fmt.Sprintf("m%03d", sent), "", ""
				if fifo {
					group, dedup = rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "group"), body
				}
				if _, err := r.send(url, body, group, dedup); err != nil {
					t.Fatal(err)
				}
				box.groups[body] = group
				box.left[group] = append(box.left[group], body)
			},
			"receive": func(t *rapid.T) {
				receive(rapid.Int64Range(1, 10).Draw(t, "most"), rapid.Int64Range(0, 20).Draw(t, "hide"))
			},
			"delete": func(t *rapid.T) {
				if list := box.inFlight(at.Now()); len(list) > 0 {
					body := rapid.SampledFrom(list).Draw(t, "body")
					if err := r.drop(url, box.handle[body]); err != nil {
						t.Fatal(err)
					}
					box.delete(body)
				}
			},
			"hide": func(t *rapid.T) {
				if list := box.inFlight(at.Now()); len(list) > 0 {
					body, seconds := rapid.SampledFrom(list).Draw(t, "body"), rapid.Int64Range(0, 20).Draw(t, "seconds")
					in := &api.ChangeMessageVisibilityInput{QueueUrl: &url, ReceiptHandle: new(box.handle[body]), VisibilityTimeout: &seconds}
					if _, err := call[api.ChangeMessageVisibilityOutput](context.Background(), r, "ChangeMessageVisibility", in); err != nil {
						t.Fatal(err)
					}
					box.hidden[body] = at.Now().Add(time.Duration(seconds) * time.Second)
				}
			},
			"wait": func(t *rapid.T) { at.pass(time.Duration(rapid.Int64Range(1, 15).Draw(t, "seconds")) * time.Second) },
			"": func(t *rapid.T) {
				left, flying := 0, len(box.inFlight(at.Now()))
				for _, bodies := range box.left {
					left += len(bodies)
				}
				q, err := call[api.GetQueueAttributesOutput](context.Background(), r, "GetQueueAttributes", &api.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: counted})
				if err != nil {
					t.Fatal(err)
				}
				if a := q.Attributes; a[counted[0]] != strconv.Itoa(left-flying) || a[counted[1]] != strconv.Itoa(flying) || a[counted[2]] != "0" {
					t.Fatalf("%d messages, %d in flight; the queue says %v", left, flying, a)
				}
			},
		})
		at.pass(time.Hour) // everything is visible again
		for {
			list, err := r.receive(url, 10, 30, 0)
			if err != nil {
				t.Fatal(err)
			}
			box.got(t, fifo, list, 30*time.Second, at.Now())
			if len(list) == 0 {
				break
			}
			for _, m := range list {
				if err := r.drop(url, *m.ReceiptHandle); err != nil {
					t.Fatal(err)
				}
				box.delete(*m.Body)
			}
		}
		for group, bodies := range box.left {
			if len(bodies) > 0 {
				t.Fatalf("lost: %v of group %q", bodies, group)
			}
		}
	})
}

// TestDeduplicationLaw: within five minutes of the first, the same ID is the same message; after that it is another.
func TestDeduplicationLaw(t *testing.T) {
	at := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	r := newReplica(t, onSQLite(t), at.Now)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		name := fmt.Sprintf("d%d.fifo", n)
		made, err := call[api.CreateQueueOutput](context.Background(), r, "CreateQueue", &api.CreateQueueInput{QueueName: &name, Attributes: map[string]string{"FifoQueue": "true"}})
		if err != nil {
			t.Fatal(err)
		}
		type first struct {
			id, number string
			at         time.Time
		}
		seen, last := map[string]first{}, ""
		for range rapid.IntRange(1, 30).Draw(t, "sends") {
			at.pass(time.Duration(rapid.Int64Range(0, 200).Draw(t, "pause")) * time.Second)
			dedup := rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "ID")
			out, err := r.send(*made.QueueUrl, "body", "g", dedup)
			if err != nil {
				t.Fatal(err)
			}
			f, ok := seen[dedup]
			again := ok && at.Now().Before(f.at.Add(5*time.Minute))
			switch {
			case again && (*out.MessageId != f.id || *out.SequenceNumber != f.number):
				t.Fatalf("%s was taken for new after %s", dedup, at.Now().Sub(f.at))
			case !again && ok && *out.MessageId == f.id:
				t.Fatalf("%s was taken for old after %s", dedup, at.Now().Sub(f.at))
			case !again && *out.SequenceNumber <= last:
				t.Fatalf("number %s after %s", *out.SequenceNumber, last)
			}
			if !again {
				last = *out.SequenceNumber
				seen[dedup] = first{*out.MessageId, last, at.Now()}
			}
		}
	})
}
