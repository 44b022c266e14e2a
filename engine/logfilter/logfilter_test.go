package logfilter_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vauban/engine/logfilter"
)

func TestMatch(t *testing.T) {
	const trail = `{"eventType":"UpdateTrail","sourceIPAddress":"111.111.111.111","arrayKey":["value","another value"],"objectList":[{"name":"a","id":1},{"name":"b","id":2}],` +
		`"SomeObject":null,"cluster.name":"c","bandwidth":75.5,"user":{"id":1,"email":"John.Stiles@example.com","admin":true},"errorCode":"AccessDenied"}`
	const access = `127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534`
	for _, x := range []struct {
		pattern string
		yes, no []string
	}{
		{``, []string{"anything", trail}, nil},
		{`ERROR`, []string{"[ERROR 400] BAD REQUEST"}, []string{"error", "WARN"}},
		{`ERROR ARGUMENTS`, []string{"[ERROR 419] MISSING ARGUMENTS"}, []string{"[ERROR 400]", "ARGUMENTS"}},
		{`?ERROR ?ARGUMENTS`, []string{"ERROR", "no ARGUMENTS"}, []string{"WARN"}},
		{`INFO ?ERROR`, []string{"INFO"}, []string{"ERROR"}},
		{`"INTERNAL SERVER ERROR"`, []string{"500 INTERNAL SERVER ERROR"}, []string{"ERROR INTERNAL SERVER"}},
		{`"a \"b\""`, []string{`x a "b" y`}, []string{`a b`}},
		{`ERROR -ARGUMENTS`, []string{"ERROR 400"}, []string{"ERROR ARGUMENTS", "x"}},
		{`-"a b"`, []string{"ab"}, []string{"a b"}},
		{`%[Aa]bc+%`, []string{"xAbcc"}, []string{"ABC"}},
		{`ERROR %4[0-9][0-9]%`, []string{"ERROR 404"}, []string{"ERROR 504", "404"}},
		{`{ $.eventType = "UpdateTrail" }`, []string{trail}, []string{`{"eventType":"x"}`, "UpdateTrail", `{}`, `{"eventType":"UpdateTrail"} x`}},
		{`{$.eventType=UpdateTrail}`, []string{trail}, nil},
		{`{ $.eventType = "Update*" && $.eventType = *Trail }`, []string{trail}, nil},
		{`{ $.sourceIPAddress != 123.123.* }`, []string{trail}, []string{`{"sourceIPAddress":"123.123.1.1"}`, `{}`}},
		{`{ $.arrayKey[0] = "value" }`, []string{trail}, nil},
		{`{ $.arrayKey[2] = * }`, nil, []string{trail}},
		{`{ $.objectList[*].id = 2 }`, []string{trail}, []string{`{"objectList":[{"id":1}]}`}},
		{`{ $.objectList[1].id = 2 }`, []string{trail}, nil},
		{`{ $['cluster.name'] = "c" }`, []string{trail}, nil},
		{`{ $.SomeObject IS NULL }`, []string{trail}, []string{`{}`, `{"SomeObject":1}`}},
		{`{ $.SomeOtherObject NOT EXISTS }`, []string{trail, `{}`}, []string{`{"SomeOtherObject":null}`}},
		{`{ $.user.admin IS TRUE }`, []string{trail}, []string{`{"user":{"admin":false}}`, `{"user":{"admin":"true"}}`}},
		{`{ $.user.admin is false }`, []string{`{"user":{"admin":false}}`}, []string{trail}},
		{`{ $.bandwidth > 75 }`, []string{trail}, []string{`{"bandwidth":75}`, `{"bandwidth":"80"}`}},
		{`{ $.bandwidth <= 7.55e1 }`, []string{trail}, []string{`{"bandwidth":76}`}},
		{`{ $.bandwidth = 75.5 }`, []string{trail, `{"bandwidth":755e-1}`}, nil},
		{`{ $.bandwidth != 75.5 }`, []string{`{"bandwidth":1}`}, []string{trail}},
		{`{ ($.user.id = 2 && $.eventType = x) || $.errorCode = "*Unauthorized*" || $.errorCode = "AccessDenied*" }`, []string{trail}, []string{`{"user":{"id":2}}`}},
		{`{ $.user.id = 1 || $.a = 1 && $.b = 1 }`, []string{trail, `{"a":1,"b":1}`}, []string{`{"a":1}`, `{"b":1}`}},
		{`{ $.user.email = %John\.[A-Z][a-z]+@% }`, []string{trail}, nil},
		{`{ $.user = * }`, []string{trail}, []string{`{}`}},
		{`[ip, user, username, timestamp, request, status_code, bytes]`, []string{access}, []string{"a b", access + " x"}},
		{`[ip, user, username, timestamp, request =*.html*, status_code = 4*, bytes]`, []string{access}, []string{strings.Replace(access, "404", "504", 1)}},
		{`[ip, ..., status_code=404, bytes>1000]`, []string{access}, []string{strings.Replace(access, "1534", "999", 1)}},
		{`[..., bytes]`, []string{access, "1"}, []string{""}},
		{`[ip, ...]`, []string{access}, nil},
		{`[ip, user, username, timestamp, request, status_code=400 || status_code=404, bytes]`, []string{access}, nil},
		{`[ip, user=%Prod|Test%, username!=mark && username!=john, ...]`, []string{access}, nil},
		{`[w1="127.0.0.1", ...]`, []string{access}, []string{"1 2"}},
		{`[a!=5, ...]`, []string{"6", "x"}, []string{"5", "5.0"}},
	} {
		p, err := logfilter.Compile(x.pattern)
		if err != nil {
			t.Errorf("%s: %v", x.pattern, err)
			continue
		}
		for _, m := range x.yes {
			if !p.Match(m) {
				t.Errorf("%s does not match %s", x.pattern, m)
			}
		}
		for _, m := range x.no {
			if p.Match(m) {
				t.Errorf("%s matches %s", x.pattern, m)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	for _, text := range []string{
		`a.b`, `"open`, `%open`, `%%`, `%(a)%`, `%a!%`, `%[%`, `-`, `?`, `{`, `{}`, `{ $.a }`, `{ $.a = }`, `{ a = 1 }`, `{ $.a > x }`, `{ $.a = 1 && }`, `{ ($.a = 1 }`,
		`{ $.a[x] = 1 }`, `{ $.a IS MAYBE }`, `{ $.a NOT THERE }`, `{ $.a = 1 $.b = 2 }`, `[a`, `[a b]`, `[a, ..., b, ...]`, `[a=]`, `[a=1 && b=2]`, `[a>x]`,
		`{ $.a = %a% && $.b = %b% && $.c = %c% }`, `%a% %b% ?%c%`, `%.{0,1000}.{0,1000}x%`, `%.{0,900}x% %.{0,900}y% %z%`, `[a=%.{0,999}b{0,999}%]`, `{ $.a = %a{600}b{600}% && $.b = %a{900}% }`, `{ ` + strings.Repeat("(", 40) + `$.a = 1` + strings.Repeat(")", 40) + ` }`, strings.Repeat("a ", 600),
	} {
		if p, err := logfilter.Compile(text); err == nil {
			t.Errorf("%s was compiled: %+v", text, p)
		}
	}
}

func TestValues(t *testing.T) {
	for _, x := range []struct {
		pattern, message string
		want             map[string]string
	}{
		{`ERROR`, `ERROR`, map[string]string{}},
		{`{ $.a = 1 && ($.b.c = * || $.d = 1) }`, `{"a":1,"b":{"c":"x"}}`, map[string]string{"$.a": "1", "$.b.c": "x"}},
		{`[..., size]`, `127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 200 1534`, map[string]string{
			"$1": "127.0.0.1", "$2": "-", "$3": "frank", "$4": "10/Oct/2000:13:25:15 -0700", "$5": "GET /index.html HTTP/1.0", "$6": "200", "$size": "1534",
		}},
	} {
		p, err := logfilter.Compile(x.pattern)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := p.Test(x.message)
		if d := cmp.Diff(x.want, got); !ok || d != "" {
			t.Errorf("%s: %t %s", x.pattern, ok, d)
		}
		for ref, want := range x.want {
			r, err := p.Refer(ref)
			if err != nil {
				t.Fatal(err)
			}
			if v, ok := p.Value(x.message, r); !ok || v != want {
				t.Errorf("%s of %s: %q %t, want %q", ref, x.pattern, v, ok, want)
			}
		}
	}
}

// TestGlobLaw: wildcards match as a naive matcher says.
func TestGlobLaw(t *testing.T) {
	var naive func(p, s string) bool
	naive = func(p, s string) bool {
		switch {
		case p == "":
			return s == ""
		case p[0] == '*':
			return naive(p[1:], s) || s != "" && naive(p, s[1:])
		}
		return s != "" && p[0] == s[0] && naive(p[1:], s[1:])
	}
	rapid.Check(t, func(t *rapid.T) {
		glob, s := rapid.StringMatching(`[ab*]{1,8}`).Draw(t, "glob"), rapid.StringMatching(`[ab]{0,10}`).Draw(t, "s")
		p, err := logfilter.Compile(fmt.Sprintf(`{ $.x = "%s" }`, glob))
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Match(fmt.Sprintf(`{"x":"%s"}`, s)); got != naive(glob, s) {
			t.Fatalf("%s on %s: %t", glob, s, got)
		}
	})
}

// node is a condition that knows its own truth.
type node struct {
	text string
	true func(map[string]int) bool
}

func drawNode(t *rapid.T, depth int) node {
	if depth == 0 || rapid.Bool().Draw(t, "leaf") {
		name, value := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "name"), rapid.IntRange(0, 3).Draw(t, "value")
		op := rapid.SampledFrom([]string{"=", "!=", "<", "<=", ">", ">="}).Draw(t, "op")
		return node{fmt.Sprintf("$.%s %s %d", name, op, value), func(m map[string]int) bool {
			v, ok := m[name]
			return ok && map[string]bool{"=": v == value, "!=": v != value, "<": v < value, "<=": v <= value, ">": v > value, ">=": v >= value}[op]
		}}
	}
	a, b := drawNode(t, depth-1), drawNode(t, depth-1)
	if rapid.Bool().Draw(t, "and") {
		return node{"(" + a.text + ") && (" + b.text + ")", func(m map[string]int) bool { return a.true(m) && b.true(m) }}
	}
	return node{"(" + a.text + ") || (" + b.text + ")", func(m map[string]int) bool { return a.true(m) || b.true(m) }}
}

// TestTreeLaw: a JSON pattern is true of an event when it is by definition.
func TestTreeLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNode(t, 4)
		event := rapid.MapOf(rapid.SampledFrom([]string{"a", "b", "c"}), rapid.IntRange(0, 3)).Draw(t, "event")
		text := "{ " + n.text + " }"
		if len(text) > logfilter.MaxLength {
			return
		}
		p, err := logfilter.Compile(text)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := json.Marshal(event)
		if got := p.Match(string(b)); got != n.true(event) {
			t.Fatalf("%s of %s: %t", text, b, got)
		}
	})
}

