package gateway_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"vauban/gateway"
	"vauban/gateway/sigv4"
	"vauban/store"
)

// How a fuzzed request is signed, in the lowest bits of mode; the higher ones choose the service of the scope.
const (
	asIs      = iota // with whatever headers the fuzzer made
	byHeader         // correctly, by somebody who may do everything
	byQuery          // presigned
	byNobody         // correctly, with a key that does not exist
	withWrong        // with the right key's ID and a wrong secret
	modes
)

var fuzzServices = []string{"notes", "queried", "ec2", "json10", "json11", "cbor", "restjson", "restxml", "s3", "nothing"}

// FuzzServeHTTP puts arbitrary requests to the door, as they are and correctly signed.
func FuzzServeHTTP(f *testing.F) {
	for _, s := range hostileSeeds() {
		for mode := range modes {
			f.Add(byte(mode)+byte(modes*s.service), s.method, s.path, s.query, s.header, s.body)
		}
	}
	h := newHouse(f, gateway.Limits{PerCaller: 1e9, PerSource: 1e9, Unproven: 1e9, Body: 1 << 20}, servicesOf(kinds())...)
	n := 0
	f.Fuzz(func(t *testing.T, mode byte, method, path, query, header string, body []byte) {
		r := fuzzed(method, path, query, header, body)
		if r == nil {
			t.Skip("net/http would not let it through")
		}
		if n++; n%1000 == 0 {
			h.forget(t)
		}
		h.now = h.now.Add(time.Millisecond)
		if !h.sign(r, mode, body) {
			t.Skip("not signable")
		}
		h.check(t, r, body)
	})
}

// token is a token of RFC 9110: what net/http takes for a method or a field name.
var token = regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+$")

// fuzzed builds the request that net/http would hand over, or nil where it would answer 400 by itself.
func fuzzed(method, path, query, header string, body []byte) *http.Request {
	if len(header) > 8<<10 || !token.MatchString(method) {
		return nil
	}
	target := path
	if query != "" {
		target += "?" + query
	}
	u, err := url.ParseRequestURI(target)
	if err != nil || !strings.HasPrefix(path, "/") {
		return nil
	}
	r := &http.Request{Method: method, URL: u, RequestURI: target, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Host: "vauban.test",
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), RemoteAddr: "192.0.2.7:1234"}
	for line := range strings.SplitSeq(header, "\n") {
		k, v, ok := strings.Cut(line, ": ")
		if !ok || !token.MatchString(k) {
			continue
		}
		if k = textproto.CanonicalMIMEHeaderKey(k); k == "Host" || k == "Content-Length" || k == "Transfer-Encoding" {
			continue
		}
		r.Header.Add(k, v)
	}
	return r
}

