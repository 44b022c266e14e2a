package gateway

import (
	"slices"

	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/eventlog"
	"vauban/service"
)

// This file records a call in the accounts of what it acted on. AWS documentation: "CloudTrail record contents" (sharedEventID), and
// IAM User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail". Refusals are the caller's account's alone.

// view is whom a record is for.
type view struct {
	shared  string // sharedEventID, "" for an event of one account
	foreign bool   // for the owner of a resource: it learns which account called, and by which ID, but nothing of that account's inside
}

// successes are the records of a success: one for the caller's account and, where what was acted on belongs to others, one for each.
func (p *performance) successes(out any) []*eventlog.Entry {
	owners := p.owners()
	if len(owners) == 0 {
		return []*eventlog.Entry{p.entry(out, nil, view{})}
	}
	shared := newID(p.Rand)
	entries := []*eventlog.Entry{p.entry(out, nil, view{shared: shared})}
	for _, owner := range owners {
		e := *entries[0]
		e.ID, e.Account, e.User, e.AccessKeyID, e.Authz = newID(p.Rand), owner, "", "", nil
		extra := p.call.Record()
		e.Record = p.record(&e, p.recordedCaller(extra), extra, out, nil, view{shared, true})
		entries = append(entries, &e)
	}
	return entries
}

// owners are the other accounts whose resources the handler says that it acted on.
func (p *performance) owners() []string {
	extra := p.call.Record()
	own := p.recordedCaller(extra).Account
	var out []string
	for _, r := range extra.Resources {
		if r.Account != "" && r.Account != own && r.Account != p.call.Account && !slices.Contains(out, r.Account) {
			out = append(out, r.Account)
		}
	}
	return out
}

// recordedCaller is who the record says called.
func (p *performance) recordedCaller(extra *service.Record) *service.Caller {
	if extra.Caller != nil {
		return extra.Caller
	}
	return p.call.Caller
}

// stranger is a caller as the owner of a resource sees it: its account, and its unique ID there.
func stranger(c *service.Caller) []byte {
	if c.Kind == policy.Service || c.Kind == policy.Anonymous {
		return userIdentity(c)
	}
	j := make(object, 0, 128).open().str("type", "AWSAccount").str("principalId", c.UserID).str("accountId", c.Account)
	if c.InvokedBy != "" {
		j = j.str("invokedBy", c.InvokedBy)
	}
	return j.close()
}

// regionOf is where a call to the service acts: a global service has one region, whichever the client signed for. A policy's
// aws:RequestedRegion would otherwise say what the caller likes. AWS documentation: "AWS global condition context keys".
func regionOf(s *wire.Service, asked string) string {
	if s != nil && s.Global {
		return globalRegion
	}
	return asked
}
