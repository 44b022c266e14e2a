package pattern

import (
	"encoding/json"
	"errors"
)

// Event is a decoded event.
type Event struct {
	root map[string]any
	most int // steps that a match may take; 0 means any number
	took int
}

// spend counts steps, and reports whether there are more to be had. An event without a limit is not written to: many may match it at once. When there are
// none left, whatever is undecided does not hold: a match is only ever claimed of what was looked at.
func (e *Event) spend(n int) bool {
	if e.most == 0 {
		return true
	}
	e.took += n
	return e.took <= e.most
}

// ErrNoEvent says that a text is not a JSON object.
var ErrNoEvent = errors.New("pattern: the event is not a JSON object")

// Decode reads an event: once for all patterns that it is matched against.
func Decode(text []byte) (*Event, error) {
	v, err := decode(text)
	if err != nil {
		return nil, ErrNoEvent
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, ErrNoEvent
	}
	return &Event{root: object}, nil
}

// Root is the decoded event.
func (e *Event) Root() map[string]any { return e.root }

// String returns a field of the event itself that is a string, such as "source"; "" when there is none.
func (e *Event) String(name string) string {
	s, _ := e.root[name].(string)
	return s
}

// enoughSteps is what one event and one pattern may take, where nobody says how many: some hundredths of a second.
const enoughSteps = 500_000

// within is the event for one match of so many steps.
func (e *Event) within(most int) *Event { return &Event{root: e.root, most: most} }

// Match reports whether the event matches. One that would take too long does not.
func (p *Pattern) Match(e *Event) bool { return p.root.match(e.within(enoughSteps), e.root) }

func (n *node) match(e *Event, o map[string]any) bool {
	if !e.spend(1) {
		return false
	}
	for i := range n.fields {
		if !n.fields[i].match(e, o) {
			return false
		}
	}
	for _, alternatives := range n.ors {
		if !matchesOne(alternatives, e, o) {
			return false
		}
	}
	return true
}

func matchesOne(alternatives []*node, e *Event, o map[string]any) bool {
	for _, n := range alternatives {
		if n.match(e, o) {
			return true
		}
	}
	return false
}

func (f *field) match(e *Event, o map[string]any) bool {
	v, there := o[f.name]
	if f.below != nil {
		found, matched := f.matchBelow(e, v)
		return matched || !found && f.below.match(e, nil) // of an object that is missing, only absence can be asked
	}
	return there && f.passes(e, v) || f.absent && !e.hasValue(e.root, f.path)
}

// matchBelow looks for an object that matches: the value itself, or an element of it.
func (f *field) matchBelow(e *Event, v any) (found, matched bool) {
	switch v := v.(type) {
	case map[string]any:
		return true, f.below.match(e, v)
	case []any:
		for _, one := range v {
			if !e.spend(1) {
				return true, false // undecided: nothing is said to be missing
			}
			has, matches := f.matchBelow(e, one)
			if matches {
				return true, true
			}
			found = found || has
		}
	}
	return found, false
}

// passes reports whether the value, or one of its elements, passes one of the tests.
func (f *field) passes(e *Event, v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return false
	case []any:
		for _, one := range v {
			if !e.spend(1) {
				return false
			}
			if f.passes(e, one) {
				return true
			}
		}
		return false
	}
	if !e.spend(f.light + f.heavy*cost(v)) {
		return false
	}
	for _, t := range f.tests {
		if t(v) {
			return true
		}
	}
	return false
}

// cost is about how many steps it takes to read a value.
func cost(v any) int {
	switch v := v.(type) {
	case string:
		return 1 + len(v)/64
	case json.Number:
		return 1 + len(v)/64
	}
	return 1
}

// hasValue reports whether there is a scalar at the path, through all arrays. Where the steps do not suffice to tell, there may be one.
func (e *Event) hasValue(v any, path []string) bool {
	if !e.spend(1) {
		return true
	}
	switch v := v.(type) {
	case map[string]any:
		if len(path) == 0 {
			return false
		}
		next, there := v[path[0]]
		return there && e.hasValue(next, path[1:])
	case []any:
		for _, one := range v {
			if e.hasValue(one, path) {
				return true
			}
		}
		return false
	}
	return len(path) == 0
}
