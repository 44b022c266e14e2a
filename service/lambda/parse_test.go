package lambda

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"testing"

	api "vauban/api/lambda"
	"vauban/api/sqs"
	"vauban/engine/policy"
	"vauban/service"
)

func TestNamed(t *testing.T) {
	c := &service.Call{Account: "111122223333", Region: "us-east-1"}
	full := "arn:aws:lambda:us-east-1:111122223333:function:f"
	for text, want := range map[string]string{
		"f": full, "f:live": full + ":live", "function:f": full, full: full, full + ":3": full + ":3", "111122223333:function:f": full,
		"444455556666:function:f:$LATEST": "arn:aws:lambda:us-east-1:444455556666:function:f:$LATEST",
	} {
		if n, err := named(c, &text, nil); err != nil || n.arn() != want {
			t.Errorf("%s: %s, %v; want %s", text, n.arn(), err, want)
		}
	}
	for _, text := range []string{"", "a/b", "arn:aws:lambda:eu-west-1:111122223333:function:f", "f:live:x", "arn:aws:lambda:us-east-1:111122223333:function:"} {
		if n, err := named(c, &text, nil); err == nil {
			t.Errorf("%q is taken for %s", text, n.arn())
		}
	}
	if _, err := named(c, new("f:live"), new("dead")); err == nil {
		t.Error("two qualifiers are taken")
	}
}

func FuzzNamed(f *testing.F) {
	f.Add("arn:aws:lambda:us-east-1:111122223333:function:f:live", "live")
	f.Add("111122223333:function:f", "")
	f.Fuzz(func(t *testing.T, text, qualifier string) {
		c := &service.Call{Account: "111122223333", Region: "us-east-1"}
		n, err := named(c, &text, &qualifier)
		if err == nil && (n.function == "" || n.region != c.Region || len(n.function) > maxName) {
			t.Errorf("%q is taken for %+v", text, n)
		}
	})
}

func messages(ids ...string) (out []sqs.Message) {
	for _, id := range ids {
		out = append(out, sqs.Message{MessageId: new(id), Body: new(`{"kind":"x"}`)})
	}
	return out
}

func TestSucceeded(t *testing.T) {
	for answer, want := range map[string][]string{
		`null`: {"a", "b"}, ``: {"a", "b"}, `{}`: {"a", "b"}, `{"batchItemFailures":[]}`: {"a", "b"}, `{"batchItemFailures":null}`: {"a", "b"},
		`{"batchItemFailures":[{"itemIdentifier":"b"}]}`: {"a"}, `{"batchItemFailures":[{"itemIdentifier":""}]}`: nil, `{"batchItemFailures":[{}]}`: nil,
		`{"batchItemFailures":[{"itemIdentifier":"other"}]}`: nil, `"text"`: nil, `[`: nil,
	} {
		var got []string
		for _, m := range succeeded(messages("a", "b"), []byte(answer)) {
			got = append(got, *m.MessageId)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v have succeeded, want %v", answer, got, want)
		}
	}
}

func TestFilter(t *testing.T) {
	from := &Mapping{Source: "arn:aws:sqs:us-east-1:111122223333:q", Region: "us-east-1"}
	for _, x := range []struct {
		filter, body string
		want         bool
	}{
		{`{"body":{"kind":["x"]}}`, `{"kind":"x"}`, true},
		{`{"body":{"kind":["x"]}}`, `{"kind":"y"}`, false},
		{`{"body":{"kind":["x"]}}`, `plain`, false},
		{`{"body":["plain"]}`, `plain`, true},
		{`{"body":["plain"]}`, `{"kind":"x"}`, false},
		{`{"awsRegion":["us-east-1"]}`, `anything`, true},
	} {
		m, err := compile([]string{`{"eventSource":["none"]}`, x.filter})
		if err != nil {
			t.Fatal(err)
		}
		if got := m.takes(&sqs.Message{MessageId: new("a"), Body: &x.body}, from); got != x.want {
			t.Errorf("%s takes %s: %v", x.filter, x.body, got)
		}
	}
	if !matcher(nil).takes(&sqs.Message{}, from) {
		t.Error("without a filter a message is left out")
	}
}

