package escalation

import (
	"slices"

	"vauban/engine/policy"
)

type outKey struct {
	n       node
	foreign bool
}

type growKey struct {
	by, on node
}

// out returns the edges by which the node gets another principal into its hands. Of an administrator only those that leave its account
// are looked at: inside, nothing is left to gain.
func (v *view) out(n node, foreign bool) *ways {
	k := outKey{n, foreign}
	if w := v.edges[k]; w != nil {
		return w
	}
	var out []edge
	if v.base != nil {
		base := v.base.out(n, foreign)
		if !slices.ContainsFunc(base.edges, v.stirred) {
			v.edges[k] = base
			return base
		}
		out = v.again(n, base.edges)
	} else {
		for i := range v.rows {
			if v.served[i] && !v.exhausted && (!foreign || v.rows[i].Needs[0].Action == "sts:AssumeRole") && v.capable(n, i) {
				out = append(out, v.outBy(n, i, foreign)...)
			}
		}
	}
	w := &ways{edges: out, targets: make([]int32, len(out))}
	for i := range out {
		w.targets[i] = int32(out[i].target)
	}
	v.edges[k] = w
	return w
}

// ways are the edges out of a node, and where they lead, apart: a search passes by most of them.
type ways struct {
	edges   []edge
	targets []int32
}

// again keeps the edges that stand after the changes of the view. Changes only take grants away, so what was denied stays denied; an edge
// none of whose statements is gone stands; any other is put to the engine again.
func (v *view) again(n node, edges []edge) []edge {
	var out []edge
	for _, e := range edges {
		if v.stirred(e) {
			var ok bool
			if e.changes, ok = v.decide(n, e.attempt); !ok {
				continue
			}
		}
		out = append(out, e)
	}
	return out
}

// stirred says whether something that the edge stands on is gone.
func (v *view) stirred(e edge) bool {
	return slices.ContainsFunc(e.changes, func(c change) bool { return v.gone[c] })
}

func (v *view) outBy(n node, row int, foreign bool) []edge {
	var out []edge
	try := func(target, via int) bool {
		a := attempt{row: row, target: target, object: -1, version: -1, via: via}
		changes, ok := v.decide(n, a)
		if ok {
			out = append(out, edge{a, changes})
		}
		return ok
	}
	r := &v.rows[row]
	me := &v.people[n.who]
	home := func(t int) bool { return v.people[t].account == me.account && t != n.who && !v.people[t].minted }
	switch {
	case r.Kind == Mint:
		try(v.minted[mintKey{me.account, r.Object}], -1)
	case r.Kind == Become && r.Needs[0].Action == "sts:AssumeRole":
		for _, t := range v.assumable(n) {
			if t != n.who && (!foreign || v.people[t].account != me.account) {
				try(t, -1)
			}
		}
	case r.Kind == Become:
		for t := range v.people {
			if home(t) && r.fits(&v.people[t]) {
				try(t, -1)
			}
		}
	case r.Kind == Pass:
		v.passes(n, r, home, try)
	case r.Kind == Take:
		for _, c := range v.compute[r.Compute] {
			if t, ok := v.byARN[v.world.Compute[c].Role]; ok && home(t) {
				try(t, c)
			}
		}
	}
	return out
}

// passes tries to hand each role that trusts the service to something new, or to something that is there.
func (v *view) passes(n node, r *Row, home func(int) bool, try func(target, via int) bool) {
	seen := map[int]bool{}
	for _, service := range []string{r.Service, ""} {
		for _, t := range v.trusting[service] {
			if !home(t) || seen[t] {
				continue
			}
			seen[t] = true
			if r.Compute == "" {
				try(t, -1)
				continue
			}
			for _, c := range v.compute[r.Compute] {
				if accountOf(v.world.Compute[c].ARN) == v.people[t].account && try(t, c) {
					break
				}
			}
		}
	}
}

// assumable lists the roles whose trust policies may name the node, in their order.
func (v *view) assumable(n node) []int {
	p := &v.people[n.who]
	in := map[int]bool{}
	for _, t := range v.anybody {
		in[t] = true
	}
	for _, text := range []string{p.ARN, p.ID, v.principal(n).ARN} {
		for _, t := range v.named[text] {
			in[t] = true
		}
	}
	var out []int
	for t := range v.people {
		if in[t] {
			out = append(out, t)
		}
	}
	return out
}

// grower says whether the node may be allowed any row that changes what a principal may do.
func (v *view) grower(n node) bool {
	is, ok := v.growers[n]
	if !ok {
		is = slices.ContainsFunc(v.grow, func(row int) bool { return v.capable(n, row) })
		v.growers[n] = is
	}
	return is
}

// grows returns the edges by which one node changes what another may do that is in the same hands.
func (v *view) grows(by, on node) []edge {
	p := &v.people[on.who]
	if p.account != v.people[by.who].account || p.minted || p.Kind == policy.Root || v.exhausted {
		return nil
	}
	k := growKey{by, node{who: on.who}}
	if e, ok := v.growths[k]; ok {
		return e
	}
	var out []edge
	if v.base != nil {
		out = v.again(by, v.base.grows(by, on))
	} else {
		for _, i := range v.grow {
			if v.rows[i].fits(p) && v.capable(by, i) {
				out = append(out, v.growsBy(by, on, i)...)
			}
		}
	}
	v.growths[k] = out
	return out
}

func (v *view) growsBy(by, on node, row int) []edge {
	var out []edge
	r := &v.rows[row]
	for _, object := range v.objects(r, on) {
		a := attempt{row: row, target: on.who, object: object, version: -1, via: -1}
		changes, ok := v.decide(by, a)
		if !ok {
			continue
		}
		if r.Effect != Swapped {
			out = append(out, edge{a, changes})
			continue
		}
		for i := range v.policies[object].others {
			b := a
			b.version = i
			out = append(out, edge{b, changes})
		}
	}
	return out
}

// apply is the node after an edge of kind Grow; ok is false when nothing changes, or the change does not go together with one before.
func (x *index) apply(e *edge, on node) (node, bool) {
	r := &x.rows[e.row]
	out := on
	switch r.Effect {
	case Everything:
		out.raised = true
		if r.Object == OnPolicy && on.shed == 0 && x.policies[e.object].denies {
			out.shed = e.object + 1
		}
	case Unbound:
		out.unbound = true
	case Joined:
		if on.group == 0 {
			out.group = e.object + 1
		}
	case Swapped:
		if on.swapped == 0 {
			out.swapped, out.version = e.object+1, e.version
		}
	case Shed:
		if on.shed == 0 {
			out.shed = e.object + 1
		}
	}
	return out, out != on
}
