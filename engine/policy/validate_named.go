package policy

import (
	"strings"

	"vauban/engine/arn"
)

// validateNamed checks policies that name principals, in the order and words of IAM for trust policies and of S3 for others.
func validateNamed(kind Kind, text []byte, checks Checks) (*Document, error) {
	n := named{kind: kind, checks: checks}
	root, err := decode(string(text))
	if err != nil || root.kind != objectNode {
		if err == nil {
			err = wrong(root.Position, "a policy is a JSON object")
		}
		if kind == TrustPolicy {
			return nil, syntaxError(err, "This policy contains invalid Json")
		}
		return nil, syntaxError(err, "Policies must be valid JSON and the first byte must be '{'")
	}
	if kind == TrustPolicy {
		limit := checks.MaxSize
		if limit == 0 {
			limit = TrustPolicySize
		}
		if err := checkSize(text, "ACLSizePerRole", limit); err != nil {
			return nil, err
		}
	}
	if v := root.member("Version"); v != nil && (v.kind != stringNode || v.text != Version2008 && v.text != Version2012) {
		return nil, malformed(v.Position, "The policy must contain a valid version string")
	}
	list := statementsOf(root)
	if len(list) == 0 {
		if kind == TrustPolicy {
			return nil, malformed(root.Position, "Could not parse the policy: Statement is empty!")
		}
		return nil, malformed(root.Position, "Missing required field Statement")
	}
	seen := map[string]bool{}
	for _, s := range list {
		if fault := n.statement(s); fault != nil {
			return nil, fault
		}
		if sid := s.member("Sid"); sid != nil && sid.text != "" {
			if seen[sid.text] {
				return nil, malformed(sid.Position, "The Statement Ids in the policy are not unique")
			}
			seen[sid.text] = true
		}
	}
	d, err := build(root)
	if err != nil {
		return nil, syntaxError(err, syntaxErrors)
	}
	return d, nil
}

// named is a check of a policy that names principals.
type named struct {
	kind   Kind
	checks Checks
}

func (n *named) statement(s *node) *ValidationError {
	if s.kind != objectNode {
		return malformed(s.Position, syntaxErrors)
	}
	effect := s.member("Effect")
	switch {
	case effect == nil:
		return malformed(s.Position, "Missing required field Effect")
	case effect.kind != stringNode || effect.text != "Allow" && effect.text != "Deny":
		return malformed(effect.Position, "Invalid effect: %s", effect.text)
	}
	if p := s.member("NotPrincipal"); p != nil {
		switch {
		case effect.text == "Allow":
			return malformed(p.Position, "Allow with NotPrincipal is not allowed.")
		case n.kind == TrustPolicy:
			return malformed(p.Position, "AssumeRole policy must not contain NotPrincipal field.")
		}
	}
	if fault := n.principal(s); fault != nil {
		return fault
	}
	if p, detail := statementSyntax(s); detail != "" {
		v := malformed(p, syntaxErrors)
		v.Detail = detail
		return v
	}
	if c := s.member("Condition"); c != nil {
		if p, detail := unreadable(c); detail != "" {
			v := malformed(p, syntaxErrors)
			v.Detail = detail
			return v
		}
	}
	return n.scope(s)
}

// scope checks what the statement is about.
func (n *named) scope(s *node) *ValidationError {
	actions := stringsOf(s.either("Action", "NotAction"))
	if len(actions) == 0 {
		return malformed(s.Position, "Missing required field Action")
	}
	if n.kind != TrustPolicy {
		if fault := actionForms([]*node{s}); fault != nil {
			fault.Detail, fault.Message = fault.Message, "Policy has invalid action"
			return fault
		}
		if r := s.either("Resource", "NotResource"); r != nil && len(stringsOf(r)) == 0 {
			return malformed(r.Position, "Policy has invalid resource")
		}
		return nil
	}
	for _, a := range actions {
		if vendor, name, ok := strings.Cut(a.text, ":"); !ok || !equalFold(vendor, "sts") || name == "" || strings.Contains(name, ":") {
			return malformed(a.Position, "AssumeRole policy may only specify STS AssumeRole actions.")
		}
	}
	if r := s.member("Resource"); r != nil {
		return malformed(r.Position, "Has prohibited field Resource")
	}
	if r := s.member("NotResource"); r != nil {
		return malformed(r.Position, "AssumeRole policy must not contain resources.")
	}
	return nil
}

