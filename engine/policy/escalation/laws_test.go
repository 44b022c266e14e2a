package escalation

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vauban/engine/policy"
)

// The laws of the search, on random small worlds in which much meets.

var full = Options{MaxSteps: 40, MaxPaths: 100}

func drawWorld(t *rapid.T) *World {
	arn := func(s string) string { return "arn:aws:iam::" + home + ":" + s }
	users, roles := []string{arn("user/u0"), arn("user/u1"), arn("user/u2")}, []string{arn("role/r0"), arn("role/r1"), arn("role/r2")}
	groups := []string{arn("group/g0"), arn("group/g1")}
	pick := func(label string, options ...string) string { return rapid.SampledFrom(options).Draw(t, label) }
	one := func(label string) statement {
		s := allow(pick(label+" action", "iam:CreateAccessKey", "iam:PutUserPolicy", "iam:AttachRolePolicy", "sts:AssumeRole", "iam:PassRole", "lambda:*", "iam:CreatePolicyVersion",
			"iam:SetDefaultPolicyVersion", "iam:AddUserToGroup", "iam:PutGroupPolicy", "iam:DeleteUserPermissionsBoundary", "iam:UpdateAssumeRolePolicy", "iam:DetachUserPolicy", "s3:*", "iam:*", "*"),
			pick(label+" resource", append(slices.Concat(users, roles, groups), "*", "*", arn("policy/p0"), arn("user/*"), arn("role/*"))...))
		switch rapid.IntRange(0, 9).Draw(t, label+" form") {
		case 0:
			s["Effect"] = "Deny"
		case 1:
			s.when("StringEquals", "iam:PassedToService", "lambda.amazonaws.com")
		}
		return s
	}
	docs := func(label string, most int) *policy.Document {
		list := []statement{allow("sts:GetCallerIdentity", "*")}
		for i := range rapid.IntRange(0, most).Draw(t, label+" statements") {
			list = append(list, one(fmt.Sprint(label, i)))
		}
		return document(t, list...)
	}
	maybe := func(label, s string) []string {
		if rapid.IntRange(0, 2).Draw(t, label) == 0 {
			return []string{s}
		}
		return nil
	}
	w := &World{Accounts: []Account{{ID: home}}, Policies: []Managed{managed(arn("policy/p0"), docs("p0", 2), docs("p0 v2", 2)), managed(arn("policy/p1"), docs("p1", 3)),
		managed("arn:aws:iam::aws:policy/A", docs("aws", 2))}}
	for _, g := range groups {
		w.Groups = append(w.Groups, Group{ARN: g, Inline: inline("in", docs(g, 1)), Attached: maybe(g+" aws", "arn:aws:iam::aws:policy/A")})
	}
	for i, u := range users {
		p := user(u, policy.Named{Name: "in", Document: docs(u, 3)})
		p.Groups, p.Attached = maybe(u+" group", groups[i%2]), append(maybe(u+" p0", arn("policy/p0")), maybe(u+" aws", "arn:aws:iam::aws:policy/A")...)
		if rapid.IntRange(0, 3).Draw(t, u+" boundary") == 0 {
			p.Boundary = arn("policy/p1")
		}
		w.Principals = append(w.Principals, p)
	}
	for _, r := range roles {
		trust := rapid.SampledFrom([]any{map[string]any{"AWS": home}, map[string]any{"AWS": users[0]}, map[string]any{"AWS": "AROAR1"}, map[string]any{"Service": "lambda.amazonaws.com"}}).Draw(t, r+" trust")
		p := role(r, trusts(t, trust), policy.Named{Name: "in", Document: docs(r, 3)})
		p.Attached = maybe(r+" p0", arn("policy/p0"))
		w.Principals = append(w.Principals, p)
	}
	if rapid.Bool().Draw(t, "function") {
		w.Compute = []Compute{{Kind: "lambda:function", ARN: "arn:aws:lambda:us-east-1:" + home + ":function:f", Role: roles[2]}}
	}
	return w
}

func mustPaths(t *rapid.T, w *World) *Report {
	r, err := Paths(w, "", full)
	if err != nil || r.Incomplete {
		t.Fatalf("%v, %v", r, err)
	}
	return r
}

