package replay

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vauban/engine/policy"
)

// shelf is a library of some texts.
type shelf map[string]*policy.Document

func (s shelf) Document(_ *Call, cite Cite) *policy.Document { return s[cite.Digest()] }

// world draws policies and keeps all of their texts.
type world struct {
	*rapid.T
	all   shelf
	names int
}

func (w *world) one(label string, list ...string) string {
	return rapid.SampledFrom(list).Draw(w.T, label)
}

// policy draws a policy, mostly one that grants.
func (w *world) policy(named bool) policy.Named {
	var b strings.Builder
	for i := range rapid.IntRange(1, 3).Draw(w.T, "statements") {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"Effect":%q,"Action":%q`, w.one("effect", "Allow", "Allow", "Allow", "Deny"), w.one("action", "*", "iam:*", "iam:GetUser", "sts:AssumeRole", "s3:*"))
		if named {
			fmt.Fprintf(&b, `,"Principal":%s`, w.one("principal", `"*"`, `{"AWS":"111122223333"}`, `{"AWS":"arn:aws:iam::111122223333:role/r"}`, `{"AWS":"arn:aws:iam::111122223333:user/u"}`))
		}
		fmt.Fprintf(&b, `,"Resource":%q`, w.one("resource", "*", "arn:aws:iam::*:user/*", "arn:aws:iam::444455556666:*"))
		if c := w.one("condition", "", "", `{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`, `{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}`); c != "" {
			fmt.Fprintf(&b, `,"Condition":%s`, c)
		}
		b.WriteByte('}')
	}
	doc, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[` + b.String() + `]}`))
	if err != nil {
		w.Fatal(err)
	}
	w.all[doc.Digest] = doc
	w.names++
	return policy.Named{Name: fmt.Sprintf("p%d", w.names), Document: doc}
}

func (w *world) list(label string, least, most int, named bool) []policy.Named {
	out := []policy.Named{}
	for range rapid.IntRange(least, most).Draw(w.T, label) {
		out = append(out, w.policy(named))
	}
	return out
}

func (w *world) levels(label string, named bool) []policy.Level {
	var out []policy.Level
	for i := range rapid.IntRange(0, 2).Draw(w.T, label) {
		l := policy.Level{Name: fmt.Sprintf("%s%d", label, i), Policies: w.list("attached", 0, 1, named)}
		full := grantAll
		if named {
			full = grantAllNamed
		}
		if rapid.IntRange(0, 4).Draw(w.T, "full") > 0 {
			doc, err := policy.Parse([]byte(full))
			if err != nil {
				w.Fatal(err)
			}
			w.all[doc.Digest] = doc
			l.Policies = append(l.Policies, policy.Named{Name: "Full", Document: doc})
		}
		out = append(out, l)
	}
	return out
}

func cites(list []policy.Named) []Cite {
	if list == nil {
		return nil
	}
	out := make([]Cite, len(list))
	for i, n := range list {
		out[i] = Cite(n.Name + "#" + n.Document.Digest)
	}
	return out
}

// text is the JSON of v, "" for nothing.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil || string(b) == "null" || string(b) == `""` {
		return ""
	}
	return string(b)
}

func citedLevels(list []policy.Level) []Level {
	var out []Level
	for _, l := range list {
		out = append(out, Level{l.Name, cites(l.Policies)})
	}
	return out
}

// scene is a question with all policies and a proposal.
type scene struct {
	call     *Call
	policies policy.Policies
	proposal Proposal
}

