package iam

import (
	"slices"

	api "vauban/api/iam"
	"vauban/service"
	"vauban/service/iam/managed"
	"vauban/store"
)

func (s *Service) authorizationDetailsOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetAccountAuthorizationDetails, onAll[api.GetAccountAuthorizationDetailsInput], s.getAuthorizationDetails),
	}
}

// detailPart is one kind of entity in the answer of GetAccountAuthorizationDetails. The order is that of the pages: a marker starts
// with the part that it stands in.
type detailPart byte

const (
	userDetails detailPart = 'A' + iota
	groupDetails
	roleDetails
	localPolicyDetails
	awsPolicyDetails
	detailParts // behind the last
)

// detailFilters are the parts by the names that a filter gives them.
var detailFilters = map[detailPart]string{
	userDetails: "User", groupDetails: "Group", roleDetails: "Role", localPolicyDetails: "LocalManagedPolicy", awsPolicyDetails: "AWSManagedPolicy",
}

// getAuthorizationDetails lists everything about permissions in the account. Of AWS's policies it shows those in use.
func (s *Service) getAuthorizationDetails(c *service.Call, in *api.GetAccountAuthorizationDetailsInput) (*api.GetAccountAuthorizationDetailsOutput, error) {
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	d := &details{tx: c.Tx, account: c.Account, left: p.limit, out: &api.GetAccountAuthorizationDetailsOutput{
		UserDetailList: []api.UserDetail{}, GroupDetailList: []api.GroupDetail{}, RoleDetailList: []api.RoleDetail{}, Policies: []api.ManagedPolicyDetail{},
	}}
	part, after := userDetails, store.Key(nil)
	if p.after != nil {
		part, after = detailPart(p.after[0]), p.after[1:]
		if part < userDetails || part >= detailParts {
			return nil, badMarker()
		}
	}
	var next store.Key
	for ; part < detailParts && next == nil; part++ {
		if len(in.Filter) > 0 && !slices.Contains(in.Filter, detailFilters[part]) {
			continue
		}
		if next, err = d.part(part, after); err != nil {
			return nil, err
		}
		after = nil
	}
	d.out.Marker, d.out.IsTruncated = marker(next)
	return d.out, nil
}

type details struct {
	tx      store.Tx
	account string
	left    int
	out     *api.GetAccountAuthorizationDetailsOutput
}

// part adds one kind of entity after the key, and returns the marker's content when the page ends inside of it.
func (d *details) part(part detailPart, after store.Key) (store.Key, error) {
	switch part {
	case userDetails:
		return detailed(d, part, users, after, d.user)
	case groupDetails:
		return detailed(d, part, groups, after, d.group)
	case roleDetails:
		return detailed(d, part, roles, after, d.role)
	case localPolicyDetails:
		return detailed(d, part, policies, after, d.localPolicy)
	}
	return detailed(d, part, usages, after, d.awsPolicy)
}

// detailed adds documents of one table. add reports whether the document counts.
func detailed[T any](d *details, part detailPart, t *store.Table[T], after store.Key, add func(*T) (bool, error)) (store.Key, error) {
	last := after
	for d.left > 0 {
		batch, err := t.List(d.tx, store.K(d.account), last, d.left)
		if err != nil {
			return nil, err
		}
		for _, v := range batch.Items {
			counts, err := add(v)
			if err != nil {
				return nil, err
			}
			if counts {
				d.left--
			}
			last = t.Key(v)
		}
		if batch.Next == nil {
			return nil, nil
		}
	}
	return slices.Concat(store.Key{byte(part)}, last), nil
}

func (d *details) user(u *User) (bool, error) {
	inline, attached, err := d.grants(u)
	if err != nil {
		return false, err
	}
	names := make([]string, len(u.Groups))
	for i, name := range u.Groups {
		g, err := groups.Get(d.tx, store.K(d.account, name))
		if err != nil {
			return false, err
		}
		names[i] = g.Name
	}
	d.out.UserDetailList = append(d.out.UserDetailList, api.UserDetail{
		Arn: new(u.ARN()), UserId: &u.ID, UserName: &u.Name, Path: &u.Path, CreateDate: &u.Created, GroupList: names,
		UserPolicyList: inline, AttachedManagedPolicies: attached, PermissionsBoundary: u.shownBoundary(), Tags: allTags(u.Tags),
	})
	return true, nil
}

