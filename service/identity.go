package service

import "vauban/engine/policy"

// Identity is in whose name a call through the Door is made.
type Identity struct {
	caller  *Caller
	service string
}

// AsCaller forwards the original caller through a service (ViaAWSService, CalledVia).
func AsCaller(c *Caller, service string) Identity { return Identity{caller: c, service: service} }

// AsService acts as a service principal on behalf of a resource.
func AsService(service, sourceARN, sourceAccount string) Identity {
	return Identity{service: service, caller: &Caller{Kind: policy.Service, ServiceName: service, SourceARN: sourceARN, SourceAccount: sourceAccount}}
}
