package servicetest

import (
	"context"
	"testing"
	"time"

	"vauban/eventlog"
	"vauban/eventlog/tree"
)

// awaitConsumers waits until all consumers of the log, but the tree, have handled the record of the last call.
func (p *player) awaitConsumers(t *testing.T) {
	log := p.server.Log()
	entries, _, err := log.Lookup(context.Background(), eventlog.Query{Account: Account, Limit: 1})
	if err != nil || len(entries) == 0 {
		t.Fatalf("there is no record to wait for: %v", err)
	}
	deadline := time.After(3 * time.Minute)
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for !consumed(log.Status(), entries[0].Seq) {
		select {
		case <-look.C:
		case <-deadline:
			t.Fatalf("the log's consumers do not reach event %d: %+v", entries[0].Seq, log.Status())
		}
	}
}

func consumed(s eventlog.Status, seq int64) bool {
	for _, c := range s.Consumers {
		if c.Seq < seq && c.Name != tree.Consumer { // the tree takes its time, and services derive nothing from it
			return false
		}
	}
	return true
}
