package organizations

import (
	"errors"
	"slices"
	"time"

	api "vauban/api/organizations"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Organization is one organization as stored. Package access reads it for every principal of its accounts.
type Organization struct {
	ID          string    `json:"id"`         // o-…
	Management  string    `json:"management"` // account
	Root        string    `json:"root"`       // r-…
	AllFeatures bool      `json:"allFeatures"`
	Created     time.Time `json:"created"`
	Types       []string  `json:"types,omitempty"` // policy types that are enabled
}

var organizations = &store.Table[Organization]{
	Name:   "organizations.organization",
	Key:    func(o *Organization) store.Key { return store.K(o.ID) },
	Cached: true,
}

// ARN is the organization's ARN.
func (o *Organization) ARN() string { return o.arn("organization/" + o.ID) }

// arn is the ARN of something that belongs to the organization.
func (o *Organization) arn(resource string) string {
	return "arn:aws:organizations::" + o.Management + ":" + resource
}

// enabled reports whether policies of the type are in force.
func (o *Organization) enabled(policyType string) bool { return slices.Contains(o.Types, policyType) }

func (s *Service) organizationOperations() []service.Row {
	return []service.Row{
		writes(s, api.OpCreateOrganization, anybody, onAll[api.CreateOrganizationInput], s.createOrganization),
		reads(s, api.OpDescribeOrganization, members, onAll[api.DescribeOrganizationInput], s.describeOrganization),
		writes(s, api.OpDeleteOrganization, management, onAll[api.DeleteOrganizationInput], s.deleteOrganization),
	}
}

func (s *Service) createOrganization(v *visit, in *api.CreateOrganizationInput) (*api.CreateOrganizationOutput, error) {
	if v.org != nil {
		return nil, api.AlreadyInOrganizationException.New("The AWS account is already a member of an organization.")
	}
	id, err := newID(s.Rand, "o-", 10)
	if err != nil {
		return nil, err
	}
	o := &Organization{
		ID: id, Management: v.Account, AllFeatures: wire.Text(in.FeatureSet) != api.OrganizationFeatureSetConsolidatedBilling, Created: millis(v.Time),
	}
	root, err := s.newRoot(v.Tx, o)
	if err != nil {
		return nil, err
	}
	o.Root = root.ID
	if err := organizations.Insert(v.Tx, o); err != nil {
		return nil, err
	}
	if err := addAWSManaged(v.Tx, o); err != nil {
		return nil, err
	}
	a, err := s.accountToJoin(v.Tx, v.Account)
	if err != nil {
		return nil, err
	}
	if err := s.join(v.Tx, o, a, api.AccountJoinedMethodInvited, v.Time); err != nil {
		return nil, err
	}
	return &api.CreateOrganizationOutput{Organization: o.shown(a)}, nil
}

func (s *Service) describeOrganization(v *visit, _ *api.DescribeOrganizationInput) (*api.DescribeOrganizationOutput, error) {
	a, err := nodes.Get(v.Tx, store.K(v.org.Management))
	if err != nil {
		return nil, err
	}
	return &api.DescribeOrganizationOutput{Organization: v.org.shown(a)}, nil
}

// shown is the organization as the API shows it. AvailablePolicyTypes is what AWS still answers there: to be read from the root instead.
func (o *Organization) shown(management *Node) *api.Organization {
	out := &api.Organization{
		Id: &o.ID, Arn: new(o.ARN()), FeatureSet: new(o.featureSet()),
		MasterAccountId: &o.Management, MasterAccountArn: new(management.ARN(o)), MasterAccountEmail: &management.Account.Email,
		AvailablePolicyTypes: []api.PolicyTypeSummary{},
	}
	if o.AllFeatures {
		out.AvailablePolicyTypes = append(out.AvailablePolicyTypes,
			api.PolicyTypeSummary{Type: new(api.PolicyTypeServiceControlPolicy), Status: new(api.PolicyTypeStatusEnabled)})
	}
	return out
}

func (o *Organization) featureSet() string {
	if o.AllFeatures {
		return api.OrganizationFeatureSetAll
	}
	return api.OrganizationFeatureSetConsolidatedBilling
}

// deleteOrganization wants the organization without member accounts; what else it holds, policies and empty units, goes with it.
func (s *Service) deleteOrganization(v *visit, _ *api.DeleteOrganizationInput) (*api.DeleteOrganizationOutput, error) {
	n, err := nodes.CountRef(v.Tx, "org", store.K(v.org.ID, api.TargetTypeAccount), 2)
	if err != nil {
		return nil, err
	}
	if n > 1 {
		return nil, api.OrganizationNotEmptyException.New("To delete an organization you must first remove all member accounts (except the master).")
	}
	units, err := nodes.HasRef(v.Tx, "org", store.K(v.org.ID, api.TargetTypeOrganizationalUnit))
	if err != nil {
		return nil, err
	}
	if units {
		return nil, api.OrganizationNotEmptyException.New("To delete an organization you must first delete all organizational units.")
	}
	return &api.DeleteOrganizationOutput{}, s.dissolve(v.Tx, v.org)
}

// dissolve removes all that belongs to the organization, also its handshakes.
func (s *Service) dissolve(tx store.Tx, o *Organization) error {
	a, err := nodes.Get(tx, store.K(o.Management))
	if err != nil {
		return err
	}
	a.leave()
	if err := nodes.Update(tx, a); err != nil {
		return err
	}
	if err := nodes.Delete(tx, store.K(o.Root)); err != nil {
		return err
	}
	open, err := handshakes.ListRef(tx, "org", store.K(o.ID), nil, 0)
	if err != nil {
		return err
	}
	for _, h := range open.Items {
		if err := handshakes.Delete(tx, store.K(h.ID)); err != nil {
			return err
		}
	}
	return errors.Join(
		deleteAll(tx, policies, store.K(o.ID)),
		deleteAll(tx, counts, store.K(o.ID)),
		deleteAll(tx, creations, store.K(o.ID)),
		deleteAll(tx, delegations, store.K(o.ID)),
		deleteAll(tx, trustedAccesses, store.K(o.ID)),
		deleteAll(tx, resourcePolicies, store.K(o.ID)),
		organizations.Delete(tx, store.K(o.ID)),
	)
}

// deleteAll removes the documents below a key. They are collected first: a table is not changed while it is read.
func deleteAll[T any](tx store.Tx, t *store.Table[T], prefix store.Key) error {
	all, err := t.List(tx, prefix, nil, 0)
	if err != nil {
		return err
	}
	for _, d := range all.Items {
		if err := t.Delete(tx, t.Key(d)); err != nil {
			return err
		}
	}
	return nil
}
