package accessanalyzer

import (
	"slices"
	"strings"
	"time"

	api "vauban/api/accessanalyzer"
	"vauban/engine/automaton"
	"vauban/engine/policy"
	"vauban/engine/policy/analysis"
	"vauban/store"
)

const day = 24 * time.Hour

// unusedSubjects are the users and roles of all accounts of the scope. Time itself makes access unused, so the day is part of the digest.
func (s *Service) unusedSubjects(tx store.Tx, a *Analyzer, sc *scope, now time.Time) ([]subject, error) {
	var out []subject
	for _, account := range sc.accounts {
		list, err := s.inventory.Principals(tx, account)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			if p.ServiceLinked || a.excludes(&p) {
				continue
			}
			d, err := digest(rules, p, a.Unused.Age, now.Truncate(day))
			if err != nil {
				return nil, err
			}
			kind := api.ResourceTypeAWSIAMUser
			if p.Role {
				kind = api.ResourceTypeAWSIAMRole
			}
			out = append(out, subject{arn: p.ARN, kind: kind, owner: p.Account, digest: d, examine: func(left *automaton.Budget) ([]Finding, error) {
				return s.unusedAccess(&p, now.Add(-time.Duration(a.Unused.Age)*day), left)
			}})
		}
	}
	return out, nil
}

// excludes reports whether the analysis rule leaves a principal out: an exclusion with accounts and tags wants both.
func (a *Analyzer) excludes(p *Principal) bool {
	return slices.ContainsFunc(a.Unused.Exclusions, func(e exclusion) bool {
		if len(e.Accounts) > 0 && !slices.Contains(e.Accounts, p.Account) {
			return false
		}
		return len(e.Tags) == 0 || slices.ContainsFunc(e.Tags, func(tags map[string]string) bool {
			for k, v := range tags {
				if have, ok := p.Tags[k]; !ok || have != v {
					return false
				}
			}
			return true
		})
	})
}

// unusedAccess finds what a principal has and has not used since a time. What was made after that time has had no chance yet.
func (s *Service) unusedAccess(p *Principal, since time.Time, left *automaton.Budget) ([]Finding, error) {
	var out []Finding
	if p.Password != nil && p.Password.Created.Before(since) && p.Password.LastUsed.Before(since) {
		out = append(out, Finding{Type: api.FindingTypeUnusedIAMUserPassword, LastUsed: p.Password.LastUsed})
	}
	for _, k := range p.Keys {
		if k.Created.Before(since) && k.LastUsed.Before(since) {
			out = append(out, Finding{Type: api.FindingTypeUnusedIAMUserAccessKey, Key: k.ID, LastUsed: k.LastUsed})
		}
	}
	switch {
	case !p.Created.Before(since):
		return out, nil
	case p.Role && p.LastUsed.Before(since):
		return append(out, Finding{Type: api.FindingTypeUnusedIAMRole, LastUsed: p.LastUsed}), nil
	}
	f, err := s.unusedPermissions(p, since, left)
	if err != nil || f == nil {
		return out, err
	}
	return append(out, *f), nil
}

// unusedPermissions compares what the policies grant with what was used: services as a whole, and of services in use their actions.
func (s *Service) unusedPermissions(p *Principal, since time.Time, left *automaton.Budget) (*Finding, error) {
	var docs []*policy.Document
	for _, text := range p.Policies {
		d, err := policy.Parse([]byte(text))
		if err != nil {
			return &Finding{Type: api.FindingTypeUnusedPermission, Error: "A policy cannot be read: " + err.Error()}, nil
		}
		docs = append(docs, d)
	}
	ref, err := s.reference()
	if err != nil {
		return nil, err
	}
	granted, doubtful, err := analysis.Granted(docs, analysis.Options{World: ref.world, Left: left})
	if err != nil {
		return nil, err
	}
	f := &Finding{Type: api.FindingTypeUnusedPermission}
	for len(granted) > 0 {
		service, _, _ := strings.Cut(granted[0], ":")
		n := slices.IndexFunc(granted, func(a string) bool { return !strings.HasPrefix(a, service+":") })
		if n < 0 {
			n = len(granted)
		}
		if u := unusedOf(p, service, granted[:n], since); u != nil {
			f.Permissions = append(f.Permissions, *u)
		}
		granted = granted[n:]
	}
	if len(doubtful) > 0 {
		f.Error = "It cannot be told of all actions whether they are granted: " + doubts(doubtful)
	}
	if len(f.Permissions) == 0 && f.Error == "" {
		return nil, nil
	}
	return f, nil
}

// unusedOf is what of one service's granted actions was not used, or nil.
func unusedOf(p *Principal, service string, actions []string, since time.Time) *unusedPermission {
	use, known := p.Uses[service]
	out := &unusedPermission{Service: service, LastUsed: use.Time}
	if !known || use.Time.Before(since) {
		return out
	}
	last := map[string]time.Time{}
	for name, t := range use.Actions {
		last[strings.ToLower(name)] = t
	}
	for _, a := range analysis.Unused(actions, func(a string) bool { return !last[strings.ToLower(a[len(service)+1:])].Before(since) }) {
		out.Actions = append(out.Actions, unusedAction{a[len(service)+1:], last[strings.ToLower(a[len(service)+1:])]})
	}
	if len(out.Actions) == 0 {
		return nil
	}
	return out
}
