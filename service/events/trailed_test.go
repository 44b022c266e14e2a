package events

import (
	"encoding/json"
	"testing"
	"time"

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
