package iam

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"vauban/engine/catalog"
	"vauban/engine/glob"
	"vauban/engine/policy"
	"vauban/service"
)

type namedService struct{ namespace, name string }

// knownServices are the services of the Service Authorization Reference in the order of their namespaces, read once.
var knownServices = sync.OnceValues(func() ([]namedService, error) {
	cat, err := catalog.Load()
	if err != nil {
		return nil, err
	}
	var out []namedService
	for _, s := range cat.Services() {
		out = append(out, namedService{strings.Clone(s.Prefix), strings.Clone(s.Name)}) // not to keep the whole table
	}
	return out, nil
})

// Tracks tells the service which actions this deployment serves. Reports at action level list them.
func (s *Service) Tracks(services []service.Service) {
	s.tracked = map[string][]string{}
	for _, sv := range services {
		for _, row := range sv.Operations() {
			for _, a := range row.Op.Actions {
				namespace, name, _ := strings.Cut(a.Name, ":")
				s.tracked[namespace] = append(s.tracked[namespace], name)
			}
		}
	}
	for namespace, names := range s.tracked {
		slices.Sort(names)
		s.tracked[namespace] = slices.Compact(names)
	}
}

// granted are the permissions of several policies, reduced to what they allow on any resource under any condition.
// Denials do not count, nor do boundaries. IAM API: "GetServiceLastAccessedDetails".
type granted []policy.Statement

func grantedBy(held []heldPolicy) (granted, error) {
	var out granted
	for _, h := range held {
		doc, err := policy.Parse([]byte(h.json))
		if err != nil {
			return nil, fmt.Errorf("parse policy %s: %w", h.name, err)
		}
		for _, s := range doc.Statements {
			if s.Effect == policy.Allow {
				out = append(out, s)
			}
		}
	}
	return out, nil
}

// service reports whether some action of the namespace is allowed.
func (g granted) service(namespace string) bool {
	return slices.ContainsFunc(g, func(s policy.Statement) bool {
		if s.Action != nil {
			return slices.ContainsFunc(s.Action, func(e policy.Element) bool { return inNamespace(e.Text, namespace) })
		}
		return !slices.ContainsFunc(s.NotAction, func(e policy.Element) bool {
			return e.Text == "*" || strings.EqualFold(e.Text, namespace+":*")
		})
	})
}

func inNamespace(action, namespace string) bool {
	prefix, _, ok := strings.Cut(action, ":")
	return ok && strings.EqualFold(prefix, namespace) || action == "*"
}

// action reports whether that action is allowed.
func (g granted) action(name string) bool {
	return slices.ContainsFunc(g, func(s policy.Statement) bool {
		if s.Action != nil {
			return matchesAny(s.Action, name)
		}
		return !matchesAny(s.NotAction, name)
	})
}

func matchesAny(patterns []policy.Element, action string) bool {
	return slices.ContainsFunc(patterns, func(e policy.Element) bool {
		return glob.Compile(strings.ToLower(e.Text)).Match(strings.ToLower(action))
	})
}
