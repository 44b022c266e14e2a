package iam

import (
	"slices"
	"strings"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/service"
	"vauban/service/iam/managed"
	"vauban/store"
)

// Scopes of ListPolicies.
const (
	scopeAWS   = "AWS"
	scopeLocal = "Local"
)

// The two parts of a listing of policies: a marker starts with the part that it stands in.
const (
	partLocal = 'L'
	partAWS   = 'A'
)

// listPolicies lists the account's policies and then AWS's, each ordered by name.
func (s *Service) listPolicies(c *service.Call, in *api.ListPoliciesInput) (*api.ListPoliciesOutput, error) {
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	used, err := usagesOf(c.Tx, c.Account)
	if err != nil {
		return nil, err
	}
	l := &policyListing{in: in, used: used, limit: p.limit, out: []api.Policy{}}
	part, after := byte(partLocal), store.Key(nil)
	if p.after != nil {
		part, after = p.after[0], p.after[1:]
	}
	scope := wire.Text(in.Scope)
	var next store.Key
	if part == partLocal && scope != scopeAWS {
		if next, err = l.local(c, after); err != nil {
			return nil, err
		}
		after = nil
	}
	if next == nil && scope != scopeLocal {
		next = l.aws(after)
	}
	out := &api.ListPoliciesOutput{Policies: l.out}
	out.Marker, out.IsTruncated = marker(next)
	return out, nil
}

type policyListing struct {
	in    *api.ListPoliciesInput
	used  map[string]*usage
	limit int
	out   []api.Policy
}

// local adds the account's own policies after the key, and returns where the next page starts.
func (l *policyListing) local(c *service.Call, after store.Key) (store.Key, error) {
	for {
		batch, err := policies.List(c.Tx, store.K(c.Account), after, l.limit+1)
		if err != nil {
			return nil, err
		}
		for _, p := range batch.Items {
			u, wanted := l.wanted(p.ARN(), p.Path)
			if !wanted {
				continue
			}
			if len(l.out) == l.limit {
				return l.next(partLocal, entityKey(c.Account, *l.out[len(l.out)-1].PolicyName)), nil
			}
			l.out = append(l.out, *p.shown(u, false))
		}
		if batch.Next == nil {
			return nil, nil
		}
		after = batch.Next
	}
}

// aws adds AWS's policies after the name.
func (l *policyListing) aws(after store.Key) store.Key {
	for _, p := range managed.All() {
		if after != nil && p.Name <= string(after) {
			continue
		}
		u, wanted := l.wanted(p.ARN, p.Path)
		if !wanted {
			continue
		}
		if len(l.out) == l.limit {
			last := &l.out[len(l.out)-1]
			if accountOf(*last.Arn) != awsAccount {
				return l.next(partAWS, nil)
			}
			return l.next(partAWS, store.Key(*last.PolicyName))
		}
		l.out = append(l.out, *shownManaged(p, u, false))
	}
	return nil
}

func (l *policyListing) next(part byte, after store.Key) store.Key {
	return slices.Concat(store.Key{part}, after)
}

func (l *policyListing) wanted(arn, path string) (*usage, bool) {
	u := l.used[arn]
	if u == nil {
		u = &usage{}
	}
	if !strings.HasPrefix(path, prefixOf(l.in.PathPrefix)) || l.in.OnlyAttached != nil && *l.in.OnlyAttached && u.Attached == 0 {
		return nil, false
	}
	switch wire.Text(l.in.PolicyUsageFilter) {
	case usedAsPermissions:
		return u, u.Attached > 0
	case usedAsBoundary:
		return u, u.Boundaries > 0
	}
	return u, true
}
