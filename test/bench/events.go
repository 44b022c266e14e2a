package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vauban/gateway/sigv4"
)

// benchRules are the rules on the bus that is measured: 1,000, of which one matches each event, and one sends to a queue.
const benchRules = 1000

// buses measures EventBridge with 1,000 rules on a bus: events put a second, in calls of ten, and the time from the call of PutEvents to the arrival of the
// message of the rule's queue.
func buses(s *target, d time.Duration, connections int) error {
	if err := s.rules(); err != nil {
		return err
	}
	if err := s.arrival(d); err != nil {
		return err
	}
	before, err := s.CPU()
	if err != nil {
		return err
	}
	var put, failed atomic.Int64
	start := time.Now()
	var all sync.WaitGroup
	for range connections {
		all.Go(func() {
			for time.Since(start) < d {
				var entries []map[string]any
				for range 10 {
					entries = append(entries, benchEvent(fmt.Sprint("team-", put.Load()%(benchRules-1)), time.Now()))
				}
				if _, err := s.events("PutEvents", map[string]any{"Entries": entries}); err != nil {
					failed.Add(1)
					continue
				}
				put.Add(10)
			}
		})
	}
	all.Wait()
	elapsed := time.Since(start)
	after, err := s.settled()
	if err != nil {
		return err
	}
	n := put.Load()
	fmt.Printf("%-52s %8.0f events/s   %6.0f µs server CPU each   %d events, %d calls failed\n", s.name+", PutEvents of ten, 1,000 rules",
		float64(n)/elapsed.Seconds(), float64((after-before).Microseconds())/float64(max(n, 1)), n, failed.Load())
	return nil
}

// rules makes the rules, and the queue of the one that sends.
func (t *target) rules() error {
	for i := range benchRules {
		pattern := fmt.Sprintf(`{"source":["team-%d"],"detail-type":["Order"],"detail":{"amount":[{"numeric":[">",10]}],"state":[{"anything-but":["done"]}]}}`, i)
		if i == benchRules-1 {
			pattern = `{"source":["measured"]}`
		}
		if _, err := t.events("PutRule", map[string]any{"Name": fmt.Sprint("rule-", i), "EventPattern": pattern}); err != nil {
			return err
		}
	}
	made, err := t.sqs("CreateQueue", map[string]any{"QueueName": "events", "Attributes": map[string]string{"Policy": `{"Version":"2012-10-17","Statement":[{
		"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*"}]}`}})
	if err != nil {
		return err
	}
	got, err := t.events("DescribeRule", map[string]any{"Name": fmt.Sprint("rule-", benchRules-1)})
	if err != nil {
		return err
	}
	t.queue = made.QueueURL
	_, err = t.events("PutTargets", map[string]any{"Rule": fmt.Sprint("rule-", benchRules-1), "Targets": []map[string]any{{"Id": "q", "Arn": "arn:aws:sqs:us-east-1:" + got.account() + ":events"}}})
	return err
}

// arrival waits for one event after the other: a receiver waits at the queue while the event is put.
func (t *target) arrival(d time.Duration) error {
	var times []time.Duration
	for start := time.Now(); time.Since(start) < d; {
		type outcome struct {
			at  time.Time
			got *reply
			err error
		}
		came := make(chan outcome, 1)
		go func() {
			got, err := t.sqs("ReceiveMessage", map[string]any{"QueueUrl": t.queue, "WaitTimeSeconds": 20})
			came <- outcome{time.Now(), got, err}
		}()
		time.Sleep(2 * time.Millisecond) // the receiver is there
		began := time.Now()
		if _, err := t.events("PutEvents", map[string]any{"Entries": []map[string]any{benchEvent("measured", began)}}); err != nil {
			return err
		}
		o := <-came
		if o.err != nil || len(o.got.Messages) == 0 {
			return fmt.Errorf("no event has come: %w", o.err)
		}
		times = append(times, o.at.Sub(began))
		if _, err := t.sqs("DeleteMessage", map[string]any{"QueueUrl": t.queue, "ReceiptHandle": o.got.Messages[0].ReceiptHandle}); err != nil {
			return err
		}
	}
	slices.Sort(times)
	fmt.Printf("%-52s %8s p50   %s p99   %d events\n", t.name+", PutEvents to the queue of a rule", times[len(times)/2].Round(10*time.Microsecond),
		times[len(times)*99/100].Round(10*time.Microsecond), len(times))
	return nil
}

func benchEvent(source string, at time.Time) map[string]any {
	return map[string]any{"Source": source, "DetailType": "Order", "Detail": fmt.Sprintf(`{"amount":42,"state":"open","customer":"c-7","items":["a","b"],"at":%q}`, at.Format(time.RFC3339Nano))}
}

// busReply is what is needed of answers.
type busReply struct {
	Arn              string
	FailedEntryCount int
}

// account is that of the ARN.
func (r *busReply) account() string { return string(bytes.Split([]byte(r.Arn), []byte(":"))[4]) }

// events calls EventBridge.
func (t *target) events(operation string, in any) (*busReply, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequest(http.MethodPost, t.URL+"/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSEvents."+operation)
	signer := &sigv4.Signer{AccessKeyID: t.AccessKeyID, Secret: sigv4.SecretKey(t.SecretAccessKey), Region: "us-east-1", Service: "events"}
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
	out := &busReply{}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %d %s", operation, res.StatusCode, b[:min(len(b), 300)])
	}
	if err := json.Unmarshal(b, out); err != nil {
		return nil, err
	}
	if out.FailedEntryCount > 0 {
		return nil, fmt.Errorf("%s: %s", operation, b[:min(len(b), 300)])
	}
	return out, nil
}
