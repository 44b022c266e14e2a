package policy_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"vauban/engine/policy"
)

// longest is how many characters a managed policy may have. AWS documentation: "IAM and AWS STS quotas".
const longest = 6144

// hostileResources are patterns that nearly match a resource of 2,000 times a, until the policy is full.
func hostileResources(kind string) []string {
	shapes := map[string]func(i int) string{
		"literal":  func(i int) string { return "arn:aws:s3:::*" + strings.Repeat("a", 900+i) + "b*" },
		"stars":    func(i int) string { return "arn:aws:s3:::" + strings.Repeat("*a", 450+i) + "*b*" },
		"singles":  func(i int) string { return "arn:aws:s3:::*" + strings.Repeat("a?", 450+i) + "b*" },
		"short":    func(i int) string { return fmt.Sprintf("arn:aws:s3:::*a?aa?a%db*", i) },
		"segments": func(i int) string { return "arn:aws:s3:" + strings.Repeat("*a?", 290+i) + "b:*:*:x" },
	}
	var list []string
	size := len(doc(statementOn(nil)))
	for i := 0; ; i++ {
		r := shapes[kind](i)
		if size += len(r) + 3; size > longest {
			return list
		}
		list = append(list, r)
	}
}

func statementOn(resources []string) string {
	return `"Effect":"Allow","Action":"s3:GetObject","Resource":["` + strings.Join(resources, `","`) + `"]`
}

var hostileKinds = []string{"literal", "stars", "singles", "short", "segments"}

func hostileRequest(kind string) *policy.Request {
	resource := "arn:aws:s3:::" + strings.Repeat("a", 2000)
	if kind == "segments" {
		resource = "arn:aws:s3:" + strings.Repeat("a", 2000) + ":::y"
	}
	return &policy.Request{Principal: alice, Action: "s3:GetObject", Resource: resource, ResourceAccount: home}
}

// A policy full of hostile patterns decides like another: what nearly matches does not, and what matches does.
func TestHostilePolicies(t *testing.T) {
	for _, kind := range hostileKinds {
		p := &policy.Policies{Identity: []policy.Named{named(t, "hostile", statementOn(hostileResources(kind)))}}
		req := hostileRequest(kind)
		matching := map[string]string{"short": req.Resource + "0b", "segments": strings.Replace(req.Resource, ":::y", "b:::x", 1)}[kind]
		if matching == "" {
			matching = req.Resource + "b"
		}
		for resource, want := range map[string]policy.Effect{req.Resource: policy.ImplicitDeny, matching: policy.Allow} {
			r := *req
			r.Resource = resource
			if got := policy.Evaluate(&r, p).Effect; got != want {
				t.Errorf("%s, …%s, evaluated: %v", kind, resource[2000:], got)
			}
			if got := policy.Decide(&r, p.Compile()).Effect; got != want {
				t.Errorf("%s, …%s, decided: %v", kind, resource[2000:], got)
			}
		}
	}
}

// A policy of 6,144 characters of hostile patterns and a resource of 2,000: evaluated, decided, and the same patterns as regular
// expressions.
func BenchmarkHostilePolicy(b *testing.B) {
	for _, kind := range hostileKinds {
		resources := hostileResources(kind)
		p := &policy.Policies{Identity: []policy.Named{named(b, "hostile", statementOn(resources))}}
		req, layers := hostileRequest(kind), p.Compile()
		b.Run(kind+"/evaluate", func(b *testing.B) { evaluateFor(b, req, p, policy.ImplicitDeny) })
		b.Run(kind+"/decide", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				policy.Decide(req, layers)
			}
		})
		list := make([]*regexp.Regexp, len(resources))
		for i, r := range resources {
			list[i] = regexp.MustCompile(`(?s)^` + strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(r)) + `$`)
		}
		b.Run(kind+"/regexp", func(b *testing.B) {
			for b.Loop() {
				for _, r := range list {
					if r.MatchString(req.Resource) {
						b.Fatal("matches")
					}
				}
			}
		})
	}
}
