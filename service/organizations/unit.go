package organizations

import (
	api "vauban/api/organizations"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

func (s *Service) unitOperations() []service.Row {
	return []service.Row{
		writes(s, api.OpCreateOrganizationalUnit, management, func(v *visit, in *api.CreateOrganizationalUnitInput, s *subject) error {
			service.RequestTags(s.keys, service.Tags(in.Tags))
			return s.onNode(v, wire.Text(in.ParentId))
		}, s.createUnit),
		reads(s, api.OpDescribeOrganizationalUnit, readers,
			onNode(func(in *api.DescribeOrganizationalUnitInput) *string { return in.OrganizationalUnitId }), s.describeUnit),
		writes(s, api.OpUpdateOrganizationalUnit, management,
			onNode(func(in *api.UpdateOrganizationalUnitInput) *string { return in.OrganizationalUnitId }), s.updateUnit),
		writes(s, api.OpDeleteOrganizationalUnit, management,
			onNode(func(in *api.DeleteOrganizationalUnitInput) *string { return in.OrganizationalUnitId }), s.deleteUnit),
		reads(s, api.OpListOrganizationalUnitsForParent, readers,
			onNode(func(in *api.ListOrganizationalUnitsForParentInput) *string { return in.ParentId }), s.listUnits),
	}
}

func duplicateUnit() error {
	return api.DuplicateOrganizationalUnitException.New("An OU with the same name already exists.")
}

func (s *Service) createUnit(v *visit, in *api.CreateOrganizationalUnitInput) (*api.CreateOrganizationalUnitOutput, error) {
	p, err := parent(v.Tx, v.org, *in.ParentId)
	if err != nil {
		return nil, err
	}
	way, err := lineage(v.Tx, p)
	if err != nil {
		return nil, err
	}
	if len(way) > maxDepth { // the root is the first
		return nil, constraint(api.ConstraintViolationExceptionReasonOuDepthLimitExceeded, "You have exceeded the allowed depth for nested OUs.")
	}
	tags, err := withTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	if err := count(v.Tx, v.org, unitQuota, 1); err != nil {
		return nil, err
	}
	id, err := newID(s.Rand, "ou-"+v.org.Root[len("r-"):]+"-", 8)
	if err != nil {
		return nil, err
	}
	n := &Node{ID: id, Org: v.org.ID, Kind: api.TargetTypeOrganizationalUnit, Parent: p.ID, Name: *in.Name, Tags: tags}
	n.attachDefaults(v.org)
	err = nodes.Insert(v.Tx, n)
	if store.IsTaken(err) {
		return nil, duplicateUnit()
	}
	return &api.CreateOrganizationalUnitOutput{OrganizationalUnit: n.shownUnit(v.org)}, err
}

// attachDefaults attaches what AWS attaches by itself to a new node.
func (n *Node) attachDefaults(o *Organization) {
	for _, t := range o.Types {
		n.attachDefault(t)
	}
}

func (n *Node) shownUnit(o *Organization) *api.OrganizationalUnit {
	return &api.OrganizationalUnit{Id: &n.ID, Arn: new(n.ARN(o)), Name: &n.Name}
}

func unit(v *visit, id string) (*Node, error) {
	return node(v.Tx, v.org, id, noSuchUnit, api.TargetTypeOrganizationalUnit)
}

func (s *Service) describeUnit(v *visit, in *api.DescribeOrganizationalUnitInput) (*api.DescribeOrganizationalUnitOutput, error) {
	n, err := unit(v, *in.OrganizationalUnitId)
	if err != nil {
		return nil, err
	}
	return &api.DescribeOrganizationalUnitOutput{OrganizationalUnit: n.shownUnit(v.org)}, nil
}

func (s *Service) updateUnit(v *visit, in *api.UpdateOrganizationalUnitInput) (*api.UpdateOrganizationalUnitOutput, error) {
	n, err := unit(v, *in.OrganizationalUnitId)
	if err != nil {
		return nil, err
	}
	if in.Name != nil {
		n.Name = *in.Name
	}
	err = nodes.Update(v.Tx, n)
	if store.IsTaken(err) {
		return nil, duplicateUnit()
	}
	return &api.UpdateOrganizationalUnitOutput{OrganizationalUnit: n.shownUnit(v.org)}, err
}

func (s *Service) deleteUnit(v *visit, in *api.DeleteOrganizationalUnitInput) (*api.DeleteOrganizationalUnitOutput, error) {
	n, err := unit(v, *in.OrganizationalUnitId)
	if err != nil {
		return nil, err
	}
	for _, kind := range []string{api.TargetTypeAccount, api.TargetTypeOrganizationalUnit} {
		has, err := nodes.HasRef(v.Tx, "parent", store.K(n.ID, kind))
		if err != nil {
			return nil, err
		}
		if has {
			return nil, api.OrganizationalUnitNotEmptyException.New("The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child OUs, and try the operation again.")
		}
	}
	if err := count(v.Tx, v.org, unitQuota, -1); err != nil {
		return nil, err
	}
	return &api.DeleteOrganizationalUnitOutput{}, nodes.Delete(v.Tx, store.K(n.ID))
}

func (s *Service) listUnits(v *visit, in *api.ListOrganizationalUnitsForParentInput) (*api.ListOrganizationalUnitsForParentOutput, error) {
	p, err := parent(v.Tx, v.org, *in.ParentId)
	if err != nil {
		return nil, err
	}
	units, next, err := listRef(v.Tx, nodes, "parent", store.K(p.ID, api.TargetTypeOrganizationalUnit), in.NextToken, in.MaxResults,
		func(n *Node) api.OrganizationalUnit { return *n.shownUnit(v.org) })
	return &api.ListOrganizationalUnitsForParentOutput{OrganizationalUnits: units, NextToken: next}, err
}
