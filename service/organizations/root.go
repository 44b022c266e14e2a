package organizations

import (
	"slices"

	api "vauban/api/organizations"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

func (s *Service) rootOperations() []service.Row {
	return []service.Row{
		reads(s, api.OpListRoots, readers, onAll[api.ListRootsInput], s.listRoots),
		writes(s, api.OpEnablePolicyType, delegates, onType(
			func(in *api.EnablePolicyTypeInput) (*string, *string) { return in.RootId, in.PolicyType }), s.enablePolicyType),
		writes(s, api.OpDisablePolicyType, delegates, onType(
			func(in *api.DisablePolicyTypeInput) (*string, *string) { return in.RootId, in.PolicyType }), s.disablePolicyType),
	}
}

// onType is the rule of an operation on a node about policies of a type.
func onType[In any](read func(*In) (node, policyType *string)) rule[In] {
	return func(v *visit, in *In, s *subject) error {
		id, t := read(in)
		s.set(keyPolicyType, wire.Text(t))
		return s.onNode(v, wire.Text(id))
	}
}

// newRoot makes the organization's root. An organization has one.
func (s *Service) newRoot(tx store.Tx, o *Organization) (*Node, error) {
	for {
		id, err := newID(s.Rand, "r-", 4)
		if err != nil {
			return nil, err
		}
		n := &Node{ID: id, Org: o.ID, Kind: api.TargetTypeRoot, Name: "Root"}
		if taken, err := nodes.Has(tx, store.K(id)); err != nil || taken {
			if err != nil {
				return nil, err
			}
			continue
		}
		return n, nodes.Insert(tx, n)
	}
}

func (s *Service) listRoots(v *visit, in *api.ListRootsInput) (*api.ListRootsOutput, error) {
	if in.NextToken != nil {
		return nil, badToken()
	}
	n, err := nodes.Get(v.Tx, store.K(v.org.Root))
	if err != nil {
		return nil, err
	}
	return &api.ListRootsOutput{Roots: []api.Root{*v.org.shownRoot(n)}}, nil
}

func (o *Organization) shownRoot(n *Node) *api.Root {
	out := &api.Root{Id: &n.ID, Arn: new(n.ARN(o)), Name: &n.Name, PolicyTypes: []api.PolicyTypeSummary{}}
	for _, t := range o.Types {
		out.PolicyTypes = append(out.PolicyTypes, api.PolicyTypeSummary{Type: &t, Status: new(api.PolicyTypeStatusEnabled)})
	}
	return out
}

// theRoot is the organization's root, if it has that ID.
func theRoot(v *visit, id string) (*Node, error) {
	return node(v.Tx, v.org, id, func() error { return api.RootNotFoundException.New("You specified a root that doesn't exist.") }, api.TargetTypeRoot)
}

// enablePolicyType puts policies of the type in force, at once. What AWS attaches by itself is attached everywhere.
func (s *Service) enablePolicyType(v *visit, in *api.EnablePolicyTypeInput) (*api.EnablePolicyTypeOutput, error) {
	t := *in.PolicyType
	root, err := theRoot(v, *in.RootId)
	if err != nil {
		return nil, err
	}
	if !v.org.AllFeatures {
		return nil, typeNotAvailable()
	}
	if v.org.enabled(t) {
		return nil, api.PolicyTypeAlreadyEnabledException.New("The specified policy type is already enabled.")
	}
	v.org.Types = append(v.org.Types, t)
	slices.Sort(v.org.Types)
	if err := organizations.Update(v.Tx, v.org); err != nil {
		return nil, err
	}
	if fullAccess(t) != "" {
		if err := eachNode(v.Tx, v.org, func(n *Node) bool { n.attachDefault(t); return true }); err != nil {
			return nil, err
		}
	}
	return &api.EnablePolicyTypeOutput{Root: v.org.shownRoot(root)}, nil
}

// disablePolicyType takes policies of the type out of force, and detaches them all, as AWS does.
func (s *Service) disablePolicyType(v *visit, in *api.DisablePolicyTypeInput) (*api.DisablePolicyTypeOutput, error) {
	t := *in.PolicyType
	root, err := theRoot(v, *in.RootId)
	if err != nil {
		return nil, err
	}
	if !v.org.enabled(t) {
		return nil, typeNotEnabled()
	}
	v.org.Types = slices.DeleteFunc(v.org.Types, func(e string) bool { return e == t })
	if err := organizations.Update(v.Tx, v.org); err != nil {
		return nil, err
	}
	err = eachNode(v.Tx, v.org, func(n *Node) bool {
		before := len(n.Attached)
		n.Attached = slices.DeleteFunc(n.Attached, func(a Attachment) bool { return a.Type == t })
		return len(n.Attached) != before
	})
	return &api.DisablePolicyTypeOutput{Root: v.org.shownRoot(root)}, err
}

func typeNotEnabled() error {
	return api.PolicyTypeNotEnabledException.New("This operation can be performed only for enabled policy types.")
}

// eachNode changes all nodes of the organization. change reports whether it has changed the node.
func eachNode(tx store.Tx, o *Organization, change func(*Node) bool) error {
	for _, kind := range []string{api.TargetTypeRoot, api.TargetTypeOrganizationalUnit, api.TargetTypeAccount} {
		all, err := nodes.ListRef(tx, "org", store.K(o.ID, kind), nil, 0)
		if err != nil {
			return err
		}
		for _, n := range all.Items {
			if !change(n) {
				continue
			}
			if err := nodes.Update(tx, n); err != nil {
				return err
			}
		}
	}
	return nil
}
