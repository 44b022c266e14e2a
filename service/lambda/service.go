package lambda

import (
	"slices"

	api "vauban/api/lambda"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// principal is whom Lambda is to roles and policies.
const principal = "lambda.amazonaws.com"

// Service is Lambda.
type Service struct {
	service.Deps
	principals service.Principals
	policies   service.Documents

	functions *store.Memo[Function, *Function]
	versions  *store.Memo[Version, *Version]
	aliases   *store.Memo[Alias, *Alias]

	code     *codeCache
	packages chan struct{} // as many as may be read from S3 at a time
	pools    *pools
	sessions sessions
	logs     logBuffer
	loops    loopsTold
}

// maxPackages bounds the memory for packages from S3, of 250 MB each.
const maxPackages = 2

// New returns the service.
func New(d service.Deps, p service.Principals) *Service {
	s := &Service{
		Deps: d, principals: p,
		functions: store.NewMemo(func(f *Function) *Function { return f }),
		versions:  store.NewMemo(func(v *Version) *Version { return v }),
		aliases:   store.NewMemo(func(a *Alias) *Alias { return a }),
		code:      newCodeCache(d.Scratch),
	}
	s.packages = make(chan struct{}, maxPackages)
	s.pools = newPools(d.Clock)
	s.logs.wake = make(chan struct{}, 1)
	return s
}

// API returns the generated description of the service.
func (s *Service) API() *wire.Service { return api.API }

// Operations is the table of all operations, in one list per concern.
func (s *Service) Operations() []service.Row {
	return slices.Concat(
		s.functionOperations(),
		s.invokeOperations(),
		s.versionOperations(),
		s.aliasOperations(),
		s.permissionOperations(),
		s.concurrencyOperations(),
		s.provisionedOperations(),
		s.eventInvokeOperations(),
		s.mappingOperations(),
		s.layerOperations(),
		s.layerPermissionOperations(),
		s.urlOperations(),
		s.tagOperations(),
		s.recursionOperations(),
		s.codeSigningOperations(),
		s.unusedOperations(),
	)
}