// forget drops the records: a fuzzer makes more of them than memory takes.
func (h *house) forget(t *testing.T) {
	err := h.db.DB.Write(t.Context(), func(tx store.Tx) error {
		events, err := tx.Events(0, 1<<20)
		if err != nil || len(events) == 0 {
			return err
		}
		return tx.DropEvents(events[len(events)-1].Seq)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (h *house) sign(r *http.Request, mode byte, body []byte) bool {
	s := &sigv4.Signer{AccessKeyID: "AKIATESTTESTTESTROOT", Secret: "secret", Region: "us-east-1", Service: fuzzServices[int(mode)/modes%len(fuzzServices)]}
	switch mode % modes {
	case asIs:
		return true
	case byQuery:
		r.Header.Del("Authorization")
		hash := sigv4.PayloadHash(body)
		if s.Service == "s3" {
			hash = sigv4.UnsignedPayload
		}
		return s.Presign(r, hash, time.Minute, h.now) == nil
	case byNobody:
		s.AccessKeyID = "AKIATESTTESTTESTNOBODY"
	case withWrong:
		s.Secret = "wrong"
	}
	return s.Sign(r, sigv4.PayloadHash(body), h.now) == nil
}

// verifies is whether the request proves who sent it, found without the door.
func (h *house) verifies(r *http.Request, body []byte) bool {
	s, p := sigv4.Parse(r)
	return p == nil && s.AccessKeyID == "AKIATESTTESTTESTROOT" && s.Verify("secret", h.now, nil, body) == nil
}

// inside are traces of the program in an answer.
var inside = regexp.MustCompile(`goroutine \d|panic|runtime error|\.go:\d|0x[0-9a-f]{6,}|sqlite|reflect\.|interface conversion|vauban/`)

// refusal are the codes of requests whose caller could not be named.
var refusal = regexp.MustCompile(`SignatureDoesNotMatch|InvalidSignatureException|AuthFailure|IncompleteSignature|InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|InvalidToken|RequestEntityTooLarge|AuthorizationHeaderMalformed|AuthorizationQueryParametersError|RequestExpired|InvalidArgument|NotImplemented`)

// check sends the request and holds the answer, the store and the log against what must be true of any request.
func (h *house) check(t *testing.T, r *http.Request, body []byte) *httptest.ResponseRecorder {
	t.Helper()
	proves := h.verifies(r, body)
	h.db.seen()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	changes, events := h.db.seen()
	text := w.Body.String()
	if w.Code >= 500 && w.Code != http.StatusNotImplemented {
		t.Errorf("a server error for a client's fault: %d %s", w.Code, text)
	}
	if id := w.Header()["X-Amzn-Requestid"]; len(id) != 1 || len(id[0]) != 36 {
		t.Errorf("x-amzn-RequestId: %q", id)
	}
	if found := inside.FindString(text); found != "" && !strings.Contains(r.RequestURI+string(body)+r.URL.RawQuery, found) {
		t.Errorf("the answer shows the inside (%q): %s", found, text)
	}
	if err := readable(w, r.Method); err != nil {
		t.Errorf("the answer cannot be read: %v\n%d %v\n%q", err, w.Code, w.Header(), text)
	}
	switch {
	case changes > 0 && (w.Code != 200 || !proves):
		t.Errorf("stored %d documents, and answered %d %s (proven: %v)", changes, w.Code, text, proves)
	case !proves && events != 0:
		t.Errorf("%d records for a caller who proved nothing: %d %s", events, w.Code, text)
	case !proves && w.Code < 400:
		t.Errorf("served a caller who proved nothing: %d %s", w.Code, text)
	case proves && events != 1 && !(events == 0 && w.Code >= 400 && (refusal.MatchString(text) || r.Method == http.MethodHead)):
		t.Errorf("%d records for a proven caller: %d %s", events, w.Code, text)
	}
	return w
}

// readable parses an answer as its Content-Type says.
func readable(w *httptest.ResponseRecorder, method string) error {
	b := w.Body.Bytes()
	switch ct := w.Header().Get("Content-Type"); {
	case method == http.MethodHead:
		if len(b) > 0 {
			return errors.New("a body for HEAD")
		}
		return nil
	case len(b) == 0 && w.Code < 300:
		return nil
	case strings.Contains(ct, "json"):
		if !json.Valid(b) {
			return errors.New("not JSON")
		}
		return nil
	case strings.Contains(ct, "xml"):
		return wellFormedXML(b)
	case ct == "application/cbor":
		rest, err := skipCBOR(b, 0)
		if err == nil && len(rest) > 0 {
			err = errors.New("more after the CBOR item")
		}
		return err
	default:
		return errors.New("Content-Type " + ct)
	}
}

func wellFormedXML(b []byte) error {
	d := xml.NewDecoder(bytes.NewReader(b))
	elements := 0
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) && elements > 0 {
			return nil
		}
		if err != nil {
			return err
		}
		if _, ok := t.(xml.StartElement); ok {
			elements++
		}
	}
}

// skipCBOR reads one data item of definite length (RFC 8949, section 3) and returns what follows it.
func skipCBOR(b []byte, depth int) ([]byte, error) {
	broken := errors.New("not CBOR")
	if len(b) == 0 || depth > 32 {
		return nil, broken
	}
	major, info := b[0]>>5, b[0]&31
	b = b[1:]
	n, wide := uint64(info), 0
	if info >= 24 {
		if info > 27 {
			return nil, broken
		}
		if wide = 1 << (info - 24); len(b) < wide {
			return nil, broken
		}
		n = 0
		for _, c := range b[:wide] {
			n = n<<8 | uint64(c)
		}
		b = b[wide:]
	}
	items := 0
	switch major {
	case 2, 3:
		if uint64(len(b)) < n {
			return nil, broken
		}
		return b[n:], nil
	case 4:
		items = int(min(n, 1<<20))
	case 5:
		items = int(min(2*n, 1<<20))
	case 6:
		items = 1
	}
	for range items {
		var err error
		if b, err = skipCBOR(b, depth+1); err != nil {
			return nil, err
		}
	}
	return b, nil
}

type seed struct {
	service                     int
	method, path, query, header string
	body                        []byte
}

// hostileSeeds are requests of every protocol, and beginnings of hostile ones.
func hostileSeeds() []seed {
	const form = "Content-Type: application/x-www-form-urlencoded"
	unhex := func(s string) []byte { b, _ := hex.DecodeString(s); return b }
	return []seed{
		{0, "POST", "/", "", form, []byte("Action=PutNote&Version=2026-01-01&Name=a&Text=b")},
		{0, "GET", "/", "Action=GetNote&Version=2026-01-01&Name=a", "", nil},
		{0, "POST", "/", "", "X-Amz-Target: Notes.PutNote\nContent-Type: application/x-amz-json-1.1", []byte(`{"Name":"a","Text":"\ud83d\ude00"}`)},
		{1, "POST", "/", "", form, []byte("Action=Cook&Version=2026-02-queried&Name=soup&Words.member.1=x&Map.entry.1.key=k&Map.entry.1.value=v&Nested.Part.Text=t&Blob=AAE%3D&When=2026-01-01T00:00:00Z&Ratio=NaN&On=true")},
		{2, "POST", "/", "", form, []byte("Action=Cook&Version=2026-02-ec2&Name=soup&Words.1=x&Nested.Part.Part.Text=%FF%00")},
		{3, "POST", "/", "", "X-Amz-Target: Kitchenjson10.Cook\nContent-Type: application/x-amz-json-1.0", []byte(`{"Name":"soup","Nested":{"Part":{"Text":"x"}},"Count":1e3,"Blob":"AAE="}`)},
		{4, "POST", "/", "", "X-Amz-Target: a.b.Kitchenjson11.Bake\nContent-Encoding: gzip\nUser-Agent: \x01\x7f\xff", []byte(`{"Name":"soup"`)},
		{5, "POST", "/service/Kitchencbor/operation/Cook", "", "Smithy-Protocol: rpc-v2-cbor\nContent-Type: application/cbor", unhex("a1644e616d6564736f7570")},
		{5, "POST", "/service/Kitchencbor/operation/Taste", "", "Smithy-Protocol: rpc-v2-cbor", unhex("bf644e616d657f62736f627570ffff")},
		{6, "POST", "/dishes/soup", "count=3", "Content-Type: application/json\nX-Amz-Note: n", []byte(`{"Words":["x"],"Map":{"k":"v"},"When":1767225600.5,"Nested":{"Part":{}}}`)},
		{6, "GET", "/dishes/..%2f", "count=%zz", "", nil},
		{7, "POST", "/dishes/soup", "", "Content-Type: application/xml", []byte(`<CookRequest xmlns="https://kitchen.test/"><Words><member>x</member></Words><Nested><Part><Text>&#x41;</Text></Part></Nested></CookRequest>`)},
		{8, "POST", "/dishes/soup/", "", "", []byte(`<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>`)},
		{8, "HEAD", "//dishes/../soup", "", "Content-Type: text/plain", nil},
		{9, "OPTIONS", "/healthz", "", "Origin: https://example.com\nAuthorization: AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=00\nX-Amz-Date: 20260101T000000Z", nil},
		{6, "DELETE", "/%2e%2e/dishes/%00", "X-Amz-Signature=1&X-Amz-Credential=%2F%2F%2F%2Faws4_request&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=x&X-Amz-SignedHeaders=", "", nil},
	}
}