func (w *world) scene() *scene {
	s := &scene{}
	who := policy.Principal{Kind: policy.User, Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/u", ID: "AIDA1"}
	if rapid.Bool().Draw(w.T, "session") {
		who = policy.Principal{Kind: policy.RoleSession, Account: "111122223333", ARN: "arn:aws:sts::111122223333:assumed-role/r/s", Role: "arn:aws:iam::111122223333:role/r", ID: "AROA1"}
	}
	p := &s.policies
	p.Identity = w.list("identity", 0, 2, false)
	if rapid.IntRange(0, 3).Draw(w.T, "boundary") == 0 {
		p.Boundary = new(w.policy(false))
	}
	if who.Kind == policy.RoleSession && rapid.IntRange(0, 3).Draw(w.T, "sessionPolicy") == 0 {
		p.Session = w.list("session", 1, 1, false)
	}
	p.SCPs, p.RCPs = w.levels("scp", false), w.levels("rcp", true)
	q := Question{Action: w.one("asked", "iam:GetUser", "sts:AssumeRole", "s3:GetObject"), ResourceAccount: w.one("owner", "111122223333", "444455556666")}
	q.Resource = "arn:aws:iam::" + q.ResourceAccount + ":user/u"
	if rapid.Bool().Draw(w.T, "hasResourcePolicy") {
		p.Resource = new(w.policy(true))
		q.resource = text(cites([]policy.Named{*p.Resource})[0])
	}
	if q.Action == "sts:AssumeRole" {
		q.Kind = policy.RoleTrust
	}
	q.rcps = text(citedLevels(p.RCPs))
	c := &Call{Time: time.Unix(1_760_000_000, 0), Principal: who, identity: text(cites(p.Identity)), session: text(cites(p.Session)), scps: text(citedLevels(p.SCPs))}
	if p.Boundary != nil {
		c.boundary = text(cites([]policy.Named{*p.Boundary})[0])
	}
	c.context.Set("aws:RequestedRegion", w.one("region", "us-east-1", "eu-west-1"))
	if rapid.Bool().Draw(w.T, "mfa") {
		c.context.Set("aws:MultiFactorAuthPresent", "true")
	}
	d := policy.Evaluate(c.request(&q), p)
	q.Decision, q.decidedBy = d.Effect, text(d.Reasons)
	c.Questions = []Question{q}
	s.call = c
	s.propose(w, &q)
	return s
}

// propose draws a proposal.
func (s *scene) propose(w *world, q *Question) {
	x := &s.proposal
	x.Affects = func(*Call, *Question) bool { return true }
	layers := []policy.Layer{policy.LayerSCP, policy.LayerRCP, policy.LayerIdentity, policy.LayerBoundary}
	if q.Kind == policy.RoleTrust {
		layers = append(layers, policy.LayerTrust)
	}
	x.Layer = rapid.SampledFrom(layers).Draw(w.T, "layer")
	named := x.Layer == policy.LayerRCP || x.Layer == policy.LayerTrust
	x.Policy = w.policy(named)
	x.Policy.Name = "proposed"
	names := []string{""}
	switch x.Layer {
	case policy.LayerSCP:
		x.Level = w.one("level", "scp0", "scp1", "scp9")
	case policy.LayerRCP:
		x.Level = w.one("level", "rcp0", "rcp1", "rcp9")
	}
	for _, n := range s.attached() {
		names = append(names, n.Name)
	}
	x.Replaces = rapid.SampledFrom(names).Draw(w.T, "replaces")
}

// attached is what is where the proposal goes.
func (s *scene) attached() []policy.Named {
	switch x := &s.proposal; x.Layer {
	case policy.LayerIdentity:
		return s.policies.Identity
	case policy.LayerSCP:
		return levelNamed(s.policies.SCPs, x.Level)
	case policy.LayerRCP:
		return levelNamed(s.policies.RCPs, x.Level)
	}
	return nil
}

func levelNamed(list []policy.Level, name string) []policy.Named {
	for _, l := range list {
		if l.Name == name {
			return l.Policies
		}
	}
	return nil
}

// enforced are the policies with the proposal put in force.
func (s *scene) enforced(t *rapid.T) policy.Policies {
	p, x := s.policies, &s.proposal
	swap := func(list []policy.Named) []policy.Named {
		out := []policy.Named{}
		for _, n := range list {
			if x.Replaces == "" || n.Name != x.Replaces {
				out = append(out, n)
			}
		}
		return append(out, x.Policy)
	}
	level := func(list []policy.Level, full string) []policy.Level {
		out := append([]policy.Level{}, list...)
		for i := range out {
			if out[i].Name == x.Level {
				out[i].Policies = swap(out[i].Policies)
				return out
			}
		}
		doc, err := policy.Parse([]byte(full))
		if err != nil {
			t.Fatal(err)
		}
		return append(out, policy.Level{Name: x.Level, Policies: []policy.Named{{Name: "full", Document: doc}, x.Policy}})
	}
	switch x.Layer {
	case policy.LayerIdentity:
		p.Identity = swap(p.Identity)
	case policy.LayerBoundary:
		p.Boundary = &x.Policy
	case policy.LayerTrust:
		p.Resource = &x.Policy
	case policy.LayerSCP:
		p.SCPs = level(p.SCPs, grantAll)
	case policy.LayerRCP:
		p.RCPs = level(p.RCPs, grantAllNamed)
	}
	return p
}

// TestReplayIsEnforcement: what is told is what the engine says when the policy is in force and the question is asked again; with all texts it is
// always told.
func TestReplayIsEnforcement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{T: t, all: shelf{}}
		s := w.scene()
		enforced := s.enforced(t)
		want := policy.Evaluate(s.call.request(&s.call.Questions[0]), &enforced)
		o, ok := New(s.proposal, w.all).Call(s.call)
		if !ok || !o.Told || o.After != want.Effect {
			t.Fatalf("with all texts: %+v, %v; want %v", o, ok, want)
		}
		if o.Before != s.call.Questions[0].Decision {
			t.Fatalf("before: %v", o.Before)
		}
	})
}

