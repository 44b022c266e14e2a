package lint

import (
	"strings"
	"unicode/utf8"

	"vauban/engine/policy"
)

// place is a value of the policy, and how to get there.
type place struct {
	*policy.JSON
	path     []PathElement
	from, to int
}

func rootOf(j *policy.JSON) place { return place{JSON: j, from: j.From, to: j.To} }

func (p place) step(e PathElement, j *policy.JSON) place {
	return place{JSON: j, path: append(p.path[:len(p.path):len(p.path)], e), from: j.From, to: j.To}
}

// value is the value of a member.
func (p place) value(m *policy.JSONMember) place { return p.step(PathElement{Value: &m.Name}, m.Value) }

// key is the name of a member.
func (p place) key(m *policy.JSONMember) place {
	k := p.step(PathElement{Key: &m.Name}, m.Value)
	k.from, k.to = m.From, m.To
	return k
}

// get is the value of the member of that name.
func (p place) get(name string) (place, bool) {
	for i := range p.Members {
		if m := &p.Members[i]; m.Name == name {
			return p.value(m), true
		}
	}
	return place{}, false
}

func (p place) item(i int) place { return p.step(PathElement{Index: &i}, p.Items[i]) }

// items are the elements of a list, or the value itself where one stands for a list.
func (p place) items() []place {
	if p.Type != policy.JSONArray {
		return []place{p}
	}
	out := make([]place, len(p.Items))
	for i := range p.Items {
		out[i] = p.item(i)
	}
	return out
}

// strings are the elements that are strings.
func (p place) strings() []place {
	var out []place
	for _, i := range p.items() {
		if i.Type == policy.JSONString {
			out = append(out, i)
		}
	}
	return out
}

// part is a part of a string, from and to in bytes of what it says. In a string that is written with escapes it is the whole, because what
// it says and how it is written differ.
func (p place) part(from, to int) place {
	if p.JSON.To-p.JSON.From-2 != len(p.Text) {
		return p
	}
	s := Substring{Start: utf8.RuneCountInString(p.Text[:from]), Length: utf8.RuneCountInString(p.Text[from:to])}
	out := p.step(PathElement{Substring: &s}, p.JSON)
	out.from, out.to = p.JSON.From+1+from, p.JSON.From+1+to
	return out
}

// oneOf reports whether s is one of the texts, without regard to case.
func oneOf(s string, list ...string) bool {
	for _, l := range list {
		if strings.EqualFold(s, l) {
			return true
		}
	}
	return false
}
