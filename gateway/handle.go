package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"

	"vauban/access"
	"vauban/api/wire"
	"vauban/engine/lineage"
	"vauban/eventlog"
	"vauban/gateway/sigv4"
	"vauban/service"
	"vauban/store"
)

// handle authorises and runs the operation in the way that its kind asks for, and records it:
//   - a read on one snapshot; its record is appended before the answer leaves;
//   - a write inside one transaction that authorisation, handler and record share, so that what was read to decide is what is
//     changed; it may run again after a conflict;
//   - an act authorised on a snapshot, and again inside the transaction that its commit opens, which may run again like a write.
func (x *exchange) handle() error {
	p := x.performance()
	x.failing = p
	if d := p.row.Time; d > 0 {
		x.allow(d)
	}
	out, err := p.perform(x.in)
	x.out = out
	if w, ok := out.(*service.WebResponse); ok && err == nil {
		x.answerWeb(w)
	}
	return err
}

// performance is what the request asks for, on behalf of the caller that authentication proved.
func (x *exchange) performance() *performance {
	c := &service.Call{
		Context: x.r.Context(), Caller: x.caller, Account: x.caller.Account, Region: regionOf(x.target.service, x.region), Partition: x.Partition, RequestID: x.id,
		Time: x.start, SourceIP: x.sourceIP(), UserAgent: x.r.UserAgent(), Referer: x.r.Referer(), Secure: x.r.TLS != nil, Host: hostOf(x.r.Host), Authority: x.r.Host,
	}
	c.Signature, c.Trace = x.signature(), traceOf(x.r.Header)
	p := &performance{
		Gateway: x.Gateway, row: x.target.row, service: x.target.service, asked: x.target.name, call: c, in: x.in,
		family: familyOf(&x.target), wire: x.factsOf(x.r.TLS, x.r.Host), entryID: newID(x.Rand),
	}
	c.Door = p
	return p
}

// traceOf is the trace header, when it is one that could be passed on. It is not signed, and anybody may say it: what
// believes a part of it asks for a proof of that.
func traceOf(h http.Header) string {
	t := h.Get("X-Amzn-Trace-Id")
	if len(t) > lineage.MaxLength || strings.ContainsFunc(t, func(r rune) bool { return r < ' ' || r > '~' }) {
		return ""
	}
	return t
}

// signature is how the client signed; of a request that is not signed, only its TLS.
func (x *exchange) signature() service.Signature {
	var s service.Signature
	if x.r.TLS != nil {
		s.TLSVersion = strings.TrimPrefix(tls.VersionName(x.r.TLS.Version), "TLS ")
	}
	if x.signed == nil {
		return s
	}
	s.AuthType = [...]string{sigv4.Header: "REST-HEADER", sigv4.Query: "REST-QUERY-STRING", sigv4.Post: "POST"}[x.signed.Form]
	s.Version, s.Age, s.ContentSHA256 = x.signed.Algorithm.String(), x.start.Sub(x.signed.Time), x.r.Header.Get("X-Amz-Content-Sha256")
	return s
}

// hostOf is the name in a Host header, without its port.
func hostOf(header string) string {
	if host, _, err := net.SplitHostPort(header); err == nil {
		header = host
	}
	return strings.ToLower(header)
}

// performance is one operation being performed: for a client, or for another service through the internal door.
type performance struct {
	*Gateway
	row     *service.Row  // nil when the operation is not built
	service *wire.Service // nil when the service is unknown
	asked   string        // operation as the client named it
	call    *service.Call
	in      any
	family  family
	verdict *access.Verdict // of the last authorisation, for the record
	wire    wireFacts       // zero for internal calls
	entryID string

	parent   *performance      // of an internal call
	happened []*eventlog.Entry // internal reads and refusals: recorded even when this one rolls back
	doomed   error             // an internal write that failed half way: this one must not commit
}

func (p *performance) perform(in any) (any, error) {
	p.in = in
	if !p.joined() {
		if err := p.Access.Warm(p.call); err != nil {
			return nil, err
		}
		if p.row.Items { // a refused item is no error that would have the picture catch up
			if _, err := p.Access.CatchUp(p.call); err != nil {
				return nil, err
			}
		}
	}
	switch p.row.Kind {
	case service.Write:
		return p.again(p.write)
	case service.Act:
		return p.act()
	}
	return p.again(p.read)
}

// joined reports whether the call is part of an outer one's transaction.
func (p *performance) joined() bool { return p.parent != nil && p.parent.call.Tx != nil }

