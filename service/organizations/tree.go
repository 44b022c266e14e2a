package organizations

import (
	api "vauban/api/organizations"
	"vauban/service"
	"vauban/store"
)

func (s *Service) treeOperations() []service.Row {
	return []service.Row{
		reads(s, api.OpListChildren, readers, onNode(func(in *api.ListChildrenInput) *string { return in.ParentId }), s.listChildren),
		reads(s, api.OpListParents, readers, onNode(func(in *api.ListParentsInput) *string { return in.ChildId }), s.listParents),
	}
}

func (s *Service) listChildren(v *visit, in *api.ListChildrenInput) (*api.ListChildrenOutput, error) {
	p, err := parent(v.Tx, v.org, *in.ParentId)
	if err != nil {
		return nil, err
	}
	children, next, err := listRef(v.Tx, nodes, "parent", store.K(p.ID, *in.ChildType), in.NextToken, in.MaxResults, // the kinds are called alike
		func(n *Node) api.Child { return api.Child{Id: &n.ID, Type: &n.Kind} })
	return &api.ListChildrenOutput{Children: children, NextToken: next}, err
}

// listParents lists the one parent that an account or unit has.
func (s *Service) listParents(v *visit, in *api.ListParentsInput) (*api.ListParentsOutput, error) {
	if in.NextToken != nil {
		return nil, badToken()
	}
	n, err := node(v.Tx, v.org, *in.ChildId, func() error {
		return api.ChildNotFoundException.New("You specified a child that doesn't exist.")
	}, api.TargetTypeAccount, api.TargetTypeOrganizationalUnit)
	if err != nil {
		return nil, err
	}
	kind := api.ParentTypeOrganizationalUnit
	if n.Parent == v.org.Root {
		kind = api.ParentTypeRoot
	}
	return &api.ListParentsOutput{Parents: []api.Parent{{Id: &n.Parent, Type: &kind}}}, nil
}
