package analysis

import (
	"fmt"
	"slices"
	"strings"
)

// dimensions returns what the conditions of the rules that are alive depend on, beside the caller.
func (s *search) dimensions(alive set, ph *phase, who *caller, env environment) []*dimension {
	var out []*dimension
	seen := map[string]bool{}
	for i := range s.p.tests {
		t := &s.p.tests[i]
		if !slices.ContainsFunc(t.rules, alive.has) {
			continue
		}
		key := t.key
		if clock(key) {
			key = "aws:currenttime"
		}
		if !seen[key] {
			if d := s.dimension(key, ph, who, env); d != nil {
				out = append(out, d)
			}
		}
		seen[key] = true
	}
	return out
}

// dimension works a key out, once for each set of values that its variables have.
func (s *search) dimension(key string, ph *phase, who *caller, env environment) *dimension {
	keys := []string{key}
	if clock(key) {
		keys = []string{"aws:currenttime", "aws:epochtime"}
	}
	id := key
	open := false
	for i := range s.p.tests {
		if t := &s.p.tests[i]; t.open && slices.Contains(keys, t.key) {
			open = true
			for _, a := range t.asks {
				v, ok := env(a)
				id += fmt.Sprintf(" %s=%q %v", a, v, ok)
			}
		}
	}
	if ph.abstract {
		id += " abstract"
	}
	held := who.facts
	f, fixed := ph.fixed[key]
	switch {
	case fixed:
		held = []fact{f}
		id += fmt.Sprintf(" is %q", f.values)
	case !ofCaller(key):
		held = nil
	case !open:
		return nil // counted in the caller's reach
	default:
		id += fmt.Sprintf(" of %s %d", who.who.ARN, who.who.Kind)
	}
	if s.dims[id] == nil {
		d := &dimension{}
		if held != nil || ofCaller(key) {
			*d = s.p.heldDimension(keys, held, env, ph.abstract)
		} else {
			*d = s.p.dimensionOf(keys, env, ph.abstract)
		}
		s.dims[id] = d
	}
	return s.dims[id]
}

// heldDimension is the dimension of a key whose value is settled.
func (p *problem) heldDimension(keys []string, held []fact, env environment, abstract bool) dimension {
	d := dimension{keys: keys}
	var closed, open []*test
	for i := range p.tests {
		switch t := &p.tests[i]; {
		case !slices.Contains(keys, t.key):
		case t.open && abstract:
			open = append(open, t)
		default:
			closed = append(closed, t)
		}
	}
	c := cell{facts: held, kills: p.kills(closed, held, env)}
	c.absent = !slices.ContainsFunc(held, func(f fact) bool { return strings.EqualFold(f.key, keys[0]) && len(f.values) > 0 })
	if len(held) == 0 {
		c.facts = []fact{{key: keys[0]}}
	}
	d.cells = []cell{c}
	if len(open) > 0 {
		p.guess(&d, open)
	}
	return d
}
