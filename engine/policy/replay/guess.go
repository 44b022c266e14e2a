package replay

import (
	"encoding/json"
	"slices"
	"strings"

	"vauban/engine/policy"
)

// assumption is what lost policies of one part may have done.
type assumption struct {
	layer   policy.Layer
	level   string
	cites   []Cite
	leaves  bool  // not there under the proposal
	denies  bool  // the record cites one of them
	grants  grant // one of choices
	choices []grant
}

// grant is how a lost policy may have named the principal.
type grant uint8

const (
	grantsNothing grant = iota
	grantsAccount
	grantsRole
	grantsDirect
)

// maxTries bounds the combinations that are tried for one question.
const maxTries = 1024

// assumedName marks policies that stand for lost ones.
const assumedName = "\x00lost"

// guess tries all that the lost texts may have said.
func (r *Replay) guess(c *Call, q *Question, all []*compiled) Outcome {
	by, req := q.DecidedBy(), c.request(q)
	assumed := assumptions(q, by, all)
	o := Outcome{Before: q.Decision, Why: why(assumed)}
	tries := 1
	for i := range assumed {
		tries *= len(assumed[i].choices)
		if tries > maxTries {
			return o
		}
	}
	found := false
	for n := range tries {
		choose(assumed, n)
		d := r.decide(c, req, all, assumed, false)
		if !agrees(q, by, &d) {
			continue
		}
		d = r.decide(c, req, all, slices.DeleteFunc(slices.Clone(assumed), func(a assumption) bool { return a.leaves }), true)
		switch {
		case !found:
			found, o.After, o.By = true, d.Effect, told(d.Reasons)
		case (o.After == policy.Allow) != (d.Effect == policy.Allow):
			return Outcome{Before: q.Decision, Why: o.Why}
		}
	}
	if !found {
		return Outcome{Before: q.Decision, Why: o.Why}
	}
	o.Told, o.Why = true, nil
	return o
}

// choose makes the nth combination of choices.
func choose(assumed []assumption, n int) {
	for i := range assumed {
		a := &assumed[i]
		a.grants = a.choices[n%len(a.choices)]
		n /= len(a.choices)
	}
}

// decide decides with what is assumed, as it was or as it would be under the proposal.
func (r *Replay) decide(c *Call, req *policy.Request, all []*compiled, assumed []assumption, proposed bool) policy.Decision {
	var layers policy.Layers
	for _, l := range all {
		parts := l.before
		if proposed {
			parts = l.after
		}
		l.put(&layers, compile(r.assume(c, parts, assumed)))
	}
	v := policy.Decide(req, &layers)
	return v.Decision()
}

// told are the reasons that cite no assumption.
func told(list []policy.Reason) []policy.Reason {
	return slices.DeleteFunc(slices.Clone(list), func(r policy.Reason) bool { return r.Policy == assumedName })
}

// assumptions are about the parts with lost texts.
func assumptions(q *Question, by []policy.Reason, all []*compiled) []assumption {
	var out []assumption
	for _, l := range all {
		for i := range l.before {
			p := &l.before[i]
			for _, lump := range [...]struct {
				cites  []Cite
				leaves bool
			}{{p.lost, false}, {p.before, true}} {
				if len(lump.cites) > 0 {
					a := assumption{layer: p.layer, level: p.level, cites: lump.cites, leaves: lump.leaves}
					a.denies = q.Decision == policy.ExplicitDeny && slices.ContainsFunc(by, a.cited)
					a.choices = a.open(q, by)
					out = append(out, a)
				}
			}
		}
	}
	return out
}

// cited says that the reason is one of the policies: all that deny are cited.
func (a *assumption) cited(r policy.Reason) bool {
	return r.Layer == a.layer && r.Level == a.level && slices.ContainsFunc(a.cites, func(c Cite) bool { return c.Name() == r.Policy })
}

// open are the grants that the record leaves open.
func (a *assumption) open(q *Question, by []policy.Reason) []grant {
	switch a.layer {
	case policy.LayerSCP, policy.LayerRCP:
		lacks := func(r policy.Reason) bool { return r.Layer == a.layer && r.Level == a.level && r.Statement < 0 }
		if q.Decision == policy.ImplicitDeny && slices.ContainsFunc(by, lacks) {
			return []grant{grantsNothing}
		}
	case policy.LayerResource, policy.LayerTrust:
		return []grant{grantsNothing, grantsAccount, grantsRole, grantsDirect}
	}
	return []grant{grantsNothing, grantsDirect}
}

// agrees says that a decision is the recorded one: the same effect, and for the same layers.
func agrees(q *Question, by []policy.Reason, d *policy.Decision) bool {
	if d.Effect != q.Decision {
		return false
	}
	return d.Effect == policy.ExplicitDeny || within(d.Reasons, by) && within(by, d.Reasons)
}

func within(a, b []policy.Reason) bool {
	for i := range a {
		if !slices.ContainsFunc(b, func(r policy.Reason) bool { return r.Layer == a[i].Layer && r.Level == a[i].Level }) {
			return false
		}
	}
	return true
}

// why names the policies that are lost.
func why(assumed []assumption) []string {
	var out []string
	for i := range assumed {
		a := &assumed[i]
		for _, c := range a.cites {
			s := string(a.layer) + " policy " + c.Name()
			if a.level != "" {
				s += " at " + a.level
			}
			out = append(out, s+" has changed since")
		}
	}
	return out
}

// policies are documents that do what is assumed.
func (a *assumption) policies(r *Replay, c *Call) []policy.Named {
	named := (&part{layer: a.layer}).named()
	var out []policy.Named
	add := func(text string) {
		out = append(out, policy.Named{Name: assumedName, Document: r.stand.document(text)})
	}
	if a.denies {
		add(denyAll)
	}
	switch {
	case a.grants == grantsNothing:
	case !named:
		add(grantAll)
	default:
		add(grantTo(&c.Principal, a.grants))
	}
	return out
}

// The documents that stand for others.
const (
	grantAll      = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	grantAllNamed = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`
	denyAll       = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`
)

// grantTo grants all to the principal, as closely as g says.
func grantTo(who *policy.Principal, g grant) string {
	kind, name := "AWS", who.Account
	switch {
	case who.Kind == policy.WebIdentity || who.Kind == policy.SAML:
		kind, name = "Federated", who.Provider
	case g == grantsDirect:
		return grantAllNamed
	case g == grantsRole:
		name = who.Role
	}
	text, err := json.Marshal(name)
	if err != nil {
		return denyAll // not reached: texts encode
	}
	return strings.Replace(grantAllNamed, `"Principal":"*"`, `"Principal":{"`+kind+`":`+string(text)+`}`, 1)
}

// stand keeps parsed documents that stand for others.
type stand struct{ parsed map[string]*policy.Document }

// maxStand bounds them.
const maxStand = 1000

func (s *stand) document(text string) *policy.Document {
	if d := s.parsed[text]; d != nil {
		return d
	}
	d, err := policy.Parse([]byte(text))
	if err != nil {
		return &policy.Document{} // not reached: the texts are ours; allows nothing
	}
	if s.parsed == nil || len(s.parsed) >= maxStand {
		s.parsed = map[string]*policy.Document{}
	}
	s.parsed[text] = d
	return d
}