// without makes the changes in a copy of the world.
func without(w *World, changes ...Change) *World {
	out := *w
	out.Policies, out.Groups, out.Principals, out.Compute = slices.Clone(w.Policies), slices.Clone(w.Groups), slices.Clone(w.Principals), slices.Clone(w.Compute)
	for _, c := range changes {
		at := c.Statement
		lists := func(holder string, named *[]policy.Named, attached *[]string) {
			if holder != at.Holder {
				return
			}
			*named, *attached = slices.Clone(*named), slices.Clone(*attached)
			for i := range *named {
				if n := &(*named)[i]; n.Name == at.Policy && c.Kind == RemoveStatement {
					n.Document = n.Document.Without(at.Index)
				}
			}
			if c.Kind == DetachPolicy {
				*attached = slices.DeleteFunc(*attached, func(a string) bool { return a == at.Policy })
			}
		}
		for i := range out.Principals {
			p := &out.Principals[i]
			lists(p.ARN, &p.Inline, &p.Attached)
			if c.Kind == ChangeTrust && p.ARN == at.Holder {
				p.Trust = p.Trust.Without(at.Index)
			}
		}
		for i := range out.Groups {
			lists(out.Groups[i].ARN, &out.Groups[i].Inline, &out.Groups[i].Attached)
		}
		for i := range out.Policies {
			if m := &out.Policies[i]; m.ARN == at.Policy && c.Kind == RemoveStatement {
				m.Versions = slices.Clone(m.Versions)
				m.Versions[0].Document = m.Versions[0].Document.Without(at.Index)
			}
		}
	}
	return &out
}

// reaches says whether the search of the end of p still leads to as much.
func reaches(r *Report, p *Path) bool {
	return slices.ContainsFunc(r.Paths, func(q Path) bool {
		return q.From == p.From && q.To == p.To && (p.Gain == More || q.Gain == Administrator)
	})
}

func TestCutCuts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		for _, p := range mustPaths(t, w).Paths {
			if p.Cut == nil {
				t.Fatalf("no cut for %v", chains(&Report{Paths: []Path{p}}))
			}
			if reaches(mustPaths(t, without(w, p.Cut.Changes...)), &p) {
				t.Fatalf("%v does not cut", chains(&Report{Paths: []Path{p}}))
			}
		}
	})
}

// Where the cut is said to be the smallest, no change that it holds can be left out, and no single other one does.
func TestCutIsSmallest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		report := mustPaths(t, w)
		var all []Change
		for _, p := range report.Paths {
			if p.Cut != nil {
				all = append(all, p.Cut.Changes...)
			}
		}
		for _, p := range report.Paths {
			if p.Cut == nil || !p.Cut.Smallest || len(p.Cut.Changes) < 2 {
				continue
			}
			for i := range p.Cut.Changes {
				fewer := slices.Delete(slices.Clone(p.Cut.Changes), i, i+1)
				if p.Gain == Administrator && !reaches(mustPaths(t, without(w, fewer...)), &p) {
					t.Fatalf("%v cuts without %v", chains(&Report{Paths: []Path{p}}), p.Cut.Changes[i])
				}
			}
			for _, c := range all {
				if p.Gain == Administrator && onWay(&p, c) && !reaches(mustPaths(t, without(w, c)), &p) {
					t.Fatalf("%v is cut by %v alone", chains(&Report{Paths: []Path{p}}), c)
				}
			}
		}
	})
}

// onWay leaves out the changes that weaken the end itself rather than the way to it.
func onWay(p *Path, c Change) bool {
	return c.Statement.Holder == p.From && c.Kind == RemoveStatement && p.To != p.From
}

// No question of a path is one that the engine, asked afresh, does not allow.
func TestPathsHoldNothingDenied(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		for _, p := range mustPaths(t, w).Paths {
			for _, s := range p.Steps {
				if strings.Contains(s.By, "(") {
					continue // changed by a step before
				}
				for _, q := range s.Questions {
					if len(s.Questions) == 2 && s.Row == "iam:UpdateAssumeRolePolicy + sts:AssumeRole" && q.Action == "sts:AssumeRole" {
						continue // asked of the changed trust policy
					}
					if !afresh(w, &q) {
						t.Fatalf("%s: %s on %s is denied", s.By, q.Action, q.Resource)
					}
				}
			}
		}
	})
}

