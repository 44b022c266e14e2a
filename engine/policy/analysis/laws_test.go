package analysis_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vauban/engine/policy"
	"vauban/engine/policy/analysis"
)

// The laws, on random policies over a small world in which much meets.

func pick(t *rapid.T, label string, options ...string) string {
	return rapid.SampledFrom(options).Draw(t, label)
}

func condition(t *rapid.T) string {
	return pick(t, "condition", "", "", "",
		`,"Condition":{"StringEquals":{"aws:PrincipalTag/team":["a","b"]}}`,
		`,"Condition":{"StringNotEquals":{"aws:PrincipalTag/team":"a"}}`,
		`,"Condition":{"StringLikeIfExists":{"aws:PrincipalTag/team":"a*"}}`,
		`,"Condition":{"Null":{"aws:PrincipalTag/team":"true"}}`,
		`,"Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["k","l"]}}`,
		`,"Condition":{"ForAnyValue:StringLike":{"aws:TagKeys":"k*"}}`,
		`,"Condition":{"ForAnyValue:StringNotEquals":{"aws:TagKeys":"k"}}`,
		`,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`,
		`,"Condition":{"NotIpAddress":{"aws:SourceIp":["10.0.0.0/9","2001:db8::/32"]}}`,
		`,"Condition":{"NumericLessThan":{"s3:max-keys":"10"}}`,
		`,"Condition":{"NumericGreaterThanEqualsIfExists":{"s3:max-keys":"5"},"Bool":{"aws:SecureTransport":"true"}}`,
		`,"Condition":{"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}`,
		`,"Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/r*"}}`,
		`,"Condition":{"StringNotEquals":{"aws:PrincipalAccount":"111111111111"}}`,
		`,"Condition":{"StringEquals":{"aws:PrincipalTag/team":"${aws:username}"}}`,
		`,"Condition":{"StringNotLike":{"aws:PrincipalTag/team":"a${aws:PrincipalTag/unit}"}}`)
}

func statement(t *rapid.T, k analysis.Kind) string {
	s := `"Effect":"` + pick(t, "effect", "Allow", "Allow", "Deny") + `"`
	s += "," + pick(t, "action", `"Action":"*"`, `"Action":"s3:*"`, `"Action":["s3:Get*","iam:Get?ser"]`, `"Action":"s3:PutObject"`, `"NotAction":"s3:Get*"`, `"NotAction":["iam:*","s3:List*"]`, `"Action":"s3:GetObject"`)
	s += "," + pick(t, "resource", `"Resource":"*"`, `"Resource":"arn:aws:s3:::b/*"`, `"Resource":["arn:aws:s3:::b/k?","arn:aws:iam::*:user/u"]`, `"Resource":"arn:aws:s3:::b/${aws:username}/*"`, `"NotResource":"arn:aws:s3:::b/k*"`, `"NotResource":["arn:aws:s3:::*/*","arn:aws:iam::1*1:*"]`, `"Resource":"arn:aws:s3:::b/*k*"`)
	if k == analysis.Resource {
		s += "," + pick(t, "principal", `"Principal":"*"`, `"Principal":{"AWS":"111111111111"}`, `"Principal":{"AWS":"arn:aws:iam::111111111111:user/u"}`, `"Principal":{"AWS":["arn:aws:iam::111111111111:role/r","222222222222"]}`,
			`"Principal":{"AWS":"arn:aws:sts::111111111111:assumed-role/r/s","Service":"ec2.amazonaws.com"}`, `"NotPrincipal":{"AWS":["111111111111","arn:aws:iam::111111111111:user/u"]}`, `"Principal":{"AWS":"AROAEXAMPLE"}`)
	}
	return "{" + s + condition(t) + "}"
}

func randomPolicy(t *rapid.T, label string, k analysis.Kind) []string {
	var out []string
	for range rapid.IntRange(0, 4).Draw(t, label) {
		out = append(out, statement(t, k))
	}
	return out
}

