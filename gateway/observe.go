package gateway

import (
	"net/http"
	"strconv"
	"time"

	"vauban/api/wire"
	"vauban/service"
)

// This file tells services of the requests that they got, for metrics of their own.

// progress is when a request was read to its end, when its answer began, and what that was.
type progress struct {
	read, begun time.Time
	status      int
	sent        int64
}

// begins notes an answer that is about to be sent.
func (x *exchange) begins(res *wire.Response) {
	x.progress.begun, x.progress.status, x.progress.sent = x.Clock(), res.Status, int64(len(res.Body))
	switch {
	case x.r.Method == http.MethodHead:
		x.progress.sent = 0
	case res.Stream != nil:
		x.progress.sent, _ = strconv.ParseInt(x.w.Header().Get("Content-Length"), 10, 64)
	}
}

// tell tells the service that was asked, if it wants to know.
func (x *exchange) tell(end time.Time) {
	e, op := x.services.observed, x.target.op
	if e == nil || op == nil || op.Service != e.api {
		return
	}
	o := &service.Observation{
		Operation: op, Labels: x.target.labels, Status: x.progress.status, Received: int64(len(x.body)), Sent: x.progress.sent, Time: x.start, Total: end.Sub(x.start),
	}
	if x.payload != nil {
		o.Received = max(x.payload.length, 0)
	}
	if x.failing != nil {
		o.Call, o.In = x.failing.call, x.in
	}
	from := x.start
	if !x.progress.read.IsZero() {
		from = x.progress.read
	}
	o.FirstByte = x.progress.begun.Sub(from)
	e.observer.Observe(o)
}

// tellInner does the same for a call that came through the internal door.
func (p *performance) tellInner(start time.Time, err error) {
	e := p.services.observed
	if e == nil || p.service != e.api {
		return
	}
	status := p.row.Op.Status
	if err != nil {
		status = asModelled(err).Shape.Status
	}
	took := p.Clock().Sub(start)
	e.observer.Observe(&service.Observation{Operation: p.row.Op, Call: p.call, In: p.in, Status: status, Time: start, FirstByte: took, Total: took})
}
