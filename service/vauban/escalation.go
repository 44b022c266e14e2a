package vauban

import (
	"cmp"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	api "vauban/api/vauban"
	"vauban/engine/arn"
	"vauban/engine/policy/escalation"
	"vauban/service"
	"vauban/store"
)

// Worlds tells who exists and what is attached to whom, for the search for paths to more power. Package service/all fills it.
type Worlds interface {
	// AddAccount adds the account's principals, groups, managed policies and compute to the world.
	AddAccount(tx store.Tx, account string, w *escalation.World) error
	// Accounts returns the accounts of an organization, in order.
	Accounts(tx store.Tx, organization string) ([]string, error)
}

// Bounds of one search.
const (
	maxQuestions  = 500_000 // that the policy engine is asked: seconds, and tens of megabytes
	maxAccounts   = 100     // of an organization that are looked at together
	pathsPerPage  = 20
	maxEscalation = 6 // steps of a path
)

// Tracks tells the service which actions this deployment serves: a way that needs others is no way here.
func (s *Service) Tracks(services []service.Service) {
	seen := map[string]bool{}
	for _, other := range services {
		for _, row := range other.Operations() {
			for _, a := range row.Op.Actions {
				prefix, _, _ := strings.Cut(a.Name, ":")
				seen[prefix] = true
			}
		}
	}
	for prefix := range seen {
		s.served = append(s.served, prefix)
	}
	slices.Sort(s.served)
}

// explainEscalation searches the caller's account, or its whole organization when the account manages one.
func (s *Service) explainEscalation(c *service.Call, in *api.ExplainEscalationInput) (*api.ExplainEscalationOutput, error) {
	o, err := escalationOptions(in)
	if err != nil {
		return nil, err
	}
	if in.PrincipalArn != nil {
		a, err := arn.Parse(*in.PrincipalArn)
		if err != nil || !arn.IsAccount(a.Account) || a.Service != "iam" {
			return nil, api.InvalidInputException.New("The principal %s is not the ARN of a user, role or root.", *in.PrincipalArn)
		}
		if err := s.visible(c, a.Account); err != nil {
			return nil, err
		}
	}
	w, partly, err := s.world(c)
	if err != nil {
		return nil, err
	}
	from := ""
	if in.PrincipalArn != nil {
		from = *in.PrincipalArn
	}
	r, err := escalation.Paths(w, from, o)
	if errors.Is(err, escalation.ErrNoPrincipal) {
		return nil, api.NoSuchEntityException.New("The principal %s does not exist.", from)
	}
	if err != nil {
		return nil, err
	}
	r.Incomplete = r.Incomplete || partly
	return shownReport(r), nil
}

func escalationOptions(in *api.ExplainEscalationInput) (escalation.Options, error) {
	o := escalation.Options{MaxQuestions: maxQuestions, MaxSteps: maxEscalation, Limit: pathsPerPage}
	if in.MaxResults != nil {
		o.Limit = int(*in.MaxResults)
	}
	if in.NextToken != nil {
		b, err := base64.RawURLEncoding.DecodeString(*in.NextToken)
		if err != nil || len(b) == 0 {
			return o, api.InvalidInputException.New("The NextToken is none that an answer has given.")
		}
		o.After = string(b)
	}
	if len(in.ContextEntries) > 0 {
		q := &service.Question{Context: map[string][]string{}}
		if err := addContext(q, in.ContextEntries); err != nil {
			return o, err
		}
		o.Context = q.Context
	}
	return o, nil
}

// world reads the accounts that the caller may look into. partly says that there are more than are looked at.
func (s *Service) world(c *service.Call) (w *escalation.World, partly bool, err error) {
	mine, err := s.picture.Membership(c, c.Account)
	if err != nil {
		return nil, false, err
	}
	w = &escalation.World{Now: c.Time, Services: s.served, Regions: []string{cmp.Or(c.Region, "us-east-1")}}
	accounts := []string{c.Account}
	err = s.Store.Read(c, func(tx store.Tx) error {
		if mine.Management {
			all, err := s.identities.Accounts(tx, mine.Organization)
			if err != nil {
				return err
			}
			all = slices.DeleteFunc(all, func(a string) bool { return a == c.Account })
			partly = len(all) >= maxAccounts
			accounts = append(accounts, all[:min(len(all), maxAccounts-1)]...)
		}
		for _, a := range accounts {
			if err := s.identities.AddAccount(tx, a, w); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, false, err
	}
	for _, id := range accounts {
		if err := s.limits(c, id, w); err != nil {
			return nil, false, err
		}
	}
	return w, partly, nil
}

// limits adds the organization's policies that count in the account. In one that is closed nobody may act.
func (s *Service) limits(c *service.Call, account string, w *escalation.World) error {
	m, err := s.picture.Membership(c, account)
	if err != nil {
		return err
	}
	a := escalation.Account{ID: account, Organization: m.Organization}
	if !m.Management {
		if a.SCPs, err = parseLevels(m.SCPs); err != nil {
			return err
		}
		if a.RCPs, err = parseLevels(m.RCPs); err != nil {
			return err
		}
	}
	w.Accounts = append(w.Accounts, a)
	if m.Suspended {
		w.Principals = slices.DeleteFunc(w.Principals, func(p escalation.Principal) bool { return strings.Contains(p.ARN, ":"+account+":") })
	}
	return nil
}
