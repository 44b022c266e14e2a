package events

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	api "vauban/api/events"
	"vauban/api/wire"
	"vauban/store"
)

// TestEnvelope: a target without a transformer gets the whole event.
func TestEnvelope(t *testing.T) {
	b := newBench(t, nil)
	b.rule(api.Target{Id: new("q"), Arn: queueARN("q")})
	id := b.put(`{"html":"<b>","n":1.50}`)
	b.eventually("the event arrives", func() bool { return len(b.door.sentTo("q")) == 1 })
	want := `{"version":"0","id":"` + id + `","detail-type":"Order","source":"shop","account":"` + home + `","time":"2026-01-02T03:04:05Z","region":"us-east-1","resources":["arn:shop"],"detail":{"html":"<b>","n":1.50}}`
	if got := *b.door.sentTo("q")[0].MessageBody; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// letters are the attributes of dead letters by their event's number.
func letters(t *testing.T, b *bench) map[int]map[string]string {
	out := map[int]map[string]string{}
	for _, m := range b.door.sentTo("dead") {
		var e struct{ Detail struct{ N int } }
		if err := json.Unmarshal([]byte(*m.MessageBody), &e); err != nil {
			t.Fatal(err)
		}
		attributes := map[string]string{}
		for k, v := range m.MessageAttributes {
			attributes[k] = *v.StringValue
		}
		out[e.Detail.N] = attributes
	}
	return out
}

// TestRefusalGoesToDeadLetters: what trying again does not mend is tried once.
func TestRefusalGoesToDeadLetters(t *testing.T) {
	b := newBench(t, nil)
	b.door.refuse["q"] = wire.Code("AccessDeniedException", 400).New("not for you")
	b.rule(api.Target{Id: new("q"), Arn: queueARN("q"), DeadLetterConfig: &api.DeadLetterConfig{Arn: queueARN("dead")}})
	b.put(`{"n":1}`)
	b.eventually("a dead letter", func() bool { return len(b.door.sentTo("dead")) == 1 })
	got := letters(t, b)[1]
	for k, want := range map[string]string{
		"RULE_ARN": "arn:aws:events:us-east-1:" + home + ":rule/shop", "TARGET_ARN": *queueARN("q"), "ERROR_CODE": "NO_PERMISSIONS", "RETRY_ATTEMPTS": "0", "EXHAUSTED_RETRY_CONDITION": "",
	} {
		if got[k] != want {
			t.Errorf("%s: %q, want %q", k, got[k], want)
		}
	}
	if n := b.door.triesOf("q"); n != 1 {
		t.Errorf("tried %d times", n)
	}
}

// TestLargeInput: what a template makes too large is given up at once.
func TestLargeInput(t *testing.T) {
	b := newBench(t, nil)
	b.rule(api.Target{Id: new("q"), Arn: queueARN("q"), DeadLetterConfig: &api.DeadLetterConfig{Arn: queueARN("dead")}, InputTransformer: &api.InputTransformer{
		InputPathsMap: map[string]string{"v": "$.detail.v"}, InputTemplate: new(`[""` + strings.Repeat(`,<v>`, 2000) + `]`),
	}})
	b.put(`{"n":1,"v":"` + strings.Repeat("x", 10_000) + `"}`)
	b.eventually("a dead letter", func() bool { return len(b.door.sentTo("dead")) == 1 })
	if got := letters(t, b)[1]; got["ERROR_CODE"] != "INVALID_PARAMETER" || got["RETRY_ATTEMPTS"] != "0" || b.door.triesOf("q") != 0 {
		t.Errorf("dead letter %v, %d attempts", got, b.door.triesOf("q"))
	}
}

// TestRetryPolicy: attempts and age each end the trying.
func TestRetryPolicy(t *testing.T) {
	b := newBench(t, nil)
	broken := &wire.ErrorShape{Code: "InternalError", Shape: "InternalError", Status: 500, Fault: true}
	b.door.refuse["q"] = broken.New("out of order")
	b.rule(
		api.Target{Id: new("often"), Arn: queueARN("q"), DeadLetterConfig: &api.DeadLetterConfig{Arn: queueARN("dead")}, RetryPolicy: &api.RetryPolicy{MaximumRetryAttempts: new(int64(2))}},
	)
	b.put(`{"n":1}`)
	b.passing("a dead letter", func() bool { return len(b.door.sentTo("dead")) == 1 })
	if n := b.door.triesOf("q"); n != 3 {
		t.Errorf("tried %d times", n)
	}
	if got := letters(t, b)[1]; got["EXHAUSTED_RETRY_CONDITION"] != "MaximumRetryAttempts" || got["RETRY_ATTEMPTS"] != "2" || got["ERROR_CODE"] != "INTERNAL_ERROR" {
		t.Errorf("dead letter %v", got)
	}

	b.must("PutTargets", &api.PutTargetsInput{Rule: new("shop"), Targets: []api.Target{{
		Id: new("often"), Arn: queueARN("old"), DeadLetterConfig: &api.DeadLetterConfig{Arn: queueARN("dead")}, RetryPolicy: &api.RetryPolicy{MaximumEventAgeInSeconds: new(int64(60))},
	}}})
	b.door.mu.Lock()
	b.door.refuse["old"] = broken.New("out of order")
	b.door.mu.Unlock()
	b.put(`{"n":2}`)
	put := b.clock.Now()
	b.eventually("the first attempt", func() bool { return b.door.triesOf("old") == 1 })
	b.passing("a second dead letter", func() bool { return len(b.door.sentTo("dead")) == 2 })
	if took := b.clock.Now().Sub(put); took < time.Minute {
		t.Errorf("given up after %s", took)
	}
	if got := letters(t, b)[2]; got["EXHAUSTED_RETRY_CONDITION"] != "MaximumEventAgeInSeconds" || got["RETRY_ATTEMPTS"] == "0" {
		t.Errorf("dead letter %v", got)
	}
}

// TestOtherReplicasRules: a rule that one replica changes is matched by another at once.
func TestOtherReplicasRules(t *testing.T) {
	b := newBench(t, nil)
	other := b.replica()
	b.rule(api.Target{Id: new("q"), Arn: queueARN("q")})
	for _, step := range []struct {
		pattern string
		matches bool
	}{{`{"source":["shop"]}`, true}, {`{"source":["none"]}`, false}, {`{"source":[{"prefix":"sh"}]}`, true}} {
		b.must("PutRule", &api.PutRuleInput{Name: new("shop"), EventPattern: &step.pattern})
		before := len(b.door.sentTo("q"))
		other.put(`{}`)
		if step.matches {
			b.eventually("the event arrives", func() bool { return len(b.door.sentTo("q")) == before+1 })
		}
	}
	if n := len(b.door.sentTo("q")); n != 2 {
		t.Errorf("%d events have arrived, want 2", n)
	}
}

// TestMetrics counts what AWS/Events counts.
func TestMetrics(t *testing.T) {
	b := newBench(t, nil)
	b.rule(api.Target{Id: new("q"), Arn: queueARN("q")})
	b.put(`{}`)
	b.eventually("the event arrives", func() bool { return len(b.door.sentTo("q")) == 1 })
	counts := map[string]float64{}
	b.eventually("all is counted", func() bool {
		taken, _ := b.Meter.Take()
		for _, m := range taken {
			if m.Namespace != "AWS/Events" || m.Account != home || len(m.Dimensions) != 1 || m.Dimensions[0].Value != "shop" {
				t.Errorf("measured %+v", m)
			}
			counts[m.Name] += m.Value
		}
		return counts["SuccessfulInvocationAttempts"] == 1
	})
	for _, name := range []string{"MatchedEvents", "TriggeredRules", "Invocations", "InvocationAttempts"} {
		if counts[name] != 1 {
			t.Errorf("%s: %v", name, counts[name])
		}
	}
}

// TestLargeEvents: an event that is stored once for all its deliveries arrives as it was, and is swept when none can need it.
func TestLargeEvents(t *testing.T) {
	b := newBench(t, nil)
	b.rule(api.Target{Id: new("a"), Arn: queueARN("a")}, api.Target{Id: new("b"), Arn: queueARN("b"), InputPath: new("$.detail.text")})
	text := strings.Repeat("<long>", 2000)
	b.put(`{"text":"` + text + `"}`)
	b.eventually("both arrive", func() bool { return len(b.door.sentTo("a")) == 1 && len(b.door.sentTo("b")) == 1 })
	if got := *b.door.sentTo("b")[0].MessageBody; got != `"`+text+`"` {
		t.Errorf("arrived: %.100s", got)
	}
	count := func() (n int) {
		err := b.Store.Read(t.Context(), func(tx store.Tx) (err error) {
			n, err = bodies.Count(tx, nil, 0)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, step := range []struct {
		pass time.Duration
		left int
	}{{0, 1}, {25 * time.Hour, 1}, {2 * time.Hour, 0}} {
		b.clock.pass(step.pass)
		if err := b.sweep(b.work(t.Context())); err != nil {
			t.Fatal(err)
		}
		if n := count(); n != step.left {
			t.Errorf("%d bodies are left, want %d", n, step.left)
		}
	}
}

// TestCostlyEvents: what would take too long to match is refused, not half matched.
func TestCostlyEvents(t *testing.T) {
	b := newBench(t, nil)
	pattern := `{"detail":{"k":[` + strings.Repeat(`{"wildcard":"*x*y"},`, 100) + `{"suffix":"z"}]}}`
	for i := range 3 {
		b.must("PutRule", rule(fmt.Sprint("rule-", i), pattern, ""))
	}
	detail := `{"k":["` + strings.Repeat(`a","`, 20_000) + `z"]}`
	out := b.must("PutEvents", &api.PutEventsInput{Entries: []api.PutEventsRequestEntry{
		{Source: new("shop"), DetailType: new("Order"), Detail: &detail}, {Source: new("shop"), DetailType: new("Order"), Detail: new(`{"k":"z"}`)},
	}}).(*api.PutEventsOutput)
	if *out.FailedEntryCount != 1 || wire.Text(out.Entries[0].ErrorCode) != "ThrottlingException" || out.Entries[1].EventId == nil {
		t.Errorf("answered %+v", out.Entries)
	}
	_, err := b.call("TestEventPattern", &api.TestEventPatternInput{EventPattern: &pattern, Event: new(
		`{"id":"1","account":"` + home + `","source":"shop","time":"2026-01-02T03:04:05Z","region":"us-east-1","resources":[],"detail-type":"Order","detail":` + detail + `}`,
	)})
	var refused *wire.Error
	if !errors.As(err, &refused) || refused.Shape != api.InvalidEventPatternException {
		t.Errorf("tested, it answers %v", err)
	}
}
