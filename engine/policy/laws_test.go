package policy_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vauban/engine/policy"
)

// The laws of evaluation, on random policies over a small world in which much meets: two services, a few resources, principals of two
// accounts, conditions on one key.

func statements(effects ...string) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		pick := func(label string, options ...string) string { return rapid.SampledFrom(options).Draw(t, label) }
		s := `"Effect":"` + pick("effect", effects...) + `"`
		s += "," + pick("action", `"Action":"*"`, `"Action":"s3:*"`, `"Action":["s3:Get*","iam:Get?ser"]`, `"Action":"s3:PutObject"`, `"NotAction":"s3:Get*"`, `"NotAction":["iam:*","kms:*"]`)
		s += "," + pick("resource", `"Resource":"*"`, `"Resource":"arn:aws:s3:::b/*"`, `"Resource":["arn:aws:s3:::b/k","arn:aws:iam::*"]`, `"Resource":"arn:aws:s3:::${aws:username}/*"`, `"NotResource":"arn:aws:s3:::b/k"`)
		s += pick("principal", "", `,"Principal":"*"`, `,"Principal":{"AWS":"111111111111"}`, `,"Principal":{"AWS":"`+alice.ARN+`"}`, `,"Principal":{"AWS":"`+session.ID+`"}`,
			`,"Principal":{"AWS":"`+session.ARN+`","Service":"cloudtrail.amazonaws.com"}`, `,"NotPrincipal":{"AWS":["111111111111","`+alice.ARN+`"]}`)
		s += pick("condition", "", "", `,"Condition":{"StringEquals":{"aws:username":"b"}}`, `,"Condition":{"StringNotEquals":{"aws:username":["b","c"]}}`,
			`,"Condition":{"Null":{"aws:username":"true"}}`, `,"Condition":{"ForAllValues:StringLike":{"aws:TagKeys":"a*"}}`, `,"Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":["ab","c"]}}`)
		return "{" + s + "}"
	})
}

func policies(t *rapid.T, label string, effects ...string) []policy.Named {
	if rapid.IntRange(0, 3).Draw(t, label+" absent") == 0 {
		return nil
	}
	out := []policy.Named{}
	for i := range rapid.IntRange(0, 3).Draw(t, label+" policies") {
		list := rapid.SliceOfN(statements(effects...), 0, 3).Draw(t, fmt.Sprint(label, i))
		out = append(out, document(t, fmt.Sprint(label, i), list))
	}
	return out
}