func (d *details) group(g *Group) (bool, error) {
	inline, attached, err := d.grants(g)
	d.out.GroupDetailList = append(d.out.GroupDetailList, api.GroupDetail{
		Arn: new(g.ARN()), GroupId: &g.ID, GroupName: &g.Name, Path: &g.Path, CreateDate: &g.Created,
		GroupPolicyList: inline, AttachedManagedPolicies: attached,
	})
	return true, err
}

func (d *details) role(r *Role) (bool, error) {
	inline, attached, err := d.grants(r)
	if err != nil {
		return false, err
	}
	trust, err := r.shownTrust(d.tx)
	if err != nil {
		return false, err
	}
	used, err := roleLastUsed(d.tx, r)
	if err != nil {
		return false, err
	}
	page, err := profiles.ListRef(d.tx, "role", store.K(r.Account, r.ID), nil, 0)
	if err != nil {
		return false, err
	}
	in, err := shownProfiles(d.tx, page.Items)
	d.out.RoleDetailList = append(d.out.RoleDetailList, api.RoleDetail{
		Arn: new(r.ARN()), RoleId: &r.ID, RoleName: &r.Name, Path: &r.Path, CreateDate: &r.Created, AssumeRolePolicyDocument: trust,
		RolePolicyList: inline, AttachedManagedPolicies: attached, PermissionsBoundary: r.shownBoundary(), Tags: allTags(r.Tags),
		RoleLastUsed: used, InstanceProfileList: in,
	})
	return true, err
}

// grants are the policies of an entity: inline ones with their documents, managed ones by name.
func (d *details) grants(h holder) (inline []api.PolicyDetail, attached []api.AttachedPolicy, err error) {
	held, err := heldBy(d.tx, d.account, h)
	if err != nil {
		return nil, nil, err
	}
	inline, attached = []api.PolicyDetail{}, []api.AttachedPolicy{}
	for i := range held {
		p := &held[i]
		if p.arn == "" {
			inline = append(inline, api.PolicyDetail{PolicyName: &p.name, PolicyDocument: shownDocument(p.json)})
		} else {
			attached = append(attached, api.AttachedPolicy{PolicyName: &p.name, PolicyArn: &p.arn})
		}
	}
	return inline, attached, nil
}

func (d *details) localPolicy(p *Policy) (bool, error) {
	u, err := usageOf(d.tx, d.account, p.ARN())
	if err != nil {
		return false, err
	}
	out := policyDetail(p.shown(u, true))
	for i := range slices.Backward(p.Versions) {
		v := &p.Versions[i]
		out.PolicyVersionList = append(out.PolicyVersionList, *v.shown(v.Number == p.Default, true))
	}
	d.out.Policies = append(d.out.Policies, *out)
	return true, nil
}

// awsPolicy shows a policy of AWS's that is in use. Uses of the account's own policies do not count.
func (d *details) awsPolicy(u *usage) (bool, error) {
	p, ok := managed.ByARN(u.ARN)
	if !ok {
		return false, nil
	}
	out := policyDetail(shownManaged(p, u, true))
	out.PolicyVersionList = []api.PolicyVersion{*shownManagedVersion(p, true)}
	d.out.Policies = append(d.out.Policies, *out)
	return true, nil
}

func policyDetail(p *api.Policy) *api.ManagedPolicyDetail {
	return &api.ManagedPolicyDetail{
		Arn: p.Arn, PolicyId: p.PolicyId, PolicyName: p.PolicyName, Path: p.Path, DefaultVersionId: p.DefaultVersionId, Description: p.Description,
		AttachmentCount: p.AttachmentCount, PermissionsBoundaryUsageCount: p.PermissionsBoundaryUsageCount, IsAttachable: p.IsAttachable,
		CreateDate: p.CreateDate, UpdateDate: p.UpdateDate,
	}
}
