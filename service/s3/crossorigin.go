package s3

import (
	"net/http"
	"net/url"
	"strings"

	"vauban/api/wire"
	"vauban/engine/cors"
	"vauban/service"
	"vauban/store"
)

var (
	errAccessForbidden = wire.Code("AccessForbidden", http.StatusForbidden)
	errBadRequest      = wire.Code("BadRequest", http.StatusBadRequest)
)

// CrossOrigin implements [service.CrossOrigin] by the rules of the bucket that the path names.
func (s *Service) CrossOrigin(tx store.Tx, r service.BrowserRequest) (http.Header, error) {
	if r.Preflight && r.Origin == "" {
		return nil, errBadRequest.New("Insufficient information. Origin request header needed.")
	}
	if r.Preflight && !cors.IsMethod(r.Method) {
		return nil, errBadRequest.New("Invalid Access-Control-Request-Method: %s", methodShown(r.Method))
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(r.Path, "/"), "/")
	name, err := url.PathUnescape(name)
	if err != nil || name == "" {
		return nil, forbidden(r, "CORSResponse: Bucket not found")
	}
	b, err := buckets.Get(tx, store.K(name))
	if store.IsAbsent(err) {
		return nil, forbidden(r, "CORSResponse: Bucket not found")
	}
	if err != nil {
		return nil, err
	}
	rules, err := corsKind.in(tx, b)
	if err != nil {
		return nil, err
	}
	if rules == nil {
		return nil, forbidden(r, "CORSResponse: CORS is not enabled for this bucket.")
	}
	asked := cors.Request{Origin: r.Origin, Method: r.Method, Headers: r.Headers}
	rule := cors.Match(rules.Rules, asked)
	if rule == nil {
		return nil, forbidden(r, "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.")
	}
	h := http.Header{}
	for _, a := range rule.Answer(asked) {
		h.Set(a.Name, a.Value)
	}
	return h, nil
}

func methodShown(method string) string {
	if method == "" {
		return "null"
	}
	return method
}

// forbidden refuses a preflight. Other answers are merely not for the page.
func forbidden(r service.BrowserRequest, message string) error {
	if !r.Preflight {
		return nil
	}
	kind := "BUCKET"
	if _, key, _ := strings.Cut(strings.TrimPrefix(r.Path, "/"), "/"); key != "" {
		kind = "OBJECT"
	}
	return errAccessForbidden.New("%s", message).With("Method", r.Method).With("ResourceType", kind)
}
