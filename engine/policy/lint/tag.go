package lint

import (
	"slices"
	"strings"

	"vauban/engine/catalog"
	"vauban/engine/glob"
	"vauban/engine/policy"
)

// tagKeys reports conditions on tags in statements with actions that do not know them: for these the condition is false, whatever the tags.
func (c *checker) tagKeys(s *statement) {
	if c.kind.Policy != Identity && !c.kind.isOrganization() || s.effect == "" {
		return
	}
	for _, k := range s.conditions {
		if !k.known || k.operator.IfExists || k.operator.Negated || k.operator.Comparison == policy.Null || k.operator.Quantifier == policy.ForAllValues {
			continue
		}
		if !hasPrefixFold(k.key, "aws:ResourceTag/") && !hasPrefixFold(k.key, "aws:RequestTag/") && !oneOf(k.key, "aws:TagKeys") {
			continue
		}
		effect := strings.ToUpper(s.effect)
		if s.notAction {
			element, _ := s.get("NotAction")
			c.report(effect+"_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", []place{element, k.value}, k.key)
			continue
		}
		if at, services := c.without(s, k.key); services != nil {
			c.report(effect+"_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", append(at, k.value), k.key, strings.Join(services, ", "))
		}
	}
}

// without returns the actions none of which knows the key, and their services.
func (c *checker) without(s *statement, key string) (at []place, services []string) {
	for _, a := range s.actions {
		prefix, name, ok := strings.Cut(a.Text, ":")
		service, known := c.cat.Service(prefix)
		if !ok || !known || !c.anyAction(service, name) || c.anySupports(service, name, key) {
			continue
		}
		at = append(at, a)
		if !slices.Contains(services, service.Prefix) {
			services = append(services, service.Prefix)
		}
	}
	return at, services
}

// anySupports reports whether one of the actions that the name matches knows the key. Without effort left it says yes.
func (c *checker) anySupports(service *catalog.Service, name, key string) bool {
	if action, ok := service.Action(name); ok {
		return supports(service, action, key)
	}
	pattern := glob.Compile(strings.ToLower(name))
	for i := range service.Actions {
		a := &service.Actions[i]
		if !c.spend(len(name)) || pattern.MatchFold(a.Name) && supports(service, a, key) {
			return true
		}
	}
	return false
}

// supports reports whether requests for the action can carry the key.
func supports(service *catalog.Service, action *catalog.Action, key string) bool {
	in := func(list []string) bool {
		return slices.ContainsFunc(list, func(k string) bool { return catalog.MatchesKey(k, key) })
	}
	if in(action.Keys) {
		return true
	}
	for _, use := range action.Resources {
		if in(use.Keys) {
			return true
		}
		if t, ok := service.ResourceType(use.Type); ok && in(t.Keys) {
			return true
		}
	}
	return false
}

// unsupportedActions reports conditions on a service's own key in statements with actions that do not know it. Patterns are not judged.
func (c *checker) unsupportedActions(s *statement) {
	if s.notAction {
		return
	}
	for _, k := range s.conditions {
		if !k.known || k.operator.IfExists || k.operator.Comparison == policy.Null {
			continue
		}
		if _, global := c.cat.GlobalKey(k.key); global || hasPrefixFold(k.key, "aws:") || !c.isServiceKey(k.key) {
			continue
		}
		var at []place
		var names []string
		for _, a := range s.actions {
			prefix, name, _ := strings.Cut(a.Text, ":")
			service, ok := c.cat.Service(prefix)
			if !ok {
				continue
			}
			if action, ok := service.Action(name); ok && !supports(service, action, k.key) {
				at = append(at, a)
				names = append(names, a.Text)
			}
		}
		if names != nil {
			c.report("UNSUPPORTED_ACTION_FOR_CONDITION_KEY", append(at, k.value), strings.Join(names, ", "), k.key)
		}
	}
}
