package vauban

import (
	"errors"
	"strings"

	"vauban/access"
	api "vauban/api/vauban"
	"vauban/engine/arn"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// sessionName is that of the session which stands for a role.
const sessionName = "vauban-explain"

// explainAccess answers what the principal would be told if it called now, and shows why.
func (s *Service) explainAccess(c *service.Call, in *api.ExplainAccessInput) (*api.ExplainAccessOutput, error) {
	as, q, err := s.question(c, in)
	if err != nil {
		return nil, err
	}
	req, policies, err := s.picture.Ask(c, as, *q)
	switch {
	case errors.Is(err, access.ErrPrincipalGone):
		return nil, api.NoSuchEntityException.New("The principal %s does not exist.", *in.PrincipalArn)
	case errors.Is(err, access.ErrSuspended):
		return nil, api.InvalidInputException.New("The account %s is suspended: nobody may act in it.", as.Account)
	case err != nil:
		return nil, err
	}
	return shown(req, policy.Explain(req, policies)), nil
}

// question reads who asks what. What it says about the resource is what the service that owns it would say, as far as that does not depend on the
// request.
func (s *Service) question(c *service.Call, in *api.ExplainAccessInput) (*service.Caller, *service.Question, error) {
	q := &service.Question{Action: *in.Action, Resource: "*", Context: map[string][]string{}}
	if in.Resource != nil {
		q.Resource = *in.Resource
	}
	target, err := arn.Parse(q.Resource)
	if q.Resource != "*" && err != nil {
		return nil, nil, api.InvalidInputException.New("The resource %s is neither an ARN nor \"*\".", q.Resource)
	}
	if arn.IsAccount(target.Account) && in.ResourceAccount != nil && *in.ResourceAccount != target.Account { // else it would be looked up as another's
		return nil, nil, api.InvalidInputException.New("The resource %s is of account %s, not of %s: leave ResourceAccount out.", q.Resource, target.Account, *in.ResourceAccount)
	}
	as, home, err := s.asker(c, *in.PrincipalArn)
	if err != nil {
		return nil, nil, err
	}
	if q.Account = owner(in, target, home); q.Account != home {
		if err := s.visible(c, q.Account); err != nil {
			return nil, nil, err
		}
	}
	err = s.Store.Read(c, func(tx store.Tx) (err error) {
		if as == nil {
			as, err = s.identities.Named(tx, *in.PrincipalArn, sessionName)
		}
		if errors.Is(err, store.ErrNotFound) {
			return api.NoSuchEntityException.New("The principal %s does not exist.", *in.PrincipalArn)
		}
		if err != nil {
			return err
		}
		return s.aboutResource(tx, q, target)
	})
	if err != nil {
		return nil, nil, err
	}
	return as, q, addContext(q, in.ContextEntries)
}

// asker reads who is asked about, and in which account questions about it are at home. A service is a caller at once; everybody else is to be
// looked up.
func (s *Service) asker(c *service.Call, text string) (as *service.Caller, home string, err error) {
	if strings.HasSuffix(text, ".amazonaws.com") && !strings.ContainsAny(text, ":/*") {
		return &service.Caller{Kind: policy.Service, ServiceName: text, ARN: text}, c.Account, nil
	}
	a, err := arn.Parse(text)
	if err != nil || !arn.IsAccount(a.Account) {
		return nil, "", api.InvalidInputException.New("The principal %s is not the ARN of a user, role, role session or root, and not the name of a service.", text)
	}
	return nil, a.Account, s.visible(c, a.Account)
}

// owner is the account that owns the resource.
func owner(in *api.ExplainAccessInput, target arn.ARN, home string) string {
	switch {
	case in.ResourceAccount != nil:
		return *in.ResourceAccount
	case arn.IsAccount(target.Account):
		return target.Account
	}
	return home
}

// aboutResource adds what a resource of IAM has: the trust policy of a role to be assumed, and tags.
func (s *Service) aboutResource(tx store.Tx, q *service.Question, target arn.ARN) error {
	if target.Service != "iam" {
		return nil
	}
	tags, err := s.identities.Tags(tx, q.Resource)
	if err != nil {
		return err
	}
	service.ResourceTags(q.Context, service.TagMap(tags), "iam:ResourceTag/")
	if vendor, _, _ := strings.Cut(q.Action, ":"); !strings.EqualFold(vendor, "sts") || target.Type() != "role" {
		return nil
	}
	q.Kind = policy.RoleTrust
	doc, err := s.identities.Trust(tx, q.Resource)
	if errors.Is(err, store.ErrNotFound) {
		return nil // a role that does not exist is asked like one that trusts nobody
	}
	q.Policy = &policy.Named{Name: q.Resource, Document: doc}
	return err
}

// addContext puts the request's own entries in place of what is known.
func addContext(q *service.Question, entries []api.ContextEntry) error {
	for _, e := range entries {
		for k := range q.Context {
			if strings.EqualFold(k, *e.Key) {
				delete(q.Context, k)
			}
		}
		multi := len(e.Values) != 1
		if e.Multi != nil {
			if !*e.Multi && multi {
				return api.InvalidInputException.New("The context key %s is said to hold one value and has %d.", *e.Key, len(e.Values))
			}
			multi = *e.Multi
		}
		if multi {
			q.Multi = append(q.Multi, *e.Key)
		}
		q.Context[*e.Key] = e.Values
	}
	return nil
}