// afresh asks a question with nothing of the search's own.
func afresh(w *World, q *Question) bool {
	find := func(arn string) *Principal {
		i := slices.IndexFunc(w.Principals, func(p Principal) bool { return p.ARN == arn })
		if i < 0 {
			return nil
		}
		return &w.Principals[i]
	}
	req := &policy.Request{Action: q.Action, Resource: q.Resource, ResourceAccount: home}
	for k, v := range q.Context {
		req.Context.Set(k, v)
	}
	var p policy.Policies
	if q.Action == "sts:AssumeRole" {
		req.ResourceKind = policy.RoleTrust
		p.Resource = &policy.Named{Name: "trust", Document: find(q.Resource).Trust}
	}
	who := find(q.Principal)
	if who == nil {
		req.Principal = policy.Principal{Kind: policy.Service, Service: q.Principal}
		return policy.Evaluate(req, &p).Effect == policy.Allow
	}
	req.Principal = policy.Principal{Kind: who.Kind, Account: home, ARN: who.ARN, ID: who.ID}
	if who.Kind == policy.RoleSession {
		req.Principal.ARN, req.Principal.Role = "arn:aws:sts::"+home+":assumed-role/x/y", who.ARN
	}
	attached := func(arn string) policy.Named {
		i := slices.IndexFunc(w.Policies, func(m Managed) bool { return m.ARN == arn })
		return policy.Named{Name: arn, Document: w.Policies[i].Versions[0].Document}
	}
	p.Identity = slices.Clone(who.Inline)
	lists := slices.Clone(who.Attached)
	for _, g := range w.Groups {
		if slices.Contains(who.Groups, g.ARN) {
			p.Identity, lists = append(p.Identity, g.Inline...), append(lists, g.Attached...)
		}
	}
	for _, a := range lists {
		p.Identity = append(p.Identity, attached(a))
	}
	if who.Boundary != "" {
		b := attached(who.Boundary)
		p.Boundary = &b
	}
	return policy.Evaluate(req, &p).Effect == policy.Allow
}

func TestSearchIsDeterministicAndOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		first := mustPaths(t, w)
		if d := cmp.Diff(first, mustPaths(t, w)); d != "" {
			t.Fatal(d)
		}
		turned := *w
		turned.Principals = rapid.Permutation(w.Principals).Draw(t, "order")
		if d := cmp.Diff(gains(first), gains(mustPaths(t, &turned))); d != "" {
			t.Fatal(d)
		}
	})
}

func gains(r *Report) map[string]Gain {
	out := map[string]Gain{}
	for _, p := range r.Paths {
		out[p.From+" "+p.To] = p.Gain
	}
	return out
}

// An SCP that denies makes nobody an administrator who could not become one before, and one that denies all services leaves no path.
func TestSCPOnlyTakesAway(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		before := mustPaths(t, w)
		guard := func(actions ...string) *World {
			g := *w
			g.Accounts = []Account{{ID: home, SCPs: []policy.Level{{Name: "r", Policies: inline("guard", document(t, allow("*", "*"), deny(actions, "*")))}}}}
			return &g
		}
		denied := rapid.SampledFrom([]string{"iam:CreateAccessKey", "iam:Put*", "sts:*", "lambda:*", "iam:PassRole"}).Draw(t, "denied")
		was := gains(before)
		for _, p := range mustPaths(t, guard(denied)).Paths {
			if p.Gain == Administrator && was[p.From+" "+p.To] != Administrator && !slices.Contains(before.Administrators, p.From) {
				t.Fatalf("the SCP opens %v", chains(&Report{Paths: []Path{p}}))
			}
		}
		if after := mustPaths(t, guard("iam:*", "sts:*", "lambda:*")); len(after.Paths) > 0 {
			t.Fatalf("%v", chains(after))
		}
	})
}
