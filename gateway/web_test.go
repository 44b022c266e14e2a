package gateway_test

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/gateway"
	"vauban/gateway/sigv4"
	"vauban/service"
)

// doors gives addresses out, and answers a request at one with the address and what is below it.
type doors struct {
	api  *wire.Service
	open *policy.Document
}

func newDoors(t *testing.T) *doors {
	op := &wire.Operation{
		Name: "Knock", Method: http.MethodPost, URI: "/", Status: http.StatusOK, Input: reflect.TypeFor[service.WebAddress](), Output: reflect.TypeFor[struct{}](),
		Actions: []wire.Action{{Name: "doors:Knock", Level: 'W'}},
	}
	open, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"doors:Knock","Resource":"*"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return &doors{open: open, api: wire.NewService(&wire.Service{
		Name: "doors", SigningName: "doors", ARNNamespace: "doors", EventSource: "doors.test", Version: "2026-01-01", Protocols: []wire.Protocol{wire.RESTJSON1},
		Operations: []*wire.Operation{op},
	})}
}

func (d *doors) API() *wire.Service { return d.api }

func (d *doors) WebOperation() string { return "Knock" }

func (d *doors) Operations() []service.Row {
	ask := func(c *service.Call, in *service.WebRequest) ([]service.Question, error) {
		return []service.Question{{Resource: "arn:aws:doors:::door", Policy: &policy.Named{Name: "door", Document: d.open}}}, nil
	}
	knock := func(_ *service.Call, in *service.WebRequest) (*service.WebResponse, error) {
		header := http.Header{"Set-Cookie": {"got=" + in.Header.Get("Cookie")}, "Content-Security-Policy": {"default-src 'self'"}, "Got": {in.Header.Get("Cookie")}}
		return &service.WebResponse{Status: http.StatusOK, Header: header, Body: []byte(*in.Address.ID + " " + *in.Address.Path)}, nil
	}
	return []service.Row{service.Acts(d.api.Operations[0], ask, knock).OnData().WithoutSignature()}
}

func TestWebAddresses(t *testing.T) {
	h := newHouse(t, gateway.Limits{}, newDoors(t))
	for _, x := range []struct {
		host, path, signing, want string
	}{
		{"vauban.test", "/lambda-url/a/p", "", "a /p"},
		{"vauban.test", "/lambda-url/a/p", "doors", "a /p"},
		{"vauban.test", "/lambda-url/a/../b/p", "", "a /../b/p"}, // nobody's signature says otherwise
		{"vauban.test", "/lambda-url/b/../a/p", "doors", ""},     // the signature is one for a
		{"vauban.test", "/lambda-url/b/%2e%2e/a/p", "doors", ""},
		{"vauban.test", "/lambda-url/b//p", "doors", ""},
		{"vauban.test", "/lambda-url/a/p", "s3", ""}, // an object of the bucket lambda-url
		{"a.lambda-url.us-east-1.on.aws", "/p", "", "a /p"},
		{"a.lambda-url.us-east-1.on.aws", "/lambda-url/b/p", "", "a /lambda-url/b/p"},
		{"files.s3.us-east-1.amazonaws.com", "/lambda-url/a/p", "", ""}, // an object of that bucket
	} {
		r := httptest.NewRequest(http.MethodGet, x.path, nil)
		r.Host = x.host
		if x.signing != "" {
			s := &sigv4.Signer{AccessKeyID: "AKIATESTTESTTESTROOT", Secret: secretOf("root"), Region: "us-east-1", Service: x.signing}
			if err := s.Sign(r, sigv4.PayloadHash(nil), h.now); err != nil {
				t.Fatal(err)
			}
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		switch got := w.Body.String(); {
		case x.want == "" && w.Code == http.StatusOK, x.want != "" && got != x.want:
			t.Errorf("%s%s signed for %q: %d %s, want %q", x.host, x.path, x.signing, w.Code, strings.TrimSpace(got), x.want)
		}
	}
}

// TestSharedOrigin: at a path, which shares its origin with others, a page is shown in an origin of its own and cookies are neither taken nor set; at a host
// of its own the answer is the service's.
func TestSharedOrigin(t *testing.T) {
	h := newHouse(t, gateway.Limits{}, newDoors(t))
	get := func(host, path string) http.Header {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Host = host
		r.Header.Set("Cookie", "a=1")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Fatalf("%s%s: %d %s", host, path, w.Code, w.Body)
		}
		return w.Result().Header
	}
	shared := get("vauban.test", "/lambda-url/a/p")
	policies := shared["Content-Security-Policy"]
	if len(policies) != 2 || policies[0] != "default-src 'self'" || !strings.HasPrefix(policies[1], "sandbox ") || strings.Contains(policies[1], "allow-same-origin") {
		t.Errorf("policies %q", policies)
	}
	if shared["Set-Cookie"] != nil || shared.Get("Got") != "" || shared.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers %v", shared)
	}
	own := get("a.lambda-url.us-east-1.on.aws", "/p")
	if own.Get("Set-Cookie") != "got=a=1" || len(own["Content-Security-Policy"]) != 1 {
		t.Errorf("at a host of its own: %v", own)
	}
}
