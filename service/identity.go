package service

import (
	"errors"
	"slices"
	"time"

	"vauban/engine/policy"
)

// Identity is in whose name a call through the [Door] is made. Make one with AsCaller, AsService, AsRole or AsStarter.
type Identity struct {
	service string
	forward bool
	caller  Caller
	started string // long-term access key that must still be active
}

// AsCaller forwards the caller of the outer call through a service, e.g. "kms.amazonaws.com": aws:ViaAWSService is true and
// aws:CalledVia holds the chain.
func AsCaller(service string) Identity { return Identity{service: service, forward: true} }

// AsService acts as a service principal on behalf of a resource: resource policies see aws:SourceArn and aws:SourceAccount.
func AsService(service, sourceARN, sourceAccount string) Identity {
	return Identity{service: service, caller: Caller{
		Kind: policy.Service, ServiceName: service, SourceARN: sourceARN, SourceAccount: sourceAccount, InvokedBy: service,
	}}
}

// AsRole acts with a role session that a service has assumed; the caller comes from the session's credentials.
func AsRole(service string, session Caller) Identity {
	session.InvokedBy = service
	return Identity{service: service, caller: session}
}

// AsStarter goes on as whoever started what lasts: in a session as AsRole, and with a long-term access key only while that is active.
func AsStarter(service string, who Caller) Identity {
	i := AsRole(service, who)
	if who.Session == nil {
		i.started = who.AccessKeyID
	}
	return i
}

// StartedWith is the long-term access key that must still be active, "" for none.
func (i Identity) StartedWith() string { return i.started }

// Caller returns who the call is made as, given the caller of the outer call.
func (i Identity) Caller(outer *Caller) *Caller {
	c := i.caller
	if i.forward {
		c = *outer
		c.InvokedBy = i.service
		c.CalledVia = append(slices.Clip(c.CalledVia), i.service)
	}
	return &c
}

// Check refuses a role session that has ended.
func (i Identity) Check(now time.Time) error {
	if s := i.caller.Session; s != nil && !now.Before(s.ExpiresAt) {
		return errors.New("the session of " + i.caller.ARN + " has expired")
	}
	return nil
}
