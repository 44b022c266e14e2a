package cases_test

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

type hit struct {
	policy, statement string
	body              object
}

// statements finds those with the effect that match the request.
func (o *oracle) statements(effect string, policies []any) (out []hit) {
	for _, p := range policies {
		named := p.(object)
		doc, ok := named["policy"].(object)
		if !ok {
			if err := json.Unmarshal([]byte(text(named["policy"])), &doc); err != nil {
				panic(err)
			}
		}
		for i, s := range list(doc["Statement"]) {
			body := s.(object)
			if body["Effect"] == effect && o.matches(body, doc["Version"] == "2012-10-17") {
				out = append(out, hit{text(named["name"]), strconv.Itoa(i), body})
			}
		}
	}
	return out
}

func (o *oracle) matches(s object, variables bool) bool {
	return o.matchesAction(s) && o.matchesResource(s, variables) && o.named(s) != "" && o.conditions(s["Condition"], variables)
}

func (o *oracle) matchesAction(s object) bool {
	if not, ok := s["NotAction"]; ok {
		return !slices.ContainsFunc(list(not), func(v any) bool { return actionMatches(text(v), o.action) })
	}
	return slices.ContainsFunc(list(s["Action"]), func(v any) bool { return actionMatches(text(v), o.action) })
}

// actionMatches. AWS documentation: "IAM JSON policy elements: Action".
func actionMatches(pattern, action string) bool {
	if pattern == "*" {
		return true
	}
	service, name, _ := strings.Cut(strings.ToLower(pattern), ":")
	is, called, _ := strings.Cut(strings.ToLower(action), ":")
	return service == is && glob(pieces(name), called)
}

// matchesResource. AWS documentation: "IAM JSON policy elements: Resource", "NotResource".
func (o *oracle) matchesResource(s object, variables bool) bool {
	not, negated := s["NotResource"]
	entries, ok := s["Resource"]
	if negated {
		entries = not
	} else if !ok {
		return true
	}
	some := slices.ContainsFunc(list(entries), func(e any) bool { return o.resourceMatches(text(e), variables) })
	return some != negated
}

// resourceMatches: an element whose variables have no value matches no resource.
func (o *oracle) resourceMatches(pattern string, variables bool) bool {
	if pattern == "*" || o.resource == "*" {
		return pattern == "*"
	}
	colons, rest := 0, 0 // variables count only after the fifth colon
	for ; rest < len(pattern) && colons < 5; rest++ {
		if pattern[rest] == ':' {
			colons++
		}
	}
	p := segments(pattern[:rest])
	if variables {
		tail, ok := o.substitute(pattern[rest:])
		if !ok {
			return false
		}
		p = append(p, tail...)
	} else {
		p = append(p, pieces(pattern[rest:])...)
	}
	return glob(p, o.resource)
}

// named says how strongly a statement names the caller: name, role, account, or "" for not at all. A statement without principals is
// about whoever holds the policy.
func (o *oracle) named(s object) string {
	if not, ok := s["NotPrincipal"]; ok {
		if s["Effect"] == "Deny" && o.who.boundary && o.hasIdentity() {
			return "name" // "NotPrincipal": denies always those who have a permissions boundary
		}
		if o.listed(not) {
			return ""
		}
		return "name"
	}
	who, ok := s["Principal"]
	if !ok {
		return "name"
	}
	best := ""
	for _, strength := range []string{"account", "role", "name"} {
		if slices.Contains(o.strengths(who), strength) {
			best = strength
		}
	}
	return best
}

// strengths lists all the ways in which the element names the caller.
func (o *oracle) strengths(element any) (out []string) {
	if element == "*" {
		return []string{"name"}
	}
	for kind, values := range element.(object) {
		for _, v := range list(values) {
			out = append(out, o.strength(kind, text(v)))
		}
	}
	return out
}

func (o *oracle) strength(kind, value string) string {
	w := o.who
	switch {
	case kind == "AWS" && value == "*":
		return "name"
	case kind == "Service":
		return when(w.kind == "service" && w.text == value, "name")
	case kind == "Federated":
		return when(w.kind == "provider" && w.text == value, "name")
	case kind != "AWS" || !o.hasIdentity():
		return ""
	case value == w.account, value == "arn:aws:iam::"+w.account+":root":
		return "account"
	case w.kind == "session" && (value == w.role || value == w.id):
		return "role"
	case w.kind == "user" && value == w.id:
		return "name"
	}
	return when(w.text != "" && value == w.text, "name")
}

// federates says that the statement names the caller's provider.
func (o *oracle) federates(s object) bool {
	who, _ := s["Principal"].(object)
	return slices.ContainsFunc(list(who["Federated"]), func(v any) bool { return text(v) == o.who.text })
}

func when(yes bool, s string) string {
	if yes {
		return s
	}
	return ""
}

// listed: a user is excepted with its account, a session with its account and its role. AWS documentation: "AWS JSON policy elements:
// NotPrincipal".
func (o *oracle) listed(element any) bool {
	if element == "*" {
		return true
	}
	for _, v := range list(element.(object)["AWS"]) {
		if text(v) == "*" {
			return true
		}
	}
	has := o.strengths(element)
	need := []string{"name"}
	switch o.who.kind {
	case "root":
		need = []string{"account"}
	case "user", "federated":
		need = []string{"account", "name"}
	case "session":
		need = []string{"account", "role", "name"}
		if o.who.text == "" {
			need = need[:2]
		}
	}
	for _, n := range need {
		if !slices.Contains(has, n) {
			return false
		}
	}
	return true
}
