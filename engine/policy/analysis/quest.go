package analysis

import (
	"slices"

	"vauban/engine/automaton"
)

// quest is a search for a resource, at one state.
type quest struct {
	p     *problem
	land  *land
	grant int
	stand set
	state automaton.State
	truth map[int]bool // of open elements that may match
}

// inside says that the text so far is a resource of the land.
func (q *quest) inside() bool { return q.state.MatchesAny(q.land.any) }

// hopeless says that no text that goes on from here is a counterexample.
func (q *quest) hopeless() bool {
	if !q.state.AliveAny(q.land.any) {
		return true
	}
	if g := &q.p.list[q.grant]; !g.anything && q.settled(g, g.not) {
		return true
	}
	return q.covered(denies) || q.covered(granted) && !q.possible(excepts)
}

// possible says that some rule of the role may speak of something that follows.
func (q *quest) possible(r role) bool {
	out := false
	q.stand.intersect(q.p.roles[r]).each(func(i int) {
		n := &q.p.list[i]
		out = out || n.anything || !n.nothing && !q.settled(n, n.not)
	})
	return out
}

// covered says that some rule of the role speaks of whatever follows.
func (q *quest) covered(r role) bool {
	out := false
	q.stand.intersect(q.p.roles[r]).each(func(i int) {
		n := &q.p.list[i]
		out = out || n.anything || q.settled(n, !n.not)
	})
	return out
}

// settled says that whatever follows, some element of the rule matches, or that none does.
func (q *quest) settled(r *rule, matches bool) bool {
	for _, e := range r.elements {
		switch at := q.land.at[e]; {
		case at < 0:
		case !matches && q.state.Alive(at):
			return false
		case matches && !slices.Contains(q.land.open, e) && q.state.MatchesAll(at):
			return true
		}
	}
	return !matches
}

const mostOpen = 8

// counterexample judges the text so far. Elements with variables that may match are tried both ways, in all combinations that the
// elements themselves do not rule out.
func (q *quest) counterexample() bool {
	var maybe []int
	for _, e := range q.land.open {
		if q.state.Matches(q.land.at[e]) {
			maybe = append(maybe, e)
		}
	}
	if len(maybe) > mostOpen {
		return true
	}
	if !q.p.spend(1 << len(maybe)) {
		return true
	}
	for guess := range 1 << len(maybe) {
		q.truth = map[int]bool{}
		for n, e := range maybe {
			q.truth[e] = guess>>n&1 != 0
		}
		if q.consistent(maybe) && q.holds() {
			return true
		}
	}
	return false
}

func (q *quest) consistent(maybe []int) bool {
	for _, a := range maybe {
		for _, b := range maybe {
			if q.truth[a] && !q.truth[b] && q.p.implies(a, b) {
				return false
			}
		}
	}
	return true
}

func (q *quest) holds() bool { return q.p.verdict(q.grant, q.stand, q.speaks) }

// verdict puts rules together, given which of those that stand speak of the resource.
func (p *problem) verdict(grant int, stand set, speaks func(r *rule) bool) bool {
	some := func(r role) bool {
		out := false
		stand.intersect(p.roles[r]).each(func(i int) { out = out || speaks(&p.list[i]) })
		return out
	}
	return speaks(&p.list[grant]) && !some(denies) && (!some(granted) || some(excepts))
}

func (q *quest) speaks(r *rule) bool {
	if r.anything {
		return true
	}
	if r.nothing {
		return false
	}
	return slices.ContainsFunc(r.elements, func(e int) bool {
		if slices.Contains(q.land.open, e) {
			return q.truth[e]
		}
		return q.land.at[e] >= 0 && q.state.Matches(q.land.at[e])
	}) != r.not
}
