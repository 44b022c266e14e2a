package cors

import (
	"slices"
	"strconv"
	"strings"
)

// Rule lets pages of some origins use some methods.
type Rule struct {
	ID            string   `json:"id,omitempty"`
	Origins       []string `json:"origins"`           // each with at most one *
	Methods       []string `json:"methods"`           // see [IsMethod]
	Headers       []string `json:"headers,omitempty"` // that a page may send, each with at most one *
	ExposeHeaders []string `json:"expose,omitempty"`  // that a page may read
	MaxAge        *int64   `json:"maxAge,omitempty"`  // seconds for which a browser may keep the answer to a preflight
}

// methods are those that a rule may allow.
var methods = [...]string{"GET", "PUT", "HEAD", "POST", "DELETE"}

// IsMethod says whether a rule may allow the method.
func IsMethod(method string) bool { return slices.Contains(methods[:], method) }

// Request is what a browser says of a page's request. Of a preflight Method and Headers are those that it asks leave for.
type Request struct {
	Origin  string
	Method  string
	Headers []string
}

// Match returns the first rule that allows the request.
func Match(rules []Rule, r Request) *Rule {
	for i := range rules {
		if rules[i].allows(r) {
			return &rules[i]
		}
	}
	return nil
}

func (r *Rule) allows(q Request) bool {
	if !slices.Contains(r.Methods, q.Method) || !slices.ContainsFunc(r.Origins, func(p string) bool { return like(p, q.Origin) }) {
		return false
	}
	for _, h := range q.Headers {
		h = strings.ToLower(h)
		if !slices.ContainsFunc(r.Headers, func(p string) bool { return like(strings.ToLower(p), h) }) {
			return false
		}
	}
	return true
}

// like matches a pattern with at most one *.
func like(pattern, s string) bool {
	head, tail, wild := strings.Cut(pattern, "*")
	if !wild {
		return pattern == s
	}
	return len(s) >= len(head)+len(tail) && strings.HasPrefix(s, head) && strings.HasSuffix(s, tail)
}

// Header is one header of an answer.
type Header struct{ Name, Value string }

// vary names the headers on which an answer depends, for caches.
const vary = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"

// Answer returns the headers that tell the browser what the rule allows.
func (r *Rule) Answer(q Request) []Header {
	out := []Header{{"Access-Control-Allow-Origin", q.Origin}}
	if slices.Contains(r.Origins, "*") {
		out[0].Value = "*"
	}
	out = append(out, Header{"Access-Control-Allow-Methods", strings.Join(r.Methods, ", ")})
	if len(q.Headers) > 0 {
		out = append(out, Header{"Access-Control-Allow-Headers", strings.ToLower(strings.Join(q.Headers, ", "))})
	}
	if len(r.ExposeHeaders) > 0 {
		out = append(out, Header{"Access-Control-Expose-Headers", strings.Join(r.ExposeHeaders, ", ")})
	}
	if r.MaxAge != nil {
		out = append(out, Header{"Access-Control-Max-Age", strconv.FormatInt(*r.MaxAge, 10)})
	}
	if out[0].Value != "*" {
		out = append(out, Header{"Access-Control-Allow-Credentials", "true"})
	}
	return append(out, Header{"Vary", vary})
}

// HeaderNames takes the list in Access-Control-Request-Headers apart.
func HeaderNames(list string) []string {
	var out []string
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
	}
	return out
}
