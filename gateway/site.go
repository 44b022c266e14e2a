package gateway

import (
	"io"
	"net/http"
	"reflect"
	"strings"

	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// This file serves websites. Each has a host name of its own, and so a web origin of its own: there is none at a path, where its pages would share the
// origin of the API. A visitor is nobody, whatever the request is signed with; what a page needs is read by operations that pass the same steps as an
// unsigned call.

// siteSteps bounds what one visit performs: a page, a look for a folder, an error document.
const siteSteps = 3

// site answers a request at the host name of a website, and reports whether it is one.
func (x *exchange) site() (bool, error) {
	e := x.services.sites
	if e == nil {
		return false, nil
	}
	s := e.site.Site(hostOf(x.r.Host))
	if s == nil {
		return false, nil
	}
	x.bucket = s.Bucket()
	x.target.service, x.target.protocol = e.api, wire.RESTXML
	x.target.labels = map[string]string{"Bucket": x.bucket, "Key": strings.TrimPrefix(x.r.URL.EscapedPath(), "/")}
	if x.r.Method == http.MethodOptions {
		return x.preflight()
	}
	if x.limit.visits.empty(x.source, x.start) {
		x.Metrics.throttled("visits")
		return true, throttled(x.guess())
	}
	x.caller, x.region = &service.Caller{Kind: policy.Anonymous, Account: x.HomeAccount}, s.Region()
	return true, x.visit(e, s)
}

func (x *exchange) visit(e *entry, s service.Site) error {
	v := &service.SiteVisit{
		Method: x.r.Method, Scheme: "http", Authority: x.r.Host, Path: x.r.URL.EscapedPath(), Header: x.r.Header, RequestID: x.id,
	}
	if x.r.TLS != nil {
		v.Scheme = "https"
	}
	var last *service.SiteStep
	var out any
	var failed error
	for range siteSteps + 1 {
		var step *service.SiteStep
		err := x.Store.Read(x.r.Context(), func(tx store.Tx) (err error) {
			step, err = s.Next(tx, v, last, out, failed)
			return err
		})
		if err != nil {
			closeOutput(out)
			return err
		}
		if step.Answer != nil {
			if last == nil {
				if err := x.recordVisit(e, step); err != nil {
					return err
				}
			}
			return x.answerVisit(step.Answer, out)
		}
		last = step
		if out, failed = x.perform(e, step); failed != nil {
			failed = x.recordFailure(failed)
		}
	}
	closeOutput(out)
	return internal(nil)
}

// perform performs what a step names.
func (x *exchange) perform(e *entry, step *service.SiteStep) (out any, err error) {
	x.aim(e, step)
	x.failing = x.performance()
	out, err = x.failing.perform(step.In)
	x.out = out
	return out, err
}

func (x *exchange) aim(e *entry, step *service.SiteStep) {
	row := e.rows[step.Operation]
	x.target.name, x.target.row, x.target.op, x.in = step.Operation, row, row.Op, step.In
}

// recordVisit records a visit that needed no operation: it was refused, or led elsewhere, before anything was read.
func (x *exchange) recordVisit(e *entry, step *service.SiteStep) error {
	x.aim(e, step)
	x.failing = x.performance()
	x.failing.call.Record().Resources = step.Resources
	if step.Failed != nil {
		if lost := x.recordFailure(step.Failed); lost != step.Failed {
			return lost
		}
		return nil
	}
	return x.Log.Append(x.r.Context(), x.failing.successes(nil)...)
}

// answerVisit makes the answer of a visit. What was read and is not shown is closed.
func (x *exchange) answerVisit(a *service.SiteAnswer, out any) error {
	if a.Status >= 400 && a.Status < 500 {
		x.limit.visits.allow(x.source, x.start)
	}
	if !a.Output {
		closeOutput(out)
		h := a.Header
		if h == nil {
			h = http.Header{}
		}
		h.Set("X-Amz-Request-Id", x.id)
		x.made = &wire.Response{Status: a.Status, Header: h, Body: a.Body}
		return nil
	}
	res, err := wire.Encode(wire.RESTXML, x.target.op, out, x.id)
	if err != nil {
		closeOutput(out)
		return err
	}
	for k, values := range a.Header {
		res.Header[k] = values
	}
	if a.Status != 0 {
		res.Status = a.Status
	}
	x.made = res
	return nil
}

// closeOutput closes the stream of an output, if it has one.
func closeOutput(out any) {
	v := reflect.ValueOf(out)
	if !v.IsValid() || v.Kind() != reflect.Pointer || v.IsNil() {
		return
	}
	if f := v.Elem().FieldByName("Body"); f.IsValid() && f.CanInterface() {
		if body, ok := f.Interface().(io.Closer); ok && body != nil {
			_ = body.Close()
		}
	}
}
