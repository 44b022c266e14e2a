package analysis

import (
	"slices"
	"strings"

	"vauban/engine/arn"
	"vauban/engine/automaton"
	"vauban/engine/policy"
)

// class is a set of actions that the same statements speak of.
type class struct {
	matched  set
	actions  []action
	services []*service // of which all actions belong to the class

	sites map[string]*site // by the sort of caller
}

// each calls f with every action that a caller can use until it returns false.
func (c *class) each(who *caller, f func(a *action) bool) {
	for i := range c.actions {
		if who.asks(c.actions[i].name) && !f(&c.actions[i]) {
			return
		}
	}
	for _, s := range c.services {
		if who.federating() && s.prefix != "sts" {
			continue
		}
		for i := range s.actions {
			if a := &s.actions[i]; !ungoverned(a.name) && who.asks(a.name) && !f(a) {
				return
			}
		}
	}
}

// site is where the actions take place that a sort of caller can ask for.
type site struct {
	formats []string // of the ARNs, each once
	star    *action  // one that can be asked about "*"
	free    *action  // one that can be asked about any ARN
	seen    map[string]bool
}

func (s *site) add(formats []string) {
	for _, f := range formats {
		if !s.seen[f] {
			s.seen[f] = true
			s.formats = append(s.formats, f)
		}
	}
}

func (s *site) note(a *action) {
	if a.unscoped && s.star == nil {
		s.star = a
	}
	if a.formats == nil && s.free == nil {
		s.free = a
	}
	s.add(a.formats)
}

func (s *site) empty() bool { return len(s.formats) == 0 && s.star == nil && s.free == nil }

// site gathers where the actions take place that a caller can use.
func (c *class) site(who *caller) *site {
	k := sortOf(&who.who)
	if s := c.sites[k]; s != nil {
		return s
	}
	s := &site{seen: map[string]bool{}}
	few := class{actions: c.actions}
	for _, x := range c.services {
		switch {
		case x.prefix == "sts":
			few.services = append(few.services, x)
		case who.federating():
		default:
			s.add(x.formats)
			if s.star == nil {
				s.star = x.star
			}
		}
	}
	few.each(who, func(a *action) bool {
		s.note(a)
		return true
	})
	if c.sites == nil {
		c.sites = map[string]*site{}
	}
	c.sites[k] = s
	return s
}

// federating says that the caller holds no AWS credentials yet, but proves an identity from elsewhere.
func (c *caller) federating() bool {
	return c.who.Kind == policy.WebIdentity || c.who.Kind == policy.SAML
}

// asks says whether a caller can use an action: callers from identity providers only exchange their proof for credentials, and
// others do not need to.
func (c *caller) asks(action string) bool {
	if len(action) < 4 || !strings.EqualFold(action[:4], "sts:") {
		return !c.federating()
	}
	with := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, action) })
	}
	beside := with("sts:TagSession", "sts:SetSourceIdentity")
	switch c.who.Kind {
	case policy.WebIdentity:
		return beside || with("sts:AssumeRoleWithWebIdentity")
	case policy.SAML:
		return beside || with("sts:AssumeRoleWithSAML")
	case policy.Anonymous:
		return !beside && !with("sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRole")
	}
	return !with("sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
}

// askedOf returns an action of the class that is asked about a resource.
func (p *problem) askedOf(c *class, who *caller, resource string) *action {
	fits := p.fitting(resource)
	var out *action
	few := class{actions: c.actions}
	for _, s := range c.services {
		if slices.ContainsFunc(s.formats, fits) {
			few.services = append(few.services, s)
		}
	}
	few.each(who, func(a *action) bool {
		if slices.ContainsFunc(a.formats, fits) {
			out = a
		}
		return out == nil
	})
	return out
}

// fitting tells the formats that a resource has.
func (p *problem) fitting(resource string) func(format string) bool {
	got, _ := arn.Split(resource)
	known := map[string]bool{}
	return func(format string) bool {
		fits, ok := known[format]
		if !ok {
			form, _ := arn.Split(format)
			fits = (form[2] == got[2] || strings.Contains(form[2], "$")) &&
				slices.ContainsFunc(p.arnFormats([]string{format}), func(f automaton.Pattern) bool { return f.Match(resource) })
			known[format] = fits
		}
		return fits
	}
}
