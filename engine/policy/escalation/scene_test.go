package escalation

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vauban/engine/policy"
)

const (
	home  = "111111111111"
	eve   = "arn:aws:iam::" + home + ":user/eve"
	crew  = "arn:aws:iam::" + home + ":role/crew" // what eve is where a row is about roles
	chief = "arn:aws:iam::" + home + ":user/chief"
	boss  = "arn:aws:iam::" + home + ":role/boss"
	staff = "arn:aws:iam::" + home + ":group/staff"
	heads = "arn:aws:iam::" + home + ":group/heads"
	own   = "arn:aws:iam::" + home + ":policy/own"
	fence = "arn:aws:iam::" + home + ":policy/fence"
	wall  = "arn:aws:iam::" + home + ":policy/wall"
)

// statement is a row of a policy under test.
type statement map[string]any

func allow(action any, resource any) statement {
	return statement{"Effect": "Allow", "Action": action, "Resource": resource}
}

func deny(action any, resource any) statement {
	return statement{"Effect": "Deny", "Action": action, "Resource": resource}
}

func (s statement) when(operator, key, value string) statement {
	s["Condition"] = map[string]any{operator: map[string]any{key: value}}
	return s
}

// failing is a test of any sort.
type failing interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func document(t failing, statements ...statement) *policy.Document {
	t.Helper()
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	if err != nil {
		t.Fatal(err)
	}
	d, err := policy.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return d
}

func trusts(t failing, principal any) *policy.Document {
	return document(t, statement{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
}

func managed(arn string, docs ...*policy.Document) Managed {
	m := Managed{ARN: arn, Default: "v1"}
	for i, d := range docs {
		m.Versions = append(m.Versions, Version{fmt.Sprint("v", i+1), d})
	}
	return m
}

func inline(name string, d *policy.Document) []policy.Named {
	return []policy.Named{{Name: name, Document: d}}
}

// scene is a world made for one row, in which the actor may do what the row needs and nothing else.
type scene struct {
	t     testing.TB
	row   Row
	actor string
	world World
	// what the grants of the actor's inline policy are, in the order of the needs
	grants []statement
}

// newScene makes the world of a row: everything there, nothing too much.
func newScene(t testing.TB, r Row) *scene {
	s := &scene{t: t, row: r, actor: eve}
	if r.Kind == Grow && (r.Object == OnRole || r.Object == OnDenial && strings.Contains(r.Needs[0].Action, "Role")) {
		s.actor = crew
	}
	has := func(p Prerequisite) bool { return slices.Contains(r.Where, p) }
	everything := document(t, allow("*", "*"))
	nothing := document(t, allow("s3:ListAllMyBuckets", "*"))
	s.world = World{
		Now:      time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC),
		Accounts: []Account{{ID: home}},
		Policies: []Managed{managed(AdministratorAccess, everything), managed(own, nothing), managed(wall, document(t, deny("s3:*", "*")))},
		Groups:   []Group{{ARN: staff}, {ARN: heads, Attached: []string{AdministratorAccess}}},
	}
	actor := Principal{Kind: policy.User, ARN: s.actor, ID: "AIDAEVE", Groups: []string{staff}}
	if s.actor == crew {
		actor = Principal{Kind: policy.RoleSession, ARN: crew, ID: "AROACREW", Trust: trusts(t, map[string]any{"Service": "nobody.amazonaws.com"})}
	}
	user := Principal{Kind: policy.User, ARN: chief, ID: "AIDACHIEF", Attached: []string{AdministratorAccess}}
	role := Principal{Kind: policy.RoleSession, ARN: boss, ID: "AROABOSS", Attached: []string{AdministratorAccess}, Trust: trusts(t, map[string]any{"Service": "nobody.amazonaws.com"})}
	if r.Service != "" {
		role.Trust = trusts(t, map[string]any{"Service": r.Service})
	}
	if r.Kind == Become && len(r.Needs) == 1 && r.Object == OnRole {
		role.Trust = trusts(t, map[string]any{"AWS": home})
	}
	if has(KeysFull) {
		user.AccessKeys = 2
	}
	user.LoginProfile = has(HasLoginProfile)
	if has(HasMFA) {
		user.MFADevices = 1
	}
	if has(HasProfile) {
		role.Profiles = []string{"arn:aws:iam::" + home + ":instance-profile/boss"}
	}
	if r.Object == OnPolicy {
		actor.Attached = []string{own}
	}
	if has(VersionsFull) {
		s.world.Policies[1] = managed(own, nothing, nothing, nothing, nothing, nothing)
	}
	if r.Effect == Swapped {
		s.world.Policies[1] = managed(own, nothing, nothing, everything)
	}
	if r.Effect == Unbound {
		actor.Boundary = fence
		actor.Inline = inline("wide", document(t, allow("s3:*", "*")))
		s.world.Policies = append(s.world.Policies, managed(fence, document(t, allow("iam:*", "*"))))
	}
	if r.Effect == Shed {
		actor.Inline = inline("wide", document(t, allow("s3:*", "*")))
		if has(IsAttached) {
			actor.Attached = []string{wall}
		} else {
			actor.Inline = append(actor.Inline, policy.Named{Name: "wall", Document: document(t, deny("s3:*", "*"))})
		}
	}
	if r.Compute != "" {
		s.world.Compute = []Compute{{Kind: r.Compute, ARN: computeARN(r.Compute), Role: boss}}
		if r.Kind == Pass {
			s.world.Compute[0].Role = "arn:aws:iam::" + home + ":role/other"
		}
	}
	s.world.Principals = []Principal{actor, user, role}
	for _, n := range r.Needs {
		s.grants = append(s.grants, allow(n.Action, s.on(n)))
	}
	return s
}

func computeARN(kind string) string {
	service, what, _ := strings.Cut(kind, ":")
	return "arn:aws:" + service + ":eu-west-1:" + home + ":" + what + "/prod"
}

func (s *scene) on(n Need) string {
	switch n.On {
	case "target":
		switch {
		case s.row.Kind == Grow:
			return s.actor
		case s.row.Object == OnUser:
			return chief
		}
		return boss
	case "object":
		switch s.row.Object {
		case OnGroup:
			return staff
		case OnOther:
			return heads
		case OnBoundary:
			return fence
		}
		return own
	case "compute":
		return computeARN(s.row.Compute)
	}
	return strings.NewReplacer("{region}", "us-east-1", "{account}", home, "{name}", "team-*").Replace(s.regional(n.On))
}

// regional: beside compute that is there, what is new is made in its region.
func (s *scene) regional(form string) string {
	if s.row.Compute != "" {
		return strings.ReplaceAll(form, "{region}", "eu-west-1")
	}
	return form
}

func (s *scene) who(arn string) *Principal {
	i := slices.IndexFunc(s.world.Principals, func(p Principal) bool { return p.ARN == arn })
	return &s.world.Principals[i]
}

// ready gives the actor its grants.
func (s *scene) ready() *World {
	a := s.who(s.actor)
	a.Inline = append(slices.Clone(a.Inline), policy.Named{Name: "grants", Document: document(s.t, s.grants...)})
	return &s.world
}

// followed says whether the engine lets the actor follow the row, whichever rows it can follow beside.
func followed(w *World, actor string, row string) bool {
	x := newIndex(w, Options{MaxSteps: 6, MaxPaths: 10, MaxQuestions: 1_000_000})
	v := newView(x, nil, nil)
	n := node{who: x.byARN[actor]}
	for _, e := range append(v.out(n, false).edges, v.grows(n, n)...) {
		if x.rows[e.row].Name == row {
			return true
		}
	}
	return false
}
