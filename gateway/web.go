package gateway

import (
	"net/http"
	"slices"
	"strings"

	"vauban/api/wire"
	"vauban/gateway/sigv4"
	"vauban/service"
)

// This file takes requests at addresses that a service has given out, the URLs of functions, to the operation that serves them. An address is a path
// below webPath, which works under any name of the server and without DNS, or a host name as AWS's. Lambda developer guide: "Function URL endpoints".
//
// All paths share one web origin, with each other and with the API. So what is answered there gets no power over it: a page is shown in an origin of its own,
// which no other page and no cookie belongs to. Who wants cookies and storage uses host names.

const (
	webPath = "/lambda-url/"
	webHost = ".lambda-url."
)

// webAddress is what an address names, and the path below it; "" when it is none. A host of an address decides alone, and below the host of a bucket there
// are objects: what is served there has the origin of that host.
func webAddress(host, path string, hosts []string) (id, below string) {
	if id, _, ok := strings.Cut(host, webHost); ok && !strings.Contains(id, ".") {
		return id, path
	}
	rest, ok := strings.CutPrefix(path, webPath)
	if !ok || bucketOf(host, hosts) != "" {
		return "", ""
	}
	id, below, _ = strings.Cut(rest, "/")
	return id, "/" + below
}

// ownOrigin says that the host is that of one address alone.
func ownOrigin(host string) bool {
	id, _, ok := strings.Cut(host, webHost)
	return ok && id != "" && !strings.Contains(id, ".")
}

// confine takes from an answer the power over an origin that it shares. What the service itself says of its contents counts too: a browser obeys both.
func confine(h http.Header) {
	for k := range h {
		if c := http.CanonicalHeaderKey(k); c == "Set-Cookie" || c == "Set-Cookie2" {
			delete(h, k)
		}
	}
	policy := "sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts" // not allow-same-origin
	h["Content-Security-Policy"] = append(slices.Clone(h["Content-Security-Policy"]), policy)
	h.Set("X-Content-Type-Options", "nosniff")
}

// address is the address that this request is at; "" when it is none, or no service gives addresses out. What is signed for S3 is about a bucket, whatever
// its name.
func (x *exchange) address() (id, below string) {
	if x.services.web == nil {
		return "", ""
	}
	id, below = webAddress(hostOf(x.r.Host), x.r.URL.EscapedPath(), x.Hosts)
	if id != "" {
		if signed, _ := sigv4.Parse(x.r); signed != nil && signed.IsS3() {
			return "", ""
		}
	}
	return id, below
}

// routeWeb finds the operation. A client that signs by other means than AWS's is for the function to judge, and unsigned for the door.
func (x *exchange) routeWeb(id, below string) error {
	e := x.services.web
	x.signed, x.unsigned = sigv4.Parse(x.r)
	if x.signed == nil && !strings.HasPrefix(x.r.Header.Get("Authorization"), "AWS4-") && !strings.Contains(x.r.URL.RawQuery, "X-Amz-Signature=") {
		x.unsigned = &sigv4.Problem{Kind: sigv4.MissingAuthenticationToken}
	}
	if x.signed != nil && !isPlain(x.r.URL.EscapedPath()) { // the signature may be one for another address
		x.target.protocol = wire.RESTJSON1
		return x.unknownOperation()
	}
	host, header := x.r.Host, x.r.Header
	if !ownOrigin(hostOf(host)) && header["Cookie"] != nil {
		header = header.Clone()
		header.Del("Cookie") // it is not of this address alone
	}
	x.web = &service.WebRequest{
		Address: service.WebAddress{ID: &id, Method: &x.r.Method, Path: &below, Host: &host}, RawQuery: x.r.URL.RawQuery, Header: header,
	}
	return x.operation(e.entry, e.operation, wire.RESTJSON1)
}

// decodeWeb takes the request as it is.
func (x *exchange) decodeWeb() error {
	if err := x.readBody(); err != nil {
		return err
	}
	x.web.Body = x.body
	x.in = x.web
	return nil
}

// answerWeb makes the answer of an operation that gives a whole one.
func (x *exchange) answerWeb(out *service.WebResponse) {
	h := http.Header{}
	for k, v := range out.Header {
		h[k] = v
	}
	h.Set("X-Amzn-Requestid", x.id)
	if !ownOrigin(hostOf(x.r.Host)) {
		confine(h)
	}
	x.made = &wire.Response{Status: out.Status, Header: h, Body: out.Body}
}

// webPreflight answers a browser that asks what a page may do at an address. Where the service says nothing of it, the request is one like others.
func (x *exchange) webPreflight(id string) (bool, error) {
	e := x.services.web.entry
	if e.crossing == nil || x.r.Header.Get("Origin") == "" || x.r.Header.Get("Access-Control-Request-Method") == "" {
		return false, nil
	}
	x.target.service, x.target.protocol = e.api, wire.RESTJSON1
	h, err := x.crossing(e.crossing, id, service.BrowserRequest{
		Preflight: true, Method: x.r.Header.Get("Access-Control-Request-Method"), Headers: headerNames(x.r.Header),
	})
	if err != nil || len(h) == 0 {
		return false, nil // it is answered as a request, with an error of its own
	}
	x.made = &wire.Response{Status: http.StatusOK, Header: h}
	return true, nil
}

// webService is the service that gives addresses out.
type webService struct {
	*entry
	operation string
}
