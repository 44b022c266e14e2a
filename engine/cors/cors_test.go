package cors

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func rule(origins, methods, headers string) Rule {
	r := Rule{Origins: strings.Fields(origins), Methods: strings.Fields(methods)}
	if headers != "" {
		r.Headers = strings.Fields(headers)
	}
	return r
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		name                     string
		rule                     Rule
		origin, method, requests string
		want                     bool
	}{
		{"exact", rule("https://a.test", "GET", ""), "https://a.test", "GET", "", true},
		{"another scheme", rule("https://a.test", "GET", ""), "http://a.test", "GET", "", false},
		{"another case", rule("https://a.test", "GET", ""), "https://A.test", "GET", "", false},
		{"wildcard inside", rule("https://*.a.test", "GET", ""), "https://b.c.a.test", "GET", "", true},
		{"wildcard matches nothing of both ends", rule("ab*ba", "GET", ""), "aba", "GET", "", false},
		{"any origin", rule("*", "GET", ""), "null", "GET", "", true},
		{"another method", rule("*", "GET PUT", ""), "https://a.test", "DELETE", "", false},
		{"header without leave", rule("*", "GET", ""), "https://a.test", "GET", "x-amz-date", false},
		{"header of another case", rule("*", "GET", "X-Amz-*"), "https://a.test", "GET", "x-AMZ-date", true},
		{"one header of two", rule("*", "GET", "x-amz-date"), "https://a.test", "GET", "x-amz-date, range", false},
		{"all headers", rule("*", "PUT", "*"), "https://a.test", "PUT", "x-amz-date, range", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Match([]Rule{c.rule}, Request{c.origin, c.method, HeaderNames(c.requests)})
			if (got != nil) != c.want {
				t.Errorf("matches: %v, want %v", got != nil, c.want)
			}
		})
	}
}

func TestFirstRuleThatMatchesAnswers(t *testing.T) {
	age := int64(30)
	rules := []Rule{rule("https://b.test", "GET", ""), {Origins: []string{"https://*"}, Methods: []string{"PUT", "GET"}, Headers: []string{"*"},
		ExposeHeaders: []string{"ETag"}, MaxAge: &age}}
	q := Request{"https://a.test", "PUT", []string{"X-Amz-Date", "Range"}}
	want := []Header{
		{"Access-Control-Allow-Origin", "https://a.test"}, {"Access-Control-Allow-Methods", "PUT, GET"}, {"Access-Control-Allow-Headers", "x-amz-date, range"},
		{"Access-Control-Expose-Headers", "ETag"}, {"Access-Control-Max-Age", "30"}, {"Access-Control-Allow-Credentials", "true"}, {"Vary", vary},
	}
	if got := Match(rules, q).Answer(q); !slices.Equal(got, want) {
		t.Errorf("answer: %v, want %v", got, want)
	}
	all := rule("*", "GET", "")
	if got := all.Answer(Request{"https://a.test", "GET", nil}); got[0].Value != "*" || slices.ContainsFunc(got, func(h Header) bool { return h.Name == "Access-Control-Allow-Credentials" }) {
		t.Errorf("any origin goes without credentials, got %v", got)
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name      string
		rules     []Rule
		malformed bool
		says      string
	}{
		{"fine", []Rule{rule("https://*.a.test", "GET HEAD PUT POST DELETE", "x-*")}, false, ""},
		{"none", nil, true, "published schema"},
		{"no methods", []Rule{rule("*", "", "")}, true, "published schema"},
		{"unknown method", []Rule{rule("*", "MYMETHOD", "")}, false, "Unsupported method is MYMETHOD"},
		{"lower case", []Rule{rule("*", "get", "")}, false, "Unsupported method is get"},
		{"two wildcards", []Rule{rule("http://*.*", "GET", "")}, false, `AllowedOrigin "http://*.*" can not have more than one wildcard.`},
		{"two wildcards of a header", []Rule{rule("*", "GET", "*-*")}, false, `AllowedHeader "*-*" can not have more than one wildcard.`},
		{"too many", slices.Repeat([]Rule{rule("*", "GET", "")}, 101), true, "published schema"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Check(c.rules)
			if c.says == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var f *Fault
			if !errors.As(err, &f) || f.Malformed != c.malformed || !strings.Contains(f.Message, c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}
