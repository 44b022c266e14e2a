package servicetest

import (
	"context"
	"testing"
	"time"

	"vauban/eventlog"
	"vauban/eventlog/tree"
)

// awaitConsumers waits until all consumers of the log, but the tree, have handled every record of the calls so far, of whichever account.
func (p *player) awaitConsumers(t *testing.T) {
	log := p.server.Log()
	last := log.Status().Last // as far as it was noticed: what follows is read
	for {
		entries, err := log.Read(context.Background(), last, 1000)
		if err != nil {
			t.Fatalf("read the log: %v", err)
		}
		if len(entries) == 0 {
			break
		}
		last = entries[len(entries)-1].Seq
	}
	deadline := time.After(3 * time.Minute)
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for !consumed(log.Status(), last) {
		select {
		case <-look.C:
		case <-deadline:
			t.Fatalf("the log's consumers do not reach event %d: %+v", last, log.Status())
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
