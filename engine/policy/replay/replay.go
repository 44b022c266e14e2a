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
	cached   map[policy.Layer]map[string]*compiled // by the record's text
	stand    stand
}

// New returns a replay of the proposal.
func New(p Proposal, l Library) *Replay {
	r := &Replay{proposal: p, library: l, cached: map[policy.Layer]map[string]*compiled{}}
	for _, layer := range [...]policy.Layer{policy.LayerIdentity, policy.LayerSession, policy.LayerBoundary, policy.LayerResource, policy.LayerGrant, policy.LayerTrust,
		policy.LayerSCP, policy.LayerRCP} {
		r.cached[layer] = map[string]*compiled{}
	}
	return r
}

// Call tells what the call would have come to: all of its questions must be allowed. ok is false when the proposal has no say in any of them.
func (r *Replay) Call(c *Call) (o Outcome, ok bool) {
	o = Outcome{Before: policy.Allow, After: policy.Allow, Told: true}
	var unknown *Outcome
	refused := -1 // first question that was refused
	for i := range c.Questions {
		q := &c.Questions[i]
		one := Outcome{Question: i, Before: q.Decision, After: q.Decision, Told: true}
		if r.proposal.Affects(c, q) {
			ok = true
			one = r.question(c, q)
			one.Question = i
		} else if q.Decision != policy.Allow {
			one.By = q.DecidedBy()
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
	all := r.compiled(c, q)
	for _, l := range all {
		if l.lost() {
			return r.guess(c, q, all[:])
		}
	}
	var before, after policy.Layers
	for _, l := range all {
		l.put(&before, l.was)
		l.put(&after, l.would)
	}
	req := c.request(q)
	if v := policy.Decide(req, &before); v.Effect != q.Decision {
		return Outcome{Before: q.Decision, Why: []string{"the policies that the record cites do not give its answer"}}
	}
	v := policy.Decide(req, &after)
	d := v.Decision()
	return Outcome{Before: q.Decision, After: d.Effect, Told: true, By: d.Reasons}
}

func resourceLayer(k policy.ResourceKind) policy.Layer {
	if k == policy.RoleTrust {
		return policy.LayerTrust
	}
	return policy.LayerResource
}

// proposed are the parts of a layer under the proposal. Where there was no such part, there is one: a node of the organization has
// FullAWSAccess, or RCPFullAWSAccess, besides.
func (r *Replay) proposed(layer policy.Layer, parts []part) []part {
	x := &r.proposal
	if layer != x.Layer {
		return parts
	}
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
