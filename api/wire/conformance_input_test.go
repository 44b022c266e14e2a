package wire

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestConformanceInput reads the requests of the protocol suites, which were written to test clients, the other way around: what a client has to send for
// some parameters must decode to these parameters.
func TestConformanceInput(t *testing.T) {
	run, excepted := 0, map[string]bool{}
	for _, s := range readSuites(t, "input") {
		for _, tc := range s.Cases {
			name := s.file + "/" + tc.ID
			reason := notServerInput[name]
			problem := inputProblem(s, tc)
			switch {
			case reason != "" && problem == "":
				t.Errorf("%s passes, but is listed as not applicable: %s", name, reason)
			case reason != "":
				excepted[name] = true
			case problem != "":
				t.Errorf("%s: %s", name, problem)
			default:
				run++
			}
		}
	}
	for name := range notServerInput {
		if !excepted[name] {
			t.Errorf("%s is listed as not applicable, but does not exist or passes", name)
		}
	}
	t.Logf("%d requests decoded as they should, %d listed as not applicable to a server", run, len(excepted))
}

// inputProblem decodes one request and says what is wrong, or "".
func inputProblem(s *suite, tc *suiteCase) string {
	c := newC2J(s)
	op := c.operation(tc)
	path, query, _ := strings.Cut(tc.Serialized.URI, "?")
	r := &Request{Method: tc.Serialized.Method, EscapedPath: path, RawQuery: query, Header: http.Header{}, Body: s.bodyOf(tc.Serialized.Body)}
	for k, v := range tc.Serialized.Headers {
		r.Header.Set(k, v)
	}
	p := s.protocol()
	if p == RESTJSON1 || p == RESTXML {
		matched, labels, ok := NewRouter(op.Service).Match(r.Method, path, query, r.Header)
		if !ok || matched != op {
			return "no route for " + r.Method + " " + tc.Serialized.URI
		}
		r.Labels = labels
	}
	if op.Streams() {
		r.Stream = readerOf(r.Body)
	}
	got, err := Decode(p, op, r)
	if err != nil {
		return "decode: " + err.Error()
	}
	want := tc.Params
	if want == nil {
		want = map[string]any{}
	}
	if tc.Given.Input != nil {
		filled := reflect.New(op.Input)
		if err := c.toGo(filled.Elem(), tc.Given.Input.Shape, want); err != nil {
			return "the case's params: " + err.Error()
		}
		want = plain(filled.Elem())
	}
	return brief(cmp.Diff(want, plain(reflect.ValueOf(got).Elem())))
}

// brief keeps a diff readable: some cases have bodies of 10 kB.
func brief(s string) string {
	if len(s) > 900 {
		return s[:900] + "…"
	}
	return s
}
