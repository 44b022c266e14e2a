package eventlog

import (
	"context"
	"sync"
	"time"

	"vauban/store"
)

// head is the end of the log as this process knows it, for those who wait for more.
type head struct {
	mu      sync.Mutex
	seq     int64 // last sequence number
	relayed int64
	more    chan struct{} // closed when seq grows; nil when nobody waits
}

func (h *head) set(seq, relayed int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.relayed = max(h.relayed, relayed)
	if seq <= h.seq {
		return
	}
	h.seq = seq
	if h.more != nil {
		close(h.more)
		h.more = nil
	}
}

// get returns the last sequence number, the relay's note, and a channel that is closed when there is more.
func (h *head) get() (seq, relayed int64, more <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.more == nil {
		h.more = make(chan struct{})
	}
	return h.seq, h.relayed, h.more
}

// waiting is how many events are in the outbox. Numbers are given without holes but for writes that were rolled back.
func (h *head) waiting() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seq - h.relayed
}

const (
	watchPause = 5 * time.Millisecond // between two looks under load: what comes meanwhile is seen together
	watchIdle  = time.Second          // without a wake: a safety net
)

// watch looks at the outbox whenever the store wakes it, once for all consumers and the relay.
func (l *Log) watch(ctx context.Context) {
	wake, cancel := l.db.Wake()
	defer cancel()
	idle := time.NewTimer(watchIdle)
	defer idle.Stop()
	for ctx.Err() == nil {
		err := l.look(ctx)
		l.report(ctx, "watch", err)
		if !sleep(ctx, watchPause) {
			return
		}
		idle.Reset(watchIdle)
		select {
		case <-wake:
		case <-idle.C:
		case <-ctx.Done():
		}
	}
}

// look brings the window and the head up to date.
func (l *Log) look(ctx context.Context) error {
	return l.db.Read(ctx, func(tx store.Tx) error {
		o, err := l.outboxIn(tx)
		if err != nil {
			return err
		}
		l.head.set(o.hi, o.relayed)
		return nil
	})
}
