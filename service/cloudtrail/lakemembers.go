package cloudtrail

import (
	api "vauban/api/cloudtrail"
	"vauban/service"
	"vauban/service/cloudtrail/lake"
	"vauban/store"
)

// lakeMembers tells the lake of organizations.
type lakeMembers struct{ accounts Accounts }

var _ lake.Members = lakeMembers{}

// Administered implements [lake.Members].
func (m lakeMembers) Administered(c *service.Call, tx store.Tx) (string, error) {
	at, err := m.accounts.Standing(tx, c.Account)
	switch {
	case err != nil:
		return "", err
	case at.Organization == "":
		return "", api.OrganizationsNotInUseException.New("Your account is not a member of an organization.")
	case !at.AllFeatures:
		return "", api.OrganizationNotInAllFeaturesModeException.New("Your organization does not have all features enabled.")
	case !at.Management && !at.Delegate:
		return "", api.NotOrganizationMasterAccountException.New("Only the management account or a delegated administrator of CloudTrail can keep the events of an organization.")
	case !at.Trusted:
		return "", api.CloudTrailAccessNotEnabledException.New("CloudTrail has no trusted access to your organization. Enable it with EnableAWSServiceAccess for cloudtrail.amazonaws.com.")
	}
	return at.Organization, nil
}

// Administers implements [lake.Members].
func (m lakeMembers) Administers(tx store.Tx, account, organization string) (bool, error) {
	at, err := m.accounts.Standing(tx, account)
	return err == nil && at.Organization == organization && at.administers(), err
}

// Organization implements [lake.Members].
func (m lakeMembers) Organization(tx store.Tx, account string) (string, error) {
	at, err := m.accounts.Standing(tx, account)
	if err != nil {
		return "", err
	}
	return at.Organization, nil
}
