package events

import (
	"errors"
	"net/http"
	"testing"
	"time"

	api "vauban/api/events"
	"vauban/store"
)

// TestTurns: turns are apart as the rate says, one that was given holds, and one that was missed is given anew.
func TestTurns(t *testing.T) {
	var p pace
	now := time.Unix(1_700_000_000, 0)
	end := now.Add(time.Hour)
	var none time.Time
	get := func(now, held, end time.Time) time.Time {
		t.Helper()
		turn, err := p.turn(now, "d", 2, held, end)
		if err != nil {
			t.Fatal(err)
		}
		return turn
	}
	for i := range 4 {
		if turn := get(now, none, end); !turn.Equal(now.Add(time.Duration(i) * time.Second / 2)) {
			t.Errorf("turn %d is %s after the first", i, turn.Sub(now))
		}
	}
	second := now.Add(time.Second / 2)
	if turn := get(second.Add(time.Millisecond), second, end); !turn.Equal(second) {
		t.Errorf("a turn that was given has become %s", turn)
	}
	if turn := get(second.Add(time.Second), second, end); !turn.Equal(now.Add(2 * time.Second)) {
		t.Errorf("a turn that was missed has become %s", turn.Sub(now))
	}
	if _, err := p.turn(now, "d", 2, none, now.Add(time.Second)); !errors.Is(err, errNoTurn) {
		t.Errorf("a turn after the event's time: %v", err)
	}
	if turn := get(now, none, end); !turn.Equal(now.Add(2500 * time.Millisecond)) {
		t.Errorf("what was refused has taken a turn: the next is %s", turn.Sub(now))
	}
	for i := range 40 { // at 100 a second, ten at once
		turn, err := p.turn(now, "fast", 100, none, end)
		if want := max(i-9, 0) * 10; err != nil || max(turn.Sub(now), 0).Milliseconds() != int64(want) {
			t.Errorf("fast turn %d: after %s, want %d ms: %v", i, turn.Sub(now), want, err)
		}
	}
	other := pace{} // of a replica that did not give the turn
	if turn, err := other.turn(second, "d", 2, second, end); err != nil || !turn.Equal(second) {
		t.Errorf("%s, %v", turn, err)
	}
	if turn, _ := other.turn(second, "d", 2, none, end); !turn.Equal(second.Add(time.Second / 2)) {
		t.Errorf("beside another's turn: %s", turn.Sub(second))
	}
}

// TestPacedNeighbours: events that wait for an API destination's rate hold up no others, count as no attempts and come in their turn.
func TestPacedNeighbours(t *testing.T) {
	const paced = 200
	var b *bench
	seen := make(chan time.Time, paced)
	b = newBench(t, func(*http.Request) (*http.Response, error) {
		seen <- b.clock.Now()
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	})
	b.destination(basic(nil), "BASIC", "https://site.example/", nil)
	b.must("UpdateApiDestination", &api.UpdateApiDestinationInput{Name: new("site"), InvocationRateLimitPerSecond: new(int64(1))})
	d := b.must("DescribeApiDestination", &api.DescribeApiDestinationInput{Name: new("site")}).(*api.DescribeApiDestinationOutput)
	b.must("PutTargets", &api.PutTargetsInput{Rule: new("shop"), Targets: []api.Target{{
		Id: new("site"), Arn: d.ApiDestinationArn, RoleArn: new("arn:aws:iam::" + home + ":role/invoke"), DeadLetterConfig: &api.DeadLetterConfig{Arn: queueARN("dead")},
		RetryPolicy: &api.RetryPolicy{MaximumRetryAttempts: new(int64(0)), MaximumEventAgeInSeconds: new(int64(100))},
	}}})
	begin := b.clock.Now()
	for range paced {
		b.put(`{}`)
	}
	b.must("PutRule", rule("live", `{"detail":{"live":[true]}}`, ""))
	b.must("PutTargets", targets("live", "live", ""))
	b.put(`{"live":true}`)
	b.eventually("the neighbour arrives", func() bool { return len(b.door.sentTo("live")) == 1 })
	// One goes at once, one each second until the age of the others ends: they will have no turn.
	b.eventually("what has no turn is given up", func() bool { return len(b.door.sentTo("dead")) == paced+1-101 })
	for i := range 101 {
		b.eventually("the next arrives in its turn", func() bool { return len(seen) == i+1 })
		b.clock.pass(time.Second)
	}
	for i := range 101 {
		if at := (<-seen).Sub(begin); at != time.Duration(i)*time.Second {
			t.Errorf("request %d came after %s", i, at)
		}
	}
	if got := b.door.sentTo("dead")[0].MessageAttributes; *got["ERROR_CODE"].StringValue != codeThrottling || *got["EXHAUSTED_RETRY_CONDITION"].StringValue != "MaximumEventAgeInSeconds" || *got["RETRY_ATTEMPTS"].StringValue != "0" {
		t.Errorf("dead letter %v", got)
	}
	b.eventually("nothing waits", func() bool {
		var waiting int
		err := b.Store.Read(t.Context(), func(tx store.Tx) (err error) {
			waiting, _, err = b.Outbound.Count(tx, kindTarget, 1000)
			return err
		})
		return err == nil && waiting == 0
	})
}
