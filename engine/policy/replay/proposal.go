package replay

import (
	"strings"

	"vauban/engine/policy"
)

// Proposal is one policy that is tried.
type Proposal struct {
	Layer    policy.Layer // LayerSCP, LayerRCP, LayerIdentity, LayerBoundary or LayerTrust
	Level    string       // SCPs and RCPs: the node that it is attached to
	Policy   policy.Named
	Replaces string // name of the policy whose place it takes, or the last part of its ARN; "" when it is attached besides. Boundaries and trust policies always replace.

	// Affects says whether the policy has a say in the question: whether its target is above the principal, or the resource.
	Affects func(c *Call, q *Question) bool
}

// Library knows texts of policies by what cites them; nil for one that it does not have.
type Library interface {
	Document(c *Call, cite Cite) *policy.Document
}

// part is one layer, or one level of it, as recorded or as proposed: policies whose texts are known, and those whose are lost.
type part struct {
	layer  policy.Layer
	level  string
	known  []policy.Named
	lost   []Cite // stay under the proposal
	before []Cite // lost too, but not there under the proposal
}

// named says that the layer's policies name principals.
func (p *part) named() bool {
	switch p.layer {
	case policy.LayerIdentity, policy.LayerBoundary, policy.LayerSession, policy.LayerSCP:
		return false
	}
	return true
}

// with is the part under the proposal: its policy is added, or takes the place of another.
func (x *Proposal) with(p *part) part {
	out := part{layer: p.layer, level: p.level}
	for _, n := range p.known {
		if !x.leaves(n.Name) {
			out.add(n)
		}
	}
	out.add(x.Policy)
	return out
}

// add adds a policy whose text is known.
func (p *part) add(n policy.Named) { p.known = append(p.known, n) }

// leaves says that the policy is not there any more under the proposal.
func (x *Proposal) leaves(name string) bool {
	if x.Layer == policy.LayerBoundary || x.Layer == policy.LayerTrust {
		return true
	}
	return x.Replaces != "" && (name == x.Replaces || strings.HasPrefix(name, "arn:") && strings.HasSuffix(name, "/"+x.Replaces))
}

// at says that the proposal changes this part.
func (x *Proposal) at(p *part) bool { return p.layer == x.Layer && p.level == x.Level }
