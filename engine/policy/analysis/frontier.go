package analysis

// vector is one way in which the conditions can come out: the rules that fall, and what the keys hold.
type vector struct {
	kills  set
	facts  []fact
	unreal bool
	up     *vector
}

// all returns the facts of a vector and of those that led to it.
func (v *vector) all() []fact {
	var out []fact
	for ; v != nil; v = v.up {
		out = append(out, v.facts...)
	}
	return out
}

const mostVectors = 3000

// scope says which rules matter, and how: wanted ones help a counterexample when they stand, unwanted ones when they fall.
type scope struct {
	grant            int
	alive            set
	wanted, unwanted set
}

func (p *problem) scope(grant int, alive set) scope {
	only := newSet(len(p.list))
	only.add(grant)
	return scope{grant: grant, alive: alive,
		wanted:   only.union(p.roles[excepts]).intersect(alive),
		unwanted: p.roles[denies].union(p.roles[granted]).intersect(alive)}
}

// better says that whatever follows, a counterexample with b is one with a too.
func (s *scope) better(a, b set) bool {
	return a.subset(b, s.wanted) && b.subset(a, s.unwanted)
}

// frontier combines the cells of all dimensions and keeps of all combinations the best ones only: counterexamples are easier to find
// the fewer wanted and the more unwanted rules fall. False means that there are too many.
func (s *scope) frontier(dims []*dimension, only func(d *dimension, c *cell) bool, spend func(int) bool) ([]*vector, bool) {
	list := []*vector{{kills: newSet(64 * len(s.alive))}}
	for _, d := range dims {
		cells := s.best(d, only)
		var next []*vector
		for _, v := range list {
			for _, c := range cells {
				if !spend(1 + len(next)/4) {
					return nil, true
				}
				next = s.keep(next, &vector{kills: v.kills.union(c.kills), facts: c.facts, unreal: v.unreal || c.unreal, up: v})
				if len(next) > mostVectors {
					return nil, false
				}
			}
		}
		list = next
	}
	return list, true
}

// best returns the cells of a dimension that no other is better than, as vectors.
func (s *scope) best(d *dimension, only func(d *dimension, c *cell) bool) []*vector {
	var out []*vector
	for i := range d.cells {
		c := &d.cells[i]
		if !only(d, c) {
			continue
		}
		kills := c.kills
		if c.joker {
			kills = kills.intersect(s.unwanted)
		}
		if !kills.has(s.grant) {
			out = s.keep(out, &vector{kills: kills, facts: c.facts, unreal: c.unreal})
		}
	}
	return out
}

// keep adds v unless one that is there is as good, and drops those that v is better than. Something real stays beside something
// better that is not known to exist.
func (s *scope) keep(list []*vector, v *vector) []*vector {
	for _, have := range list {
		if (!have.unreal || v.unreal) && s.better(have.kills, v.kills) {
			return list
		}
	}
	out := list[:0]
	for _, have := range list {
		if !((!v.unreal || have.unreal) && s.better(v.kills, have.kills)) {
			out = append(out, have)
		}
	}
	return append(out, v)
}
