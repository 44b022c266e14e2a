package sqs

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	api "vauban/api/sqs"
)

// BenchmarkCycle sends, receives and deletes a message, without the gateway, on a store in memory.
func BenchmarkCycle(b *testing.B) {
	r := newReplica(b, onSQLite(b), time.Now)
	url, body := r.queue(b, "q", nil), strings.Repeat("m", 256)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.send(url, body, "", ""); err != nil {
			b.Fatal(err)
		}
		list, err := r.receive(url, 1, 30, 0)
		if err != nil || len(list) != 1 {
			b.Fatal(list, err)
		}
		if err := r.drop(url, *list[0].ReceiptHandle); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBatch is BenchmarkCycle in batches of ten.
func BenchmarkBatch(b *testing.B) {
	r := newReplica(b, onSQLite(b), time.Now)
	url, body := r.queue(b, "q", nil), strings.Repeat("m", 256)
	send := &api.SendMessageBatchInput{QueueUrl: &url}
	for i := range maxBatch {
		send.Entries = append(send.Entries, api.SendMessageBatchRequestEntry{Id: new(fmt.Sprint(i)), MessageBody: &body})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := call[api.SendMessageBatchOutput](context.Background(), r, "SendMessageBatch", send); err != nil {
			b.Fatal(err)
		}
		list, err := r.receive(url, maxBatch, 30, 0)
		if err != nil || len(list) != maxBatch {
			b.Fatal(len(list), err)
		}
		drop := &api.DeleteMessageBatchInput{QueueUrl: &url}
		for i, m := range list {
			drop.Entries = append(drop.Entries, api.DeleteMessageBatchRequestEntry{Id: new(fmt.Sprint(i)), ReceiptHandle: m.ReceiptHandle})
		}
		if _, err := call[api.DeleteMessageBatchOutput](context.Background(), r, "DeleteMessageBatch", drop); err != nil {
			b.Fatal(err)
		}
	}
}
