package pattern

import (
	"slices"
	"strings"
)

// Set is many patterns, compiled into an index: an event is tried only on those that it can match. It is safe for concurrent use.
//
// Of each pattern one field is chosen that wants exact strings: the one whose strings the fewest other patterns want. An event's strings at
// that place lead to the pattern. Patterns without such a field are tried on every event.
type Set struct {
	patterns []*Pattern
	anchors  []anchor
	rest     []int // patterns without an anchor
}

// anchor is a place in events at which patterns want exact strings.
type anchor struct {
	path []string
	by   map[string][]int // patterns by the string
}

// NewSet makes a set. Nil patterns match nothing.
func NewSet(patterns []*Pattern) *Set {
	s := &Set{patterns: patterns}
	wanted := map[string]int{} // how many patterns want a string at a place
	all := make([][]*field, len(patterns))
	for i, p := range patterns {
		if p == nil {
			continue
		}
		all[i] = p.root.exactFields(nil)
		for _, f := range all[i] {
			for _, v := range f.exact {
				wanted[placeOf(f.path)+v]++
			}
		}
	}
	at := map[string]int{} // places by path
	for i, p := range patterns {
		if p == nil {
			continue
		}
		f := rarest(all[i], wanted)
		if f == nil {
			s.rest = append(s.rest, i)
			continue
		}
		place := placeOf(f.path)
		k, known := at[place]
		if !known {
			k = len(s.anchors)
			at[place] = k
			s.anchors = append(s.anchors, anchor{path: f.path, by: map[string][]int{}})
		}
		for _, v := range f.exact {
			if list := s.anchors[k].by[v]; len(list) == 0 || list[len(list)-1] != i {
				s.anchors[k].by[v] = append(list, i)
			}
		}
	}
	return s
}

func placeOf(path []string) string { return strings.Join(path, "\x00") + "\x00\x00" }

// rarest is the field that the fewest events lead to, as far as the patterns tell.
func rarest(fields []*field, wanted map[string]int) *field {
	var best *field
	least := 0
	for _, f := range fields {
		n := 0
		for _, v := range f.exact {
			n += wanted[placeOf(f.path)+v]
		}
		if best == nil || n < least {
			best, least = f, n
		}
	}
	return best
}

// exactFields are the fields that must hold one of some strings, at any depth but not in alternatives.
func (n *node) exactFields(out []*field) []*field {
	for i := range n.fields {
		f := &n.fields[i]
		switch {
		case f.below != nil:
			out = f.below.exactFields(out)
		case len(f.exact) > 0:
			out = append(out, f)
		}
	}
	return out
}

// Match returns the indexes of the patterns that the event matches, in order.
func (s *Set) Match(e *Event) []int {
	out, _ := s.MatchWithin(e, 0)
	return out
}

// leastSteps is what each pattern may take whatever the others take.
const leastSteps = 2000

// MatchWithin is Match with about so many steps; 0 means any number. Each pattern that the event may match gets an equal part of them, and what those before
// it left: a costly one takes nothing from others. It reports whether they were enough: patterns that the event could not be tried on do not match.
func (s *Set) MatchWithin(e *Event, most int) (out []int, enough bool) {
	candidates, enough := s.candidates(e, most)
	left := most
	for k, i := range candidates {
		own := e.within(share(left, len(candidates)-k, most))
		if s.patterns[i].root.match(own, own.root) {
			out = append(out, i)
		}
		enough = enough && own.spend(0)
		left -= own.took
	}
	return out, enough
}

// share is the part of the steps left that one of n gets; 0 when all may take any number.
func share(left, n, most int) int {
	if most == 0 {
		return 0
	}
	return max(left/n, leastSteps)
}

// candidates are the patterns that the event may match, in order. Each place has steps of its own to be looked at.
func (s *Set) candidates(e *Event, most int) (out []int, enough bool) {
	out, enough = slices.Clone(s.rest), true
	left := most
	for k := range s.anchors {
		a := &s.anchors[k]
		own := e.within(share(left, len(s.anchors)-k, most))
		var seen map[string]bool // an event may hold a string many times
		own.eachString(own.root, a.path, func(v string) {
			if list := a.by[v]; len(list) > 0 && !seen[v] {
				if seen == nil {
					seen = map[string]bool{}
				}
				seen[v] = true
				out = append(out, list...)
			}
		})
		enough = enough && own.spend(0)
		left -= own.took
	}
	slices.Sort(out)
	return slices.Compact(out), enough
}

// eachString visits the strings at the path, through all arrays.
func (e *Event) eachString(v any, path []string, visit func(string)) {
	if !e.spend(1) {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		if len(path) > 0 {
			if next, there := v[path[0]]; there {
				e.eachString(next, path[1:], visit)
			}
		}
	case []any:
		for _, one := range v {
			if !e.spend(0) {
				return
			}
			e.eachString(one, path, visit)
		}
	case string:
		if len(path) == 0 {
			visit(v)
		}
	}
}

// Strings returns the exact strings that the pattern wants at a place, none when others pass too.
func (p *Pattern) Strings(path ...string) []string {
	for _, f := range p.root.exactFields(nil) {
		if slices.Equal(f.path, path) {
			return f.exact
		}
	}
	return nil
}
