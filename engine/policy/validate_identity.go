package policy

import "strings"

// validateIdentity checks managed, inline, boundary and session policies, in the order in which IAM reports faults: syntax, version,
// legacy parsing, statement IDs, presence of actions and resources, form of resources, form of actions.
func validateIdentity(kind Kind, text []byte) (*Document, error) {
	root, err := decode(string(text))
	if err != nil {
		return nil, syntaxError(err, syntaxErrors)
	}
	list, fault := identitySyntax(root)
	if fault != nil {
		return nil, fault
	}
	if v := root.member("Version"); kind != SessionPolicy && (v == nil || v.text != Version2012) {
		return nil, malformed(root.Position, "Policy document must be version 2012-10-17 or greater.")
	}
	for _, s := range list {
		if p := s.either("Principal", "NotPrincipal"); p != nil {
			return nil, malformed(p.Position, "Policy document should not specify a principal.")
		}
	}
	badResource, fault := legacyParsing(list)
	if fault != nil {
		return nil, fault
	}
	if fault := statementIDs(list); fault != nil {
		return nil, fault
	}
	for _, s := range list {
		if len(stringsOf(s.either("Action", "NotAction"))) == 0 {
			return nil, malformed(s.Position, "Policy statement must contain actions.")
		}
	}
	if fault := identityResources(list, badResource); fault != nil {
		return nil, fault
	}
	d, err := build(root)
	if err != nil {
		return nil, syntaxError(err, syntaxErrors)
	}
	return d, nil
}

// identityResources also looks at the form of actions, which IAM does before it misses resources.
func identityResources(list []*node, badResource *ValidationError) *ValidationError {
	var missing *ValidationError
	for _, s := range list {
		if len(stringsOf(s.either("Resource", "NotResource"))) == 0 && missing == nil {
			missing = malformed(s.Position, "Policy statement must contain resources.")
		}
	}
	actions := actionForms(list)
	switch {
	case badResource != nil:
		return badResource
	case actions != nil:
		return actions
	}
	return missing
}

// identitySyntax checks names and types of elements.
func identitySyntax(root *node) ([]*node, *ValidationError) {
	bad := func(p Position, detail string) ([]*node, *ValidationError) {
		v := malformed(p, syntaxErrors)
		v.Detail = detail
		return nil, v
	}
	if root.kind != objectNode {
		return bad(root.Position, "a policy is a JSON object")
	}
	for _, m := range root.members {
		switch m.name {
		case "Version":
			if m.node.kind != stringNode || m.node.text != Version2008 && m.node.text != Version2012 {
				return bad(m.node.Position, "unknown Version")
			}
		case "Id":
			if m.node.kind != stringNode {
				return bad(m.node.Position, "Id is a string")
			}
		case "Statement":
		default:
			return bad(m.pos, "unknown element "+m.name)
		}
	}
	list := statementsOf(root)
	if len(list) == 0 {
		return bad(root.Position, "missing element Statement")
	}
	for _, s := range list {
		if p, detail := statementSyntax(s); detail != "" {
			return bad(p, detail)
		}
	}
	return list, nil
}

func statementSyntax(s *node) (Position, string) {
	if s.kind != objectNode {
		return s.Position, "a statement is a JSON object"
	}
	for _, m := range s.members {
		if p, detail := elementSyntax(m); detail != "" {
			return p, detail
		}
	}
	for _, pair := range [][2]string{{"Action", "NotAction"}, {"Resource", "NotResource"}, {"Principal", "NotPrincipal"}} {
		if s.member(pair[0]) != nil && s.member(pair[1]) != nil {
			return s.Position, "a statement has either " + pair[0] + " or " + pair[1]
		}
	}
	if e := s.member("Effect"); e == nil {
		return s.Position, "missing element Effect"
	}
	return Position{}, ""
}

