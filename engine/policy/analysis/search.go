package analysis

import (
	"fmt"
	"slices"
	"strings"
)

// outcome is what was found for one granting rule.
type outcome struct {
	rule    int
	witness *Witness
	maybe   string   // why it cannot be told, when nothing was found
	actions []string // when all are wanted: the actions for which there is a counterexample
	noted   map[string]bool
}

// search looks for counterexamples of one granting rule.
type search struct {
	p       *problem
	classes []*class
	callers []caller
	every   bool // look for all actions, not for one

	dims    map[string]*dimension
	lands   map[string]*land
	results map[string]string // of walks: key to resource, "" for none
}

func (p *problem) search(every bool) *search {
	p.seal()
	return &search{p: p, classes: p.classes(), callers: p.callers(), every: every, dims: map[string]*dimension{}, lands: map[string]*land{}, results: map[string]string{}}
}

// run judges every granting rule.
func (s *search) run() []outcome {
	var out []outcome
	s.p.roles[grants].each(func(i int) {
		o := outcome{rule: i}
		if !s.p.repeats(i) {
			s.judge(&o)
		}
		out = append(out, o)
	})
	return out
}

// repeats says that a rule of role granted says the same as grant, and that what excepts from the one denies the other too.
func (p *problem) repeats(grant int) bool {
	found := false
	p.roles[granted].each(func(i int) { found = found || p.same(grant, i) })
	p.roles[excepts].each(func(e int) {
		denied := false
		p.roles[denies].each(func(d int) { denied = denied || p.same(e, d) })
		found = found && denied
	})
	return found
}

func (p *problem) same(a, b int) bool {
	x, y := &p.list[a], &p.list[b]
	return x.always == y.always && x.actions.not == y.actions.not && x.actions.all == y.actions.all && slices.Equal(x.actions.texts, y.actions.texts) &&
		x.anything == y.anything && x.nothing == y.nothing && x.not == y.not && slices.Equal(x.elements, y.elements) && slices.Equal(x.tests, y.tests) && x.who == y.who
}

// judge tries what variables may hold, and then whether anything is left that was not tried.
func (s *search) judge(o *outcome) {
	for n, e := range s.p.experiments() {
		if s.phase(o, &phase{id: fmt.Sprint("v", n), fixed: e}) && !s.every {
			return
		}
	}
	if o.witness != nil {
		return
	}
	left := outcome{rule: o.rule}
	if ph := (&phase{id: "abstract", abstract: true}); s.doubtful() && s.phase(&left, ph) {
		o.maybe = left.maybe
	}
	if o.maybe == "" && len(s.p.doubts) > 0 {
		o.maybe = strings.Join(s.p.doubts, "; ")
	}
}

// doubtful says that trying values has not tried them all.
func (s *search) doubtful() bool {
	if s.p.open {
		return true
	}
	for _, d := range s.dims {
		if d.partial {
			return true
		}
	}
	return false
}

// phase is one reading of the variables.
type phase struct {
	id       string
	fixed    map[string]fact // what keys hold that variables ask for
	abstract bool
}

// phase looks for a counterexample and says whether there is one.
func (s *search) phase(o *outcome, ph *phase) bool {
	found := false
	for _, c := range s.classes {
		if !c.matched.has(o.rule) {
			continue
		}
		for i := range s.callers {
			if !s.callers[i].reach.has(o.rule) || c.site(&s.callers[i]).empty() {
				continue
			}
			if s.meet(o, ph, c, &s.callers[i]) {
				if found = true; !s.every {
					return true
				}
				break
			}
			if !s.p.spend(1) {
				return found
			}
		}
	}
	return found
}