// again runs fn, and once more if it was refused by a picture that turns out to be behind the store.
func (p *performance) again(fn func() (any, error)) (any, error) {
	out, err := fn()
	var d *denied
	if !errors.As(err, &d) || p.joined() {
		return out, err
	}
	moved, lost := p.Access.CatchUp(p.call)
	switch {
	case lost != nil:
		return nil, lost
	case !moved:
		return nil, err
	}
	p.happened, p.doomed = nil, nil
	return fn()
}

func (p *performance) read() (out any, err error) {
	err = p.onSnapshot(func(tx store.Tx) error {
		p.call.Tx = tx
		defer p.detach()
		if err := p.authorize(); err != nil {
			return err
		}
		out, err = p.row.Handle(p.call, p.in)
		return err
	})
	if err != nil {
		return nil, err
	}
	if p.joined() {
		p.parent.happened = append(p.parent.happened, p.successes(out)...)
		return out, nil
	}
	return out, p.appendAlone(out)
}

// appendAlone makes the record durable in the log's group commit. A call without its record does not succeed.
func (p *performance) appendAlone(out any) error {
	entries := append(p.happened, p.successes(out)...)
	p.happened = nil
	return p.Log.Append(p.call, entries...)
}

// onSnapshot joins the transaction of the outer call, if there is one. A call that reads no documents needs none.
func (p *performance) onSnapshot(fn func(store.Tx) error) error {
	switch {
	case p.joined():
		return fn(p.parent.call.Tx)
	case p.row.Stateless:
		return fn(nil)
	}
	return p.Store.Read(p.call, fn)
}

func (p *performance) write() (any, error) {
	if p.joined() {
		return p.writeIn(p.parent.call.Tx)
	}
	var out any
	err := p.Store.Write(p.call, func(tx store.Tx) (err error) {
		p.happened, p.doomed = nil, nil
		out, err = p.writeIn(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, p.Access.Sync(context.WithoutCancel(p.call))
}

func (p *performance) writeIn(tx store.Tx) (any, error) {
	p.call.Tx = tx
	defer p.detach()
	if err := p.authorize(); err != nil {
		return nil, err
	}
	out, err := p.row.Handle(p.call, p.in)
	if err == nil {
		err = p.doomed
	}
	if err != nil {
		return nil, err
	}
	return out, p.append(tx, out)
}

// append adds the record of success, and those of what happened inside, to the commit. An internal call leaves the latter to the outer
// one, which may yet roll back.
func (p *performance) append(tx store.Tx, out any) error {
	entries := p.successes(out)
	if !p.joined() {
		entries, p.happened = append(p.happened, entries...), nil
	}
	return eventlog.Append(tx, entries...)
}

func (p *performance) act() (out any, err error) {
	if p.joined() {
		return nil, errors.New("gateway: an act cannot join a transaction")
	}
	_, err = p.again(func() (any, error) {
		return nil, p.onSnapshot(func(tx store.Tx) error {
			p.call.Tx = tx
			defer p.detach()
			return p.authorize()
		})
	})
	if err != nil {
		return nil, err
	}
	committed := false
	p.call.Commit = func(fn func(store.Tx) error) error {
		if committed {
			return errors.New("gateway: an act commits at most once")
		}
		committed = true
		before := p.happened
		var declined error // by fn itself
		_, err := p.again(func() (any, error) {
			return nil, p.Store.Write(p.call, func(tx store.Tx) error {
				p.happened, p.doomed = slices.Clone(before), nil
				return p.commitIn(tx, func(tx store.Tx) error {
					declined = fn(tx)
					return declined
				})
			})
		})
		if err != nil {
			committed = !errors.Is(err, declined) // the store returns what a function answers, after it has rolled back
			return err
		}
		return p.Access.Sync(context.WithoutCancel(p.call))
	}
	out, err = p.row.Handle(p.call, p.in)
	if err != nil {
		return nil, err
	}
	if !committed {
		err = p.appendAlone(out)
	}
	return out, err
}

// commitIn is what an act commits. It is authorised once more: what allowed it may have changed since the snapshot.
func (p *performance) commitIn(tx store.Tx, fn func(store.Tx) error) error {
	p.call.Tx = tx
	defer p.detach()
	if err := p.authorize(); err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return err
	}
	if p.doomed != nil {
		return p.doomed
	}
	return p.append(tx, nil)
}

// detach ends the use of the transaction: a handler that kept the call cannot reach a closed one.
func (p *performance) detach() { p.call.Tx = nil }
