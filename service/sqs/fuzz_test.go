package sqs

import (
	"testing"
	"time"

	"vauban/store"
)

// FuzzText: no text that a client chooses makes a panic, and what is taken is taken the same way when it is shown again.
func FuzzText(f *testing.F) {
	for _, s := range []string{
		"https://sqs.us-east-1.amazonaws.com/111122223333/q", "arn:aws:sqs:us-east-1:111122223333:q.fifo", `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:d","maxReceiveCount":"3"}`,
		`{"redrivePermission":"byQueue","sourceQueueArns":["arn:aws:sqs:us-east-1:111122223333:q"]}`, "eyJ0YXNrSWQiOiJ4Iiwic291cmNlQXJuIjoiYXJuOmF3czpzcXM6dXMtZWFzdC0xOjExMTEyMjIyMzMzMzpkIn0=", "", "%", "//",
	} {
		f.Add(s)
	}
	r := newReplica(f, onSQLite(f), time.Now)
	q := &Queue{Account: home, Region: "us-east-1", Name: "q"}
	f.Fuzz(func(t *testing.T, s string) {
		if account, name, err := parseAddress(s); err == nil {
			again := "https://x/" + account + "/" + name
			if a, n, err := parseAddress(again); err != nil || a != account || n != name {
				t.Errorf("%q: %q, %q, then %q, %q, %v", s, account, name, a, n, err)
			}
		}
		if region, account, name, ok := parseARN(s); ok {
			if _, a, n, ok := parseARN(queueARN(account, region, name)); !ok || a != account || n != name {
				t.Errorf("%q: %q, %q is not what its ARN says", s, account, name)
			}
		}
		if setRedriveAllow(q, s) == nil && s != "" {
			q.admits(q)
		}
		_, _ = readTaskHandle(s)
		if _, err := r.open(q, s); err == nil {
			t.Errorf("%q is no handle of ours", s)
		}
		_ = checkAttributeName(s)
		if a, err := attributeOf("n", s, &s, []byte(s)); err == nil {
			digest(map[string]Attribute{"n": a})
		}
		_, _ = pageOf(nil, &s)
		_ = store.K(s)
	})
}