// request draws a request of the kind that clients make.
func request(t *rapid.T) *policy.Request {
	who := rapid.SampledFrom([]policy.Principal{
		{Kind: policy.User, Account: "111111111111", ARN: "arn:aws:iam::111111111111:user/u"},
		{Kind: policy.User, Account: "333333333333", ARN: "arn:aws:iam::333333333333:user/k1"},
		{Kind: policy.RoleSession, Account: "111111111111", ARN: "arn:aws:sts::111111111111:assumed-role/r/s", Role: "arn:aws:iam::111111111111:role/r", ID: "AROAEXAMPLE"},
		{Kind: policy.RoleSession, Account: "222222222222", ARN: "arn:aws:sts::222222222222:assumed-role/q/s", Role: "arn:aws:iam::222222222222:role/p/q"},
	}).Draw(t, "who")
	req := &policy.Request{Principal: who}
	pair := rapid.SampledFrom([][2]string{
		{"s3:GetObject", "arn:aws:s3:::b/k1"}, {"s3:GetObject", "arn:aws:s3:::b/u/x"}, {"s3:PutObject", "arn:aws:s3:::b/xky"}, {"s3:PutObject", "arn:aws:s3:::c/k"},
		{"s3:ListAllMyBuckets", "*"}, {"iam:GetUser", "arn:aws:iam::111111111111:user/u"}, {"iam:GetUser", "arn:aws:iam::222222222222:user/v"}, {"sqs:SendMessage", "arn:aws:sqs:us-east-1:111111111111:q"},
		{"s3:ListBucket", "arn:aws:s3:::b"}, {"s3:GetObject", "arn:aws:s3:::b/k1/k"},
	}).Draw(t, "what")
	req.Action, req.Resource = pair[0], pair[1]
	if who.Kind == policy.User {
		req.Context.Set("aws:PrincipalArn", who.ARN)
		req.Context.Set("aws:username", who.ARN[strings.LastIndexByte(who.ARN, '/')+1:])
	} else {
		req.Context.Set("aws:PrincipalArn", who.Role)
	}
	req.Context.Set("aws:PrincipalAccount", who.Account)
	req.Context.Set("aws:SecureTransport", pick(t, "secure", "true", "false"))
	req.Context.Set("aws:CurrentTime", pick(t, "time", "2019-05-01T00:00:00Z", "2025-05-01T00:00:00Z"))
	some := func(key string, values ...string) {
		if v := pick(t, key, append(values, "")...); v != "" {
			req.Context.Set(key, v)
		}
	}
	some("aws:PrincipalTag/team", "a", "ab", "b", "u", "z")
	some("aws:PrincipalTag/unit", "b", "")
	some("aws:SourceIp", "10.1.2.3", "10.200.0.1", "2001:db8::7", "192.0.2.1")
	some("s3:max-keys", "3", "7", "20")
	if keys := rapid.SliceOfN(rapid.SampledFrom([]string{"k", "kk", "l", "m"}), 0, 3).Draw(t, "tag keys"); len(keys) > 0 {
		req.Context.SetMulti("aws:TagKeys", keys)
	}
	return req
}

// allows asks the concrete engine, independently of the package's own way to ask.
func allows(k analysis.Kind, d *policy.Document, req *policy.Request) bool {
	q := *req
	p := policy.Policies{Identity: []policy.Named{{Document: d}}}
	q.ResourceAccount = q.Principal.Account
	if k == analysis.Resource {
		all, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`))
		if err != nil {
			panic(err)
		}
		p = policy.Policies{Identity: []policy.Named{{Document: all}}, Resource: &policy.Named{Document: d}}
		q.ResourceAccount = "999999999999"
	}
	return policy.Evaluate(&q, &p).Effect == policy.Allow
}

func kinds(t *rapid.T) analysis.Kind {
	return rapid.SampledFrom([]analysis.Kind{analysis.Identity, analysis.Resource}).Draw(t, "kind")
}

func draw(t *rapid.T, label string, k analysis.Kind) *policy.Document {
	list := randomPolicy(t, label, k)
	d, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[` + strings.Join(list, ",") + `]}`))
	if err != nil {
		t.Fatalf("%s: %v", list, err)
	}
	return d
}

