package policy

// validateControl checks the policies of an organization. Whatever is wrong, Organizations says the same. AWS documentation: "SCP
// syntax" (since 2025 the whole language of identity policies), "RCP syntax".
func validateControl(kind Kind, text []byte) (*Document, error) {
	fail := func(p Position, detail string) (*Document, error) {
		return nil, &ValidationError{Position: p, Code: CodeMalformedOrg, Message: malformedForOrg, Detail: detail}
	}
	root, err := decode(string(text))
	if err != nil {
		v := syntaxError(err, "")
		return fail(v.Position, v.Detail)
	}
	list, fault := identitySyntax(root)
	if fault != nil {
		return fail(fault.Position, fault.Detail)
	}
	if v := root.member("Version"); v == nil || v.text != Version2012 {
		return fail(root.Position, "Version must be "+Version2012)
	}
	if fault := actionForms(list); fault != nil {
		return fail(fault.Position, fault.Message)
	}
	if fault := statementIDs(list); fault != nil {
		return fail(fault.Position, fault.Message)
	}
	d, err := build(root)
	if err != nil {
		v := syntaxError(err, "")
		return fail(v.Position, v.Detail)
	}
	for i := range d.Statements {
		s := &d.Statements[i]
		if s.resources == nil {
			return fail(s.Position, "a statement needs Resource or NotResource")
		}
		for j := range s.Condition {
			if s.Condition[j].broken {
				return fail(s.Condition[j].Position, "a value of "+s.Condition[j].Operator.Name+" cannot be read")
			}
		}
		detail := ""
		if kind == ServiceControlPolicy {
			detail = s.wrongForSCP()
		} else {
			detail = s.wrongForRCP()
		}
		if detail != "" {
			return fail(s.Position, detail)
		}
	}
	return d, nil
}

func (s *Statement) wrongForSCP() string {
	if s.Principal != nil || s.NotPrincipal != nil {
		return "a service control policy names no principals"
	}
	return ""
}

func (s *Statement) wrongForRCP() string {
	switch {
	case s.Effect != ExplicitDeny:
		return "Effect must be Deny"
	case len(s.Principal) != 1 || s.Principal[0].Type != PrincipalAny:
		return `Principal must be "*"`
	case s.Action == nil:
		return "NotAction is not supported"
	case s.actions.all:
		return `an action of "*" alone is not supported`
	}
	for i := range s.actions.patterns {
		if service := s.actions.patterns[i].service; !HasRCPs(service) {
			return service + " does not support resource control policies"
		}
	}
	return ""
}
