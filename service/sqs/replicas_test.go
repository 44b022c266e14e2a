package sqs

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	api "vauban/api/sqs"
	"vauban/api/wire"
	"vauban/seal"
	"vauban/store"
	"vauban/store/storetest"
)

// replicas are two of them on one PostgreSQL, with one ring.
func replicas(t *testing.T) [2]*replica {
	url := storetest.Postgres(t)
	a, b := onPostgres(t, url), onPostgres(t, url)
	ring, err := seal.Open(context.Background(), seal.Ephemeral{}, seal.Keep(a), seal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return [2]*replica{replicaOf(a, ring, time.Now), replicaOf(b, ring, time.Now)}
}

// TestEverythingOnce sends and receives from many sides at once: everything arrives, and nothing twice while it is hidden.
func TestEverythingOnce(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		r := newReplica(t, onSQLite(t), time.Now)
		everythingOnce(t, [2]*replica{r, r}, false)
	})
	t.Run("sqlite, FIFO", func(t *testing.T) {
		r := newReplica(t, onSQLite(t), time.Now)
		everythingOnce(t, [2]*replica{r, r}, true)
	})
	t.Run("two replicas on postgres", func(t *testing.T) { everythingOnce(t, replicas(t), false) })
	t.Run("two replicas on postgres, FIFO", func(t *testing.T) { everythingOnce(t, replicas(t), true) })
}

func everythingOnce(t *testing.T, of [2]*replica, fifo bool) {
	const senders, each, receivers = 4, 25, 4
	name, attributes := "many", map[string]string{}
	if fifo {
		name, attributes["FifoQueue"] = "many.fifo", "true"
	}
	url := of[0].queue(t, name, attributes)
	var sending, receiving sync.WaitGroup
	for s := range senders {
		sending.Go(func() {
			for i := range each {
				body, group, dedup := fmt.Sprintf("%d-%03d", s, i), "", ""
				if fifo {
					group, dedup = fmt.Sprint(s), body
				}
				if _, err := of[s%2].send(url, body, group, dedup); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var mu sync.Mutex
	times, last := map[string]int{}, map[string]string{}
	all := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(times) == senders*each
	}
	for n := range receivers {
		receiving.Go(func() {
			for !all() && !t.Failed() {
				list, err := of[n%2].receive(url, 10, 3600, 1)
				if err != nil {
					t.Error(err)
					return
				}
				for _, m := range list {
					mu.Lock()
					times[*m.Body]++
					if group := m.Attributes["MessageGroupId"]; fifo {
						if *m.Body <= last[group] {
							t.Errorf("%s after %s", *m.Body, last[group])
						}
						last[group] = *m.Body
					}
					mu.Unlock()
					if err := of[(n+1)%2].drop(url, *m.ReceiptHandle); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	sending.Wait()
	receiving.Wait()
	for body, n := range times {
		if n != 1 {
			t.Errorf("%s came %d times", body, n)
		}
	}
	left := 0
	err := of[0].Store.Read(t.Context(), func(tx store.Tx) (err error) {
		left, err = dues.Count(tx, nil, 0)
		return err
	})
	if err != nil || left != 0 {
		t.Errorf("%d dues are left of nothing: %v", left, err)
	}
}

// counting counts the reads of a store.
type counting struct {
	store.DB
	reads chan int // how many there were
	n     int
}

func (x *counting) Read(ctx context.Context, fn func(store.Tx) error) error {
	defer func() { x.n++; x.reads <- x.n }()
	return x.DB.Read(ctx, fn)
}

// TestLongPoll: who waits gets what is sent, also to another replica, and looks at the queue no more for what happens elsewhere.
func TestLongPoll(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) [2]*replica{
		"sqlite": func(t *testing.T) [2]*replica {
			r := newReplica(t, onSQLite(t), time.Now)
			return [2]*replica{r, replicaOf(r.Store, r.Seal, time.Now)}
		},
		"two replicas on postgres": replicas,
	} {
		t.Run(name, func(t *testing.T) {
			of := open(t)
			url, other := of[0].queue(t, "q", nil), of[0].queue(t, "other", nil)
			reads := &counting{DB: of[1].Store, reads: make(chan int, 1000)}
			of[1].Store = reads
			got := make(chan string, 1)
			go func() {
				list, err := of[1].receive(url, 1, 30, 20)
				if err != nil || len(list) != 1 {
					t.Errorf("%v, %v", list, err)
					got <- ""
					return
				}
				got <- *list[0].Body
			}()
			for <-reads.reads < 2 { // the rule's, and the first look
			}
			for range 20 {
				list := must[api.SendMessageOutput](t)(of[0].send(other, "elsewhere", "", ""))
				if err := of[0].Store.Append(t.Context(), store.Event{ID: *list.MessageId, Time: time.Now()}); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := of[0].send(url, "hello", "", ""); err != nil {
				t.Fatal(err)
			}
			if body := <-got; body != "hello" {
				t.Errorf("got %q", body)
			}
			if reads.n != 3 {
				t.Errorf("%d reads: one for the rule, one before there was anything, one for the message", reads.n)
			}
		})
	}
}

// TestLongPollOfDeletedQueue: who waits on a queue hears that it was deleted.
func TestLongPollOfDeletedQueue(t *testing.T) {
	r := newReplica(t, onSQLite(t), time.Now)
	url := r.queue(t, "q", nil)
	reads := &counting{DB: r.Store, reads: make(chan int, 1000)}
	waiting := replicaOf(reads, r.Seal, time.Now)
	done := make(chan error, 1)
	go func() {
		_, err := waiting.receive(url, 1, 30, 20)
		done <- err
	}()
	for <-reads.reads < 2 {
	}
	must[api.DeleteQueueOutput](t)(call[api.DeleteQueueOutput](t.Context(), r, "DeleteQueue", &api.DeleteQueueInput{QueueUrl: &url}))
	var refused *wire.Error
	if err := <-done; !errors.As(err, &refused) || refused.Shape != api.QueueDoesNotExist {
		t.Errorf("answered %v", err)
	}
}

// TestLongPollEnds: a wait ends with the visibility timeout of another, and when the client goes.
func TestLongPollEnds(t *testing.T) {
	r := newReplica(t, onSQLite(t), time.Now)
	url := r.queue(t, "q", nil)
	if _, err := r.send(url, "m", "", ""); err != nil {
		t.Fatal(err)
	}
	if list, err := r.receive(url, 1, 1, 0); err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if list, err := r.receive(url, 1, 30, 20); err != nil || len(list) != 1 {
		t.Errorf("after the visibility timeout: %v, %v", list, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := call[api.ReceiveMessageOutput](ctx, r, "ReceiveMessage", &api.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: new(int64(20))})
		done <- err
	}()
	cancel()
	if err := <-done; err == nil {
		t.Error("a client that has gone was answered")
	}
}
