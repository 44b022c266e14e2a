package analysis

import (
	"slices"
	"strings"

	"vauban/engine/automaton"
	"vauban/engine/glob"
	"vauban/engine/policy"
)

// actionMatcher is the Action or NotAction element of a statement.
type actionMatcher struct {
	not      bool
	all      bool
	services map[string][]glob.Pattern // by prefix in lower case
	texts    []string                  // as written
}

func newActionMatcher(s *policy.Statement) actionMatcher {
	m := actionMatcher{not: s.NotAction != nil, services: map[string][]glob.Pattern{}}
	list := s.Action
	if m.not {
		list = s.NotAction
	}
	for _, e := range list {
		if e.Text == "*" {
			m.all = true
			continue
		}
		service, name, ok := strings.Cut(strings.ToLower(e.Text), ":")
		if ok && service != "" {
			m.services[service] = append(m.services[service], glob.Compile(name))
			m.texts = append(m.texts, e.Text)
		}
	}
	return m
}

func (m *actionMatcher) matches(service, name string) bool {
	return (m.all || slices.ContainsFunc(m.services[service], func(p glob.Pattern) bool { return p.MatchFold(name) })) != m.not
}

// classes sorts the actions that some granting statement speaks of by the statements that speak of them.
func (p *problem) classes() []*class {
	c := classifier{p: p, byKey: map[string]*class{}, seen: map[string]bool{}}
	if p.world != nil {
		for _, s := range p.world.services {
			if p.counts(s.prefix) {
				c.service(s)
			}
		}
	}
	c.unknown()
	return c.list
}

// counts says that the service is one of those that count.
func (p *problem) counts(prefix string) bool {
	return len(p.services) == 0 || slices.Contains(p.services, prefix)
}

// knows says that the catalogue has the service.
func (p *problem) knows(prefix string) bool { return p.world != nil && p.world.known[prefix] }

type classifier struct {
	p     *problem
	byKey map[string]*class
	list  []*class
	seen  map[string]bool // actions outside the catalogue
}

// class returns the class of what those statements speak of, or nil when no granting one is among them.
func (c *classifier) class(matched set) *class {
	if matched.intersect(c.p.roles[grants]).empty() {
		return nil
	}
	k := matched.key()
	if c.byKey[k] == nil {
		c.byKey[k] = &class{matched: matched}
		c.list = append(c.list, c.byKey[k])
	}
	return c.byKey[k]
}

// add sorts one action in.
func (c *classifier) add(a action) {
	if ungoverned(a.name) {
		return
	}
	service, name, _ := strings.Cut(a.name, ":")
	matched := newSet(len(c.p.list))
	for i := range c.p.list {
		if c.p.list[i].actions.matches(strings.ToLower(service), name) {
			matched.add(i)
		}
	}
	if to := c.class(matched); to != nil {
		to.actions = append(to.actions, a)
	}
}

// service adds the actions of a service in the catalogue, all at once if no statement tells them apart.
func (c *classifier) service(s *service) {
	same := newSet(len(c.p.list))
	lists := make([][]glob.Pattern, len(c.p.list))
	uniform := true
	for i := range c.p.list {
		m := &c.p.list[i].actions
		lists[i] = m.services[s.prefix]
		uniform = uniform && (m.all || len(lists[i]) == 0)
		if m.all != m.not {
			same.add(i)
		}
	}
	if uniform {
		if to := c.class(same); to != nil {
			to.services = append(to.services, s)
		}
		return
	}
	for j := range s.actions {
		a := &s.actions[j]
		name := a.name[len(s.prefix)+1:]
		matched := newSet(len(c.p.list))
		for i := range c.p.list {
			m := &c.p.list[i].actions
			if (m.all || slices.ContainsFunc(lists[i], func(p glob.Pattern) bool { return p.MatchFold(name) })) != m.not {
				matched.add(i)
			}
		}
		if to := c.class(matched); to != nil && !ungoverned(a.name) {
			to.actions = append(to.actions, *a)
		}
	}
}

// unknown adds actions outside the catalogue: those that policies name, and where they use wildcards one of each sort that they tell
// apart. Without a catalogue that is all there is.
func (c *classifier) unknown() {
	prefixes := map[string]bool{}
	for i := range c.p.list {
		for s := range c.p.list[i].actions.services {
			prefixes[s] = true
		}
	}
	if c.p.world == nil {
		prefixes[unusedPrefix(prefixes)] = true
		for _, s := range c.p.services {
			prefixes[s] = true
		}
	}
	for _, s := range sortedKeys(prefixes) {
		if c.p.counts(s) && !c.p.knows(s) {
			c.sorts(s)
		}
	}
	for i := range c.p.list {
		for _, text := range c.p.list[i].actions.texts {
			c.named(text)
		}
	}
}

// named adds an action that a policy names and the catalogue does not have, though it has the service.
func (c *classifier) named(text string) {
	prefix, name, _ := strings.Cut(text, ":")
	if prefix = strings.ToLower(prefix); name == "" || strings.ContainsAny(name, "*?") || !c.p.knows(prefix) || !c.p.counts(prefix) {
		return
	}
	if _, ok := c.p.world.catalog.Action(text); !ok && !c.seen[strings.ToLower(text)] {
		c.seen[strings.ToLower(text)] = true
		c.add(action{name: text, unscoped: true})
	}
}

func unusedPrefix(used map[string]bool) string {
	s := "service"
	for used[s] {
		s += "x"
	}
	return s
}

// sorts adds one action for each way in which the statements tell names below a prefix apart.
func (c *classifier) sorts(prefix string) {
	var list []automaton.Pattern
	var all []int
	add := func(p automaton.Pattern) {
		all = append(all, len(list))
		list = append(list, p)
	}
	add(automaton.Join(automaton.One(letters()), automaton.Run(letters())))
	spelled := map[string]string{}
	for i := range c.p.list {
		for _, text := range c.p.list[i].actions.texts {
			service, name, _ := strings.Cut(text, ":")
			if strings.EqualFold(service, prefix) {
				add(wildcards(strings.ToLower(name)))
				spelled[strings.ToLower(text)] = text
			}
		}
	}
	seen := map[string]bool{}
	complete := automaton.New(list).Walk(all, c.p.budget, func(s automaton.State, text func() string) automaton.Verdict {
		if !s.Alive(0) {
			return automaton.Prune
		}
		sign := newSet(len(list))
		for k := range list {
			if s.Matches(k) {
				sign.add(k)
			}
		}
		if sign.has(0) && !seen[sign.key()] {
			seen[sign.key()] = true
			full := prefix + ":" + text()
			if as, ok := spelled[full]; ok {
				full = as
			}
			c.add(action{name: full, unscoped: true})
		}
		return automaton.GoOn
	})
	if !complete {
		c.p.doubt("the action patterns of " + prefix + " are too intricate")
	}
}

func letters() automaton.Set {
	return automaton.Of([]rune("abcdefghijklmnopqrstuvwxyz0123456789-_")...)
}

func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
