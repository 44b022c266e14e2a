package lint

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"vauban/engine/glob"
)

// hostile are policies made to be slow.
func hostile(size int) map[string]string {
	list := func(n int, item func(int) string) string {
		var parts []string
		for i, length := 0, 0; length < n; i++ {
			parts = append(parts, `"`+item(i)+`"`)
			length += len(parts[i]) + 1
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	statement := func(action, resource, more string) string {
		return with(`{"Effect":"Allow","Action":` + action + `,"Resource":` + resource + more + `}`)
	}
	stars := strings.Repeat("*a", 40)
	return map[string]string{
		"wildcards in actions":   statement(list(size, func(i int) string { return fmt.Sprintf("ec2:%s%d*", stars, i) }), `"*"`, ""),
		"wildcards in resources": statement(`"*"`, list(size, func(i int) string { return fmt.Sprintf("arn:aws:ec2:*:*:%s%d*", stars, i) }), ""),
		"one long resource":      statement(`"*"`, `"arn:aws:ec2:*:*:`+strings.Repeat("*a?", size/3)+`"`, ""),
		"unknown actions":        statement(list(size, func(i int) string { return fmt.Sprintf("ec2:DescribeInstanzes%d", i) }), `"*"`, ""),
		"unknown services":       statement(list(size, func(i int) string { return fmt.Sprintf("dynamobd%d:x", i) }), `"*"`, ""),
		"variables":              statement(`"*"`, `"arn:aws:s3:::`+strings.Repeat("${", size/2)+`"`, ""),
		"conditions":             statement(`"*"`, `"*"`, `,"Condition":{"StringLike":{"aws:username":`+list(size, func(i int) string { return stars + fmt.Sprint(i) })+`}}`),
		"keys":                   statement(`"s3:GetObject"`, `"*"`, `,"Condition":{"StringLike":{`+strings.Trim(list(size, func(i int) string { return fmt.Sprintf(`s3:k%d":"`, i) }), "[]")+`}}`),
		"statements":             with(strings.TrimSuffix(strings.Repeat(`{"Effect":"Deny","Action":"s3:*","Resource":"*"},`, size/48), ",")),
		"nesting":                strings.Repeat("[", size),
		"objects":                strings.Repeat(`{"a":`, size/5),
		"escapes":                statement(`"`+strings.Repeat(`\u0041`, size/6)+`"`, `"*"`, ""),
	}
}

// TestHostile: the effort for the comparisons is bounded, whatever the policy, and so is the number of findings.
func TestHostile(t *testing.T) {
	cat := load(t)
	for name, text := range hostile(60_000) {
		for _, k := range []Kind{identity(), bucket(), trust(), rcp()} {
			if n := len(Check([]byte(text), k, cat)); n > mostFindings {
				t.Errorf("%s: %d findings", name, n)
			}
		}
	}
}

func BenchmarkHostile(b *testing.B) {
	cat := load(b)
	for name, text := range hostile(20_000) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Check([]byte(text), identity(), cat)
			}
		})
	}
}

func BenchmarkCheck(b *testing.B) {
	cat := load(b)
	text := []byte(with(`{"Sid":"Read","Effect":"Allow","Action":["s3:GetObject","s3:ListBucket","ec2:Describe*"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"StringEquals":{"aws:PrincipalTag/a":"b"}}}`))
	for b.Loop() {
		Check(text, identity(), cat)
	}
}

// TestCovers: a pattern that is said to cover another matches whatever the other does.
func TestCovers(t *testing.T) {
	c := &checker{effort: effort}
	words := []string{"", "a", "b", "ab", "ba", "aab", "abb", "aba", "bab", "aabb", "abab"}
	var patterns []string
	for _, x := range []string{"", "a", "b", "*", "?"} {
		for _, y := range []string{"", "a", "b", "*", "?"} {
			for _, z := range []string{"", "a", "*", "?"} {
				patterns = append(patterns, x+y+z)
			}
		}
	}
	for _, p := range patterns {
		for _, q := range patterns {
			overlap := false
			for _, w := range words {
				if glob.Match(q, w) && !glob.Match(p, w) && c.covers(p, q) {
					t.Fatalf("%q is said to cover %q but does not match %q", p, q, w)
				}
				overlap = overlap || glob.Match(q, w) && glob.Match(p, w)
			}
			if overlap && !c.overlap(p, q) {
				t.Fatalf("%q and %q are said to have nothing in common", p, q)
			}
			c.effort = effort
		}
	}
	if !c.covers("iam:get*", "iam:getcredentialreport") || c.covers("iam:get*", "iam:*credentialreport") || !c.covers("a*", "ab*c") {
		t.Error("covers misses what it must see")
	}
	if c.overlap("key/*", "alias/*") {
		t.Error("key/* and alias/* overlap")
	}
}

// FuzzCheck: no text makes a panic, every finding is complete, and every place lies in the text.
func FuzzCheck(f *testing.F) {
	for _, k := range cases() {
		if len(k.policy) < 4096 {
			f.Add([]byte(k.policy), uint8(k.kind.Policy), k.kind.ResourceType)
		}
	}
	for _, text := range hostile(2000) {
		f.Add([]byte(text), uint8(0), "")
	}
	f.Add([]byte("{\"Versiön\":\"\xff\"}"), uint8(1), "AWS::S3::Bucket")
	cat := load(f)
	f.Fuzz(func(t *testing.T, text []byte, kind uint8, resourceType string) {
		if len(text) > 20_000 {
			return
		}
		runes := utf8.RuneCount(text)
		for _, x := range Check(text, Kind{Policy(kind % 5), resourceType}, cat) {
			if x.Type == "" || x.IssueCode == "" || x.Details == "" || strings.Contains(x.Details, "%!") || len(x.Locations) == 0 {
				t.Fatalf("an incomplete finding: %+v", x)
			}
			for _, l := range x.Locations {
				if l.Path == nil || l.Span.Start.Line < 1 || l.Span.Start.Offset < 0 || l.Span.End.Offset < l.Span.Start.Offset || utf8.Valid(text) && l.Span.End.Offset > runes {
					t.Fatalf("a place outside the text: %+v", x)
				}
			}
		}
	})
}
