package gateway

import (
	"errors"
	"net/http"
	"strings"

	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
)

// This file answers plain GETs: a file of a service before routing, because it is no operation; and, for somebody who opened the link of an operation in a
// browser, a page in place of the protocol's answer. Whatever the page says has passed all steps.

// file answers a GET of a file, if a service has it, and reports whether it did.
func (x *exchange) file() (bool, error) {
	get := x.r.Method == http.MethodGet || x.r.Method == http.MethodHead
	if !get || x.r.URL.RawQuery != "" || x.r.Header.Get("Authorization") != "" || strings.HasPrefix(x.r.URL.Path, controlPath) {
		return false, nil
	}
	for _, e := range x.services.websites {
		f, err := e.website.File(x.r.Context(), x.r.URL.Path)
		if f == nil && err == nil {
			continue
		}
		x.target.service, x.target.protocol = e.api, e.api.Protocols[0]
		if err == nil {
			x.made = &wire.Response{Status: http.StatusOK, Header: pageHeader(f, "public, max-age=86400"), Body: f.Body}
		}
		return true, err
	}
	return false, nil
}

// page is the answer for a browser; nil when the client is none, or the operation is not one that links name.
func (x *exchange) page(err error) *wire.Response {
	t := &x.target
	if x.r.Method != http.MethodGet || t.service == nil || t.row == nil || !t.row.Unsigned || !strings.Contains(x.r.Header.Get("Accept"), "text/html") ||
		x.caller == nil || x.caller.Kind != policy.Anonymous {
		return nil
	}
	e := x.services.byName[t.service.Name]
	if e == nil || e.website == nil {
		return nil
	}
	status := http.StatusOK
	if err != nil {
		known := asModelled(err)
		status, err = known.Shape.Status, errors.New(known.Message)
	}
	f := e.website.Page(t.name, x.in, x.out, err)
	if f == nil {
		return nil
	}
	return &wire.Response{Status: status, Header: pageHeader(f, "no-store"), Body: f.Body}
}

// pageHeader keeps a page from running anything, from being framed, and from telling others its address, which may hold a token.
func pageHeader(f *service.File, cache string) http.Header {
	return http.Header{
		"Content-Type": {f.Type}, "Cache-Control": {cache}, "X-Content-Type-Options": {"nosniff"}, "Referrer-Policy": {"no-referrer"},
		"Content-Security-Policy": {"default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; form-action 'none'"},
	}
}
