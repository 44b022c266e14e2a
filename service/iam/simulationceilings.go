package iam

import (
	"fmt"
	"strconv"

	"vauban/access"
	api "vauban/api/iam"
	"vauban/engine/arn"
	"vauban/engine/policy"
	"vauban/store"
)

// Organizations is what IAM needs of AWS Organizations. Package service/all fills it.
type Organizations interface {
	// Membership returns where the account stands, with the policies that limit it there; never nil.
	Membership(tx store.Tx, account string) (*access.Membership, error)
	// Place returns where the account stands with regard to what the organization lets IAM do; never nil.
	Place(tx store.Tx, account string) (*Place, error)
}

// The types under which simulations cite the organization's policies. AWS's simulator cites none of them.
const (
	fromSCP = "Service Control Policy"
	fromRCP = "Resource Control Policy"
)

// standing is where an account stands in its organization, nil when that is not for the caller to see: everybody may of the own account, the
// management account may of the members.
func (x *simulation) standing(account string) (*access.Membership, error) {
	if m, ok := x.memberships[account]; ok || !arn.IsAccount(account) {
		return m, nil
	}
	m, err := x.organizations.Membership(x.tx, account)
	if err != nil {
		return nil, err
	}
	if account != x.home {
		mine, err := x.standing(x.home)
		if err != nil {
			return nil, err
		}
		if !mine.Management || m.Organization != mine.Organization {
			m = nil
		}
	}
	x.memberships[account] = m
	return m, nil
}

// setPlace adds the keys of the principal's organization, unless the request gives them.
func (x *simulation) setPlace() error {
	m, err := x.standing(x.principal.Account)
	if err == nil {
		setOrganization(&x.context, m, "aws:PrincipalOrgID", "aws:PrincipalOrgPaths")
	}
	return err
}

func setOrganization(c *policy.Context, m *access.Membership, id, paths string) {
	if m == nil || m.Organization == "" {
		return
	}
	if _, _, ok := c.Get(id); !ok {
		c.Set(id, m.Organization)
	}
	if _, _, ok := c.Get(paths); !ok {
		c.SetMulti(paths, []string{m.Path})
	}
}

// addOrganization adds service control policies, one level of the organization after the other.
func (x *simulation) addOrganization(levels []api.OrderedOrganizationPolicyType) error {
	for i, l := range levels {
		if len(l.ServiceControlPolicyInputList) == 0 {
			return invalidInput("Organization policy at index %d must contain at least one service control policy", i+1)
		}
		level := policy.Level{Name: strconv.Itoa(i + 1)}
		for j, text := range l.ServiceControlPolicyInputList {
			n, err := x.add(fmt.Sprintf("OrderedOrganizationPolicyInputList.%d.ServiceControlPolicyInputList.%d", i+1, j+1), fromSCP, text)
			if err != nil {
				return err
			}
			level.Policies = append(level.Policies, *n)
		}
		x.policies.SCPs = append(x.policies.SCPs, level)
	}
	return nil
}

// addCeilings takes the organization into the simulation as it is now: the service control policies of the principal's account here, the
// resource control policies of each resource's account when it is asked about. The management account is under neither.
func (x *simulation) addCeilings() error {
	x.organized = true
	m, err := x.standing(x.principal.Account)
	if err != nil || m == nil || m.Management {
		return err
	}
	x.policies.SCPs, err = x.levels(m.SCPs, fromSCP)
	return err
}

// rcps are the resource control policies of the account's resources.
func (x *simulation) rcps(account string) ([]policy.Level, error) {
	if !x.organized {
		return nil, nil
	}
	if l, ok := x.ownerLevels[account]; ok {
		return l, nil
	}
	m, err := x.standing(account)
	if err != nil || m == nil || m.Management {
		return nil, err
	}
	l, err := x.levels(m.RCPs, fromRCP)
	x.ownerLevels[account] = l
	return l, err
}

// levels reads policies of the organization. Accounts share what is attached above them, so each policy is read once.
func (x *simulation) levels(list []access.Level, kind string) ([]policy.Level, error) {
	if list == nil {
		return nil, nil
	}
	out := make([]policy.Level, len(list))
	for i, l := range list {
		out[i].Name = l.Name
		for _, t := range l.Policies {
			n := x.attached[t.Name]
			if n == nil {
				var err error
				if n, err = x.add(t.Name, kind, t.JSON); err != nil {
					return nil, err
				}
				x.attached[t.Name] = n
			}
			out[i].Policies = append(out[i].Policies, *n)
		}
	}
	return out, nil
}

// citeLevel notes what a level of the organization says. Only service control policies show in OrganizationsDecisionDetail; a level that
// refuses, because a statement denies or because none allows, is a detail of the decision.
func (v *simulationVerdict) citeLevel(l *policy.LayerTrace) {
	allowed := l.Allows && !l.Denies
	kind := fromRCP
	if l.Layer == policy.LayerSCP {
		kind = fromSCP
		if v.organization == nil {
			v.organization = new(true)
		}
		*v.organization = *v.organization && allowed
	}
	if allowed {
		return
	}
	if v.refusing == nil {
		v.refusing = map[string]string{}
	}
	effect := policy.ImplicitDeny
	if l.Denies {
		effect = policy.ExplicitDeny
	}
	v.refusing[kind+" "+l.Level] = effect.String()
}
