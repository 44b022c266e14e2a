package lint

import (
	"strings"

	"vauban/engine/policy"
)

// statement is a statement with its elements taken apart. What does not have the right type is left out here and reported by the
// checks of elements.
type statement struct {
	place
	effect     string // Allow, Deny, or "" when it is neither
	actions    []place
	resources  []place
	principals []principal
	conditions []condition

	notAction, notResource, notPrincipal bool
}

// principal is one text of a Principal element. Kind is its key, or "*" for "Principal": "*".
type principal struct {
	place
	kind string
}

// condition is one key of one operator.
type condition struct {
	operator policy.Operator
	known    bool   // the operator is one
	name     string // of the operator, as written
	key      string
	at       place // the key
	value    place
	values   []place
}

func newStatement(p place) *statement {
	s := &statement{place: p}
	if e, ok := p.get("Effect"); ok && (e.Text == "Allow" || e.Text == "Deny") {
		s.effect = e.Text
	}
	s.actions, s.notAction = s.either("Action", "NotAction")
	s.resources, s.notResource = s.either("Resource", "NotResource")
	s.principals, s.notPrincipal = principalsOf(p)
	if block, ok := p.get("Condition"); ok {
		s.conditions = conditionsOf(block)
	}
	return s
}

// either returns the strings of the element, or those of its negation.
func (s *statement) either(name, not string) ([]place, bool) {
	if p, ok := s.get(name); ok {
		return p.strings(), false
	}
	if p, ok := s.get(not); ok {
		return p.strings(), true
	}
	return nil, false
}

func principalsOf(s place) (list []principal, not bool) {
	p, ok := s.get("Principal")
	if !ok {
		if p, not = s.get("NotPrincipal"); !not {
			return nil, false
		}
	}
	if p.Type == policy.JSONString && p.Text == "*" {
		return []principal{{p, "*"}}, not
	}
	for i := range p.Members {
		m := &p.Members[i]
		for _, t := range p.value(m).strings() {
			list = append(list, principal{t, m.Name})
		}
	}
	return list, not
}

func conditionsOf(block place) []condition {
	var list []condition
	for i := range block.Members {
		m := &block.Members[i]
		op, known := policy.ParseOperator(m.Name)
		keys := block.value(m)
		for j := range keys.Members {
			k := &keys.Members[j]
			v := keys.value(k)
			list = append(list, condition{operator: op, known: known, name: m.Name, key: k.Name, at: keys.key(k), value: v, values: v.items()})
		}
	}
	return list
}

// statementChecks are the checks of one statement, by family.
func statementChecks() []func(*checker, *statement) {
	return []func(*checker, *statement){
		(*checker).elements, (*checker).effect, (*checker).sid,
		(*checker).actionElement, (*checker).resourceElement, (*checker).principalElement, (*checker).conditionElement,
		(*checker).passedRoles, (*checker).tagKeys, (*checker).unsupportedActions, (*checker).attachment,
		(*checker).services, (*checker).trust, (*checker).federation, (*checker).organization, (*checker).serviceKeys,
	}
}

// elements checks which elements a statement has.
func (c *checker) elements(s *statement) {
	for i := range s.Members {
		m := &s.Members[i]
		if _, ok := elementOf(m.Name); !ok {
			c.at("INVALID_POLICY_ELEMENT", s.key(m), m.Name)
		}
	}
	for _, pair := range [][2]string{{"Action", "NotAction"}, {"Resource", "NotResource"}, {"Principal", "NotPrincipal"}} {
		a, both := s.get(pair[0])
		b, not := s.get(pair[1])
		if both && not {
			c.report("UNSUPPORTED_ELEMENT_COMBINATION", []place{a, b}, pair[0], pair[1])
		}
		if !both && !not && c.requires(s, pair[0]) {
			c.at("MISSING_"+strings.ToUpper(pair[0]), s.place)
		}
	}
}

func elementOf(name string) (string, bool) {
	switch name {
	case "Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition":
		return name, true
	}
	return "", false
}

// requires says whether statements of the kind need the element. A resource policy of unknown attachment may be a role's trust policy, which
// names no resources.
func (c *checker) requires(s *statement, element string) bool {
	switch element {
	case "Resource":
		return c.kind.Policy != Trust && !c.mayTrust(s)
	case "Principal":
		return c.kind.Policy == Resource || c.kind.Policy == Trust || c.kind.Policy == RCP
	}
	return true
}

// mayTrust says that the statement is of a trust policy, or looks like one in a resource policy of unknown attachment.
func (c *checker) mayTrust(s *statement) bool {
	if c.kind.Policy == Trust {
		return true
	}
	if c.kind.Policy != Resource || c.kind.ResourceType != "" || len(s.actions) == 0 {
		return false
	}
	for _, a := range s.actions {
		if len(a.Text) < 4 || !strings.EqualFold(a.Text[:4], "sts:") {
			return false
		}
	}
	return true
}

func (c *checker) effect(s *statement) {
	e, ok := s.get("Effect")
	switch {
	case !ok:
		c.at("MISSING_EFFECT", s.place)
	case !c.is(e, policy.JSONString):
	case s.effect == "":
		c.at("INVALID_EFFECT", e, e.Text)
	}
}

func (c *checker) sid(s *statement) {
	sid, ok := s.get("Sid")
	if !ok || !c.is(sid, policy.JSONString) {
		return
	}
	if sid.Text == "" {
		c.at("EMPTY_SID_VALUE", sid)
		return
	}
	if c.noVariables(sid) && c.kind.Policy != Resource && !alphanumeric(sid.Text) {
		c.at("UNSUPPORTED_SID", sid)
	}
}

func alphanumeric(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; (c < 'a' || c > 'z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return s != ""
}

// statementIDs reports IDs that stand twice: an error where IAM or Organizations read the policy, a warning elsewhere.
func (c *checker) statementIDs(list []*statement) {
	code := "UNIQUE_SIDS_REQUIRED"
	if c.kind.Policy == Resource {
		code = "UNIQUE_SIDS_RECOMMENDED"
	}
	seen := map[string]bool{}
	for _, s := range list {
		sid, ok := s.get("Sid")
		if !ok || sid.Type != policy.JSONString || sid.Text == "" {
			continue
		}
		if seen[sid.Text] {
			c.at(code, sid)
		}
		seen[sid.Text] = true
	}
}
