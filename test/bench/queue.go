package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"vauban/gateway/sigv4"
)

// queues measures whole cycles on one standard queue: a message of 256 bytes is sent, received and deleted; singly, and in batches of ten.
func queues(s *target, d time.Duration, connections int) error {
	made, err := s.sqs("CreateQueue", map[string]any{"QueueName": "bench"})
	if err != nil {
		return fmt.Errorf("%s, CreateQueue: %w", s.name, err)
	}
	q := &cycle{target: s, url: made.QueueURL, body: strings.Repeat("m", 256)}
	for _, w := range []struct {
		name string
		size int
		run  func() (int, error)
	}{{"SQS send, receive, delete", 1, q.single}, {"SQS the same in batches of ten", 10, q.batch}} {
		before, err := s.CPU()
		if err != nil {
			return err
		}
		var messages, failed atomic.Int64
		var first atomic.Pointer[error]
		start := time.Now()
		var all sync.WaitGroup
		for range connections {
			all.Go(func() {
				for time.Since(start) < d {
					n, err := w.run()
					messages.Add(int64(n))
					if err != nil {
						failed.Add(1)
						first.CompareAndSwap(nil, &err)
					}
				}
			})
		}
		all.Wait()
		elapsed := time.Since(start)
		after, err := s.settled()
		if err != nil {
			return err
		}
		n := messages.Load()
		if e := first.Load(); e != nil {
			fmt.Println("first failure:", *e)
		}
		fmt.Printf("%-52s %8.0f messages/s   %6.0f µs server CPU each   %d messages, %d cycles failed\n",
			s.name+", "+w.name, float64(n)/elapsed.Seconds(), float64((after-before).Microseconds())/float64(max(n, 1)), n, failed.Load())
	}
	return nil
}

// cycle is what each connection repeats. It returns how many messages it has deleted.
type cycle struct {
	*target
	url, body string
}

func (q *cycle) single() (int, error) {
	if _, err := q.sqs("SendMessage", map[string]any{"QueueUrl": q.url, "MessageBody": q.body}); err != nil {
		return 0, err
	}
	got, err := q.sqs("ReceiveMessage", map[string]any{"QueueUrl": q.url, "WaitTimeSeconds": 1})
	if err != nil || len(got.Messages) == 0 {
		return 0, err
	}
	_, err = q.sqs("DeleteMessage", map[string]any{"QueueUrl": q.url, "ReceiptHandle": got.Messages[0].ReceiptHandle})
	return 1, err
}

func (q *cycle) batch() (int, error) {
	var send, drop []map[string]any
	for i := range 10 {
		send = append(send, map[string]any{"Id": fmt.Sprint(i), "MessageBody": q.body})
	}
	if _, err := q.sqs("SendMessageBatch", map[string]any{"QueueUrl": q.url, "Entries": send}); err != nil {
		return 0, err
	}
	got, err := q.sqs("ReceiveMessage", map[string]any{"QueueUrl": q.url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1})
	if err != nil || len(got.Messages) == 0 {
		return 0, err
	}
	for i, m := range got.Messages {
		drop = append(drop, map[string]any{"Id": fmt.Sprint(i), "ReceiptHandle": m.ReceiptHandle})
	}
	_, err = q.sqs("DeleteMessageBatch", map[string]any{"QueueUrl": q.url, "Entries": drop})
	return len(drop), err
}

// reply is what the cycles need of answers.
type reply struct {
	QueueURL string `json:"QueueUrl"`
	Messages []struct{ ReceiptHandle string }
}

// sqs calls SQS in its JSON protocol.
func (t *target) sqs(operation string, in any) (*reply, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequest(http.MethodPost, t.URL+"/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Target", "AmazonSQS."+operation)
	signer := &sigv4.Signer{AccessKeyID: t.AccessKeyID, Secret: sigv4.SecretKey(t.SecretAccessKey), Region: "us-east-1", Service: "sqs"}
	if err := signer.Sign(r, sigv4.PayloadHash(body), time.Now()); err != nil {
		return nil, err
	}
	res, err := t.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %d %s", operation, res.StatusCode, b[:min(len(b), 300)])
	}
	out := &reply{}
	return out, json.Unmarshal(b, out)
}