// TestTextLaw: equality of texts is found however the event spells them; Test, which parses every event, says the same as Match.
func TestTextLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"a", "b", "<a>", "a\u2028", "é", "true", "x y"})
		want, have, other := text.Draw(t, "want"), text.Draw(t, "have"), text.Draw(t, "other")
		p, err := logfilter.Compile(fmt.Sprintf(`{ $.k = "%s" && ($.o = "%s" || $.o = *) }`, want, other))
		if err != nil {
			t.Fatal(err)
		}
		spelt, _ := json.Marshal(map[string]string{"k": have, "o": other})
		plain := fmt.Sprintf(`{"k":"%s","o":"%s"}`, have, other)
		for _, event := range []string{string(spelt), plain} {
			_, tested := p.Test(event)
			if got := p.Match(event); got != (want == have) || tested != got {
				t.Fatalf("%q of %s: %t, tested %t", want, event, got, tested)
			}
		}
	})
}

func FuzzCompile(f *testing.F) {
	for _, p := range []string{`ERROR -"a b" ?x`, `{ $.a.b[0] = "x*" && ($['c'] IS NULL || $.d NOT EXISTS) }`, `[ip, ..., status=4*, bytes>1000 && bytes<2000]`, `%[a-z]+%`} {
		f.Add(p, `{"a":{"b":["xy"]},"c":null}`)
		f.Add(p, `1.2.3.4 [a b] "c d" 404 1500`)
	}
	f.Fuzz(func(t *testing.T, pattern, message string) {
		p, err := logfilter.Compile(pattern)
		if err != nil {
			return
		}
		_, ok := p.Test(message)
		if ok != p.Match(message) {
			t.Fatalf("%q on %q: Test says %t", pattern, message, ok)
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	const event = `{"eventVersion":"1.08","eventName":"StopLogging","userIdentity":{"type":"IAMUser","userName":"eve"},"errorCode":"AccessDenied","sourceIPAddress":"192.0.2.1"}`
	for _, pattern := range []string{`StopLogging -Describe`, `{ $.eventName = StopLogging && $.errorCode = "*Denied*" }`, `{ $.eventName = StartLogging }`, `[..., last]`} {
		p, err := logfilter.Compile(pattern)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(pattern, func(b *testing.B) {
			b.SetBytes(int64(len(event)))
			for b.Loop() {
				p.Match(event)
			}
		})
	}
}
