package signin

import (
	"fmt"

	api "vauban/api/signin"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
)

// Service is the sign-in endpoint.
type Service struct {
	service.Deps
	prover service.Prover
	policy *policy.Named
}

// New returns the service. The prover checks who somebody claims to be.
func New(d service.Deps, p service.Prover) *Service {
	doc, err := policy.Parse([]byte(endpointPolicy))
	if err != nil {
		panic(fmt.Sprintf("signin: the policy of the endpoint: %v", err)) // a constant, which the tests parse
	}
	return &Service{Deps: d, prover: p, policy: &policy.Named{Name: "sign-in endpoint", Document: doc}}
}

// API returns the description of the service.
func (s *Service) API() *wire.Service { return api.API }

// Operations is the table of all operations.
func (s *Service) Operations() []service.Row {
	return []service.Row{service.Acts(api.OpConsoleLogin, s.onConsole, s.consoleLogin)}
}