func document(t interface{ Fatalf(string, ...any) }, name string, list []string) policy.Named {
	d, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[` + strings.Join(list, ",") + `]}`))
	if err != nil {
		t.Fatalf("%s: %v", list, err)
	}
	return policy.Named{Name: name, Document: d}
}

func world(t *rapid.T) (*policy.Request, *policy.Policies) {
	who := rapid.SampledFrom([]policy.Principal{alice, root, session, federated, service, anonymous, web}).Draw(t, "who")
	req := &policy.Request{
		Principal:       who,
		Action:          rapid.SampledFrom([]string{"s3:GetObject", "s3:PutObject", "iam:GetUser", "kms:Decrypt"}).Draw(t, "action"),
		Resource:        rapid.SampledFrom([]string{"*", "arn:aws:s3:::b/k", "arn:aws:s3:::b/l", "arn:aws:iam::111111111111:user/u"}).Draw(t, "resource"),
		ResourceAccount: rapid.SampledFrom([]string{home, away}).Draw(t, "owner"),
		ResourceKind:    rapid.SampledFrom([]policy.ResourceKind{policy.Ordinary, policy.KMSKey, policy.RoleTrust}).Draw(t, "kind"),
	}
	if rapid.Bool().Draw(t, "username") {
		req.Context.Set("aws:username", rapid.SampledFrom([]string{"b", "z"}).Draw(t, "name"))
	}
	if rapid.Bool().Draw(t, "tags") {
		req.Context.SetMulti("aws:TagKeys", rapid.SliceOfN(rapid.SampledFrom([]string{"ab", "c"}), 0, 2).Draw(t, "tag keys"))
	}
	both := []string{"Allow", "Deny"}
	if rapid.IntRange(0, 2).Draw(t, "denials") > 0 {
		both = both[:1]
	}
	p := &policy.Policies{
		Identity: policies(t, "identity", both...), Session: policies(t, "session", both...), Endpoints: policies(t, "endpoint", both...),
		SCPs: organization(t, "scp", both...), RCPs: organization(t, "rcp", both...),
	}
	if list := policies(t, "boundary", both...); len(list) > 0 {
		p.Boundary = &list[0]
	}
	if list := policies(t, "resource", both...); len(list) > 0 {
		p.Resource = &list[0]
	}
	return req, p
}

func organization(t *rapid.T, label string, effects ...string) []policy.Level {
	var out []policy.Level
	for i := range rapid.IntRange(0, 2).Draw(t, label+" levels") {
		out = append(out, policy.Level{Name: fmt.Sprint(i), Policies: policies(t, fmt.Sprint(label, i), effects...)})
	}
	return out
}

// layersOf gives access to each list of policies, with a function that puts another list in its place.
func layersOf(p *policy.Policies) map[string]*[]policy.Named {
	m := map[string]*[]policy.Named{"identity": &p.Identity, "session": &p.Session, "endpoint": &p.Endpoints}
	for i := range p.SCPs {
		m[fmt.Sprint("scp", i)] = &p.SCPs[i].Policies
	}
	for i := range p.RCPs {
		m[fmt.Sprint("rcp", i)] = &p.RCPs[i].Policies
	}
	return m
}

func copyOf(p *policy.Policies) *policy.Policies {
	c := *p
	c.Identity, c.Session, c.Endpoints = clone(p.Identity), clone(p.Session), clone(p.Endpoints)
	c.SCPs, c.RCPs = append([]policy.Level(nil), p.SCPs...), append([]policy.Level(nil), p.RCPs...)
	return &c
}

func clone(list []policy.Named) []policy.Named {
	if list == nil {
		return nil
	}
	return append([]policy.Named{}, list...)
}

// add returns a copy of p with one more policy in a layer that is there already, drawn at random.
func add(t *rapid.T, p *policy.Policies, effect string) *policy.Policies {
	c := copyOf(p)
	extra := document(t, "extra", []string{statements(effect).Draw(t, "extra")})
	join := func(n *policy.Named) *policy.Named {
		d := *n.Document
		d.Statements = append(append([]policy.Statement{}, d.Statements...), extra.Document.Statements...)
		return &policy.Named{Name: n.Name, Document: &d}
	}
	var options []string
	layers := layersOf(c)
	for _, name := range []string{"identity", "session", "endpoint", "scp0", "scp1", "rcp0", "rcp1"} {
		if l := layers[name]; l != nil && (name == "identity" || *l != nil || strings.Contains(name, "cp")) {
			options = append(options, name)
		}
	}
	if c.Boundary != nil {
		options = append(options, "boundary")
	}
	if c.Resource != nil {
		options = append(options, "resource")
	}
	switch where := rapid.SampledFrom(options).Draw(t, "where"); where {
	case "boundary":
		c.Boundary = join(c.Boundary)
	case "resource":
		c.Resource = join(c.Resource)
	default:
		*layers[where] = append(clone(*layers[where]), extra)
	}
	return c
}

func TestDenyAlwaysWins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		req, p := world(t)
		c := copyOf(p)
		deny := document(t, "deny", []string{`{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}`})
		c.Resource = &deny
		if got := policy.Evaluate(req, c); got.Effect != policy.ExplicitDeny {
			t.Fatalf("denied by the resource, yet %v", got)
		}
		c = copyOf(p)
		c.Identity = append(c.Identity, deny)
		if got := policy.Evaluate(req, c); req.Principal.Account != "" && got.Effect != policy.ExplicitDeny {
			t.Fatalf("denied by an identity policy, yet %v", got)
		}
	})
}

func TestMoreAllowNeverTakesAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		req, p := world(t)
		before := policy.Evaluate(req, p)
		after := policy.Evaluate(req, add(t, p, "Allow"))
		if before.Effect == policy.Allow && after.Effect != policy.Allow || (before.Effect == policy.ExplicitDeny) != (after.Effect == policy.ExplicitDeny) {
			t.Fatalf("%v becomes %v", before, after)
		}
	})
}

func TestMoreDenyNeverGives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		req, p := world(t)
		before := policy.Evaluate(req, p)
		after := policy.Evaluate(req, add(t, p, "Deny"))
		if before.Effect != policy.Allow && after.Effect == policy.Allow || before.Effect == policy.ExplicitDeny && after.Effect != policy.ExplicitDeny {
			t.Fatalf("%v becomes %v", before, after)
		}
	})
}

func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		req, p := world(t)
		c := copyOf(p)
		reverse := func(n *policy.Named) *policy.Named {
			d := *n.Document
			d.Statements = rapid.Permutation(d.Statements).Draw(t, n.Name)
			return &policy.Named{Name: n.Name, Document: &d}
		}
		layers := layersOf(c)
		for _, name := range slices.Sorted(maps.Keys(layers)) {
			l := layers[name]
			if len(*l) == 0 {
				continue
			}
			list := clone(rapid.Permutation(*l).Draw(t, name))
			for i := range list {
				list[i] = *reverse(&list[i])
			}
			*l = list
		}
		if c.Boundary != nil {
			c.Boundary = reverse(c.Boundary)
		}
		if c.Resource != nil {
			c.Resource = reverse(c.Resource)
		}
		if len(c.SCPs) > 0 {
			c.SCPs = rapid.Permutation(c.SCPs).Draw(t, "scps")
		}
		if len(c.RCPs) > 0 {
			c.RCPs = rapid.Permutation(c.RCPs).Draw(t, "rcps")
		}
		a, b := policy.Evaluate(req, p), policy.Evaluate(req, c)
		if a.Effect != b.Effect || a.Effect != policy.Allow && len(a.Reasons) != len(b.Reasons) {
			t.Fatalf("%v becomes %v", a, b)
		}
	})
}

// Boundaries, session policies and the organization's policies only take away.
func TestCeilingsGrantNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		req, p := world(t)
		if policy.Evaluate(req, p).Effect != policy.Allow {
			return
		}
		bare := &policy.Policies{Identity: p.Identity, Resource: p.Resource}
		if req.Principal.Kind == policy.FederatedUser {
			bare.Session = p.Session // without one it may nothing
		}
		if got := policy.Evaluate(req, bare); got.Effect != policy.Allow {
			t.Fatalf("allowed under ceilings, %v without", got)
		}
		if req.Principal != root && req.Principal.Account != "" {
			bare.Identity, bare.Resource = nil, nil
			if got := policy.Evaluate(req, bare); got.Effect == policy.Allow {
				t.Fatalf("allowed by nothing: %v", got)
			}
		}
	})
}

// A guardrail that is attached where none was, or one level more of them, takes away or changes nothing.
func TestAnotherSCPNeverGrants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		req, p := world(t)
		before := policy.Evaluate(req, p)
		c := copyOf(p)
		level := policy.Level{Name: "new", Policies: policies(t, "new", "Allow", "Deny")}
		if rapid.Bool().Draw(t, "rcp") {
			c.RCPs = append(c.RCPs, level)
		} else {
			c.SCPs = append(c.SCPs, level)
		}
		after := policy.Evaluate(req, c)
		if after.Effect == policy.Allow && before.Effect != policy.Allow || before.Effect == policy.ExplicitDeny && after.Effect != policy.ExplicitDeny {
			t.Fatalf("%v becomes %v", before, after)
		}
	})
}

// Explain sees what Evaluate sees: the same decision, and the same denying and granting statements.
func TestExplainAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		req, p := world(t)
		d, trace := policy.Evaluate(req, p), policy.Explain(req, p)
		if diff := cmp.Diff(d, trace.Decision); diff != "" {
			t.Fatalf("decision (-Evaluate +Explain):\n%s", diff)
		}
		denies := 0
		matched := map[string]bool{}
		for _, l := range trace.Layers {
			if l.Exempt != "" {
				continue
			}
			for _, n := range l.Policies {
				for _, s := range n.Statements {
					if s.Matches != (s.Failed == "") {
						t.Fatalf("matches %v, but failed is %q", s.Matches, s.Failed)
					}
					if s.Matches && s.Effect == policy.ExplicitDeny {
						denies++
					}
					matched[fmt.Sprint(l.Layer, l.Level, n.Name, s.Index, s.Effect)] = s.Matches
				}
			}
		}
		switch d.Effect {
		case policy.ExplicitDeny:
			if denies != len(d.Reasons) {
				t.Fatalf("%d denials explained, %d decided", denies, len(d.Reasons))
			}
		case policy.Allow:
			if denies != 0 {
				t.Fatalf("allowed in spite of %d denials", denies)
			}
			for _, r := range d.Reasons {
				if !matched[fmt.Sprint(r.Layer, r.Level, r.Policy, r.Statement, policy.Allow)] {
					t.Fatalf("granted by %+v, which does not match", r)
				}
			}
		}
	})
}

func TestDenialsAlwaysHaveReasons(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		req, p := world(t)
		d := policy.Evaluate(req, p)
		if d.Effect != policy.Allow && len(d.Reasons) == 0 {
			t.Fatal("denied without a reason")
		}
		for _, r := range d.Reasons {
			if (d.Effect == policy.ImplicitDeny) != (r.Statement == -1) {
				t.Fatalf("%v cites %+v", d.Effect, r)
			}
		}
		if d.Effect != policy.Allow && policy.DenialMessage(req, d) == "" {
			t.Fatal("no message")
		}
	})
}

func FuzzEvaluate(f *testing.F) {
	f.Add(`"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${k:key, 'x'}/*"`, "s3:GetObject", "arn:aws:s3:::v/k", "k:key", "v")
	f.Add(`"Effect":"Deny","NotAction":"*","NotResource":"*","Condition":{"ArnLike":{"k:key":"arn:*:*:*:*:${k:key}"},"IpAddress":{"k:key":"::/0"}}`, ":", "*", "K:KEY", "arn:a:b:c:d:e")
	f.Fuzz(func(t *testing.T, statement, action, resource, key, value string) {
		d, err := policy.Parse([]byte(doc(statement)))
		if err != nil || len(resource) > 2000 || len(value) > 2000 {
			return
		}
		req := &policy.Request{Principal: alice, Action: action, Resource: resource}
		req.Context.Set(key, value)
		p := &policy.Policies{Identity: []policy.Named{{Name: "p", Document: d}}, Resource: &policy.Named{Name: "r", Document: d}}
		got := policy.Evaluate(req, p)
		if trace := policy.Explain(req, p); !cmp.Equal(got, trace.Decision) {
			t.Fatalf("%v explained as %v", got, trace.Decision)
		}
	})
}
