package gateway

import (
	"net/http"
	"strings"

	"vauban/api/wire"
	"vauban/engine/cors"
	"vauban/service"
	"vauban/store"
)

// This file lets browsers know what pages of other origins may do. A preflight is answered before routing, because it names no operation and is never
// signed; the headers of all other answers are added when they leave, also to errors: a page must be able to read why it was refused.

// preflight answers a request of method OPTIONS, if a service has it, and reports whether it did.
func (x *exchange) preflight() (bool, error) {
	if id, _ := x.address(); id != "" && x.r.Method == http.MethodOptions {
		return x.webPreflight(id)
	}
	e := x.services.crossing
	if x.r.Method != http.MethodOptions || e == nil || strings.HasPrefix(x.r.URL.Path, controlPath) {
		return false, nil
	}
	if x.bucket == "" { // not of a website
		x.bucket = bucketOf(hostOf(x.r.Host), x.Hosts)
	}
	x.target.service, x.target.protocol = e.api, wire.RESTXML
	h, err := x.crossOrigin(e.crossing, service.BrowserRequest{
		Preflight: true, Method: x.r.Header.Get("Access-Control-Request-Method"),
		Headers: headerNames(x.r.Header),
	})
	if err != nil {
		x.limit.unproven.allow(x.source, x.start) // nobody is known who could be slowed otherwise
		return true, err
	}
	h.Set("X-Amz-Request-Id", x.id)
	x.made = &wire.Response{Status: http.StatusOK, Header: h}
	return true, nil
}

// headerNames are those that a preflight asks for.
func headerNames(h http.Header) []string {
	return cors.HeaderNames(strings.Join(h.Values("Access-Control-Request-Headers"), ","))
}

func (x *exchange) crossOrigin(to service.CrossOrigin, q service.BrowserRequest) (h http.Header, err error) {
	return x.crossing(to, x.path(), q)
}

func (x *exchange) crossing(to service.CrossOrigin, path string, q service.BrowserRequest) (h http.Header, err error) {
	q.Path, q.Origin = path, x.r.Header.Get("Origin")
	err = x.Store.Read(x.r.Context(), func(tx store.Tx) (err error) {
		h, err = to.CrossOrigin(tx, q)
		return err
	})
	if h == nil {
		h = http.Header{}
	}
	return h, err
}

// admitPage adds the headers that let a page of another origin read the answer. Without them it cannot: a failure here opens nothing.
func (x *exchange) admitPage() {
	e := x.services.crossing
	if e == nil || x.target.service != e.api || x.made != nil && x.caller == nil || x.r.Header.Get("Origin") == "" {
		return
	}
	h, err := x.crossOrigin(e.crossing, service.BrowserRequest{Method: x.r.Method})
	if err != nil {
		x.Logger.Warn("the origins of a bucket could not be read", "request", x.id, "error", err)
		return
	}
	for name, values := range h {
		x.w.Header()[name] = values
	}
}
