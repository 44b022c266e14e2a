package escalation

// arrival is a node that came into the hands of who started, and how.
type arrival struct {
	node  node
	by    int // index of the arrival that acted; -1 for the start
	on    int // index of the arrival that was changed, -1 when it is new in the hands
	edge  edge
	depth int
}

// search finds what comes into the hands of who has start. Hands only fill: what one principal in them may do, its holder may do. So a
// step may use one principal to change what another may do, which no search along single edges sees. It ends when goal is reached, or
// without a goal when there are as many administrators as paths are wanted, and returns the arrivals in their order and the index of the
// goal, or -1.
func (v *view) search(start node, goal func(node) bool) ([]arrival, int) {
	s := &hands{view: v, plain: make([]bool, len(v.people)), other: map[node]bool{}, admins: map[int]bool{}, goal: goal, hit: -1}
	s.add(arrival{node: start, by: -1, on: -1})
	for i := 0; i < len(s.list) && s.hit < 0 && len(s.admins) < v.options.MaxPaths && !v.exhausted; i++ {
		s.expand(i)
	}
	return s.list, s.hit
}

type hands struct {
	*view
	list    []arrival
	plain   []bool // by principal: as it is, in the hands
	other   map[node]bool
	growers []int // arrivals that may change others
	admins  map[int]bool
	goal    func(node) bool
	hit     int
}

// known notes a node and says whether it was there before.
func (s *hands) known(n node) bool {
	if n == (node{who: n.who}) {
		was := s.plain[n.who]
		s.plain[n.who] = true
		return was
	}
	was := s.other[n]
	s.other[n] = true
	return was
}

func (s *hands) add(a arrival) {
	if a.depth > s.options.MaxSteps || s.hit >= 0 || s.known(a.node) {
		return
	}
	s.list = append(s.list, a)
	switch {
	case a.by < 0:
	case s.goal == nil && s.admin(a.node):
		s.admins[a.node.who] = true
	case s.goal != nil && s.goal(a.node):
		s.hit = len(s.list) - 1
	}
}

func (s *hands) expand(i int) {
	n := s.list[i].node
	foreign := s.admin(n)
	if !foreign && s.grower(n) { // first what changes oneself: the shortest way
		s.grow(i, i)
	}
	out := s.out(n, foreign)
	for k, target := range out.targets {
		if !s.plain[target] {
			to := node{who: int(target), raised: s.people[target].minted}
			s.add(arrival{node: to, by: i, on: -1, edge: out.edges[k], depth: s.list[i].depth + 1})
		}
	}
	if foreign {
		return
	}
	for _, j := range s.growers {
		s.grow(j, i)
	}
	if s.grower(n) {
		s.growers = append(s.growers, i)
		for j := 0; j < i && s.hit < 0; j++ {
			s.grow(i, j)
		}
	}
}

// grow adds what becomes of the node at j by what the node at i may do. An administrator neither needs it nor gains by it.
func (s *hands) grow(i, j int) {
	by, on := s.list[i].node, s.list[j].node
	if s.admin(on) || s.admin(by) {
		return
	}
	for _, e := range s.grows(by, on) {
		if n, ok := s.apply(&e, on); ok {
			s.add(arrival{node: n, by: i, on: j, edge: e, depth: max(s.list[i].depth, s.list[j].depth) + 1})
		}
	}
}

// way lists the arrivals that lead to the one at i, in their order, without the start.
func way(list []arrival, i int) []arrival {
	need := map[int]bool{}
	var mark func(int)
	mark = func(i int) {
		if i < 0 || need[i] {
			return
		}
		need[i] = true
		mark(list[i].by)
		mark(list[i].on)
	}
	mark(i)
	var out []arrival
	for j := range list {
		if need[j] && list[j].by >= 0 {
			out = append(out, list[j])
		}
	}
	return out
}