// TestLostTexts: with texts lost, what is told is still true.
func TestLostTexts(t *testing.T) {
	told, guessed := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		w := &world{T: t, all: shelf{}}
		s := w.scene()
		enforced := s.enforced(t)
		want := policy.Evaluate(s.call.request(&s.call.Questions[0]), &enforced)
		left := shelf{}
		for digest, doc := range w.all {
			if rapid.Bool().Draw(t, "kept") || digest == s.proposal.Policy.Document.Digest {
				left[digest] = doc
			}
		}
		o, _ := New(s.proposal, left).Call(s.call)
		guessed++
		if !o.Told {
			if len(o.Why) == 0 {
				t.Fatal("not told, and no reason")
			}
			return
		}
		told++
		if (o.After == policy.Allow) != (want.Effect == policy.Allow) {
			t.Fatalf("with lost texts: %+v; want %+v; recorded %+v", o, want, s.call.Questions[0])
		}
	})
	if told*2 < guessed {
		t.Errorf("only %d of %d outcomes were told", told, guessed)
	}
}

// TestTable is the table of the package's documentation.
func TestTable(t *testing.T) {
	const (
		allow = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
		deny  = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}`
		other = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
	)
	denies := []policy.Reason{{Layer: policy.LayerIdentity, Policy: "own", Statement: 0}}
	for _, test := range []struct {
		name     string
		decision policy.Effect
		by       []policy.Reason
		replaces string
		proposed string
		told     bool
		after    bool // allowed
	}{
		{"denied by a layer that stays", policy.ExplicitDeny, []policy.Reason{{Layer: policy.LayerSCP, Level: "r", Policy: "p"}}, "", allow, true, false},
		{"allowed, denies", policy.Allow, denies, "", deny, true, false},
		{"allowed, is only added", policy.Allow, denies, "", other, true, true},
		{"missing another layer", policy.ImplicitDeny, []policy.Reason{{Layer: policy.LayerSCP, Level: "r", Statement: -1}}, "", allow, true, false},
		{"missing only this layer", policy.ImplicitDeny, []policy.Reason{{Layer: policy.LayerIdentity, Statement: -1}}, "", allow, true, true},
		{"denied only by what is replaced", policy.ExplicitDeny, denies, "own", allow, false, false},
	} {
		doc, err := policy.Parse([]byte(test.proposed))
		if err != nil {
			t.Fatal(err)
		}
		c := &Call{Principal: policy.Principal{Kind: policy.User, Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/u"},
			identity: `["own#lost"]`, scps: `[{"level":"r","policies":["p#lost"]}]`,
			Questions: []Question{{Action: "iam:GetUser", Resource: "*", ResourceAccount: "111122223333", Decision: test.decision, decidedBy: text(test.by)}}}
		o, ok := New(Proposal{Layer: policy.LayerIdentity, Replaces: test.replaces, Policy: policy.Named{Name: "new", Document: doc},
			Affects: func(*Call, *Question) bool { return true }}, shelf{}).Call(c)
		if !ok || o.Told != test.told || o.Told && (o.After == policy.Allow) != test.after {
			t.Errorf("%s: %+v", test.name, o)
		}
	}
}