// TestWitnessesAndPasses: what fails has a request that shows it, and no request contradicts what passes.
func TestWitnessesAndPasses(t *testing.T) {
	o := analysis.Options{World: load(t)}
	verdicts := map[analysis.Verdict]int{}
	rapid.Check(t, func(t *rapid.T) {
		k := kinds(t)
		old, changed := draw(t, "old", k), draw(t, "new", k)
		r, err := analysis.NoNewAccess(old, changed, k, o)
		if err != nil {
			t.Fatal(err)
		}
		verdicts[r.Verdict]++
		for _, f := range r.Findings {
			req := &policy.Request{Principal: f.Witness.Principal, Action: f.Witness.Action, Resource: f.Witness.Resource, Context: f.Witness.Context}
			if !allows(k, changed, req) || allows(k, old, req) {
				t.Fatalf("the witness shows nothing: %s", f.Witness.String())
			}
		}
		for _, d := range r.Doubts {
			if strings.Contains(d.Reason, "does not confirm") || strings.Contains(d.Reason, "bound") {
				t.Fatalf("doubt: %s", d.Reason)
			}
		}
		if r.Verdict != analysis.Pass {
			return
		}
		for range 40 {
			if req := request(t); allows(k, changed, req) && !allows(k, old, req) {
				t.Fatalf("passed, and yet %s may newly %s on %s with %v", req.Principal.ARN, req.Action, req.Resource, fmt.Sprint(req.Context))
			}
		}
	})
	t.Log(verdicts)
}

// TestNothingNewInItself: a policy has no new access over itself, nor with a Deny more, nor with a statement less that allows.
func TestNothingNewInItself(t *testing.T) {
	o := analysis.Options{World: load(t)}
	rapid.Check(t, func(t *rapid.T) {
		k := kinds(t)
		d := draw(t, "policy", k)
		more := *d
		s := draw(t, "more", k)
		for _, x := range s.Statements {
			if x.Effect == policy.ExplicitDeny {
				more.Statements = append(append([]policy.Statement{}, more.Statements...), x)
			}
		}
		for _, c := range []*policy.Document{d, &more} {
			if r, err := analysis.NoNewAccess(d, c, k, o); err != nil || r.Verdict != analysis.Pass {
				t.Fatalf("%v %v %s", err, r.Verdict, tell(r))
			}
		}
	})
}

// TestFreshResourceIsNew: one more Allow on a resource that the policy says nothing of is new access, unless a Deny forbids it.
func TestFreshResourceIsNew(t *testing.T) {
	o := analysis.Options{World: load(t)}
	rapid.Check(t, func(t *rapid.T) {
		var list []string
		for range rapid.IntRange(0, 4).Draw(t, "n") {
			list = append(list, `{"Effect":"Allow","Action":"s3:*","Resource":`+pick(t, "resource", `"arn:aws:s3:::b/*"`, `"arn:aws:s3:::b?/k"`, `"arn:aws:s3:::*-logs/${aws:username}"`)+condition(t)+`}`)
		}
		parse := func(list []string) *policy.Document {
			d, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[` + strings.Join(list, ",") + `]}`))
			if err != nil {
				t.Fatal(err)
			}
			return d
		}
		more := append(append([]string{}, list...), `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::fresh/file"}`)
		r, err := analysis.NoNewAccess(parse(list), parse(more), analysis.Identity, o)
		if err != nil || r.Verdict != analysis.Fail || len(r.Findings) != 1 || r.Findings[0].Statement != len(list) {
			t.Fatalf("%v %v %s", err, r.Verdict, tell(r))
		}
	})
}
