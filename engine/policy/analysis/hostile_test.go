package analysis_test

import (
	"fmt"
	"strings"
	"testing"

	"vauban/engine/policy/analysis"
)

// hostile are policies whose wildcards multiply.
func hostile(t testing.TB) map[string][2][]string {
	var stars, tails, keys, many []string
	for i := range 40 {
		stars = append(stars, fmt.Sprintf(`"arn:aws:s3:::*%c*%c*%c*%c*"`, 'a'+i%26, 'b'+i%23, 'c'+i%19, 'd'+i%17))
		tails = append(tails, `"arn:aws:s3:::*a`+strings.Repeat("?", i)+`"`)
		keys = append(keys, allow(fmt.Sprintf(`"Action":"s3:*","Resource":"*","Condition":{"StringLike":{"aws:PrincipalTag/k%d":"*a*"},"StringNotLike":{"aws:PrincipalTag/k%d":"b*"}}`, i, (i+1)%40)))
		many = append(many, allow(fmt.Sprintf(`"Action":"s3:Get*","Resource":"arn:aws:s3:::b%d/${aws:PrincipalTag/t%d}/*"`, i, i)))
	}
	list := func(l []string) []string {
		return []string{allow(`"Action":"s3:*","Resource":[` + strings.Join(l, ",") + `]`)}
	}
	return map[string][2][]string{
		"stars": {list(stars), list(stars[1:])}, "stars the other way": {list(stars[1:]), list(stars)},
		"tails": {list(tails[1:]), list(tails)}, "keys": {keys[1:], keys}, "variables": {many[1:], many},
		"everything but": {{allow(`"Action":"*","NotResource":[` + strings.Join(stars, ",") + `]`)}, {allow(`"Action":"*","NotResource":[` + strings.Join(stars[1:], ",") + `]`)}},
	}
}

// TestHostilePoliciesEnd: the bound on the work holds, and what it cuts off is told.
func TestHostilePoliciesEnd(t *testing.T) {
	o := analysis.Options{World: load(t), Work: 200_000}
	for name, c := range hostile(t) {
		t.Run(name, func(t *testing.T) {
			r, err := analysis.NoNewAccess(parse(t, c[0]...), parse(t, c[1]...), analysis.Identity, o)
			if err != nil {
				t.Fatal(err)
			}
			if r.Verdict == analysis.CannotTell && (len(r.Doubts) == 0 || r.Doubts[0].Reason == "") {
				t.Error("cannot tell, and no reason")
			}
			t.Log(r.Verdict, len(r.Findings), r.Doubts)
		})
	}
}

// BenchmarkHostile: what the default bound allows.
func BenchmarkHostile(b *testing.B) {
	o := analysis.Options{World: load(b)}
	for name, c := range hostile(b) {
		old, changed := parse(b, c[0]...), parse(b, c[1]...)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := analysis.NoNewAccess(old, changed, analysis.Identity, o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
