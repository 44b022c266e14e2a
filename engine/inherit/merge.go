package inherit

import (
	"slices"
	"strings"
)

// Effective is what holds for an account.
type Effective struct {
	root   *state
	Faults []Fault
}

// Fault is a place where policies do not fit each other; the one nearer to the root counts there.
type Fault struct {
	Path     string   // "tags/costcenter"
	Policies []string // by name
}

// state is one key of the effective policy while it is merged.
type state struct {
	key     string
	members []*state
	value   any       // string, json.Number, bool or []any; nil when nothing is set
	allowed operators // what the policies of the levels above leave to this one
	next    operators // the same for the level below
	level   int       // that assigned the value
	by      []string  // policies that had a part in it
}

// Merge merges the policies on the way from the root to an account, one list a level, each in the order in which they were attached.
// A policy may do what the levels above allow; at one level the first policy to assign a value wins, and what they allow to
// policies below is the intersection. A group's control says whether keys can be added to it.
func Merge(levels [][]*Policy) *Effective {
	e := &Effective{root: &state{allowed: all, next: all}}
	for i, level := range levels {
		for _, p := range level {
			e.apply(e.root, p.root, i+1, p.Name, nil)
		}
		e.root.descend()
	}
	return e
}

// descend makes what is allowed to the level below effective.
func (s *state) descend() {
	s.allowed &= s.next
	for _, m := range s.members {
		m.descend()
	}
}

func (e *Effective) apply(s *state, from *element, level int, name string, path []string) {
	if from.allowed != nil {
		s.next &= *from.allowed
	}
	if from.isSetting() {
		if len(s.members) > 0 {
			e.fault(s, name, path)
			return
		}
		s.set(from, level, name)
		return
	}
	if len(from.members) > 0 && s.value != nil {
		e.fault(s, name, path)
		return
	}
	for _, m := range from.members {
		to := s.member(m.key)
		if to == nil {
			if s.allowed&(assign|appending) == 0 {
				continue // nothing can be added here
			}
			to = &state{key: m.key, allowed: all, next: all}
			s.members = append(s.members, to)
		}
		e.apply(to, m, level, name, append(slices.Clone(path), m.key))
	}
	if len(from.members) > 0 {
		s.by = append(s.by, name)
	}
}

// member finds a key, in whatever spelling: the first one stays.
func (s *state) member(key string) *state {
	for _, m := range s.members {
		if strings.EqualFold(m.key, key) {
			return m
		}
	}
	return nil
}

func (e *Effective) fault(s *state, name string, path []string) {
	e.Faults = append(e.Faults, Fault{Path: strings.Join(path, "/"), Policies: append(slices.Clone(s.by), name)})
}

func (s *state) set(from *element, level int, name string) {
	if from.assign != nil && s.allowed&assign != 0 && s.level != level {
		s.value, s.level = from.assign, level
		s.by = append(s.by, name)
	}
	if from.append != nil && s.allowed&appending != 0 {
		if list, ok := s.list(); ok {
			for _, v := range from.append {
				if !slices.Contains(list, v) {
					list = append(list, v)
				}
			}
			s.value = list
			s.by = append(s.by, name)
		}
	}
	if from.remove != nil && s.allowed&remove != 0 {
		if list, ok := s.list(); ok {
			s.value = slices.DeleteFunc(list, func(v any) bool { return slices.Contains(from.remove, v) })
			s.by = append(s.by, name)
		}
	}
}

// list is a copy of the value as a list, if it can be one.
func (s *state) list() ([]any, bool) {
	if s.value == nil {
		return nil, true
	}
	list, ok := s.value.([]any)
	return slices.Clone(list), ok
}
