package replay

import (
	"slices"

	"vauban/engine/policy"
)

// Outcome is what a question, or a call, would have come to.
type Outcome struct {
	Question int // the one that the outcome of a call hangs on
	Before   policy.Effect
	After    policy.Effect
	Told     bool            // After is sure to be Allow or not; false: see Why
	By       []policy.Reason // what would decide; nil when it hangs on lost texts
	Why      []string        // not told: the policies whose texts are lost
}

// Changed says that what was allowed is denied, or the reverse.
func (o *Outcome) Changed() bool {
	return o.Told && (o.Before == policy.Allow) != (o.After == policy.Allow)
}

// Replay tries a proposal. It is not safe for concurrent use.
type Replay struct {
	proposal Proposal
	library  Library
	sets     map[string]*policy.Set
	stand    stand
}

// New returns a replay of the proposal.
func New(p Proposal, l Library) *Replay {
	return &Replay{proposal: p, library: l, sets: map[string]*policy.Set{}}
}

// Call tells what the call would have come to: all of its questions must be allowed. ok is false when the proposal has no say in any of them.
func (r *Replay) Call(c *Call) (o Outcome, ok bool) {
	o = Outcome{Before: policy.Allow, After: policy.Allow, Told: true}
	var unknown *Outcome
	refused := -1 // first question that was refused
	for i := range c.Questions {
		q := &c.Questions[i]
		one := Outcome{Question: i, Before: q.Decision, After: q.Decision, By: q.DecidedBy, Told: true}
		if r.proposal.Affects(c, q) {
			ok = true
			one = r.question(c, q)
			one.Question = i
		}
		if one.Before != policy.Allow && refused < 0 {
			refused, o.Before = i, one.Before
		}
		switch {
		case !one.Told:
			if unknown == nil {
				unknown = &one
			}
		case one.After != policy.Allow && o.After == policy.Allow:
			o.After, o.By, o.Question = one.After, one.By, i
		case o.After == policy.Allow && (o.By == nil || i == refused):
			o.By, o.Question = one.By, i
		}
	}
	if unknown != nil && o.After == policy.Allow { // all else allows
		unknown.Before = o.Before
		return *unknown, ok
	}
	return o, ok
}

// question tells what one question would have come to.
func (r *Replay) question(c *Call, q *Question) Outcome {
	parts := r.parts(c, q)
	req := c.request(q)
	open := 0
	for i := range parts {
		open += len(parts[i].lost) + len(parts[i].before)
	}
	if open > 0 {
		return r.guess(c, q, req, parts)
	}
	before := r.layers(c, parts, nil)
	if d := policy.Decide(req, &before); d.Effect != q.Decision {
		return Outcome{Before: q.Decision, Why: []string{"the policies that the record cites do not give its answer"}}
	}
	after := r.layers(c, r.proposed(parts), nil)
	v := policy.Decide(req, &after)
	d := v.Decision()
	return Outcome{Before: q.Decision, After: d.Effect, Told: true, By: d.Reasons}
}

// parts are all layers as recorded.
func (r *Replay) parts(c *Call, q *Question) []part {
	out := make([]part, 0, 4+len(c.scps)+len(q.rcps))
	add := func(layer policy.Layer, level string, cites []Cite) {
		if cites != nil {
			out = append(out, r.read(c, layer, level, cites))
		}
	}
	add(policy.LayerIdentity, "", c.identity)
	add(policy.LayerSession, "", c.session)
	add(policy.LayerBoundary, "", one(c.boundary))
	add(resourceLayer(q.Kind), "", one(q.resource))
	for _, l := range c.scps {
		add(policy.LayerSCP, l.Level, present(l.Policies))
	}
	for _, l := range q.rcps {
		add(policy.LayerRCP, l.Level, present(l.Policies))
	}
	return out
}

func one(c Cite) []Cite {
	if c == "" {
		return nil
	}
	return []Cite{c}
}

func present(list []Cite) []Cite {
	if list == nil {
		return []Cite{}
	}
	return list
}

func resourceLayer(k policy.ResourceKind) policy.Layer {
	if k == policy.RoleTrust {
		return policy.LayerTrust
	}
	return policy.LayerResource
}

// read finds the texts of a part.
func (r *Replay) read(c *Call, layer policy.Layer, level string, cites []Cite) part {
	p := part{layer: layer, level: level}
	here := r.proposal.at(&p)
	for _, cite := range cites {
		doc := r.text(c, layer, cite)
		switch {
		case doc != nil:
			p.add(policy.Named{Name: cite.Name(), Document: doc})
		case here && r.proposal.leaves(cite.Name()):
			p.before = append(p.before, cite)
		default:
			p.lost = append(p.lost, cite)
		}
	}
	return p
}

func (r *Replay) text(c *Call, layer policy.Layer, cite Cite) *policy.Document {
	if cite.Digest() == "" { // a role that does not exist: a policy without a text
		return &policy.Document{}
	}
	if layer == policy.LayerSession && c.sessionText != "" {
		if doc, err := policy.Parse([]byte(c.sessionText)); err == nil && doc.Digest == cite.Digest() {
			return doc
		}
	}
	return r.library.Document(c, cite)
}

// proposed are the parts under the proposal. Where there was no such part, there is one: a node of the organization has FullAWSAccess, or
// RCPFullAWSAccess, besides.
func (r *Replay) proposed(parts []part) []part {
	x := &r.proposal
	out := slices.Clone(parts)
	for i := range out {
		if x.at(&out[i]) {
			lost := out[i].lost
			out[i] = x.with(&out[i])
			out[i].lost = lost
			return out
		}
	}
	p := part{layer: x.Layer, level: x.Level}
	switch x.Layer {
	case policy.LayerSCP:
		p.add(policy.Named{Name: "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess", Document: r.stand.document(grantAll)})
	case policy.LayerRCP:
		p.add(policy.Named{Name: "arn:aws:organizations::aws:policy/resource_control_policy/p-RCPFullAWSAccess", Document: r.stand.document(grantAllNamed)})
	}
	return append(out, x.with(&p))
}

// layers compiles parts, with what is assumed of lost texts.
func (r *Replay) layers(c *Call, parts []part, assumed []assumption) policy.Layers {
	var l policy.Layers
	for i := range parts {
		p := &parts[i]
		s := r.set(c, p, assumed)
		switch p.layer {
		case policy.LayerIdentity:
			l.Identity = s
		case policy.LayerSession:
			l.Session = s
		case policy.LayerBoundary:
			l.Boundary = s
		case policy.LayerResource, policy.LayerTrust:
			l.Resource = s
		case policy.LayerSCP:
			l.SCPs = append(l.SCPs, policy.CompiledLevel{Name: p.level, Set: s})
		case policy.LayerRCP:
			l.RCPs = append(l.RCPs, policy.CompiledLevel{Name: p.level, Set: s})
		}
	}
	return l
}

// maxSets bounds what is kept compiled.
const maxSets = 20_000

// set compiles one part, once for all calls under the same policies.
func (r *Replay) set(c *Call, p *part, assumed []assumption) *policy.Set {
	list := p.known
	for i := range assumed {
		if a := &assumed[i]; a.layer == p.layer && a.level == p.level {
			list = append(slices.Clip(list), a.policies(r, c)...)
		}
	}
	if len(list) != len(p.known) {
		return policy.Compile(list)
	}
	if s, ok := r.sets[p.key]; ok {
		return s
	}
	if list == nil {
		list = []policy.Named{}
	}
	if len(r.sets) >= maxSets {
		clear(r.sets)
	}
	s := policy.Compile(list)
	r.sets[p.key] = s
	return s
}
