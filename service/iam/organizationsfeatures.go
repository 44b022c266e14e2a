package iam

import (
	"strings"

	api "vauban/api/iam"
	"vauban/service"
	"vauban/store"
)

// Central root access: the management account, or a delegated administrator of IAM, does what only the roots of member accounts can.
// IAM User Guide: "Centrally manage root access for member accounts".

// Place is where an account stands in its organization, as far as IAM asks.
type Place struct {
	Organization string // "" for an account that belongs to none
	AllFeatures  bool
	Management   bool
	Delegate     bool // a delegated administrator of IAM
	Trusted      bool // IAM has trusted access to the organization
}

// rootFeatures are the features of central root access that an organization has enabled.
type rootFeatures struct {
	Organization          string `json:"organization"`
	CredentialsManagement bool   `json:"credentialsManagement,omitempty"`
	Sessions              bool   `json:"sessions,omitempty"`
}

var rootFeaturesOf = &store.Table[rootFeatures]{
	Name: "iam.root-features",
	Key:  func(f *rootFeatures) store.Key { return store.K(f.Organization) },
}

func featuresOf(tx store.Tx, organization string) (*rootFeatures, error) {
	f, err := rootFeaturesOf.Get(tx, store.K(organization))
	if store.IsAbsent(err) {
		return &rootFeatures{Organization: organization}, nil
	}
	return f, err
}

func (f *rootFeatures) names() []string {
	names := []string{}
	if f.CredentialsManagement {
		names = append(names, api.FeatureTypeRootCredentialsManagement)
	}
	if f.Sessions {
		names = append(names, api.FeatureTypeRootSessions)
	}
	return names
}

// RootTaskEnabled reports whether the organization has enabled the feature that the task of a root session belongs to: managing root's
// credentials, or everything else.
func RootTaskEnabled(tx store.Tx, organization, task string) (bool, error) {
	f, err := featuresOf(tx, organization)
	if err != nil {
		return false, err
	}
	if strings.HasPrefix(task, "arn:aws:iam::aws:policy/root-task/IAM") {
		return f.CredentialsManagement, nil
	}
	return f.Sessions, nil
}

func (s *Service) organizationsFeatureOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpListOrganizationsFeatures, onAll[api.ListOrganizationsFeaturesInput], s.listOrganizationsFeatures),
		service.Writes(api.OpEnableOrganizationsRootCredentialsManagement, onAll[api.EnableOrganizationsRootCredentialsManagementInput],
			func(c *service.Call, _ *api.EnableOrganizationsRootCredentialsManagementInput) (*api.EnableOrganizationsRootCredentialsManagementOutput, error) {
				f, err := s.setFeature(c, func(f *rootFeatures) { f.CredentialsManagement = true }, true)
				return &api.EnableOrganizationsRootCredentialsManagementOutput{EnabledFeatures: f.EnabledFeatures, OrganizationId: f.OrganizationId}, err
			}),
		service.Writes(api.OpEnableOrganizationsRootSessions, onAll[api.EnableOrganizationsRootSessionsInput],
			func(c *service.Call, _ *api.EnableOrganizationsRootSessionsInput) (*api.EnableOrganizationsRootSessionsOutput, error) {
				f, err := s.setFeature(c, func(f *rootFeatures) { f.Sessions = true }, true)
				return &api.EnableOrganizationsRootSessionsOutput{EnabledFeatures: f.EnabledFeatures, OrganizationId: f.OrganizationId}, err
			}),
		service.Writes(api.OpDisableOrganizationsRootCredentialsManagement, onAll[api.DisableOrganizationsRootCredentialsManagementInput],
			func(c *service.Call, _ *api.DisableOrganizationsRootCredentialsManagementInput) (*api.DisableOrganizationsRootCredentialsManagementOutput, error) {
				f, err := s.setFeature(c, func(f *rootFeatures) { f.CredentialsManagement = false }, false)
				return &api.DisableOrganizationsRootCredentialsManagementOutput{EnabledFeatures: f.EnabledFeatures, OrganizationId: f.OrganizationId}, err
			}),
		service.Writes(api.OpDisableOrganizationsRootSessions, onAll[api.DisableOrganizationsRootSessionsInput],
			func(c *service.Call, _ *api.DisableOrganizationsRootSessionsInput) (*api.DisableOrganizationsRootSessionsOutput, error) {
				f, err := s.setFeature(c, func(f *rootFeatures) { f.Sessions = false }, false)
				return &api.DisableOrganizationsRootSessionsOutput{EnabledFeatures: f.EnabledFeatures, OrganizationId: f.OrganizationId}, err
			}),
	}
}

// steward is where the caller stands, if it may manage the features.
func (s *Service) steward(c *service.Call) (*Place, error) {
	p, err := s.organizations.Place(c.Tx, c.Account)
	switch {
	case err != nil:
		return nil, err
	case p.Organization == "":
		return nil, api.OrganizationNotFoundException.New("The account is not a member of an organization.")
	case !p.Management && !p.Delegate:
		return nil, api.AccountNotManagementOrDelegatedAdministratorException.New("The account is not the management account or a delegated administrator of the organization.")
	}
	return p, nil
}

func (s *Service) listOrganizationsFeatures(c *service.Call, _ *api.ListOrganizationsFeaturesInput) (*api.ListOrganizationsFeaturesOutput, error) {
	p, err := s.steward(c)
	if err != nil {
		return nil, err
	}
	f, err := featuresOf(c.Tx, p.Organization)
	if err != nil {
		return nil, err
	}
	return &api.ListOrganizationsFeaturesOutput{EnabledFeatures: f.names(), OrganizationId: &p.Organization}, nil
}

// setFeature changes the features. To enable one, IAM must have trusted access to an organization with all features.
func (s *Service) setFeature(c *service.Call, change func(*rootFeatures), enable bool) (out api.ListOrganizationsFeaturesOutput, err error) {
	p, err := s.steward(c)
	if err != nil {
		return out, err
	}
	if enable && !p.AllFeatures {
		return out, api.OrganizationNotInAllFeaturesModeException.New("The organization does not have all features enabled.")
	}
	if enable && !p.Trusted {
		return out, api.ServiceAccessNotEnabledException.New("Trusted access for IAM is not enabled in the organization. Call organizations:EnableAWSServiceAccess for iam.amazonaws.com first.")
	}
	f, err := featuresOf(c.Tx, p.Organization)
	if err != nil {
		return out, err
	}
	change(f)
	return api.ListOrganizationsFeaturesOutput{EnabledFeatures: f.names(), OrganizationId: &p.Organization}, rootFeaturesOf.Put(c.Tx, f)
}
