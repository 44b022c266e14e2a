package sqs

import (
	"strings"
	"testing"
	"time"
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
