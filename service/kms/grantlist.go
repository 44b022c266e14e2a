package kms

import (
	api "vauban/api/kms"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

func (s *Service) grantListOperations() []service.Row {
	return []service.Row{
		reads(s, api.OpListGrants, func(c *service.Call, in *api.ListGrantsInput, a *about) {
			a.id, a.cross = wire.Text(in.KeyId), true
			a.set("kms:GrantIsForAWSResource", boolText(forAWSResource(c)))
		}, s.listGrants),
		service.Reads(api.OpListRetirableGrants, onAll[api.ListRetirableGrantsInput](nil), s.listRetirableGrants),
	}
}

func (s *Service) listGrants(u *use, in *api.ListGrantsInput) (*api.ListGrantsOutput, error) {
	p, err := pageOf(in.Marker, in.Limit, 50)
	if err != nil {
		return nil, err
	}
	k := u.key.Key
	var list store.Page[Grant]
	switch {
	case in.GrantId != nil:
		g, err := grantTable.Get(u.Tx, grantKey(k.Account, k.Region, k.ID, *in.GrantId))
		if err != nil && !store.IsAbsent(err) {
			return nil, err
		}
		if err == nil {
			list.Items = []*Grant{g}
		}
	case in.GranteePrincipal != nil || in.GranteeServicePrincipal != nil:
		b, err := s.beneficiary(u.Tx, in.GranteePrincipal, in.GranteeServicePrincipal)
		if err != nil {
			return nil, err
		}
		list, err = grantTable.ListRef(u.Tx, "grantee", store.K(k.Account, k.Region, k.ID, b.ID), p.after, p.limit)
		if err != nil {
			return nil, err
		}
	default:
		if list, err = grantTable.List(u.Tx, store.K(k.Account, k.Region, k.ID), p.after, p.limit); err != nil {
			return nil, err
		}
	}
	shown, err := s.shownGrants(u.Call, list.Items)
	return &api.ListGrantsOutput{Grants: shown, NextMarker: marker(list.Next), Truncated: new(list.Next != nil)}, err
}

// listRetirableGrants lists the grants, of whatever account's keys, that a principal of the caller's account may retire.
func (s *Service) listRetirableGrants(c *service.Call, in *api.ListRetirableGrantsInput) (*api.ListRetirableGrantsOutput, error) {
	p, err := pageOf(in.Marker, in.Limit, 50)
	if err != nil {
		return nil, err
	}
	b, err := s.beneficiary(c.Tx, in.RetiringPrincipal, in.RetiringServicePrincipal)
	if err != nil {
		return nil, err
	}
	a, err := arn.Parse(b.Asked)
	switch {
	case b.ID == "":
		return nil, invalid("Specify a RetiringPrincipal.")
	case b.Service:
	case arn.IsAccount(b.Asked):
		a.Account = b.Asked
	case err != nil:
		return nil, api.InvalidArnException.New("The principal %s is not an ARN.", b.Asked)
	}
	if !b.Service && a.Account != c.Account {
		return nil, api.InvalidArnException.New("The principal %s is not of your account.", b.Asked)
	}
	list, err := grantTable.ListRef(c.Tx, "retiring", store.K(c.Region, b.ID), p.after, p.limit)
	if err != nil {
		return nil, err
	}
	shown, err := s.shownGrants(c, list.Items)
	return &api.ListRetirableGrantsOutput{Grants: shown, NextMarker: marker(list.Next), Truncated: new(list.Next != nil)}, err
}

func (s *Service) shownGrants(c *service.Call, list []*Grant) ([]api.GrantListEntry, error) {
	out := make([]api.GrantListEntry, len(list))
	for i, g := range list {
		e := api.GrantListEntry{
			KeyId: new(arnOf(c.Partition, g.Region, g.Account, g.Key)), GrantId: &g.ID, Name: wire.Optional(g.Name), CreationDate: &g.Created,
			IssuingAccount: &g.Issuer, Operations: g.Operations,
		}
		if g.Equals != nil || g.Subset != nil || g.SourceARN != "" {
			e.Constraints = &api.GrantConstraints{EncryptionContextEquals: g.Equals, EncryptionContextSubset: g.Subset, SourceArn: wire.Optional(g.SourceARN)}
		}
		var err error
		if e.GranteePrincipal, e.GranteeServicePrincipal, err = s.shownBeneficiary(c.Tx, g.Grantee); err != nil {
			return nil, err
		}
		if e.RetiringPrincipal, e.RetiringServicePrincipal, err = s.shownBeneficiary(c.Tx, g.Retiring); err != nil {
			return nil, err
		}
		out[i] = e
	}
	return out, nil
}

// shownBeneficiary is whom a grant names: the ARN of a user or role that lives, the unique ID of one that is gone.
func (s *Service) shownBeneficiary(tx store.Tx, b Beneficiary) (principal, svc *string, err error) {
	switch {
	case b.ID == "":
		return nil, nil, nil
	case b.Service && b.Asked == b.ID:
		return nil, &b.ID, nil
	case b.Account == "":
		return &b.ID, nil, nil
	}
	text, err := s.principals.ShowPrincipals(tx, grantPolicy(b, []string{"*"}), map[string]string{b.ID: b.Account})
	if err != nil {
		return nil, nil, err
	}
	doc, err := policy.Parse([]byte(text))
	if err != nil {
		return nil, nil, err
	}
	return &doc.Statements[0].Principal[0].Text, nil, nil
}
