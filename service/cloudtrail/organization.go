package cloudtrail

import (
	api "vauban/api/cloudtrail"
	organizations "vauban/api/organizations"
	"vauban/service"
	"vauban/store"
)

// principal is CloudTrail as other services see it: in bucket and key policies, and as a service that an organization trusts.
const principal = "cloudtrail.amazonaws.com"

// belongs reports whether the account is in the organization.
func (s *Service) belongs(tx store.Tx, account, organization string) (bool, error) {
	if organization == "" {
		return false, nil
	}
	at, err := s.accounts.Standing(tx, account)
	return err == nil && at.Organization == organization, err
}

// administers reports whether the account decides about the organization's trails.
func (s *Service) administers(tx store.Tx, account, organization string) (bool, error) {
	if organization == "" {
		return false, nil
	}
	at, err := s.accounts.Standing(tx, account)
	return err == nil && at.Organization == organization && (at.Management || at.Delegate), err
}

// organizationFor answers which organization, of which management account, the caller may make a trail for.
func (s *Service) organizationFor(c *service.Call, tx store.Tx) (*Standing, error) {
	at, err := s.accounts.Standing(tx, c.Account)
	switch {
	case err != nil:
		return nil, err
	case at.Organization == "":
		return nil, api.OrganizationsNotInUseException.New("Your account is not a member of an organization. You must be in an organization to create an organization trail.")
	case !at.Management && !at.Delegate:
		return nil, api.NotOrganizationMasterAccountException.New(
			"The account %s is neither the management account nor a delegated administrator of its organization for CloudTrail.", c.Account)
	case !at.AllFeatures:
		return nil, api.OrganizationNotInAllFeaturesModeException.New("An organization trail needs an organization with all features enabled.")
	case !at.Trusted:
		return nil, api.CloudTrailAccessNotEnabledException.New(
			"Trusted access of CloudTrail to your organization is not enabled. Enable it first: aws organizations enable-aws-service-access --service-principal %s", principal)
	}
	return at, nil
}

func (s *Service) registerDelegate(c *service.Call, in *api.RegisterOrganizationDelegatedAdminInput) (*api.RegisterOrganizationDelegatedAdminOutput, error) {
	at, err := s.managing(c)
	if err != nil {
		return nil, err
	}
	if *in.MemberAccountId == c.Account {
		return nil, api.CannotDelegateManagementAccountException.New("The management account cannot be a delegated administrator.")
	}
	if !at.Trusted {
		return nil, api.CloudTrailAccessNotEnabledException.New("Trusted access of CloudTrail to your organization is not enabled.")
	}
	to := &organizations.RegisterDelegatedAdministratorInput{AccountId: in.MemberAccountId, ServicePrincipal: new(principal)}
	if _, err := c.Door.Call(c, service.AsCaller(principal), "organizations", "RegisterDelegatedAdministrator", to); err != nil {
		return nil, ofOrganizations(err, *in.MemberAccountId)
	}
	return &api.RegisterOrganizationDelegatedAdminOutput{}, nil
}

func (s *Service) deregisterDelegate(c *service.Call, in *api.DeregisterOrganizationDelegatedAdminInput) (*api.DeregisterOrganizationDelegatedAdminOutput, error) {
	if _, err := s.managing(c); err != nil {
		return nil, err
	}
	to := &organizations.DeregisterDelegatedAdministratorInput{AccountId: in.DelegatedAdminAccountId, ServicePrincipal: new(principal)}
	if _, err := c.Door.Call(c, service.AsCaller(principal), "organizations", "DeregisterDelegatedAdministrator", to); err != nil {
		return nil, ofOrganizations(err, *in.DelegatedAdminAccountId)
	}
	return &api.DeregisterOrganizationDelegatedAdminOutput{}, nil
}

// managing answers the caller's standing when it is the management account.
func (s *Service) managing(c *service.Call) (*Standing, error) {
	at, err := s.accounts.Standing(c.Tx, c.Account)
	switch {
	case err != nil:
		return nil, err
	case at.Organization == "":
		return nil, api.OrganizationsNotInUseException.New("Your account is not a member of an organization.")
	case !at.Management:
		return nil, api.NotOrganizationManagementAccountException.New("Only the management account of the organization can do this.")
	}
	return at, nil
}

// ofOrganizations is what CloudTrail answers when Organizations refuses.
func ofOrganizations(err error, account string) error {
	switch code := codeOf(err); code {
	case organizations.AccountAlreadyRegisteredException.Code:
		return api.AccountRegisteredException.New("The account %s is a delegated administrator of CloudTrail already.", account).Because(err)
	case organizations.AccountNotRegisteredException.Code:
		return api.AccountNotRegisteredException.New("The account %s is not a delegated administrator of CloudTrail.", account).Because(err)
	case organizations.AccountNotFoundException.Code:
		return api.AccountNotFoundException.New("The account %s is not a member of your organization.", account).Because(err)
	case "AccessDeniedException", "AccessDenied":
		return api.InsufficientDependencyServiceAccessPermissionException.New("You do not have the permission for Organizations that this needs: %v", err).Because(err)
	}
	return err
}
