package replay

import (
	"encoding/json"
	"slices"
	"strings"

	"vauban/engine/policy"
)

// compiled is one layer of a record, with what it becomes under the proposal. Calls whose records have the same text share one.
type compiled struct {
	layer      policy.Layer
	before     []part
	after      []part
	was, would []policy.CompiledLevel // nil when texts are lost, or the layer does not apply
}

// lost says that texts of the layer are lost.
func (l *compiled) lost() bool {
	for i := range l.before {
		if len(l.before[i].lost)+len(l.before[i].before) > 0 {
			return true
		}
	}
	return false
}

// maxCached bounds what is kept of one layer.
const maxCached = 20_000

// compiled are the layers of a question.
func (r *Replay) compiled(c *Call, q *Question) [7]*compiled {
	return [...]*compiled{
		r.layer(c, policy.LayerIdentity, c.identity), r.layer(c, policy.LayerSession, c.session), r.layer(c, policy.LayerBoundary, c.boundary),
		r.layer(c, resourceLayer(q.Kind), q.resource), r.layer(c, policy.LayerGrant, q.grants),
		r.layer(c, policy.LayerSCP, c.scps), r.layer(c, policy.LayerRCP, q.rcps),
	}
}

// layer reads one layer of a record. Those with lost texts are read again each time: another call may lead to the text.
func (r *Replay) layer(c *Call, layer policy.Layer, text string) *compiled {
	kept := r.cached[layer]
	if l := kept[text]; l != nil {
		return l
	}
	l := &compiled{layer: layer, before: r.parts(c, layer, text)}
	l.after = r.proposed(layer, l.before)
	if l.lost() {
		return l
	}
	l.was, l.would = compile(l.before), compile(l.after)
	if layer == policy.LayerSession && c.sessionText != "" {
		return l // a text of its own, as a rule
	}
	if len(kept) >= maxCached {
		clear(kept)
	}
	kept[strings.Clone(text)] = l
	return l
}

// parts reads the policies that a layer of a record cites.
func (r *Replay) parts(c *Call, layer policy.Layer, text string) []part {
	if text == "" {
		return nil
	}
	var levels []Level
	switch layer {
	case policy.LayerSCP, policy.LayerRCP:
		if json.Unmarshal([]byte(text), &levels) != nil {
			levels = []Level{{Policies: []Cite{unreadable}}}
		}
	case policy.LayerBoundary, policy.LayerResource, policy.LayerTrust:
		var one Cite
		if json.Unmarshal([]byte(text), &one) != nil {
			one = unreadable
		}
		levels = []Level{{Policies: []Cite{one}}}
	default:
		var list []Cite
		if json.Unmarshal([]byte(text), &list) != nil {
			list = []Cite{unreadable}
		}
		levels = []Level{{Policies: list}}
	}
	out := make([]part, len(levels))
	for i, l := range levels {
		out[i] = r.read(c, layer, l.Level, l.Policies)
	}
	return out
}

// unreadable stands for a list that is not what the gateway writes: nothing is known of it.
const unreadable Cite = "unreadable#?"

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

// compile makes sets of parts.
func compile(parts []part) []policy.CompiledLevel {
	if parts == nil {
		return nil
	}
	out := make([]policy.CompiledLevel, len(parts))
	for i := range parts {
		list := parts[i].known
		if list == nil {
			list = []policy.Named{}
		}
		out[i] = policy.CompiledLevel{Name: parts[i].level, Set: policy.Compile(list)}
	}
	return out
}

// put puts sets into their place.
func (l *compiled) put(all *policy.Layers, sets []policy.CompiledLevel) {
	switch l.layer {
	case policy.LayerSCP:
		all.SCPs = sets
		return
	case policy.LayerRCP:
		all.RCPs = sets
		return
	}
	if len(sets) == 0 {
		return
	}
	s := sets[0].Set
	switch l.layer {
	case policy.LayerIdentity:
		all.Identity = s
	case policy.LayerSession:
		all.Session = s
	case policy.LayerBoundary:
		all.Boundary = s
	case policy.LayerGrant:
		all.Grants = s
	default:
		all.Resource = s
	}
}

// assume are parts with policies that do what is assumed of the lost ones.
func (r *Replay) assume(c *Call, parts []part, assumed []assumption) []part {
	out := slices.Clone(parts)
	for i := range out {
		for j := range assumed {
			if a := &assumed[j]; a.layer == out[i].layer && a.level == out[i].level {
				out[i].known = append(slices.Clip(out[i].known), a.policies(r, c)...)
			}
		}
	}
	return out
}
