package logpattern_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vauban/engine/logpattern"
)

func patterns(messages ...string) (out []string) {
	e := &logpattern.Extractor{}
	for _, m := range messages {
		e.Add(m, false)
	}
	for _, p := range e.Patterns() {
		out = append(out, fmt.Sprintf("%d %s %s", p.Counts[0], p.Severity(), p.String()))
	}
	return out
}

func TestPatterns(t *testing.T) {
	for _, x := range []struct{ in, want []string }{
		{[]string{
			"2023-01-01 19:00:01 [INFO] Calling DynamoDB to store for resource id 12342342k124-12345",
			"2023-01-01 19:00:02 [INFO] Calling DynamoDB to store for resource id 324892398123-12345",
			"2023-01-01 19:00:03 [INFO] Calling DynamoDB to store for resource id 3ff231242342-12345",
		}, []string{"3 Info <Time-1> [INFO] Calling DynamoDB to store for resource id <ID-2>"}}, // the example of the User Guide
		{[]string{"[INFO] Request time: 327 ms", "[INFO] Request time: 4.5ms"}, []string{"1 Info [INFO] Request time: <Number-1> ms", "1 Info [INFO] Request time: <Number-1>ms"}},
		{[]string{"User ann logged in", "User bob logged in", "User cid logged in"}, []string{"3 None User <Token-1> logged in"}},
		{[]string{"User ann logged in", "User bob logged in"}, []string{"1 None User ann logged in", "1 None User bob logged in"}},
		{[]string{"login of ann from berlin was denied", "login of bob from paris was denied", "login of cid from rome was denied"}, []string{"3 None login of <Token-1> from <Token-2> was denied"}},
		{[]string{"job done ERROR", "job done INFO", "job done DEBUG"}, []string{"1 Debug job done DEBUG", "1 Error job done ERROR", "1 Info job done INFO"}},
		{[]string{"started", "stopped", "failed"}, []string{"1 None failed", "1 None started", "1 None stopped"}},
		{[]string{`{"level":"error","ip":"10.0.0.1","id":"7b0b1b2e-0000-4000-8000-000000000001","at":"2026-01-02T03:04:05.123Z"}`},
			[]string{`1 Error {"level":"error","ip":"<IP-1>","id":"<UUID-2>","at":"<Time-3>"}`}},
		{[]string{`10.0.0.1 - - [02/Jan/2026:03:04:05 +0000] "GET /a/17?x=2 HTTP/1.1" 200`}, []string{`1 None <IP-1> - - [<Time-2>] "GET /a/<Number-3>?x=<Number-4> HTTP/<Number-5>" <Number-6>`}},
		{[]string{"Jan  2 03:04:05 host sshd[42]: bad", "peer 2001:db8::1 and 10.0.0.1:443."}, []string{"1 None <Time-1> host sshd[<Number-2>]: bad", "1 None peer <IP-1> and <IP-2>:<Number-3>."}},
		{[]string{""}, []string{"1 None "}},
	} {
		if d := cmp.Diff(x.want, patterns(x.in...)); d != "" {
			t.Errorf("%q (-want +got):\n%s", x.in, d)
		}
	}
}

// TestValues: what varies is counted.
func TestValues(t *testing.T) {
	e := &logpattern.Extractor{}
	for i := range 100 {
		e.Add(fmt.Sprintf("answered %d to %s", 200+i%2, []string{"ann", "bob", "cid"}[i%3]), i >= 50)
	}
	all := e.Patterns()
	if len(all) != 1 || all[0].Counts != [2]int64{50, 50} || all[0].Values[0]["200"] != 50 || all[0].Values[1]["ann"] != 34 || len(all[0].Samples) != 3 {
		t.Errorf("%+v", all)
	}
	values, ok := all[0].Match(logpattern.Scan("answered 500 to eve"))
	if !ok || !slices.Equal(values, []string{"500", "eve"}) {
		t.Errorf("%v %v", values, ok)
	}
	if _, ok := all[0].Match(logpattern.Scan("answered nobody to eve")); ok {
		t.Error("a word is no number")
	}
	if id := all[0].ID(); len(id) != 32 {
		t.Errorf("%q", id)
	}
}

// TestOrderLaw: patterns do not depend on the order of messages, and count each message once.
func TestOrderLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.SampledFrom([]string{"a", "b", "c", "d", "7", "10.0.0.1", "ERROR", ","})
		messages := rapid.SliceOfN(rapid.Map(rapid.SliceOfN(word, 1, 5), func(w []string) string { return strings.Join(w, " ") }), 1, 60).Draw(t, "messages")
		one := patterns(messages...)
		n := 0
		for _, p := range one {
			var c int
			_, _ = fmt.Sscanf(p, "%d", &c)
			n += c
		}
		if n != len(messages) {
			t.Fatalf("%d messages are in patterns of %d", len(messages), n)
		}
		other := rapid.Permutation(messages).Draw(t, "order")
		if d := cmp.Diff(one, patterns(other...)); d != "" {
			t.Fatalf("another order (-one +other):\n%s", d)
		}
	})
}

func FuzzScan(f *testing.F) {
	for _, s := range []string{"2026-01-02T03:04:05Z a=1", "10.0.0.1:80 x", "\x00<", "Jan 1", "1.2.", "fe80::1%eth0", strings.Repeat("a ", 400)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tokens := logpattern.Scan(s)
		if len(tokens) > 303 {
			t.Fatalf("%d tokens", len(tokens))
		}
		e := &logpattern.Extractor{}
		e.Add(s, false)
		for _, p := range e.Patterns() {
			if _, ok := p.Match(tokens); !ok {
				t.Fatalf("%q is not of its pattern %q", s, p.String())
			}
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	e := &logpattern.Extractor{}
	m := `2026-01-02T03:04:05.123Z INFO request 7b0b1b2e-0000-4000-8000-000000000001 from 10.0.0.1 took 12 ms, status 200`
	b.SetBytes(int64(len(m)))
	for b.Loop() {
		e.Add(m, false)
	}
}