// meet looks at one class of actions and one caller.
func (s *search) meet(o *outcome, ph *phase, c *class, who *caller) bool {
	env := ph.environment(who)
	alive := c.matched.intersect(who.reach)
	sc := s.p.scope(o.rule, alive)
	list, ok := sc.frontier(s.dimensions(alive, ph, who, env), func(d *dimension, c *cell) bool {
		return (ph.abstract || !c.unreal) && (c.absent || inAccount(&who.who) || !needsAccount(d.keys[0]))
	}, s.p.spend)
	if !ok {
		s.p.doubt("the conditions combine in more ways than are tried")
	}
	for _, v := range list {
		if !s.p.spend(1) {
			return false
		}
		if s.at(o, ph, c, who, env, alive.minus(v.kills), v) {
			return true
		}
	}
	return false
}

func (ph *phase) environment(who *caller) environment {
	return func(key string) (string, bool) {
		if f, ok := ph.fixed[key]; ok {
			if len(f.values) == 0 || f.multi {
				return "", false
			}
			return f.values[0], true
		}
		return who.value(key)
	}
}

// at looks for an action and a resource once it is settled which rules stand.
func (s *search) at(o *outcome, ph *phase, c *class, who *caller, env environment, stand set, v *vector) bool {
	if !stand.has(o.rule) {
		return false
	}
	star := s.p.unscoped(o.rule, stand)
	word, any := s.resource(ph, env, o.rule, stand, nil)
	if !star && !any {
		return false
	}
	if s.every {
		return s.each(o, ph, c, who, env, stand, v, star, word)
	}
	place := c.site(who)
	switch {
	case star && place.star != nil && s.report(o, ph, place.star, "*", who, v):
		return true
	case any && place.free != nil:
		return s.report(o, ph, place.free, word, who, v)
	case !any || len(place.formats) == 0:
		return false
	}
	word, ok := s.resource(ph, env, o.rule, stand, place.formats)
	if !ok {
		return false
	}
	a := s.p.askedOf(c, who, word)
	return a != nil && s.report(o, ph, a, word, who, v)
}

// each reports every action of the class for which there is a resource.
func (s *search) each(o *outcome, ph *phase, c *class, who *caller, env environment, stand set, v *vector, star bool, word string) bool {
	found := false
	whole := s.p.whole(o.rule, stand)
	c.each(who, func(a *action) bool {
		if !s.p.spend(1) {
			return false
		}
		resource := ""
		switch {
		case star && a.unscoped:
			resource = "*"
		case a.formats == nil || whole && o.witness != nil:
			resource = word
		default:
			resource, _ = s.resource(ph, env, o.rule, stand, a.formats)
		}
		found = resource != "" && s.report(o, ph, a, resource, who, v) || found
		return true
	})
	return found
}

// whole says that the granting rule speaks of every resource and nothing takes from it.
func (p *problem) whole(grant int, stand set) bool {
	g := &p.list[grant]
	return (g.anything || !g.not && slices.ContainsFunc(g.elements, func(e int) bool { return p.elements[e].star })) &&
		stand.intersect(p.roles[denies]).empty() && stand.intersect(p.roles[granted]).empty()
}

// resource finds a resource of some formats, or of any when they are nil.
func (s *search) resource(ph *phase, env environment, grant int, stand set, formats []string) (string, bool) {
	at := s.landID(ph, env)
	if formats != nil {
		if formats = s.p.reachable(grant, formats); len(formats) == 0 {
			return "", false
		}
		at += strings.Join(formats, " ")
	}
	id := fmt.Sprint(at, " ", grant, " ", stand.key())
	if word, ok := s.results[id]; ok {
		return word, word != ""
	}
	l := s.lands[at]
	if l == nil {
		list := s.p.anyARN()
		if formats != nil {
			list = s.p.arnFormats(formats)
		}
		l = s.p.land(list, env, ph.abstract)
		s.lands[at] = l
	}
	word, _ := s.p.find(l, grant, stand)
	s.results[id] = word
	return word, word != ""
}

// landID names the values that variables in resources have.
func (s *search) landID(ph *phase, env environment) string {
	if ph.abstract {
		return "abstract "
	}
	var b strings.Builder
	for i := range s.p.elements {
		for _, v := range s.p.elements[i].template.variables() {
			value, ok := env(v.key)
			fmt.Fprintf(&b, "%q%v ", value, ok)
		}
	}
	return b.String()
}