func (n *named) principal(s *node) *ValidationError {
	p := s.either("Principal", "NotPrincipal")
	switch {
	case p == nil:
		return malformed(s.Position, "Missing required field Principal")
	case p.kind == stringNode && p.text == "*":
		if n.kind == TrustPolicy {
			return malformed(p.Position, `AssumeRolepolicy contained an invalid principal: "STAR":"*".`)
		}
		return nil
	case p.kind != objectNode:
		v := malformed(p.Position, "Invalid principal in policy")
		v.Principal = p.text
		return v
	case len(p.members) == 0:
		return malformed(p.Position, "Missing required field Principal cannot be empty!")
	}
	for _, m := range p.members {
		t := PrincipalType(m.name)
		switch {
		case t == PrincipalAWS, t == PrincipalService, t == PrincipalFederated:
		case t == PrincipalCanonical && n.kind != TrustPolicy:
		default:
			return malformed(m.pos, "Invalid principal in policy: \"%s\"", m.name)
		}
		list := stringsOf(m.node)
		if len(list) == 0 || len(list) < len(m.node.items) {
			return malformed(m.node.Position, "Missing required field Principal cannot be empty!")
		}
		for _, e := range list {
			if fault := n.element(t, e, s); fault != nil {
				return fault
			}
		}
	}
	return nil
}

// element checks one principal: its form, and that it exists.
func (n *named) element(t PrincipalType, e *node, s *node) *ValidationError {
	ok := true
	switch t {
	case PrincipalAWS:
		ok = isAWSPrincipal(e.text)
	case PrincipalService:
		ok = isServicePrincipal(e.text)
	case PrincipalFederated:
		if !isProvider(e.text) {
			v := malformed(e.Position, "Federated principals must be valid domain names or SAML metadata ARNs")
			v.Principal = e.text
			return v
		}
		if c := s.member("Condition"); n.kind == TrustPolicy && e.text == "cognito-identity.amazonaws.com" && (c == nil || len(c.members) == 0) {
			return malformed(e.Position, "A condition block must be present for the Cognito provider")
		}
	}
	if ok && e.text != "*" && n.checks.Exists != nil {
		ok = n.checks.Exists(t, e.text)
	}
	if ok {
		return nil
	}
	v := malformed(e.Position, "Invalid principal in policy")
	if n.kind == TrustPolicy {
		v.Message += `: "` + strings.ToUpper(string(t)) + `":"` + e.text + `"`
	}
	v.Principal = e.text
	return v
}

// isAWSPrincipal knows the forms of an AWS principal. There are no wildcards within one.
func isAWSPrincipal(text string) bool {
	if text == "*" || arn.IsAccount(text) || isUniqueID(text) {
		return true
	}
	a, err := arn.Parse(text)
	if err != nil || a.Region != "" || strings.ContainsAny(text, "*?") || !arn.IsAccount(a.Account) {
		return false
	}
	switch a.Service {
	case "iam":
		return a.Resource == "root" || (a.Type() == "user" || a.Type() == "role") && a.Name() != ""
	case "sts":
		t, name, _ := strings.Cut(a.Resource, "/")
		return t == "assumed-role" && strings.Count(name, "/") == 1 && a.Name() != "" || t == "federated-user" && name != ""
	}
	return false
}

// isUniqueID knows the IDs of users and roles. AWS documentation: "IAM identifiers", unique identifiers.
func isUniqueID(s string) bool {
	if len(s) < 16 || len(s) > 128 || !strings.HasPrefix(s, "AIDA") && !strings.HasPrefix(s, "AROA") {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

func isServicePrincipal(s string) bool {
	return isDomain(s) && (strings.HasSuffix(s, ".amazonaws.com") || strings.HasSuffix(s, ".amazonaws.com.cn") ||
		strings.HasSuffix(s, ".amazon.com") || strings.HasSuffix(s, ".aws.internal"))
}

// isProvider knows identity providers: a host, perhaps with a path, or the ARN of a SAML or OIDC provider.
func isProvider(s string) bool {
	if a, err := arn.Parse(s); err == nil {
		return a.Service == "iam" && arn.IsAccount(a.Account) && (a.Type() == "saml-provider" || a.Type() == "oidc-provider") && !strings.ContainsAny(s, "*?")
	}
	host, _, _ := strings.Cut(s, "/")
	return isDomain(host)
}

func isDomain(s string) bool {
	for i := range len(s) {
		if c := lower(s[i]); (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return strings.Contains(s, ".") && s[0] != '.' && s[len(s)-1] != '.'
}
