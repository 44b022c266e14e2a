package kms

import (
	"slices"
	"vauban/api/wire"

	api "vauban/api/kms"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// foundGrant is what a RetireGrant is about.
type foundGrant struct {
	*found
	grant *Grant // nil when there is none
}

// askRetirement asks whether the caller may retire the grant: its retiring principal may, its grantee if the grant says so, and whom the key's policy
// lets. KMS API Reference: "RetireGrant".
func (s *Service) askRetirement(c *service.Call, in *api.RetireGrantInput) ([]service.Question, error) {
	a := &about{action: "kms:RetireGrant", cross: true}
	var key store.Key
	switch {
	case in.GrantToken != nil && in.KeyId == nil && in.GrantId == nil:
		var err error
		if key, err = s.openGrantToken(*in.GrantToken); err != nil {
			return nil, err
		}
	case in.GrantToken == nil && in.KeyId != nil && in.GrantId != nil:
		a.id = *in.KeyId
	default:
		return nil, invalid("Specify either the grant token, or the key ID and the grant ID.")
	}
	shown := *in
	shown.GrantToken = nil
	c.Record().Request = &shown
	f := &foundGrant{}
	c.Found = f
	var err error
	if key != nil {
		if f.grant, err = grantTable.Get(c.Tx, key); err != nil && !store.IsAbsent(err) {
			return nil, err
		}
		if err != nil {
			return nil, noGrant("of the token")
		}
		a.id = arnOf(c.Partition, f.grant.Region, f.grant.Account, f.grant.Key)
	}
	if f.found, err = s.find(c, a); err != nil {
		return nil, err
	}
	if f.key != nil && f.grant == nil {
		k := f.key.Key
		if f.grant, err = grantTable.Get(c.Tx, grantKey(k.Account, k.Region, k.ID, *in.GrantId)); err != nil && !store.IsAbsent(err) {
			return nil, err
		}
	}
	if f.grant != nil {
		a.encrypts(f.grant.context(), "")
		a.set("kms:GrantConstraintType", f.grant.constraintType())
	}
	q, err := s.question(c, f.found, a)
	if err != nil {
		return nil, err
	}
	q.Grants, err = f.grant.retirable()
	return []service.Question{q}, err
}

// context is the encryption context that the grant's constraints name.
func (g *Grant) context() map[string]string {
	if g.Equals != nil {
		return g.Equals
	}
	return g.Subset
}

func (g *Grant) constraintType() string {
	switch {
	case g.Equals != nil:
		return "EncryptionContextEquals"
	case g.Subset != nil:
		return "EncryptionContextSubset"
	}
	return ""
}

// retirable is the grant as far as it says who may retire it.
func (g *Grant) retirable() ([]policy.Named, error) {
	if g == nil {
		return nil, nil
	}
	var out []policy.Named
	add := func(b Beneficiary) error {
		doc, err := policy.Parse([]byte(grantPolicy(b, []string{api.GrantOperationRetireGrant})))
		out = append(out, policy.Named{Name: "grant " + g.ID, Document: doc})
		return err
	}
	if g.Retiring.ID != "" {
		if err := add(g.Retiring); err != nil {
			return nil, err
		}
	}
	if slices.Contains(g.Operations, api.GrantOperationRetireGrant) {
		if err := add(g.Grantee); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (s *Service) retireGrant(c *service.Call, in *api.RetireGrantInput) (*api.RetireGrantOutput, error) {
	f := c.Found.(*foundGrant)
	switch {
	case f.problem != nil:
		return nil, f.problem
	case f.grant == nil:
		return nil, noGrant(wire.Text(in.GrantId))
	}
	touch(c, f.key.Key)
	c.Record().AdditionalData = map[string]any{"grantId": f.grant.ID}
	if err := dryRun(in.DryRun); err != nil {
		return nil, err
	}
	return &api.RetireGrantOutput{}, s.endGrant(c.Tx, f.key.Key, f.grant)
}