func TestURLAnswer(t *testing.T) {
	for payload, want := range map[string]struct {
		status int
		body   string
	}{
		`{"statusCode":201,"body":"b","headers":{"X-A":1,"Connection":"close","clear-site-data":"*","bad name":"x"},"cookies":["a=1"]}`: {201, "b"},
		`{"statusCode":200,"body":"aGk=","isBase64Encoded":true}`:                                                                       {200, "hi"},
		`{"statusCode":200,"body":{"a":1}}`:                                                                                             {200, `{"a":1}`},
		`{"a":1}`:                                                                                                                       {200, `{"a":1}`},
		`"text"`:                                                                                                                        {200, "text"},
		`[1]`:                                                                                                                           {200, "[1]"},
	} {
		got, err := urlAnswer([]byte(payload))
		if err != nil || got.Status != want.status || string(got.Body) != want.body {
			t.Errorf("%s: %+v, %v", payload, got, err)
			continue
		}
		if got.Header.Get("Connection") != "" || got.Header.Get("Clear-Site-Data") != "" || got.Header["bad name"] != nil {
			t.Errorf("%s: headers that are not the function's: %v", payload, got.Header)
		}
	}
	for _, payload := range []string{`{"statusCode":99}`, `{"statusCode":200,"body":"%","isBase64Encoded":true}`} {
		if got, err := urlAnswer([]byte(payload)); err == nil {
			t.Errorf("%s is an answer: %+v", payload, got)
		}
	}
}

// What a caller proves itself with stays out of the event, the rest of the query as it is.
func TestURLEventWithoutCredentials(t *testing.T) {
	in := &service.WebRequest{
		Address: service.WebAddress{Method: new("GET"), Path: new("/"), Host: new("h")}, RawQuery: "b=%7e&X-Amz-Signature=s&x-amz-security%2Dtoken=t&a",
		Header: http.Header{"Authorization": {"AWS4-HMAC-SHA256 x"}, "X-Amz-Security-Token": {"t"}, "X-A": {"1"}},
	}
	c := &service.Call{Caller: &service.Caller{Kind: policy.User, Account: "111122223333"}}
	e := (&Service{}).urlEvent(c, &urlFind{url: &FunctionURL{}}, in)
	if got := e["rawQueryString"]; got != "b=%7e&a" {
		t.Errorf("the query is %v", got)
	}
	if got := e["queryStringParameters"]; !reflect.DeepEqual(got, map[string]string{"a": "", "b": "~"}) {
		t.Errorf("the parameters are %v", got)
	}
	if got := e["headers"]; !reflect.DeepEqual(got, map[string]string{"host": "h", "x-a": "1"}) {
		t.Errorf("the headers are %v", got)
	}
	c.Caller = &service.Caller{Kind: policy.Anonymous}
	if e := (&Service{}).urlEvent(c, &urlFind{url: &FunctionURL{}}, in); e["headers"].(map[string]string)["authorization"] == "" {
		t.Error("what a function is to judge by itself is missing")
	}
}

// A stranger at a URL that asks for a signature is refused with an error, which is recorded and slows it down.
func TestURLOfKnownCallers(t *testing.T) {
	c := &service.Call{Caller: &service.Caller{Kind: policy.Anonymous}}
	c.Found = &urlFind{&FunctionURL{AuthType: api.FunctionUrlAuthTypeAwsIam}, &subject{function: &Function{}, config: &Config{}}}
	if out, err := (&Service{}).invokeURL(c, &service.WebRequest{}); !is(err, accessDenied) {
		t.Errorf("got %+v, %v", out, err)
	}
}

func FuzzURLAnswer(f *testing.F) {
	f.Add([]byte(`{"statusCode":201,"body":"b","headers":{"X-A":"1\r\nSet-Cookie: x"},"cookies":["a=1"]}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		if !json.Valid(payload) {
			return
		}
		out, err := urlAnswer(payload)
		if err != nil {
			return
		}
		for k, values := range out.Header {
			for _, v := range values {
				if http.CanonicalHeaderKey(k) == "" || slices.ContainsFunc([]byte(v), func(c byte) bool { return c == '\r' || c == '\n' }) {
					t.Errorf("header %q: %q", k, v)
				}
			}
		}
	})
}
