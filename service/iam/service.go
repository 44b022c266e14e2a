package iam

import (
	"slices"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Service is IAM.
type Service struct {
	service.Deps
	organizations Organizations
	hashing       *hasher
	tracked       map[string][]string // names of the actions that this deployment serves, by namespace: see Tracks

	shownUsers *store.Memo[User, *api.User]
}

// New returns the service. Simulations take the organization that o knows into account.
func New(d service.Deps, o Organizations) *Service {
	return &Service{Deps: d, organizations: o, hashing: newHasher(d.Rand), shownUsers: store.NewMemo(func(u *User) *api.User { return u.shown(false) })}
}

// API returns the generated description of the service.
func (s *Service) API() *wire.Service { return api.API }

// Operations is the table of all operations, in one list per resource.
func (s *Service) Operations() []service.Row {
	return refusingSessions(givingBoundary(slices.Concat(
		s.userOperations(),
		s.groupOperations(),
		s.inlineOperations(),
		s.attachOperations(),
		s.policyOperations(),
		s.versionOperations(),
		s.entitiesOperations(),
		s.accessKeyOperations(),
		s.accountOperations(),
		s.passwordPolicyOperations(),
		s.loginOperations(),
		s.mfaOperations(),
		s.virtualMFAOperations(),
		s.lastAccessedOperations(),
		s.credentialReportOperations(),
		s.authorizationDetailsOperations(),
		s.simulationOperations(),
		s.roleOperations(),
		s.profileOperations(),
		s.serviceLinkedOperations(),
		s.samlOperations(),
		s.oidcOperations(),
		s.serverCertificateOperations(),
		s.signingCertificateOperations(),
		s.sshKeyOperations(),
		s.serviceCredentialOperations(),
		s.organizationsFeatureOperations(),
	)))
}
