package escalation

import (
	"slices"
	"testing"

	"vauban/engine/policy"
)

// Every row is a path when all that it needs is there, and none when one thing is missing.
func TestEveryRow(t *testing.T) {
	for _, r := range Catalogue() {
		t.Run(r.Name, func(t *testing.T) {
			s := newScene(t, r)
			w := s.ready()
			if !followed(w, s.actor, r.Name) {
				t.Fatal("the engine does not let the actor follow the row")
			}
			report, err := Paths(w, s.actor, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(report.Paths) == 0 {
				t.Fatal("no path")
			}
			for _, twin := range twins() {
				if twin.applies != nil && !twin.applies(&r) {
					continue
				}
				t.Run(twin.name, func(t *testing.T) {
					s := newScene(t, r)
					twin.change(s)
					if followed(s.ready(), s.actor, r.Name) {
						t.Error("the row can still be followed")
					}
				})
			}
			for i := range r.Needs {
				s := newScene(t, r)
				s.grants = slices.Delete(s.grants, i, i+1)
				if len(r.Needs) == 1 || r.Needs[i].Action == "sts:AssumeRole" { // a changed trust policy that names a principal suffices
					continue
				}
				if followed(s.ready(), s.actor, r.Name) {
					t.Errorf("the row can be followed without %s on %s", r.Needs[i].Action, r.Needs[i].On)
				}
			}
		})
	}
}

type twin struct {
	name    string
	applies func(*Row) bool
	change  func(*scene)
}

func twins() []twin {
	where := func(list ...Prerequisite) func(*Row) bool {
		return func(r *Row) bool {
			return slices.ContainsFunc(list, func(p Prerequisite) bool { return slices.Contains(r.Where, p) })
		}
	}
	actor := func(s *scene) *Principal { return s.who(s.actor) }
	limit := func(s *scene, statements ...statement) {
		actor(s).Boundary = fence
		s.world.Policies = slices.DeleteFunc(s.world.Policies, func(m Managed) bool { return m.ARN == fence })
		s.world.Policies = append(s.world.Policies, managed(fence, document(s.t, statements...)))
	}
	return []twin{
		{"nothing is allowed", func(r *Row) bool { return true }, func(s *scene) { s.grants = []statement{allow("s3:GetObject", "*")} }},
		{"the boundary denies", nil, func(s *scene) {
			limit(s, allow("*", "*"), deny(s.row.Needs[0].Action, "*"))
		}},
		{"the boundary does not allow", nil, func(s *scene) { limit(s, allow("s3:*", "*")) }},
		{"an SCP denies", nil, func(s *scene) {
			s.world.Accounts[0].SCPs = []policy.Level{{Name: "r-1", Policies: inline("guard", document(s.t, allow("*", "*"), deny(s.row.Needs[0].Action, "*")))}}
		}},
		{"an SCP does not allow", nil, func(s *scene) {
			s.world.Accounts[0].SCPs = []policy.Level{{Name: "r-1", Policies: inline("guard", document(s.t, allow("s3:*", "*")))}}
		}},
		{"the condition fails", nil, func(s *scene) { s.grants[0].when("Bool", "aws:MultiFactorAuthPresent", "true") }},
		{"on another resource", func(r *Row) bool { return r.Needs[0].On != "*" }, func(s *scene) { s.grants[0]["Resource"] = "arn:aws:iam::" + home + ":other/x" }},
		{"the service is not there", nil, func(s *scene) { s.world.Services = []string{"s3"} }},
		{"the trust policy does not name the service", func(r *Row) bool { return r.Service != "" }, func(s *scene) {
			s.who(boss).Trust = trusts(s.t, map[string]any{"Service": "other.amazonaws.com"})
		}},
		{"the trust policy wants another account", func(r *Row) bool { return r.Service != "" }, func(s *scene) {
			st := statement{"Effect": "Allow", "Principal": map[string]any{"Service": s.row.Service}, "Action": "sts:AssumeRole"}
			s.who(boss).Trust = document(s.t, st.when("StringEquals", "aws:SourceAccount", "222222222222"))
		}},
		{"the role may be passed to another service only", func(r *Row) bool { return r.Kind == Pass }, func(s *scene) {
			s.grants[0].when("StringEquals", "iam:PassedToService", "other.amazonaws.com")
		}},
		{"the role is gone", func(r *Row) bool { return r.Service != "" }, func(s *scene) { s.world.Principals = s.world.Principals[:2] }},
		{"the compute is gone", func(r *Row) bool { return r.Compute != "" }, func(s *scene) { s.world.Compute = nil }},
		{"the compute runs without a role", func(r *Row) bool { return r.Kind == Take }, func(s *scene) { s.world.Compute[0].Role = "" }},
		{"the tag is another", func(r *Row) bool { return r.Kind == Take }, func(s *scene) {
			s.world.Compute[0].Tags = map[string]string{"team": "blue"}
			s.grants[0].when("StringEquals", "aws:ResourceTag/team", "red")
		}},
		{"five versions", where(RoomForVersion), func(s *scene) {
			d := document(s.t, allow("iam:*", "*"))
			for i := range s.world.Policies {
				if m := &s.world.Policies[i]; m.ARN == own || m.ARN == fence {
					*m = managed(m.ARN, d, d, d, d, d)
				}
			}
		}},
		{"no other version", func(r *Row) bool { return r.Effect == Swapped }, func(s *scene) {
			s.world.Policies[1].Versions = s.world.Policies[1].Versions[:1]
		}},
		{"two access keys", where(RoomForKey), func(s *scene) { s.who(chief).AccessKeys = 2 }},
		{"one access key", where(KeysFull), func(s *scene) { s.who(chief).AccessKeys = 1 }},
		{"the user has a password", where(NoLoginProfile), func(s *scene) { s.who(chief).LoginProfile = true }},
		{"the user has no password", where(HasLoginProfile), func(s *scene) { s.who(chief).LoginProfile = false }},
		{"the user has MFA", where(NoMFA), func(s *scene) { s.who(chief).MFADevices = 1 }},
		{"ten policies attached", where(RoomToAttach), func(s *scene) {
			for range maxAttached {
				actor(s).Attached = append(actor(s).Attached, own)
				s.world.Groups[0].Attached = append(s.world.Groups[0].Attached, own)
			}
		}},
		{"in ten groups", where(RoomForGroup), func(s *scene) {
			for range maxGroups {
				actor(s).Groups = append(actor(s).Groups, staff)
			}
		}},
		{"in no group", func(r *Row) bool { return r.Object == OnGroup }, func(s *scene) { actor(s).Groups = nil }},
		{"the group is gone", func(r *Row) bool { return r.Object == OnOther }, func(s *scene) { s.world.Groups = s.world.Groups[:1] }},
		{"there is no boundary", where(HasBoundary), func(s *scene) { actor(s).Boundary = "" }},
		{"no instance profile", where(HasProfile), func(s *scene) { s.who(boss).Profiles = nil }},
		{"service-linked", where(Mutable), func(s *scene) {
			for i := range s.world.Principals {
				s.world.Principals[i].ServiceLinked = true
			}
		}},
		{"another policy may be attached only", func(r *Row) bool {
			return slices.ContainsFunc(r.Needs, func(n Need) bool {
				return n.Action == "iam:AttachUserPolicy" || n.Action == "iam:AttachRolePolicy" || n.Action == "iam:AttachGroupPolicy"
			})
		}, func(s *scene) {
			for i, n := range s.row.Needs {
				if n.Action == "iam:AttachUserPolicy" || n.Action == "iam:AttachRolePolicy" || n.Action == "iam:AttachGroupPolicy" {
					s.grants[i].when("ArnEquals", "iam:PolicyARN", "arn:aws:iam::aws:policy/ReadOnlyAccess")
				}
			}
		}},
		{"only with a boundary", func(r *Row) bool { return r.Kind == Mint }, func(s *scene) {
			s.grants[0].when("StringEquals", "iam:PermissionsBoundary", fence)
		}},
	}
}

func TestRowsAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Catalogue() {
		key := r.Name + "/" + string(rune('0'+r.Kind)) + r.Compute
		for _, w := range r.Where {
			key += string(rune('a' + w))
		}
		if seen[key] {
			t.Errorf("%s: twice", r.Name)
		}
		seen[key] = true
		if r.Text == "" || len(r.Needs) == 0 || r.Kind == 0 {
			t.Errorf("%s: incomplete", r.Name)
		}
		if (r.Kind == Pass || r.Kind == Take) != (r.Service != "") {
			t.Errorf("%s: a service takes the role, or does not", r.Name)
		}
		if r.Kind == Take && r.Compute == "" || r.Kind == Grow && (r.Effect == 0 || r.Object == 0) {
			t.Errorf("%s: without object", r.Name)
		}
		for _, n := range r.Needs {
			if n.Action == "" || n.On == "" {
				t.Errorf("%s: need %v", r.Name, n)
			}
		}
	}
	if len(seen) < 90 {
		t.Errorf("%d rows", len(seen))
	}
}
