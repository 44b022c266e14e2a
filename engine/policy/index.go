package policy

import (
	"maps"

	"vauban/engine/glob"
)

// index finds the statements that can speak of an action and a resource: first by action, then by the literal text that the resource
// must begin with. What it finds is more than what matches, never less: the statement itself decides.
//
// An index is persistent: a clone shares all nodes with its original and copies what it changes.
type index struct {
	owner    *owner
	any      *branch // statements on actions of every service
	services map[string]*actions
}

// owner marks what an index may change in place, because no other index has seen it.
type owner struct{ _ byte }

// actions are the statements on one service, whose prefix is in lower case.
type actions struct {
	owner *owner
	all   *branch            // those with wildcards in the action's name, or with many names
	names map[string]*branch // by name, in lower case
}

// manyNames is the number of actions of one service from which on a statement is listed under the service, not under each of them.
const manyNames = 8

func newIndex() *index {
	return &index{owner: new(owner), services: map[string]*actions{}}
}

// clone returns an index that can be changed; neither it nor ix may change what the other sees.
func (ix *index) clone() *index {
	return &index{owner: new(owner), any: ix.any, services: maps.Clone(ix.services)}
}

func (ix *index) add(n *Named)    { ix.each(n, (*index).insert) }
func (ix *index) remove(n *Named) { ix.each(n, (*index).delete) }

// edit puts a rule into a tree, or takes it out, and returns the tree.
type edit func(ix *index, tree *branch, at anchor, r rule) *branch

// rule is one statement of a policy.
type rule struct {
	policy    *Named
	statement int
}

// anchor is literal text of a resource pattern: all that match begin with head; when tail is not empty they go on with anything, and
// then with tail, which starts with a colon.
type anchor struct{ head, tail string }

func (ix *index) each(n *Named, do edit) {
	for i := range n.size() {
		s := &n.Document.Statements[i]
		anchors := s.anchors()
		r := rule{n, i}
		apply := func(tree *branch) *branch {
			for _, a := range anchors {
				tree = do(ix, tree, a, r)
			}
			return tree
		}
		if s.NotAction != nil || s.actions.all {
			ix.any = apply(ix.any)
			continue
		}
		for list := s.actions.patterns; len(list) > 0; {
			same := 1
			for same < len(list) && list[same].service == list[0].service {
				same++
			}
			ix.own(list[0].service).each(list[:same], apply)
			list = list[same:]
		}
	}
}

// own returns the actions of a service for changing.
func (ix *index) own(service string) *actions {
	a := ix.services[service]
	switch {
	case a == nil:
		a = &actions{owner: ix.owner, names: map[string]*branch{}}
	case a.owner == ix.owner:
		return a
	default:
		a = &actions{owner: ix.owner, all: a.all, names: maps.Clone(a.names)}
	}
	ix.services[service] = a
	return a
}

// each applies an edit to the trees of a statement's patterns, which are all of one service.
func (a *actions) each(patterns []actionPattern, apply func(*branch) *branch) {
	whole := len(patterns) > manyNames
	for i := range patterns {
		if _, exact := patterns[i].name.Literal(); !exact {
			whole = true
		}
	}
	if whole {
		a.all = apply(a.all)
		return
	}
	for i := range patterns {
		name, _ := patterns[i].name.Literal()
		if tree := apply(a.names[name]); tree != nil {
			a.names[name] = tree
		} else {
			delete(a.names, name)
		}
	}
}

// anchors are those of the statement's resources; one that holds for every resource where they exclude.
func (s *Statement) anchors() []anchor {
	if s.NotResource != nil || s.resources == nil {
		return []anchor{{}}
	}
	out := make([]anchor, len(s.resources))
	for i := range s.resources {
		out[i] = s.resources[i].anchor()
	}
	return out
}

func (p *resourcePattern) anchor() anchor {
	c := glob.Code(nil).Append(p.glob)
	if p.template != nil {
		c = p.template.outline()
	}
	head, tail := c.Anchors()
	return anchor{head, tail}
}

// outline is the template with a wildcard in the place of each variable.
func (t *template) outline() glob.Code {
	c := glob.Code(nil).Append(t.lead)
	for i := range t.parts {
		if p := &t.parts[i]; p.key == "" {
			c = c.Append(p.literal)
		} else {
			c = c.Run(false)
		}
	}
	return c
}
