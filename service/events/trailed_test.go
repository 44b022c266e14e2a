package events

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	api "vauban/api/events"
	"vauban/eventlog"
	"vauban/store"
)

// every delivers all events.
type every struct{ anyone }

func (every) Logging(store.Tx, string) (func(*eventlog.Entry) bool, error) {
	return func(*eventlog.Entry) bool { return true }, nil
}

func recorded(b *bench, id string, record map[string]any) *eventlog.Entry {
	text, err := json.Marshal(record)
	if err != nil {
		b.t.Fatal(err)
	}
	return &eventlog.Entry{ID: id, Time: b.clock.Now(), Account: home, Region: "us-east-1", Source: "iam.amazonaws.com", Name: "CreateUser", Record: text}
}

// TestFollow: calls become events once, of the right kind; what EventBridge itself called does not, and nobody can make a call look like one of those.
func TestFollow(t *testing.T) {
	b := newBench(t, nil)
	b.trails = every{}
	b.must("PutRule", rule("all", `{"account":["`+home+`"]}`, ""))
	b.must("PutTargets", targets("all", "all", "$.detail-type"))
	b.must("PutRule", rule("reads", `{"account":["`+home+`"]}`, stateAll))
	b.must("PutTargets", targets("reads", "reads", "$.source"))
	own := recorded(b, "own", map[string]any{"eventType": "AwsApiCall", "sourceIPAddress": principal})
	disguised := recorded(b, "disguised", map[string]any{"eventType": "AwsApiCall", "sourceIPAddress": "192.0.2.1", "requestParameters": map[string]any{"tags": map[string]any{"sourceIPAddress": principal}}})
	signIn := recorded(b, "sign-in", map[string]any{"eventType": "AwsConsoleSignIn"})
	signIn.Source = "signin.amazonaws.com"
	read := recorded(b, "read", map[string]any{"eventType": "AwsApiCall"})
	read.ReadOnly = true
	old := recorded(b, "old", map[string]any{"eventType": "AwsApiCall"})
	old.Time = b.clock.Now().Add(-48 * time.Hour)
	before := recorded(b, "before", map[string]any{"eventType": "AwsApiCall"})
	before.Time = b.clock.Now().Add(-time.Second)
	broken := &eventlog.Entry{ID: "broken", Time: b.clock.Now(), Account: home, Region: "us-east-1", Record: []byte(`{`)}
	batch := []*eventlog.Entry{own, disguised, signIn, read, old, before, broken}
	if err := b.Store.Write(t.Context(), func(tx store.Tx) error { return b.follow(tx, batch) }); err != nil {
		t.Fatal(err)
	}
	b.eventually("all arrive", func() bool { return len(b.door.sentTo("all")) == 2 && len(b.door.sentTo("reads")) == 3 })
	count := map[string]int{}
	for _, q := range []string{"all", "reads"} {
		for _, m := range b.door.sentTo(q) {
			count[q+" "+*m.MessageBody]++
		}
	}
	for what, n := range map[string]int{
		`all "AWS API Call via CloudTrail"`: 1, `all "AWS Console Sign In via CloudTrail"`: 1, `reads "aws.iam"`: 2, `reads "aws.signin"`: 1,
	} {
		if count[what] != n {
			t.Errorf("%s: %d, want %d", what, count[what], n)
		}
	}
}

// busy makes rules that match all events, with five queues each.
func (b *bench) busy(n int) {
	b.t.Helper()
	for i := range n {
		name := fmt.Sprint("rule-", i)
		b.must("PutRule", rule(name, `{"account":["`+home+`"]}`, ""))
		in := &api.PutTargetsInput{Rule: &name}
		for j := range maxTargets {
			in.Targets = append(in.Targets, api.Target{Id: new(fmt.Sprint(j)), Arn: queueARN(fmt.Sprint("q", j)), InputPath: new("$.detail.n")})
		}
		b.must("PutTargets", in)
	}
}

// TestFollowIsCut: where many rules multiply a batch, one transaction enqueues only so much, and the next goes on: nothing is lost and nothing comes twice.
func TestFollowIsCut(t *testing.T) {
	b := newBench(t, nil)
	b.trails = every{}
	const busyRules, calls = 40, 5 // 200 deliveries each
	b.busy(busyRules)
	var batch []*eventlog.Entry
	for i := range calls {
		batch = append(batch, recorded(b, fmt.Sprint("call-", i), map[string]any{"eventType": "AwsApiCall", "n": i}))
	}
	transactions := 0
	for len(batch) > 0 {
		took := len(batch)
		err := b.Store.Write(t.Context(), func(tx store.Tx) error {
			err := b.follow(tx, batch)
			for i := range batch {
				if err != nil && err.Error() == eventlog.Took(i).Error() {
					took, err = i, nil
				}
			}
			return err
		})
		if err != nil || took == 0 {
			t.Fatalf("took %d, %v", took, err)
		}
		if transactions++; took*busyRules*maxTargets > followMost {
			t.Errorf("one transaction took %d", took)
		}
		batch = batch[took:]
	}
	if transactions != 3 { // of 2, 2 and 1
		t.Errorf("%d transactions", transactions)
	}
	b.eachOnce(calls, busyRules)
}

// eachOnce waits until every queue has each number as often as there are rules.
func (b *bench) eachOnce(numbers, times int) {
	b.t.Helper()
	b.eventually("all arrive", func() bool {
		n := 0
		for j := range maxTargets {
			n += len(b.door.sentTo(fmt.Sprint("q", j)))
		}
		return n >= numbers*times*maxTargets
	})
	for j := range maxTargets {
		got := map[string]int{}
		for _, m := range b.door.sentTo(fmt.Sprint("q", j)) {
			got[*m.MessageBody]++
		}
		for i := range numbers {
			if n := got[fmt.Sprint(i)]; n != times {
				b.t.Errorf("queue %d has %d of number %d, want %d", j, n, i, times)
			}
		}
	}
}
