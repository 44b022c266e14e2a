package policy

// matches says whether the statement speaks of the request, and for policies that name principals how it names who asks. The
// order is by price.
func (s *Statement) matches(e *evaluation, named bool) reach {
	if s.universal && (!named || s.Principal != nil) {
		return direct
	}
	if !s.matchesAction(e) || !s.matchesResource(e, named) {
		return unreached
	}
	r := s.matchesPrincipal(e, named)
	if r == unreached {
		return unreached
	}
	e.denying = s.Effect == ExplicitDeny
	for i := range s.Condition {
		if !s.Condition[i].holds(e) {
			return unreached
		}
	}
	return r
}

func (s *Statement) matchesAction(e *evaluation) bool {
	return s.actions.matches(e.service, e.name) == (s.NotAction == nil)
}

// matchesResource: a policy of a resource (named) may leave the Resource element out, as trust policies must; other statements
// without one, which no validation lets through, can only deny.
func (s *Statement) matchesResource(e *evaluation, named bool) bool {
	if s.resources == nil {
		return named || s.Effect == ExplicitDeny
	}
	for i := range s.resources {
		if s.resources[i].matches(e) {
			return s.NotResource == nil
		}
	}
	return s.NotResource != nil
}

// matchesPrincipal judges the Principal elements. A statement without one speaks of everybody in policies of principals; in policies of
// resources (named) it can only deny.
func (s *Statement) matchesPrincipal(e *evaluation, named bool) reach {
	who := &e.req.Principal
	switch {
	case s.Principal != nil:
		return closest(s.Principal, who)
	case s.NotPrincipal != nil:
		if s.Effect == ExplicitDeny {
			// AWS documentation: "Permissions boundaries for IAM entities": NotPrincipal with Deny always denies principals with a boundary.
			return directIf(e.boundary || !listed(s.NotPrincipal, who))
		}
		return directIf(!listed(s.NotPrincipal, who))
	}
	return directIf(!named || s.Effect == ExplicitDeny)
}
