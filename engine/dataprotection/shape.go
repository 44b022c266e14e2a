package dataprotection

import (
	"encoding/binary"
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
)

// automaton tells, from one place of a text on, which shapes are there: a deterministic automaton over classes of bytes. State 0 is dead, state 1 is where it begins.
type automaton struct {
	classes [256]uint8
	width   int
	next    []uint32
	accepts [][]int // by state: identifiers whose shape ends there
	starts  [256]bool
}

// maxStates bounds one automaton; shapes that come to more are put into several.
const maxStates = 1 << 14

var errStates = errors.New("dataprotection: too many states")

// compileShapes makes automata of the shapes that the identifiers have.
func compileShapes(specs []*spec) ([]*automaton, error) {
	var ids []int
	for i, s := range specs {
		if s.shape != "" {
			ids = append(ids, i)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return compileSome(specs, ids)
}

func compileSome(specs []*spec, ids []int) ([]*automaton, error) {
	a, err := compileOne(specs, ids)
	if err == nil {
		return []*automaton{a}, nil
	}
	if !errors.Is(err, errStates) || len(ids) == 1 {
		return nil, err
	}
	first, err := compileSome(specs, ids[:len(ids)/2])
	if err != nil {
		return nil, err
	}
	second, err := compileSome(specs, ids[len(ids)/2:])
	return append(first, second...), err
}

// nfa is the programs of several shapes; a place in it is a number.
type nfa struct {
	inst  []syntax.Inst
	of    []int    // by place: the identifier
	reads [][]bool // by class of bytes and place
	seen  []int    // by place: the turn in which it was reached last
	turn  int
}

func parseShapes(specs []*spec, ids []int) (n *nfa, starts []int, err error) {
	n = &nfa{}
	for _, id := range ids {
		tree, err := syntax.Parse(specs[id].shape, syntax.Perl|syntax.FoldCase)
		if err != nil {
			return nil, nil, fmt.Errorf("shape of %s: %w", specs[id].name, err)
		}
		prog, err := syntax.Compile(tree.Simplify())
		if err != nil {
			return nil, nil, fmt.Errorf("shape of %s: %w", specs[id].name, err)
		}
		base := uint32(len(n.inst))
		for _, x := range prog.Inst {
			x.Out += base
			if x.Op == syntax.InstAlt || x.Op == syntax.InstAltMatch {
				x.Arg += base
			}
			n.inst = append(n.inst, x)
			n.of = append(n.of, id)
		}
		starts = append(starts, prog.Start+int(base))
	}
	return n, starts, nil
}

// reach adds the places that can be reached without reading a byte.
func (n *nfa) reach(set []int, at int) []int {
	if n.seen[at] == n.turn {
		return set
	}
	n.seen[at] = n.turn
	switch x := &n.inst[at]; x.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		return n.reach(n.reach(set, int(x.Out)), int(x.Arg))
	case syntax.InstCapture, syntax.InstNop:
		return n.reach(set, int(x.Out))
	case syntax.InstFail, syntax.InstEmptyWidth: // shapes have no assertions
		return set
	}
	return append(set, at)
}

// classify finds which bytes no shape tells apart. Shapes are of ASCII.
func (n *nfa) classify(a *automaton) {
	known := map[string]uint8{}
	sig := make([]byte, len(n.inst))
	for b := range 256 {
		row := make([]bool, len(n.inst))
		for i := range n.inst {
			sig[i] = 0
			if b < 0x80 && reads(&n.inst[i], rune(b)) {
				row[i], sig[i] = true, 1
			}
		}
		c, ok := known[string(sig)]
		if !ok {
			c = uint8(len(n.reads))
			known[string(sig)] = c
			n.reads = append(n.reads, row)
		}
		a.classes[b] = c
	}
	a.width = len(n.reads)
}

func reads(x *syntax.Inst, r rune) bool {
	switch x.Op {
	case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		return x.MatchRune(r)
	}
	return false
}

// builder makes the automaton: a state is a set of places.
type builder struct {
	*nfa
	*automaton
	states map[string]uint32
	sets   [][]int
}

func compileOne(specs []*spec, ids []int) (*automaton, error) {
	n, starts, err := parseShapes(specs, ids)
	if err != nil {
		return nil, err
	}
	a := &automaton{accepts: [][]int{nil}}
	n.classify(a)
	n.seen = make([]int, len(n.inst))
	a.next = make([]uint32, a.width)
	b := &builder{n, a, map[string]uint32{}, [][]int{nil}}
	var first []int
	n.turn++
	for _, at := range starts {
		first = n.reach(first, at)
	}
	b.state(first)
	for s := 1; s < len(b.sets); s++ {
		if len(b.sets) > maxStates {
			return nil, errStates
		}
		b.follow(s)
	}
	for c := range a.starts {
		a.starts[c] = a.next[a.width+int(a.classes[c])] != 0
	}
	return a, nil
}

// state is the number of a set of places.
func (b *builder) state(set []int) uint32 {
	if len(set) == 0 {
		return 0
	}
	slices.Sort(set)
	key := make([]byte, 0, 4*len(set))
	for _, at := range set {
		key = binary.LittleEndian.AppendUint32(key, uint32(at))
	}
	if s, ok := b.states[string(key)]; ok {
		return s
	}
	s := uint32(len(b.sets))
	b.states[string(key)] = s
	b.sets = append(b.sets, set)
	var accepts []int
	for _, at := range set {
		if b.inst[at].Op == syntax.InstMatch {
			accepts = append(accepts, b.of[at])
		}
	}
	b.accepts = append(b.accepts, accepts)
	b.next = append(b.next, make([]uint32, b.width)...)
	return s
}

// follow finds where a state goes with each class of bytes.
func (b *builder) follow(s int) {
	for class, reads := range b.reads {
		var set []int
		b.turn++
		for _, at := range b.sets[s] {
			if reads[at] {
				set = b.reach(set, int(b.inst[at].Out))
			}
		}
		to := b.state(set)
		b.next[s*b.width+class] = to
	}
}
