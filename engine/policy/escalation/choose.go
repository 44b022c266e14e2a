package escalation

import (
	"slices"
	"strings"

	"vauban/engine/arn"
	"vauban/engine/glob"
	"vauban/engine/policy"
)

// choose looks for a name of something new that all needs of the row on it are allowed for: first any name, then those that the node's own
// permissions speak of.
func (v *view) choose(x node, a attempt, form, region string) (string, bool) {
	record := v.record
	v.record = nil // trials are not for people
	defer func() { v.record = record }()
	row := &v.rows[a.row]
	for _, name := range v.names(x, row, form, region) {
		ok := true
		for _, n := range row.Needs {
			if n.On == form && ok {
				_, ok = v.askNeed(x, a, n, name, region)
			}
		}
		if ok {
			return name, true
		}
	}
	return "", false
}

func (v *view) names(x node, row *Row, form, region string) []string {
	account := v.people[x.who].account
	fill := strings.NewReplacer("{region}", region, "{account}", account, "{name}", freeName, "*", "x")
	out := []string{fill.Replace(form)}
	shape := glob.Compile(strings.NewReplacer("{region}", region, "{account}", account, "{name}", "*").Replace(form))
	for _, n := range row.Needs {
		if n.On != form {
			continue
		}
		for _, text := range v.resourcesFor(x, n.Action) {
			name, ok := concrete(text, region, account)
			if ok && shape.Match(name) && !slices.Contains(out, name) && len(out) < maxChoices {
				out = append(out, name)
			}
		}
	}
	return out
}

// resourcesFor lists the resources of the node's statements that may allow the action.
func (v *view) resourcesFor(x node, action string) []string {
	var out []string
	for _, p := range v.standing(x).policies.Identity {
		for i := range p.Document.Statements {
			s := &p.Document.Statements[i]
			if s.Effect != policy.Allow || !mayMatch(s, action) {
				continue
			}
			for _, r := range s.Resource {
				out = append(out, r.Text)
			}
		}
	}
	return out
}

// concrete makes an ARN that the pattern matches.
func concrete(pattern, region, account string) (string, bool) {
	parts, ok := arn.Split(pattern)
	if !ok || strings.Contains(pattern, "${") {
		return "", false
	}
	for i, want := range []string{"arn", "aws", "", region, account} {
		if want != "" && strings.ContainsAny(parts[i], "*?") && glob.Match(parts[i], want) {
			parts[i] = want
		}
	}
	parts[5] = strings.NewReplacer("*", "x", "?", "x").Replace(parts[5])
	return strings.Join(parts[:], ":"), true
}

// choices lists the values that a trust policy's conditions want of a key whose value the caller chooses, after the first.
func choices(d *policy.Document, key, first string) []string {
	out := []string{first}
	for i := range d.Statements {
		for _, c := range d.Statements[i].Condition {
			if d.Statements[i].Effect != policy.Allow || !strings.EqualFold(c.Key, key) {
				continue
			}
			for _, value := range c.Values {
				text := strings.NewReplacer("*", "x", "?", "x").Replace(value.Text)
				if !slices.Contains(out, text) && len(out) < maxChoices {
					out = append(out, text)
				}
			}
		}
	}
	return out
}

// actionBits says which actions of the catalogue a document may allow.
type actionBits []uint64

func (b actionBits) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

// mayAllow is a quick look without conditions and resources: it rules out, and never rules in.
func (x *index) mayAllow(d *policy.Document) actionBits {
	if b := x.allows[d]; b != nil {
		return b
	}
	b := make(actionBits, len(x.actions)/64+1)
	for i := range d.Statements {
		s := &d.Statements[i]
		if s.Effect != policy.Allow {
			continue
		}
		for action, j := range x.actions {
			if mayMatch(s, action) {
				b[j/64] |= 1 << (j % 64)
			}
		}
	}
	x.allows[d] = b
	return b
}

// mayMatch says whether the statement's Action element speaks of the action.
func mayMatch(s *policy.Statement, action string) bool {
	list := s.Action
	if s.NotAction != nil {
		list = s.NotAction
	}
	for _, e := range list {
		if matchesAction(e.Text, action) {
			return s.NotAction == nil
		}
	}
	return s.NotAction != nil
}

func matchesAction(pattern, action string) bool {
	if pattern == "*" {
		return true
	}
	service, name, ok := strings.Cut(pattern, ":")
	its, of, _ := strings.Cut(action, ":")
	return ok && strings.EqualFold(service, its) && glob.Compile(strings.ToLower(name)).MatchFold(of)
}

// capable says whether the node may be allowed all actions of a row that it needs a grant of its own for.
func (v *view) capable(n node, row int) bool {
	if n.raised {
		return true
	}
	for _, need := range v.rows[row].Needs {
		if need.Action == "sts:AssumeRole" || need.On == "compute" && v.guarded(v.rows[row].Compute) {
			continue
		}
		j, found := v.actions[strings.ToLower(need.Action)], false
		for _, p := range v.standing(n).policies.Identity {
			found = found || v.mayAllow(p.Document).has(j)
		}
		if !found {
			return false
		}
	}
	return true
}

// guarded says that compute of that kind has policies of its own, which may grant.
func (x *index) guarded(kind string) bool {
	for _, i := range x.compute[kind] {
		if x.world.Compute[i].Policy != nil {
			return true
		}
	}
	return false
}

// allowAll is the policy that a step adds.
func allowAll() *policy.Document {
	d, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
	if err != nil {
		return &policy.Document{} // cannot be: the text is a constant
	}
	return d
}

func allowsAll(d *policy.Document) bool {
	for i := range d.Statements {
		s := &d.Statements[i]
		if s.Effect == policy.Allow && len(s.Condition) == 0 && hasStar(s.Action) && hasStar(s.Resource) {
			return true
		}
	}
	return false
}

func hasStar(list []policy.Element) bool {
	return slices.ContainsFunc(list, func(e policy.Element) bool { return e.Text == "*" })
}
