package all

import (
	"vauban/service/iam"
	"vauban/service/organizations"
	"vauban/store"
)

// iamPrincipal is IAM as a service that has trusted access to an organization.
const iamPrincipal = "iam.amazonaws.com"

// Place implements [iam.Organizations].
func (memberships) Place(tx store.Tx, account string) (*iam.Place, error) {
	s, err := organizations.StandingOf(tx, account, iamPrincipal)
	if err != nil {
		return nil, err
	}
	return &iam.Place{Organization: s.Organization, AllFeatures: s.AllFeatures, Management: s.Management, Delegate: s.Delegate, Trusted: s.Trusted}, nil
}

// RootTask lets the management account, and delegated administrators of IAM, take the roots of active members for tasks that are enabled.
func (identities) RootTask(tx store.Tx, caller, target, task string) (organization string, err error) {
	from, err := organizations.StandingOf(tx, caller, iamPrincipal)
	if err != nil {
		return "", err
	}
	to, err := organizations.StandingOf(tx, target, iamPrincipal)
	if err != nil {
		return "", err
	}
	if from.Organization == "" || from.Organization != to.Organization || !from.Trusted || !from.Management && !from.Delegate || to.Management || !to.Active {
		return "", nil
	}
	on, err := iam.RootTaskEnabled(tx, from.Organization, task)
	if err != nil || !on {
		return "", err
	}
	return from.Organization, nil
}
