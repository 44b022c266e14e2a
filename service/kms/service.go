package kms

import (
	"slices"

	api "vauban/api/kms"
	"vauban/api/wire"
	"vauban/service"
	"vauban/service/kms/xks"
)

// Service is KMS.
type Service struct {
	service.Deps
	principals service.Principals
	memory     service.Memory
	keys       keyCache
	heavy      *service.Turns // key pairs in the making
	external   *xks.Client
	asks       askPace // of external
}

// New returns the service. The principals that policies and grants name are another's.
func New(d service.Deps, p service.Principals, m service.Memory) *Service {
	return &Service{Deps: d, principals: p, memory: m, heavy: service.NewTurns(mostWaiting), external: &xks.Client{Web: d.Web, Clock: d.Clock, Timeout: d.KeyStoreTime}}
}

// API returns the generated description of the service.
func (s *Service) API() *wire.Service { return api.API }

// Operations is the table of all operations, in one list per concern.
func (s *Service) Operations() []service.Row {
	return slices.Concat(
		s.keyOperations(),
		s.listOperations(),
		s.aliasOperations(),
		s.taggingOperations(),
		s.keyStoreOperations(),
		s.stateOperations(),
		s.deletionOperations(),
		s.rotationOperations(),
		s.usageOperations(),
		s.policyOperations(),
		s.grantOperations(),
		s.grantListOperations(),
		s.encryptOperations(),
		s.dataKeyOperations(),
		s.reEncryptOperations(),
		s.randomOperations(),
		s.signOperations(),
		s.macOperations(),
		s.publicKeyOperations(),
		s.agreementOperations(),
		s.dataKeyPairOperations(),
		s.importParametersOperations(),
		s.importMaterialOperations(),
		s.deleteMaterialOperations(),
		s.replicateOperations(),
	)
}
