package gateway_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"vauban/api/wire"
	"vauban/gateway/sigv4"
)

// ask is the request of a kind for an operation, not signed yet. params are members of text; body, when given, replaces what they make.
type ask struct {
	operation string // "" means Cook
	path      string // "" means that of the operation
	body      *string
	header    http.Header
	name      string // of the dish, "" means soup
}

func (k *kind) request(a ask) *http.Request {
	operation, name := a.operation, a.name
	if operation == "" {
		operation = "Cook"
	}
	if name == "" {
		name = "soup"
	}
	method, path, body, header := http.MethodPost, "/", "", http.Header{}
	switch k.protocol {
	case wire.AWSQuery, wire.EC2Query:
		header.Set("Content-Type", "application/x-www-form-urlencoded")
		body = url.Values{"Action": {operation}, "Version": {k.api.Version}, "Name": {name}}.Encode()
	case wire.AWSJSON10, wire.AWSJSON11:
		header.Set("Content-Type", map[wire.Protocol]string{wire.AWSJSON10: "application/x-amz-json-1.0", wire.AWSJSON11: "application/x-amz-json-1.1"}[k.protocol])
		header.Set("X-Amz-Target", k.api.TargetPrefix+"."+operation)
		body = `{"Name":"` + name + `"}`
	case wire.RPCv2CBOR:
		header.Set("Smithy-Protocol", "rpc-v2-cbor")
		header.Set("Content-Type", "application/cbor")
		path = "/service/" + k.api.TargetPrefix + "/operation/" + operation
		body = "\xa1\x64Name" + string(rune(0x60+len(name))) + name
	default:
		path = "/dishes/" + name
		if operation == "Taste" {
			method = http.MethodGet
		}
		if operation != "Cook" && operation != "Taste" {
			path = "/" + strings.ToLower(operation)
		}
	}
	if a.path != "" {
		path = a.path
	}
	if a.body != nil {
		body = *a.body
	}
	r := httptest.NewRequest(method, "http://vauban.test"+path, strings.NewReader(body))
	r.Header, r.RemoteAddr = header, "192.0.2.7:1234"
	for k, v := range a.header {
		r.Header[k] = v
	}
	return r
}

// signer is root's key for the kind.
func (k *kind) signer() *sigv4.Signer {
	return &sigv4.Signer{AccessKeyID: "AKIATESTTESTTESTROOT", Secret: "secret", Region: "us-east-1", Service: k.name}
}

// signedBy signs the request as it stands at the house's time.
func (h *house) signedBy(t testing.TB, r *http.Request, s *sigv4.Signer) *http.Request {
	t.Helper()
	if err := s.Sign(r, sigv4.PayloadHash(bodyOf(t, r)), h.now); err != nil {
		t.Fatal(err)
	}
	return r
}

func (h *house) presignedBy(t testing.TB, r *http.Request, s *sigv4.Signer) *http.Request {
	t.Helper()
	hash := sigv4.PayloadHash(bodyOf(t, r))
	if s.Service == "s3" {
		hash = sigv4.UnsignedPayload
	}
	if err := s.Presign(r, hash, 15*60*1e9, h.now); err != nil {
		t.Fatal(err)
	}
	return r
}

// bodyOf reads the body and leaves it to be read again.
func bodyOf(t testing.TB, r *http.Request) []byte {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	setBody(r, b)
	return b
}

func setBody(r *http.Request, b []byte) {
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
}

// outcome is what a request came to.
type outcome struct {
	status          int
	code            string
	changes, events int
	w               *httptest.ResponseRecorder
}

func (h *house) do(r *http.Request) outcome {
	h.db.seen()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	o := outcome{status: w.Code, w: w, code: codeOf(w)}
	o.changes, o.events = h.db.seen()
	return o
}

var (
	xmlCode  = regexp.MustCompile(`<Code>([^<]*)</Code>`)
	cborType = regexp.MustCompile(`(?s)f__type.+?([A-Z][A-Za-z0-9]+?)(?:g[mM]essage|$)`)
)

// codeOf is the error code of an answer, "" for success.
func codeOf(w *httptest.ResponseRecorder) string {
	if w.Code < 300 {
		return ""
	}
	if code := w.Header().Get("X-Amzn-Errortype"); code != "" {
		return code
	}
	for _, re := range []*regexp.Regexp{xmlCode, cborType} {
		if m := re.FindSubmatch(w.Body.Bytes()); m != nil {
			return string(m[1])
		}
	}
	return "?"
}

// perFamily is the code and status in each family's words.
type perFamily map[string]string

// of returns the code that a kind answers.
func (p perFamily) of(k *kind) (code string) {
	switch {
	case k.name == "s3":
		return p["s3"]
	case k.protocol == wire.AWSQuery:
		return p["query"]
	case k.protocol == wire.EC2Query:
		return p["ec2"]
	case k.protocol == wire.RESTJSON1, k.protocol == wire.RESTXML:
		if code, ok := p["rest"]; ok {
			return code
		}
	}
	return p["json"]
}
