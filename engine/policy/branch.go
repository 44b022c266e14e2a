package policy

import (
	"slices"
	"strings"
)

// branch is a tree of rules by the literal text with which resources begin (a radix tree).
type branch struct {
	owner    *owner
	text     string    // from the end of the parent's
	children []*branch // ordered by the first byte of their text
	tail     *branch   // rules that go on with anything and then, from a colon on, with text of this tree
	denies   []rule
	allows   []rule
}

func (ix *index) ownBranch(n *branch) *branch {
	switch {
	case n == nil:
		return &branch{owner: ix.owner}
	case n.owner == ix.owner:
		return n
	}
	return &branch{
		owner: ix.owner, text: n.text, children: slices.Clone(n.children), tail: n.tail,
		denies: slices.Clone(n.denies), allows: slices.Clone(n.allows),
	}
}

// insert implements [edit].
func (ix *index) insert(tree *branch, at anchor, r rule) *branch {
	return ix.descend(tree, at.head, func(n *branch) {
		if at.tail != "" {
			n.tail = ix.insert(n.tail, anchor{head: at.tail}, r)
			return
		}
		list := n.rules(r)
		if !slices.Contains(*list, r) { // two patterns of a statement can begin alike
			*list = append(*list, r)
		}
	})
}

func (n *branch) rules(r rule) *[]rule {
	if r.policy.Document.Statements[r.statement].Effect == ExplicitDeny {
		return &n.denies
	}
	return &n.allows
}

// descend returns the tree with a node at text that do has changed.
func (ix *index) descend(tree *branch, text string, do func(*branch)) *branch {
	n := ix.ownBranch(tree)
	if text == "" {
		do(n)
		return n
	}
	i, found := n.child(text[0])
	if !found {
		leaf := &branch{owner: ix.owner, text: text}
		do(leaf)
		n.children = slices.Insert(n.children, i, leaf)
		return n
	}
	c := ix.ownBranch(n.children[i])
	n.children[i] = c
	same := common(c.text, text)
	if same < len(c.text) { // split
		upper := &branch{owner: ix.owner, text: c.text[:same], children: []*branch{c}}
		c.text = c.text[same:]
		n.children[i], c = upper, upper
	}
	n.children[i] = ix.descend(c, text[same:], do)
	return n
}

// delete implements [edit]. A node that has become empty goes, with its parent if that is empty then; nodes are not merged again.
func (ix *index) delete(tree *branch, at anchor, r rule) *branch {
	if tree == nil {
		return nil
	}
	n := ix.ownBranch(tree)
	switch {
	case at.head != "":
		i, found := n.child(at.head[0])
		if !found || !strings.HasPrefix(at.head, n.children[i].text) {
			return n
		}
		at.head = at.head[len(n.children[i].text):]
		if c := ix.delete(n.children[i], at, r); c != nil {
			n.children[i] = c
		} else {
			n.children = slices.Delete(n.children, i, i+1)
		}
	case at.tail != "":
		n.tail = ix.delete(n.tail, anchor{head: at.tail}, r)
	default:
		list := n.rules(r)
		*list = slices.DeleteFunc(*list, func(o rule) bool { return o == r })
	}
	if len(n.children) == 0 && n.tail == nil && len(n.denies) == 0 && len(n.allows) == 0 {
		return nil
	}
	return n
}

// child returns where the child whose text begins with b is, or would be.
func (n *branch) child(b byte) (int, bool) {
	list := n.children
	from, to := 0, len(list)
	for from < to {
		mid := (from + to) / 2
		if list[mid].text[0] < b {
			from = mid + 1
		} else {
			to = mid
		}
	}
	return from, from < len(list) && list[from].text[0] == b
}

func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// scanIndex is scan over the statements that the index finds. A statement that it finds twice counts once.
func (e *evaluation) scanIndex(g *grant, s *Set) {
	ix := s.index
	var buf [96]byte
	if len(e.service) > len(buf) || len(e.name) > len(buf) { // no action of AWS's
		for _, n := range s.policies {
			e.scan(g, n)
		}
		return
	}
	e.counted = e.counted[:0]
	e.walk(ix.any, e.req.Resource, g)
	a := ix.services[string(lowered(buf[:0], e.service))]
	if a == nil {
		return
	}
	e.walk(a.all, e.req.Resource, g)
	e.walk(a.names[string(lowered(buf[:0], e.name))], e.req.Resource, g)
}

func lowered(buf []byte, s string) []byte {
	for i := range len(s) {
		buf = append(buf, lower(s[i]))
	}
	return buf
}

// walk judges the rules of all nodes on the way along text.
func (e *evaluation) walk(n *branch, text string, g *grant) {
	for n != nil {
		for i := range n.denies {
			e.judge(&n.denies[i], g)
		}
		for i := 0; i < len(n.allows) && g.reach != direct; i++ {
			e.judge(&n.allows[i], g)
		}
		if n.tail != nil {
			for i := range len(text) {
				if text[i] == ':' {
					e.walk(n.tail, text[i:], g)
				}
			}
		}
		if text == "" {
			return
		}
		i, found := n.child(text[0])
		if !found || !strings.HasPrefix(text, n.children[i].text) {
			return
		}
		n = n.children[i]
		text = text[len(n.text):]
	}
}

func (e *evaluation) judge(r *rule, g *grant) {
	s := &r.policy.Document.Statements[r.statement]
	reached := s.matches(e, e.at.named)
	switch {
	case reached == unreached, !s.trusts(e):
	case s.Effect == ExplicitDeny:
		if !slices.Contains(e.counted, *r) {
			e.counted = append(e.counted, *r)
			e.denials = append(e.denials, reasonFor(e.at.layer, e.at.level, r.policy, r.statement))
		}
	case reached > g.reach:
		g.reach, g.policy, g.statement = reached, r.policy, int32(r.statement)
	}
}
