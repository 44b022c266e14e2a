package escalation

import (
	"cmp"
	"slices"
)

// Cut is what to change so that the end of a path is out of reach by any way.
type Cut struct {
	Changes  []Change `json:"changes"`
	Smallest bool     `json:"smallest"` // no smaller number of changes does
}

// Change is one thing to take away.
type Change struct {
	Kind      ChangeKind `json:"kind"`
	Statement Statement  `json:"at"`      // of a policy that is to be detached, the whole policy: index -1
	Affects   int        `json:"affects"` // principals for which the policy counts; of a trust policy, the role
}

// ChangeKind says what to do.
type ChangeKind string

// The kinds of change.
const (
	RemoveStatement ChangeKind = "remove the statement"
	DetachPolicy    ChangeKind = "detach the policy" // AWS's own, which nobody can change
	ChangeTrust     ChangeKind = "change the trust policy"
	ChangeResource  ChangeKind = "change the resource policy"
)

// maxRounds bounds how often the engine is asked again for one cut.
const maxRounds = 48

// cut finds the smallest set of changes after which goal is out of reach. Each way that is left adds a set of changes of which one at least
// must be made; the smallest set that hits them all is made, and the search repeated, until no way is left. As every set is a must, the
// result is the smallest.
func (v *view) cut(start node, first []arrival, goal func(*view) func(node) bool) ([]change, bool) {
	ways := [][]change{v.changesOf(first)}
	smallest := true
	var forced []change
	for range maxRounds {
		last := ways[len(ways)-1]
		if len(last) == 0 {
			return nil, false // nothing on this way can be taken away
		}
		hit, exact := v.hit(ways, forced)
		if !exact {
			smallest = false
			forced = append(forced, last[0])
			hit = forced
		}
		after := newView(v.index, v, hit)
		list, end := after.search(start, goal(after))
		switch {
		case v.exhausted:
			return nil, false
		case end < 0:
			return v.ordered(hit), smallest
		}
		ways = append(ways, v.changesOf(way(list, end)))
	}
	return nil, false
}

func (v *view) changesOf(steps []arrival) []change {
	var out []change
	for _, s := range steps {
		for _, c := range s.edge.changes {
			if !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b change) int { return cmp.Compare(v.affects(a), v.affects(b)) })
	return out
}

func (v *view) ordered(list []change) []change {
	out := slices.Clone(list)
	slices.SortFunc(out, func(a, b change) int {
		return cmp.Or(cmp.Compare(a.policy, b.policy), cmp.Compare(a.statement, b.statement), cmp.Compare(a.holder, b.holder))
	})
	return out
}

// maxChanges is the size up to which a smallest set is looked for.
const maxChanges = 6

// hit returns the smallest set of changes that has one of each way's, of those the one that affects the fewest principals. It tries all sets
// of one, then of two, and so on; exact is false when there is none of up to maxChanges, or too many to try.
func (v *view) hit(ways [][]change, forced []change) (set []change, exact bool) {
	if forced != nil {
		return nil, false
	}
	tried := 0
	for size := 1; size <= maxChanges; size++ {
		var best []change
		least := -1
		var choose func(chosen []change, weight int)
		choose = func(chosen []change, weight int) {
			if tried++; tried > 20_000 || least >= 0 && weight >= least {
				return
			}
			i := slices.IndexFunc(ways, func(w []change) bool {
				return !slices.ContainsFunc(w, func(c change) bool { return slices.Contains(chosen, c) })
			})
			if i < 0 {
				best, least = slices.Clone(chosen), weight
				return
			}
			if len(chosen) == size {
				return
			}
			for _, c := range ways[i] {
				choose(append(chosen[:len(chosen):len(chosen)], c), weight+v.affects(c))
			}
		}
		choose(nil, 0)
		if best != nil {
			return best, true
		}
		if tried > 20_000 {
			break
		}
	}
	return nil, false
}

// affects counts the principals for which a change counts.
func (x *index) affects(c change) int {
	if len(x.counts) == 0 {
		x.count()
	}
	if c.statement < 0 {
		return max(1, x.countsAt[holding{c.policy, c.holder, false}])
	}
	return max(1, x.counts[c.policy])
}

func (x *index) count() {
	x.counts, x.countsAt = make([]int, len(x.policies)+1), map[holding]int{}
	for i := range x.people {
		p := &x.people[i]
		seen := map[int]bool{}
		add := func(list []holding) {
			for _, h := range list {
				h.inline = false
				x.countsAt[h]++
				if !seen[h.policy] {
					seen[h.policy] = true
					x.counts[h.policy]++
				}
			}
		}
		add(p.own)
		for _, g := range p.member {
			add(x.groups[g].own)
		}
	}
}

// show puts a change into words.
func (x *index) show(c change) Change {
	p := &x.policies[c.policy]
	out := Change{Kind: RemoveStatement, Affects: x.affects(c), Statement: Statement{Policy: p.name, Holder: p.holder, Index: c.statement}}
	switch {
	case c.statement < 0:
		out.Kind, out.Statement.Holder = DetachPolicy, c.holder
		return out
	case p.name == trustName:
		out.Kind = ChangeTrust
	case p.name == resourceName:
		out.Kind = ChangeResource
	}
	s := &p.doc.Statements[c.statement]
	out.Statement.Sid, out.Statement.Line, out.Statement.Column = s.Sid, s.Line, s.Column
	return out
}
