package policy_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vauban/engine/policy"
)

// crowd makes lists long enough to be indexed, whose patterns overlap in every way that the index knows.
func crowd(t *rapid.T, label string) []policy.Named {
	action := rapid.SampledFrom([]string{`"*"`, `"s3:*"`, `"s3:GetObject"`, `["s3:GetObject","s3:PutObject","iam:GetUser"]`, `["S3:PUTOBJECT","kms:D*"]`, `"iam:Get?ser"`,
		`["s3:A","s3:B","s3:C","s3:D","s3:E","s3:F","s3:G","s3:H","s3:GetObject"]`, `"nothing"`})
	resource := rapid.SampledFrom([]string{`"*"`, `"arn:aws:s3:::b/*"`, `"arn:aws:s3:::b/k"`, `["arn:aws:s3:::b","arn:aws:s3:::b/k*","arn:aws:s3:::b/?"]`, `"arn:*:s3:::b/k"`,
		`"arn:aws:*:*:*:user/*"`, `"arn:aws:iam::*:user/u"`, `"arn:aws:iam:*:*:user/u"`, `"arn:aws:s3:::${aws:username}/k"`, `"arn:aws:s3:::${aws:username, 'b'}/l"`, `"*:k"`, `"*/k"`, `"arn:aws:iam::1?1111111111:*"`})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) policy.Named {
		list := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
			s := `{"Effect":"` + rapid.SampledFrom([]string{"Allow", "Allow", "Allow", "Deny"}).Draw(t, "effect") + `","Principal":"*",`
			s += rapid.SampledFrom([]string{`"Action":`, `"Action":`, `"Action":`, `"NotAction":`}).Draw(t, "a") + action.Draw(t, "action") + ","
			s += rapid.SampledFrom([]string{`"Resource":`, `"Resource":`, `"Resource":`, `"NotResource":`}).Draw(t, "r") + resource.Draw(t, "resource")
			return s + rapid.SampledFrom([]string{"}", "}", `,"Condition":{"StringEquals":{"aws:username":"b"}}}`}).Draw(t, "condition")
		}), 1, 4).Draw(t, "statements")
		return document(t, fmt.Sprint("p", rapid.IntRange(0, 99).Draw(t, "name")), list)
	}), 0, 12).Draw(t, label)
}

// comparable puts reasons into an order, and of an allowed request leaves only the layers: any granting statement may be cited.
func comparableDecision(d policy.Decision) policy.Decision {
	if d.Effect == policy.Allow {
		for i := range d.Reasons {
			d.Reasons[i] = policy.Reason{Layer: d.Reasons[i].Layer}
		}
	}
	slices.SortFunc(d.Reasons, func(a, b policy.Reason) int {
		return cmp.Or(cmp.Compare(a.Layer, b.Layer), cmp.Compare(a.Level, b.Level), cmp.Compare(a.Policy, b.Policy), cmp.Compare(a.Statement, b.Statement), cmp.Compare(a.Column, b.Column))
	})
	return d
}

// What is compiled decides as what is not, also after changes.
func TestCompiledIsPlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		req, p := world(t)
		p.Identity = crowd(t, "many")
		p.SCPs = []policy.Level{{Name: "r", Policies: crowd(t, "scp")}, {Name: "a", Policies: crowd(t, "scp 2")}}
		l := p.Compile()
		check := func() {
			want, v := policy.Evaluate(req, p), policy.Decide(req, l)
			if diff := gocmp.Diff(comparableDecision(want), comparableDecision(v.Decision())); diff != "" {
				t.Fatalf("(-plain +compiled):\n%s", diff)
			}
		}
		check()
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			before, former, set := p.Identity, policy.Evaluate(req, p), l.Identity
			from := rapid.IntRange(0, len(before)).Draw(t, "from")
			to := rapid.IntRange(from, len(before)).Draw(t, "to")
			p.Identity = slices.Concat(before[:from], crowd(t, "instead"), before[to:])
			l.Identity = set.Update(p.Identity)
			check()
			old := *l
			old.Identity = set // the snapshot that others still use has not changed
			v := policy.Decide(req, &old)
			if diff := gocmp.Diff(comparableDecision(former), comparableDecision(v.Decision())); diff != "" {
				t.Fatalf("the former snapshot (-before +after an update):\n%s", diff)
			}
		}
	})
}

// A request that is allowed allocates nothing.
func TestAllowDoesNotAllocate(t *testing.T) {
	req, p := fullRequest(t, 1000)
	l := p.Compile()
	if v := policy.Decide(req, l); v.Effect != policy.Allow {
		t.Fatal(v.Decision())
	}
	if n := testing.AllocsPerRun(100, func() { policy.Decide(req, l) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// An update leaves nothing of what was taken out.
func TestUpdateForgets(t *testing.T) {
	list := managed(t, 50)
	set := policy.Compile(list)
	for i := range list {
		list = slices.Clone(list)
		list[i] = named(t, list[i].Name, `"Effect":"Allow","Action":"x:y","Resource":"*"`)
		set = set.Update(list)
	}
	for _, s := range []string{"s3", "sqs", "dynamodb"} {
		req := &policy.Request{Principal: alice, Action: s + ":GetItem", Resource: strings.ReplaceAll("arn:aws:S:eu-west-1:111111111111:read-9/items", "S", s), ResourceAccount: home}
		if v := policy.Decide(req, &policy.Layers{Identity: set}); v.Effect != policy.ImplicitDeny {
			t.Errorf("%s: %v", s, v.Decision())
		}
	}
}
