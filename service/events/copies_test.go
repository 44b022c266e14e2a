package events

import (
	"context"
	"testing"
	"time"

	api "vauban/api/events"
	"vauban/engine/policy"
	"vauban/service"
)

// TestCopies: what rules make of one event by forwarding it stays, over all buses, within what one call may enqueue.
func TestCopies(t *testing.T) {
	of := func(copies, buses, queues int) *match {
		r := &Rule{}
		for range buses {
			r.Targets = append(r.Targets, Target{ARN: "arn:aws:events:us-east-1:111122223333:event-bus/b"})
		}
		for range queues {
			r.Targets = append(r.Targets, Target{ARN: "arn:aws:sqs:us-east-1:111122223333:q"})
		}
		return &match{event: &event{copies: copies}, with: &compiled{rules: []*Rule{r}}, rules: []int{0}}
	}
	for _, c := range []struct {
		copies, buses, queues int
		becomes               int
		multiplied            bool
	}{
		{0, 0, 5, 1, false},
		{0, 5, 0, 5, false},
		{5, 5, 5, 25, false},
		{maxDeliveries / 5, 5, 0, maxDeliveries, false},
		{maxDeliveries/5 + 1, 5, 0, maxDeliveries + 5, true},
		{maxDeliveries, 0, 1, maxDeliveries, false},
		{maxDeliveries, 0, 2, maxDeliveries, true},
	} {
		m := of(c.copies, c.buses, c.queues)
		if got := m.copies(); got != c.becomes || m.multiplied() != c.multiplied {
			t.Errorf("%+v: becomes %d, multiplied %v", c, got, m.multiplied())
		}
	}
}

// TestForwardedCopies: the next bus knows how many there are.
func TestForwardedCopies(t *testing.T) {
	text := `{"version":"0","id":"x","detail-type":"t","source":"s","account":"111122223333","time":"2026-01-02T03:04:05Z","region":"us-east-1","resources":[],"detail":{}}`
	c := &service.Call{
		Context: context.WithValue(t.Context(), forwardedKey{}, &forwarded{text, []string{"a"}, 25, "Root=1"}), Time: time.Unix(0, 0),
		Caller: &service.Caller{Kind: policy.RoleSession, InvokedBy: principal},
	}
	e, err := (&Service{}).eventOf(c, &api.PutEventsRequestEntry{})
	if err != nil || e.copies != 25 || e.trace != "Root=1" || len(e.hops) != 1 {
		t.Fatalf("%+v, %v", e, err)
	}
}
