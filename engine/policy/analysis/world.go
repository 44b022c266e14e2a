package analysis

import (
	"strings"

	"vauban/engine/catalog"
)

// World is what is known of actions, resources and condition keys. It is immutable and may be shared; making it takes some
// milliseconds.
type World struct {
	catalog  *catalog.Catalog
	services []*service
	known    map[string]bool // prefixes in lower case
}

// service is a service of the catalogue, ready for analysis.
type service struct {
	prefix  string // in lower case
	actions []action
	formats []string // of the ARNs that its actions are asked about, each once
	star    *action  // the first action that can be asked about "*"
}

// action is one action.
type action struct {
	name     string   // "s3:GetObject"
	formats  []string // of the ARNs that it is asked about; nil: any ARN
	unscoped bool     // it can be asked about "*"
}

// NewWorld prepares a catalogue.
func NewWorld(c *catalog.Catalog) *World {
	w := &World{catalog: c, known: map[string]bool{}}
	for _, s := range c.Services() {
		n := &service{prefix: strings.ToLower(s.Prefix), actions: make([]action, len(s.Actions))}
		w.known[n.prefix] = true
		seen := map[string]bool{}
		for i := range s.Actions {
			formats, unscoped := formatsOf(s, &s.Actions[i])
			n.actions[i] = action{name: s.Prefix + ":" + s.Actions[i].Name, formats: formats, unscoped: unscoped}
			if unscoped && n.star == nil && !ungoverned(n.actions[i].name) {
				n.star = &n.actions[i]
			}
			for _, f := range formats {
				if !seen[f] {
					seen[f] = true
					n.formats = append(n.formats, f)
				}
			}
		}
		w.services = append(w.services, n)
	}
	return w
}

// formatsOf returns the formats of the ARNs that an action is asked about. An action without resource types is asked about "*"; one
// whose only type is optional may be.
func formatsOf(s *catalog.Service, a *catalog.Action) (formats []string, unscoped bool) {
	formats = []string{}
	for _, u := range a.Resources {
		if t, ok := s.ResourceType(u.Type); ok {
			formats = append(formats, t.ARN)
		}
	}
	return formats, len(formats) == 0 || len(a.Resources) == 1 && !a.Resources[0].Required
}

// ungoverned: policies have no say about these actions, or callers that policies could speak of cannot use them. AWS
// documentation: STS GetCallerIdentity, "Permissions for GetSessionToken".
func ungoverned(name string) bool {
	return strings.EqualFold(name, "sts:GetCallerIdentity") || strings.EqualFold(name, "sts:GetSessionToken")
}
