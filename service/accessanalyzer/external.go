package accessanalyzer

import (
	"slices"
	"strings"

	api "vauban/api/accessanalyzer"
	"vauban/engine/automaton"
	"vauban/engine/policy"
	"vauban/engine/policy/analysis"
	"vauban/store"
)

// rules is the version of the ways to analyse: one more makes everything be looked at again.
const rules = 1

// roleSubjects are the roles of all accounts of the scope, with their trust policies.
func (s *Service) roleSubjects(tx store.Tx, sc *scope) ([]subject, error) {
	var out []subject
	for _, account := range sc.accounts {
		list, err := s.inventory.Roles(tx, account)
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			d, err := digest(rules, r.Trust, sc.zone)
			if err != nil {
				return nil, err
			}
			out = append(out, subject{arn: r.ARN, kind: api.ResourceTypeAWSIAMRole, owner: r.Account, digest: d, examine: func(left *automaton.Budget) ([]Finding, error) {
				return s.externalAccess(r.Trust, "sts", letsIn, sc.zone, left)
			}})
		}
	}
	return out, nil
}

// guardedSubjects are the other resources of all accounts of the scope that have policies, in the analyzer's region.
func (s *Service) guardedSubjects(tx store.Tx, a *Analyzer, sc *scope) ([]subject, error) {
	var out []subject
	for _, account := range sc.accounts {
		list, err := s.inventory.Guarded(tx, account, a.Region)
		if err != nil {
			return nil, err
		}
		for _, g := range list {
			d, err := digest(rules, g.Policy, sc.zone)
			if err != nil {
				return nil, err
			}
			out = append(out, subject{arn: g.ARN, kind: g.Type, owner: account, digest: d, examine: func(left *automaton.Budget) ([]Finding, error) {
				if g.Policy == "" {
					return nil, nil // nobody but the account itself
				}
				return s.externalAccess(g.Policy, g.Service, func(string) bool { return true }, sc.zone, left)
			}})
		}
	}
	return out, nil
}

// letsIn are the actions of trust policies by which somebody gets in.
func letsIn(action string) bool {
	return slices.ContainsFunc([]string{"sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:SetSourceIdentity", "sts:TagSession"},
		func(a string) bool { return strings.EqualFold(a, action) })
}

// externalAccess finds whom outside the zone of trust a resource's policy lets do something that counts. What cannot be told is a finding with an error.
func (s *Service) externalAccess(text, service string, counts func(action string) bool, z analysis.Zone, left *automaton.Budget) ([]Finding, error) {
	d, err := policy.Parse([]byte(text))
	if err != nil {
		return []Finding{{Type: api.FindingTypeExternalAccess, Error: "The policy cannot be read: " + err.Error()}}, nil
	}
	ref, err := s.reference()
	if err != nil {
		return nil, err
	}
	grants, doubts, err := analysis.External(d, z, analysis.Options{World: ref.world, Services: []string{service}, Left: left})
	if err != nil {
		return nil, err
	}
	var out []Finding
	for _, g := range grants {
		f := Finding{Type: api.FindingTypeExternalAccess, Principal: shownPrincipal(g), Condition: g.Condition, Public: g.Public}
		for _, a := range g.Actions {
			if counts(a) {
				f.Actions = append(f.Actions, a)
			}
		}
		if len(f.Actions) > 0 {
			out = append(out, f)
		}
	}
	for _, x := range doubts {
		out = append(out, Finding{Type: api.FindingTypeExternalAccess, Error: "It cannot be told whom the policy lets in: " + doubtsOf(x)})
	}
	return out, nil
}

func doubtsOf(d analysis.Doubt) string { return doubts([]analysis.Doubt{d}) }

// shownPrincipal names a principal as findings do: whole accounts by their IDs.
func shownPrincipal(g analysis.Grant) map[string]string {
	kind, text := string(g.Type), g.Principal
	if g.Type == policy.PrincipalAny {
		kind = "AWS"
	}
	if rest, ok := strings.CutSuffix(text, ":root"); ok && kind == "AWS" {
		text = rest[strings.LastIndexByte(rest, ':')+1:]
	}
	return map[string]string{kind: text}
}

// merge joins what two statements give to the same principal under the same condition.
func (f *Finding) merge(g *Finding) {
	f.Public = f.Public || g.Public
	f.Actions = append(f.Actions, g.Actions...)
	slices.Sort(f.Actions)
	f.Actions = slices.Compact(f.Actions)
}
