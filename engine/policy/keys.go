package policy

import (
	"slices"
	"strings"
)

// ContextKeys returns the condition keys that the policies speak of, in conditions and as variables, sorted and without repetition
// (keys are equal without regard to case; the first spelling counts).
func ContextKeys(docs ...*Document) []string {
	var k keySet
	for _, d := range docs {
		for i := range d.Statements {
			d.Statements[i].keys(k.add)
		}
	}
	return k.sorted()
}

// keys calls add with every key that the statement speaks of.
func (s *Statement) keys(add func(string)) {
	for i := range s.resources {
		if t := s.resources[i].template; t != nil {
			t.keys(add)
		}
	}
	for i := range s.Condition {
		c := &s.Condition[i]
		add(c.Key)
		for j := range c.values {
			if t := c.values[j].template; t != nil {
				t.keys(add)
			}
		}
	}
}

// keySet is a set of condition keys.
type keySet struct {
	seen map[string]bool
	list []string
}

func (k *keySet) add(key string) {
	if k.seen == nil {
		k.seen = map[string]bool{}
	}
	low := strings.ToLower(key)
	if !k.seen[low] {
		k.seen[low] = true
		k.list = append(k.list, key)
	}
}

func (k *keySet) sorted() []string {
	slices.SortFunc(k.list, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return k.list
}
