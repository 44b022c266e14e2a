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
	p, err := outer.inner(c, as, svc, operation)
	if err != nil {
		return nil, err
	}
	p.parent = outer
	start := outer.Clock()
	out, err := p.perform(in)
	p.tellInner(start, err)
	outer.happened = append(outer.happened, p.happened...)
	if err != nil {
		outer.happened = append(outer.happened, p.failed(err))
		if p.row.Kind == service.Write && p.verdict != nil && p.verdict.Denied() == nil {
			outer.doomed = err // the handler may have written half of what it wanted
		}
		return nil, err
	}
	return out, nil
}

// inner is the performance of an operation as another identity than the call's.
func (g *Gateway) inner(c *service.Call, as service.Identity, svc, operation string) (*performance, error) {
	e := g.services.byName[svc]
	if e == nil || e.rows[operation] == nil {
		return nil, errNotBuilt.New("The operation %s:%s is not built in this version of Vauban.", svc, operation)
	}
	inner := *service.Inner(c)
	inner.Caller = as.Caller(c.Caller)
	inner.Account = inner.Caller.Account
	if inner.Account == "" {
		inner.Account = c.Account
	}
	inner.Region, inner.Host, inner.Authority, inner.Referer = regionOf(e.api, c.Region), "", "", ""
	inner.Commit = nil
	inner.Tx = nil
	p := &performance{
		Gateway: g, row: e.rows[operation], service: e.api, asked: operation, call: &inner,
		family: familyOf(&target{service: e.api, protocol: e.api.Protocols[0]}), entryID: newID(g.Rand),
	}
	p.call.Door = p
	if err := as.Check(g.Clock()); err != nil {
		return nil, p.accessDenied(err.Error())
	}
	return p, nil
}

// Door returns the door for work that no client has asked for: each call is a request of its own.
func (g *Gateway) Door() service.Door { return backDoor{g} }

type backDoor struct{ *Gateway }

// Call implements [service.Door]. There is no caller whom it could forward.
func (d backDoor) Call(c *service.Call, as service.Identity, svc, operation string, in any) (out any, err error) {
	p, err := d.inner(c, as, svc, operation)
	if err != nil {
		return nil, err
	}
	if err := p.keyHolds(as.StartedWith()); err != nil {
		return nil, err
	}
	p.call.RequestID = newID(d.Rand)
	defer func() {
		if v := recover(); v != nil { // a job must not end the process
			err = internal(panicked(v))
			d.Logger.Error("a call of a job failed", "service", svc, "operation", operation, "error", err)
		}
	}()
	start := d.Clock()
	out, err = p.perform(in)
	p.tellInner(start, err)
	if err == nil {
		return out, nil
	}
	if lost := d.Log.Append(c, append(p.happened, p.failed(err))...); lost != nil {
		return nil, lost
	}
	return nil, err
}

// keyHolds refuses to go on as somebody whose long-term key has been deleted or deactivated since it proved them: who takes a key away means all
// that goes on with it.
func (p *performance) keyHolds(id string) error {
	if id == "" {
		return nil
	}
	k, err := p.Access.AccessKey(p.call, id)
	if err != nil {
		return asModelled(err)
	}
	if k == nil || !k.Active {
		return p.accessDenied("the access key " + id + " of " + p.call.Caller.ARN + " is inactive or gone")
	}
	return nil
}

var _ service.Door = (*performance)(nil)
