package iam

import (
	api "vauban/api/iam"
	"vauban/service"
)

// Central root access needs an organization, and there is none: each of these operations says so, as AWS does to an account outside
// of one. IAM User Guide: "Centrally manage root access for member accounts".

func (s *Service) organizationsFeatureOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpListOrganizationsFeatures, onAll[api.ListOrganizationsFeaturesInput],
			withoutOrganization[api.ListOrganizationsFeaturesInput, api.ListOrganizationsFeaturesOutput]),
		service.Writes(api.OpEnableOrganizationsRootCredentialsManagement, onAll[api.EnableOrganizationsRootCredentialsManagementInput],
			withoutOrganization[api.EnableOrganizationsRootCredentialsManagementInput, api.EnableOrganizationsRootCredentialsManagementOutput]),
		service.Writes(api.OpEnableOrganizationsRootSessions, onAll[api.EnableOrganizationsRootSessionsInput],
			withoutOrganization[api.EnableOrganizationsRootSessionsInput, api.EnableOrganizationsRootSessionsOutput]),
		service.Writes(api.OpDisableOrganizationsRootCredentialsManagement, onAll[api.DisableOrganizationsRootCredentialsManagementInput],
			withoutOrganization[api.DisableOrganizationsRootCredentialsManagementInput, api.DisableOrganizationsRootCredentialsManagementOutput]),
		service.Writes(api.OpDisableOrganizationsRootSessions, onAll[api.DisableOrganizationsRootSessionsInput],
			withoutOrganization[api.DisableOrganizationsRootSessionsInput, api.DisableOrganizationsRootSessionsOutput]),
	}
}

func withoutOrganization[In, Out any](*service.Call, *In) (*Out, error) {
	return nil, api.OrganizationNotFoundException.New("The account is not a member of an organization.")
}