func elementSyntax(m member) (Position, string) {
	switch m.name {
	case "Sid":
		if m.node.kind != stringNode {
			return m.node.Position, "Sid is a string"
		}
	case "Effect":
		if m.node.kind != stringNode || !equalFold(m.node.text, "Allow") && !equalFold(m.node.text, "Deny") {
			return m.node.Position, "Effect is neither Allow nor Deny"
		}
	case "Action", "NotAction", "Resource", "NotResource":
		if m.node.kind != stringNode && (m.node.kind != arrayNode || len(stringsOf(m.node)) < len(m.node.items)) {
			return m.node.Position, m.name + " is a string or a list of strings"
		}
	case "Principal", "NotPrincipal":
	case "Condition":
		if _, err := conditions(m, true); err != nil {
			return err.(*SyntaxError).Position, err.(*SyntaxError).Message
		}
	default:
		return m.pos, "unknown element " + m.name
	}
	return Position{}, ""
}

// legacyParsing finds what only IAM's older parser refuses. It also returns the first fault in the form of a resource, which is
// reported later, and which keeps the older parser from that statement's resources.
func legacyParsing(list []*node) (resource, fault *ValidationError) {
	failed := func(p Position, detail string) *ValidationError {
		v := malformed(p, legacyParsingFailed)
		v.Detail = detail
		return v
	}
	for _, s := range list {
		if e := s.member("Effect"); e.text != "Allow" && e.text != "Deny" {
			return nil, failed(e.Position, "Effect is neither Allow nor Deny")
		}
		if c := s.member("Condition"); c != nil {
			if p, detail := unreadable(c); detail != "" {
				return nil, failed(p, detail)
			}
		}
	}
	for _, s := range list {
		for _, r := range stringsOf(s.either("Resource", "NotResource")) {
			if resource != nil {
				return resource, nil
			}
			if resource = resourceForm(r); resource == nil && !legacyResource(r.text) {
				return nil, failed(r.Position, "not the form of an ARN")
			}
		}
	}
	return resource, nil
}

// unreadable finds a condition value that its operator cannot compare with anything.
func unreadable(condition *node) (Position, string) {
	list, err := conditions(member{name: "Condition", node: condition}, true)
	if err != nil {
		return condition.Position, err.Error()
	}
	for i := range list {
		for j, v := range list[i].values {
			if v.bad {
				return list[i].Values[j].Position, list[i].Values[j].Text + " is no value for " + list[i].Operator.Name
			}
		}
	}
	return Position{}, ""
}

func legacyResource(text string) bool {
	if text == "*" {
		return true
	}
	parts := strings.Split(text, ":")
	return (len(parts) >= 6 || !strings.Contains(text, "::")) && len(parts) > 2 && parts[2] != ""
}

func statementIDs(list []*node) *ValidationError {
	seen := map[string]bool{}
	for _, s := range list {
		sid := s.member("Sid")
		if sid == nil || sid.text == "" {
			continue
		}
		if seen[sid.text] {
			return malformed(sid.Position, "Statement IDs (SID) in a single policy must be unique.")
		}
		seen[sid.text] = true
		for i := range len(sid.text) {
			if c := lower(sid.text[i]); (c < 'a' || c > 'z') && (c < '0' || c > '9') {
				return malformed(sid.Position, "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*")
			}
		}
	}
	return nil
}

// actionForms checks that each action is "*" or vendor:name.
func actionForms(list []*node) *ValidationError {
	for _, s := range list {
		for _, a := range stringsOf(s.either("Action", "NotAction")) {
			vendor, name, ok := strings.Cut(a.text, ":")
			switch {
			case a.text == "*":
			case !ok:
				return malformed(a.Position, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
			case strings.Contains(name, ":"):
				return malformed(a.Position, "Actions/Condition can contain only one colon.")
			case !isVendor(vendor):
				return malformed(a.Position, "Vendor %s is not valid", vendor)
			}
		}
	}
	return nil
}

func isVendor(s string) bool {
	for i := range len(s) {
		if c := lower(s[i]); (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return s != ""
}
