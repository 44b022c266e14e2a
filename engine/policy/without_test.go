package policy_test

import (
	"testing"

	"vauban/engine/policy"
)

func TestWithout(t *testing.T) {
	n := named(t, "p", `"Sid":"A","Effect":"Allow","Action":"*","Resource":"*"`, `"Sid":"B","Effect":"Deny","Action":"s3:*","Resource":"*"`, `"Sid":"C","Effect":"Allow","Action":"s3:*","Resource":"*"`)
	req := &policy.Request{Principal: alice, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", ResourceAccount: home}
	decide := func(d *policy.Document) policy.Decision {
		return policy.Evaluate(req, &policy.Policies{Identity: []policy.Named{{Name: "p", Document: d}}})
	}
	for _, c := range []struct {
		name    string
		without []int
		want    policy.Effect
		sid     string
	}{
		{"nothing", nil, policy.ExplicitDeny, "B"},
		{"the denial", []int{1}, policy.Allow, "A"},
		{"the denial and a grant", []int{1, 0}, policy.Allow, "C"},
		{"all", []int{0, 1, 2}, policy.ImplicitDeny, ""},
		{"what is not there", []int{-1, 3}, policy.ExplicitDeny, "B"},
	} {
		d := decide(n.Document.Without(c.without...))
		if d.Effect != c.want || d.Reasons[0].Sid != c.sid {
			t.Errorf("without %s: %v by %q, want %v by %q", c.name, d.Effect, d.Reasons[0].Sid, c.want, c.sid)
		}
	}
	if decide(n.Document).Effect != policy.ExplicitDeny {
		t.Error("the document itself has changed")
	}
}
