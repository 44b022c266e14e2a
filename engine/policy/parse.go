package policy

import "fmt"

// Parse reads a policy. It takes what is meaningful to [Evaluate] and refuses everything else, also names of elements and operators
// that it does not know; whether AWS would store the text for a given purpose is [Validate]'s question. Errors are of type *SyntaxError.
func Parse(text []byte) (*Document, error) {
	root, err := decode(string(text))
	if err != nil {
		return nil, err
	}
	d, err := build(root)
	if err == nil {
		d.Digest = digest(text)
	}
	return d, err
}

func build(root *node) (*Document, error) {
	if root.kind != objectNode {
		return nil, wrong(root.Position, "a policy is a JSON object")
	}
	d := &Document{Version: Version2008}
	var statements *node
	for _, m := range root.members {
		var err error
		switch m.name {
		case "Version":
			d.Version, err = textOf(m)
			if err == nil && d.Version != Version2008 && d.Version != Version2012 {
				err = wrong(m.node.Position, "Version is neither %s nor %s", Version2008, Version2012)
			}
		case "Id":
			d.ID, err = textOf(m)
		case "Statement":
			statements = m.node
		default:
			err = wrong(m.pos, "unknown element %q", m.name)
		}
		if err != nil {
			return nil, err
		}
	}
	if statements == nil {
		return nil, wrong(root.Position, "missing element Statement")
	}
	list := []*node{statements}
	if statements.kind == arrayNode {
		list = statements.items
	}
	d.Statements = make([]Statement, len(list))
	for i, n := range list {
		if err := d.Statements[i].build(n, d.Version == Version2012); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (s *Statement) build(n *node, variables bool) error {
	if n.kind != objectNode {
		return wrong(n.Position, "a statement is a JSON object")
	}
	s.Position = n.Position
	for _, m := range n.members {
		if err := s.element(m, variables); err != nil {
			return err
		}
	}
	switch {
	case s.Effect == ImplicitDeny:
		return wrong(s.Position, "missing element Effect")
	case (s.Action == nil) == (s.NotAction == nil):
		return wrong(s.Position, "a statement has either Action or NotAction")
	case s.Resource != nil && s.NotResource != nil:
		return wrong(s.Position, "a statement has either Resource or NotResource")
	case s.Principal != nil && s.NotPrincipal != nil:
		return wrong(s.Position, "a statement has either Principal or NotPrincipal")
	}
	s.compile(variables)
	return nil
}

func (s *Statement) element(m member, variables bool) (err error) {
	switch m.name {
	case "Sid":
		s.Sid, err = textOf(m)
	case "Effect":
		var effect string
		effect, err = textOf(m)
		switch {
		case err != nil:
		case effect == "Allow":
			s.Effect = Allow
		case effect == "Deny":
			s.Effect = ExplicitDeny
		default:
			err = wrong(m.node.Position, "Effect is neither Allow nor Deny")
		}
	case "Action":
		s.Action, err = filled(m)
	case "NotAction":
		s.NotAction, err = filled(m)
	case "Resource":
		s.Resource, err = filled(m)
	case "NotResource":
		s.NotResource, err = filled(m)
	case "Principal":
		s.Principal, err = principals(m)
	case "NotPrincipal":
		s.NotPrincipal, err = principals(m)
	case "Condition":
		s.Condition, err = conditions(m, variables)
	default:
		err = wrong(m.pos, "unknown element %q", m.name)
	}
	return err
}

func (s *Statement) compile(variables bool) {
	list := s.Action
	if list == nil {
		list = s.NotAction
	}
	s.actions = compileActions(list)
	list = s.Resource
	if list == nil {
		list = s.NotResource
	}
	if list == nil {
		return
	}
	s.resources = make([]resourcePattern, len(list))
	for i, e := range list {
		s.resources[i] = compileResource(e.Text, variables)
	}
	s.universal = s.isUniversal()
}

// isUniversal says that every request matches, whoever makes it.
func (s *Statement) isUniversal() bool {
	anybody := s.Principal == nil && s.NotPrincipal == nil
	for i := range s.Principal {
		anybody = anybody || s.Principal[i].Type == PrincipalAny
	}
	everything := false
	for i := range s.resources {
		everything = everything || s.resources[i].star
	}
	return anybody && everything && s.NotResource == nil && s.actions.all && s.NotAction == nil && len(s.Condition) == 0
}

// principals reads a Principal element: "*", or an object of lists.
func principals(m member) ([]PrincipalElement, error) {
	if m.node.kind == stringNode && m.node.text == "*" {
		return []PrincipalElement{{Element: Element{m.node.Position, "*"}, Type: PrincipalAny}}, nil
	}
	if m.node.kind != objectNode || len(m.node.members) == 0 {
		return nil, wrong(m.node.Position, "%s is \"*\" or an object that is not empty", m.name)
	}
	var out []PrincipalElement
	for _, kind := range m.node.members {
		t := PrincipalType(kind.name)
		switch t {
		case PrincipalAWS, PrincipalService, PrincipalFederated, PrincipalCanonical:
		default:
			return nil, wrong(kind.pos, "unknown type of principal %q", kind.name)
		}
		list, err := filled(kind)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			out = append(out, compilePrincipal(t, e))
		}
	}
	return out, nil
}

// conditions reads a Condition block: operators of keys of values.
func conditions(m member, variables bool) ([]Condition, error) {
	if m.node.kind != objectNode {
		return nil, wrong(m.node.Position, "Condition is an object")
	}
	var out []Condition
	for _, o := range m.node.members {
		if o.node.kind != objectNode {
			return nil, wrong(o.node.Position, "%s holds an object of condition keys", o.name)
		}
		op, ok := ParseOperator(o.name)
		if !ok && len(o.node.members) > 0 { // without a key it says nothing, and AWS takes it
			return nil, wrong(o.pos, "unknown condition operator %q", o.name)
		}
		for _, k := range o.node.members {
			values, err := valuesOf(k)
			if err != nil {
				return nil, err
			}
			c := Condition{Position: k.pos, Operator: op, Key: k.name, Values: values}
			c.compile(variables)
			out = append(out, c)
		}
	}
	return out, nil
}

func textOf(m member) (string, error) {
	if m.node.kind != stringNode {
		return "", wrong(m.node.Position, "%s is a string", m.name)
	}
	return m.node.text, nil
}

// filled reads one string or a list of one and more.
func filled(m member) ([]Element, error) {
	list := []*node{m.node}
	if m.node.kind == arrayNode {
		list = m.node.items
	}
	if len(list) == 0 {
		return nil, wrong(m.node.Position, "%s is empty", m.name)
	}
	out := make([]Element, len(list))
	for i, n := range list {
		if n.kind != stringNode {
			return nil, wrong(n.Position, "%s holds something that is not a string", m.name)
		}
		out[i] = Element{n.Position, n.text}
	}
	return out, nil
}

// valuesOf reads the values of a condition key: one or a list, of strings, numbers and booleans.
func valuesOf(m member) ([]Element, error) {
	list := []*node{m.node}
	if m.node.kind == arrayNode {
		list = m.node.items
	}
	out := make([]Element, len(list))
	for i, n := range list {
		switch n.kind {
		case stringNode, numberNode, boolNode:
			out[i] = Element{n.Position, n.text}
		default:
			return nil, wrong(n.Position, "the values of a condition key are strings, numbers and booleans")
		}
	}
	return out, nil
}

func wrong(p Position, format string, args ...any) error {
	return &SyntaxError{p, fmt.Sprintf(format, args...)}
}
