package gateway

import (
	"vauban/service"
)

// This file is the internal door: Call performs an operation for another service: authorised and recorded like every call, but without a signature, because the
// identity is one that the outer call has proved or that Vauban itself is. It joins the open transaction of the outer call. A
// failure of an inner write dooms that transaction; a refusal is recorded even when the outer call rolls back.
//
// It returns the operation's output struct. Errors are those that a client would see.

// Call implements [service.Door].
func (outer *performance) Call(c *service.Call, as service.Identity, svc, operation string, in any) (any, error) {
	g := outer.Gateway
	e := g.services.byName[svc]
	if e == nil || e.rows[operation] == nil {
		return nil, errNotBuilt.New("The operation %s:%s is not built in this version of Vauban.", svc, operation)
	}
	row := e.rows[operation]
	inner := *service.Inner(c)
	inner.Caller = as.Caller(c.Caller)
	inner.Account = inner.Caller.Account
	if inner.Account == "" {
		inner.Account = c.Account
	}
	inner.Region, inner.Host, inner.Referer = regionOf(e.api, c.Region), "", ""
	inner.Commit = nil
	inner.Tx = nil
	p := &performance{
		Gateway: g, row: row, service: e.api, asked: operation, call: &inner, parent: outer,
		family: familyOf(&target{service: e.api, protocol: e.api.Protocols[0]}), entryID: newID(g.Rand),
	}
	p.call.Door = p
	if err := as.Check(g.Clock()); err != nil {
		return nil, accessDenied(p.family, err.Error())
	}
	out, err := p.perform(in)
	outer.happened = append(outer.happened, p.happened...)
	if err != nil {
		outer.happened = append(outer.happened, p.failed(err))
		if row.Kind == service.Write && p.verdict != nil && p.verdict.Denied() == nil {
			outer.doomed = err // the handler may have written half of what it wanted
		}
		return nil, err
	}
	return out, nil
}

var _ service.Door = (*performance)(nil)
