package organizations

import (
	_ "embed"
	"strings"

	api "vauban/api/organizations"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// trustedAccess is the access of a service to the organization.
type trustedAccess struct {
	Org string `json:"org"`
	Enabling
}

var trustedAccesses = &store.Table[trustedAccess]{
	Name: "organizations.trusted-access",
	Key:  func(a *trustedAccess) store.Key { return store.K(a.Org, a.Principal) },
}

// integrated lists the services that work with Organizations, one a line, with "delegated" where a member account can administer them.
// Organizations User Guide: "AWS services that you can use with AWS Organizations".
//
//go:embed integrated.txt
var integrated string

// knownService refuses what is no service that works with Organizations, or that no member account can administer when that is asked.
func knownService(principal string, delegation bool) error {
	for line := range strings.Lines(integrated) {
		f := strings.Fields(line)
		if len(f) > 0 && f[0] == principal && (!delegation || len(f) > 1) {
			return nil
		}
	}
	return invalid(api.InvalidInputExceptionReasonUnrecognizedServicePrincipal, "You specified an unrecognized service principal.")
}

// trusts reports whether the service has trusted access to the organization.
func trusts(tx store.Tx, org, principal string) (bool, error) {
	return trustedAccesses.Has(tx, store.K(org, principal))
}

func (s *Service) serviceAccessOperations() []service.Row {
	return []service.Row{
		writes(s, api.OpEnableAWSServiceAccess, management, func(v *visit, in *api.EnableAWSServiceAccessInput, s *subject) error {
			s.set(keyServicePrincipal, wire.Text(in.ServicePrincipal))
			return nil
		}, s.enableServiceAccess),
		writes(s, api.OpDisableAWSServiceAccess, management, func(v *visit, in *api.DisableAWSServiceAccessInput, s *subject) error {
			s.set(keyServicePrincipal, wire.Text(in.ServicePrincipal))
			return nil
		}, s.disableServiceAccess),
		reads(s, api.OpListAWSServiceAccessForOrganization, readers, onAll[api.ListAWSServiceAccessForOrganizationInput], s.listServiceAccess),
	}
}

// enableServiceAccess changes nothing for a service that has access.
func (s *Service) enableServiceAccess(v *visit, in *api.EnableAWSServiceAccessInput) (*api.EnableAWSServiceAccessOutput, error) {
	if !v.org.AllFeatures {
		return nil, constraint(api.ConstraintViolationExceptionReasonOrganizationNotInAllFeaturesMode, "This operation requires an organization with all features enabled.")
	}
	if err := knownService(*in.ServicePrincipal, false); err != nil {
		return nil, err
	}
	err := trustedAccesses.Insert(v.Tx, &trustedAccess{v.org.ID, Enabling{*in.ServicePrincipal, millis(v.Time)}})
	if store.IsTaken(err) {
		err = nil
	}
	return &api.EnableAWSServiceAccessOutput{}, err
}

func (s *Service) disableServiceAccess(v *visit, in *api.DisableAWSServiceAccessInput) (*api.DisableAWSServiceAccessOutput, error) {
	if err := knownService(*in.ServicePrincipal, false); err != nil {
		return nil, err
	}
	err := trustedAccesses.Delete(v.Tx, store.K(v.org.ID, *in.ServicePrincipal))
	if store.IsAbsent(err) {
		err = nil
	}
	return &api.DisableAWSServiceAccessOutput{}, err
}

func (s *Service) listServiceAccess(v *visit, in *api.ListAWSServiceAccessForOrganizationInput) (*api.ListAWSServiceAccessForOrganizationOutput, error) {
	all, next, err := list(v.Tx, trustedAccesses, store.K(v.org.ID), in.NextToken, in.MaxResults, func(a *trustedAccess) api.EnabledServicePrincipal {
		return api.EnabledServicePrincipal{ServicePrincipal: &a.Principal, DateEnabled: &a.Since}
	})
	return &api.ListAWSServiceAccessForOrganizationOutput{EnabledServicePrincipals: all, NextToken: next}, err
}
