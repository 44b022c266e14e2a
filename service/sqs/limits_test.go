package sqs

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	api "vauban/api/sqs"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// code is the shape of an error that a client sees.
func code(err error) string {
	var e *wire.Error
	if errors.As(err, &e) {
		return e.Shape.Shape
	}
	return fmt.Sprint(err)
}

// TestTooManyInFlight: a standard queue refuses, a FIFO queue has nothing, until something was deleted.
func TestTooManyInFlight(t *testing.T) {
	r := newReplica(t, onSQLite(t), time.Now)
	r.most = 5
	for _, fifo := range []bool{false, true} {
		name, attributes := "q", map[string]string{}
		if fifo {
			name, attributes["FifoQueue"] = "q.fifo", "true"
		}
		url := r.queue(t, name, attributes)
		for i := range 8 {
			id := ""
			if fifo {
				id = strconv.Itoa(i)
			}
			if _, err := r.send(url, "m"+strconv.Itoa(i), id, id); err != nil {
				t.Fatal(err)
			}
		}
		var handles []string
		for {
			list, err := r.receive(url, 1, 3600, 0)
			if fifo && err == nil && len(list) == 0 || !fifo && code(err) == "OverLimit" {
				break
			}
			if err != nil || len(list) != 1 || len(handles) > 5 {
				t.Fatalf("FIFO %v, after %d: %v, %v", fifo, len(handles), list, err)
			}
			handles = append(handles, *list[0].ReceiptHandle)
		}
		if len(handles) != 5 {
			t.Errorf("FIFO %v: %d are in flight", fifo, len(handles))
		}
		for _, h := range handles[:3] {
			if err := r.drop(url, h); err != nil {
				t.Fatal(err)
			}
		}
		r.flying.set(spaceOf(t, r, name), estimate{}) // as after a minute
		if list, err := r.receive(url, 10, 3600, 0); err != nil || len(list) != 3 {
			t.Errorf("FIFO %v, after deletions: %d, %v", fifo, len(list), err)
		}
	}
}

func spaceOf(t *testing.T, r *replica, name string) (space string) {
	t.Helper()
	err := r.Store.Read(t.Context(), func(tx store.Tx) error {
		q, err := queues.Get(tx, store.K(home, "us-east-1", name))
		if err == nil {
			space = q.Space
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return space
}

// work is a turn of a job.
func (r *replica) work(t *testing.T, job string) {
	t.Helper()
	for _, j := range r.Jobs() {
		if j.Name == job {
			if err := j.Run(&service.Work{Context: t.Context(), Time: r.Clock(), Check: func(store.Tx) error { return nil }}); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("there is no job %s", job)
}

// left counts the documents of all tables that hold messages.
func (r *replica) left(t *testing.T) (n [6]int) {
	t.Helper()
	err := r.Store.Read(t.Context(), func(tx store.Tx) error {
		var err [6]error
		n[0], err[0] = messages.Count(tx, nil, 0)
		n[1], err[1] = dues.Count(tx, nil, 0)
		n[2], err[2] = larges.Count(tx, nil, 0)
		n[3], err[3] = groups.Count(tx, nil, 0)
		n[4], err[4] = seens.Count(tx, nil, 0)
		n[5], err[5] = litter.Count(tx, nil, 0)
		return errors.Join(err[:]...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestNothingStays: expiry, purging and deletion leave nothing in the store, whatever the size of messages.
func TestNothingStays(t *testing.T) {
	at := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	r := newReplica(t, onSQLite(t), at.Now)
	std := r.queue(t, "q", map[string]string{"MessageRetentionPeriod": "60"})
	fifo := r.queue(t, "q.fifo", map[string]string{"FifoQueue": "true", "MessageRetentionPeriod": "60"})
	fill := func() {
		for i := range 250 {
			body, id := "small", strconv.Itoa(i)
			if i%50 == 0 {
				body = strings.Repeat("large ", 10_000)
			}
			if _, err := r.send(std, body, "", ""); err != nil {
				t.Fatal(err)
			}
			if _, err := r.send(fifo, body, "g"+strconv.Itoa(i%7), id); err != nil {
				t.Fatal(err)
			}
		}
		if n := r.left(t); n[0] != 500 || n[2] != 10 {
			t.Fatalf("%v after sending", n)
		}
	}
	fill()
	at.pass(59 * time.Second)
	r.work(t, "sqs.expire")
	if n := r.left(t); n[0] != 500 {
		t.Fatalf("%v: expired before their time", n)
	}
	at.pass(2 * time.Second)
	if list, err := r.receive(std, 10, 30, 0); err != nil || len(list) != 0 {
		t.Errorf("an expired message was received: %v, %v", list, err)
	}
	r.work(t, "sqs.expire")
	if n := r.left(t); n[0] != 0 || n[1] != 0 || n[2] != 0 {
		t.Errorf("%v after the retention", n)
	}
	at.pass(2 * time.Hour)
	r.work(t, "sqs.expire")
	if n := r.left(t); n != [6]int{} {
		t.Errorf("%v after two hours", n)
	}
	fill()
	if _, err := call[api.PurgeQueueOutput](context.Background(), r, "PurgeQueue", &api.PurgeQueueInput{QueueUrl: &std}); err != nil {
		t.Fatal(err)
	}
	if _, err := call[api.DeleteQueueOutput](context.Background(), r, "DeleteQueue", &api.DeleteQueueInput{QueueUrl: &fifo}); err != nil {
		t.Fatal(err)
	}
	r.work(t, "sqs.sweep")
	if n := r.left(t); n != [6]int{} {
		t.Errorf("%v after purging and deleting", n)
	}
}

// TestFairQueue: a group with many waiting does not hold up the others.
func TestFairQueue(t *testing.T) {
	r := newReplica(t, onSQLite(t), time.Now)
	url := r.queue(t, "q", nil)
	for range 50 {
		if _, err := r.send(url, "noise", "noisy", ""); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.send(url, "quiet", "quiet", ""); err != nil {
		t.Fatal(err)
	}
	list, err := r.receive(url, 2, 30, 0)
	if err != nil || len(list) != 2 || *list[0].Body != "noise" || *list[1].Body != "quiet" {
		t.Errorf("%v, %v", list, err)
	}
}

// TestFlippedBit: contents that were changed at rest are an error, never another message.
func TestFlippedBit(t *testing.T) {
	r := newReplica(t, onSQLite(t), time.Now)
	url := r.queue(t, "q", nil)
	if _, err := r.send(url, "m", "", ""); err != nil {
		t.Fatal(err)
	}
	err := r.Store.Write(t.Context(), func(tx store.Tx) error {
		for m, err := range messages.Each(tx, nil) {
			if err != nil {
				return err
			}
			m.Content[len(m.Content)-1] ^= 1
			return messages.Update(tx, m)
		}
		return errors.New("there is no message")
	})
	if err != nil {
		t.Fatal(err)
	}
	if list, err := r.receive(url, 1, 30, 0); err == nil || len(list) > 0 {
		t.Errorf("received %v", list)
	}
}
