package iam

import (
	"errors"
	"fmt"

	"vauban/access"
	"vauban/engine/arn"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// Source gives package access the documents that decisions need.
type Source struct{ seal service.Sealer }

// NewSource returns the source. The sealer opens access keys' secrets.
func NewSource(seal service.Sealer) *Source { return &Source{seal} }

// AccessKey implements [access.Source].
func (s *Source) AccessKey(tx store.Tx, id string) (*access.Key, error) {
	k, err := accessKeys.Get(tx, store.K(id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	u, err := users.ByUnique(tx, "id", store.K(k.Account, k.UserID))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	secret, err := s.seal.Open(accessKeys.Name, accessKeys.Key(k), k.Secret)
	if err != nil {
		return nil, fmt.Errorf("open the secret of access key %s: %w", id, err)
	}
	return &access.Key{ID: id, Secret: secret, Active: k.Active, Caller: service.Caller{
		Kind: policy.User, Account: u.Account, ARN: u.ARN(), UserID: u.ID, Name: u.Name, AccessKeyID: id,
	}}, nil
}

// Principal implements [access.Source].
func (s *Source) Principal(tx store.Tx, kind policy.PrincipalKind, account, id string) (*access.Principal, error) {
	switch kind {
	case policy.Root:
		return rootPrincipal(tx, account)
	case policy.User:
		return userPrincipal(tx, account, id)
	case policy.RoleSession:
		return rolePrincipal(tx, account, id)
	}
	return nil, fmt.Errorf("iam: principals of kind %d hold no policies", kind)
}

func rootPrincipal(tx store.Tx, account string) (*access.Principal, error) {
	a, err := accounts.Get(tx, store.K(account))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &access.Principal{ARN: "arn:aws:iam::" + a.ID + ":root", ID: a.ID, Account: a.ID}, nil
}

func userPrincipal(tx store.Tx, account, id string) (*access.Principal, error) {
	u, err := users.ByUnique(tx, "id", store.K(account, id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	p := &access.Principal{ARN: u.ARN(), ID: u.ID, Name: u.Name, Account: account, Tags: tagMap(u.Tags)}
	if err := u.grants.into(tx, p, ""); err != nil {
		return nil, err
	}
	for _, name := range u.Groups {
		g, err := groups.Get(tx, store.K(account, name))
		if err != nil {
			return nil, fmt.Errorf("read group %s of user %s: %w", name, u.Name, err)
		}
		if err := g.grants.into(tx, p, "group "+g.Name+": "); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func rolePrincipal(tx store.Tx, account, id string) (*access.Principal, error) {
	r, err := roles.ByUnique(tx, "id", store.K(account, id))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	p := &access.Principal{ARN: r.ARN(), ID: r.ID, Name: r.Name, Account: account, Tags: tagMap(r.Tags), ServiceLinked: r.ServiceLinked()}
	return p, r.grants.into(tx, p, "")
}

// into adds what the entity holds to the principal. Inline policies are cited by name, with their group's where they come from one.
func (g *grants) into(tx store.Tx, p *access.Principal, from string) error {
	for _, i := range g.Inline {
		p.Identity = append(p.Identity, access.PolicyText{Name: from + i.Name, JSON: i.JSON})
	}
	for _, arn := range g.Attached {
		ref, err := resolve(tx, p.Account, arn)
		if err != nil {
			return fmt.Errorf("read attached policy %s: %w", arn, err)
		}
		p.Identity = append(p.Identity, *ref.text())
	}
	if g.Boundary != "" {
		ref, err := resolve(tx, p.Account, g.Boundary)
		if err != nil {
			return fmt.Errorf("read permissions boundary %s: %w", g.Boundary, err)
		}
		p.Boundary = ref.text()
	}
	return nil
}

func (r *policyRef) text() *access.PolicyText {
	return &access.PolicyText{Name: r.arn, Version: r.version, JSON: r.json}
}

// ManagedPolicy implements [access.Source].
func (s *Source) ManagedPolicy(tx store.Tx, arn string) (*access.PolicyText, error) {
	r, err := resolve(tx, accountOf(arn), arn)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return r.text(), nil
}

// RoleTags implements [access.Source].
func (s *Source) RoleTags(tx store.Tx, text string) (map[string]string, error) {
	a, err := arn.Parse(text)
	if err != nil || a.Service != "iam" || a.Type() != "role" {
		return nil, nil
	}
	r, err := roles.Get(tx, entityKey(a.Account, a.Name()))
	if err != nil || r.ARN() != text {
		return nil, ignoreAbsent(err)
	}
	return tagMap(r.Tags), nil
}

func tagMap(tags []Tag) map[string]string {
	if len(tags) == 0 {
		return nil
	}
	m := make(map[string]string, len(tags))
	for _, t := range tags {
		m[t.Key] = t.Value
	}
	return m
}
