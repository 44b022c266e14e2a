package automaton

import "slices"

// Set is a set of characters: those that are listed, or all but those.
type Set struct {
	Not   bool
	Runes []rune
}

// Any holds every character.
func Any() Set { return Set{Not: true} }

// Except holds every character but those.
func Except(runes ...rune) Set { return Set{Not: true, Runes: runes} }

// Of holds those characters.
func Of(runes ...rune) Set { return Set{Runes: runes} }

// Has reports whether the set holds r.
func (s Set) Has(r rune) bool { return slices.Contains(s.Runes, r) != s.Not }

// Without returns the set less one character.
func (s Set) Without(r rune) Set {
	switch {
	case s.Has(r) && s.Not:
		return Set{Not: true, Runes: append(slices.Clone(s.Runes), r)}
	case s.Has(r):
		return Set{Runes: slices.DeleteFunc(slices.Clone(s.Runes), func(x rune) bool { return x == r })}
	}
	return s
}

// Step is one character out of a set, or with Loop any number of them, also none.
type Step struct {
	Set  Set
	Loop bool
}

// Pattern matches a text that its steps match one after the other.
type Pattern []Step

// Literal matches the text alone.
func Literal(text string) Pattern {
	var p Pattern
	for _, r := range text {
		p = append(p, Step{Set: Of(r)})
	}
	return p
}

// Run matches any number of characters out of a set.
func Run(s Set) Pattern { return Pattern{{Set: s, Loop: true}} }

// One matches one character out of a set.
func One(s Set) Pattern { return Pattern{{Set: s}} }

// Join matches a text of several patterns in a row.
func Join(list ...Pattern) Pattern {
	var p Pattern
	for _, q := range list {
		p = append(p, q...)
	}
	return p
}

// Match reports whether the pattern matches all of the text.
func (p Pattern) Match(text string) bool {
	at := map[int]bool{}
	p.reach(at, 0)
	for _, r := range text {
		next := map[int]bool{}
		for i := range at {
			switch {
			case i == len(p) || !p[i].Set.Has(r):
			case p[i].Loop:
				p.reach(next, i)
			default:
				p.reach(next, i+1)
			}
		}
		at = next
	}
	return at[len(p)]
}

// reach adds a position and those behind steps that match nothing too.
func (p Pattern) reach(at map[int]bool, i int) {
	for at[i] = true; i < len(p) && p[i].Loop; at[i] = true {
		i++
	}
}
