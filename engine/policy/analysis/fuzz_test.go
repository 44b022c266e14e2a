package analysis_test

import (
	"testing"

	"vauban/engine/policy"
	"vauban/engine/policy/analysis"
)

// FuzzNoNewAccess: whatever policies are compared, the check ends, and its witnesses are witnesses.
func FuzzNoNewAccess(f *testing.F) {
	for _, s := range []string{
		allow(getB), allow(getAny), allow(`"Action":"s3:*","Resource":"arn:aws:s3:::*a*b*c*${aws:username}*"`), deny(`"NotAction":"a:*","NotResource":"arn:*:*:*:*:*"`),
		allow(anybody + `"Action":"sts:AssumeRole","Condition":{"ForAllValues:StringNotLike":{"k":["a*","?b"]},"NumericLessThan":{"k":"3"},"Null":{"l":"true"}}`),
		allow(`"NotPrincipal":{"AWS":["1","AROAX"],"Federated":"x"},"Action":"*","Condition":{"DateLessThan":{"aws:EpochTime":"0"},"BinaryEquals":{"b":"AA=="}}`),
		allow(`"Action":"*","Resource":"*","Condition":{"StringEquals":{"a":"${b}","b":"${c}","c":"${a}"},"ArnLike":{"d":"arn:*:${e}:*:*:?"}}`),
	} {
		f.Add(`{"Version":"2012-10-17","Statement":[`+s+`]}`, `{"Statement":`+s+`}`)
	}
	world := load(f)
	f.Fuzz(func(t *testing.T, a, b string) {
		old, err := policy.Parse([]byte(a))
		if err != nil || len(a) > 3000 {
			return
		}
		changed, err := policy.Parse([]byte(b))
		if err != nil || len(b) > 3000 {
			return
		}
		for _, k := range []analysis.Kind{analysis.Identity, analysis.Resource} {
			for _, o := range []analysis.Options{{Work: 20_000}, {World: world, Work: 20_000}} {
				r, err := analysis.NoNewAccess(old, changed, k, o)
				if err != nil {
					continue
				}
				for _, w := range r.Findings {
					req := &policy.Request{Principal: w.Witness.Principal, Action: w.Witness.Action, Resource: w.Witness.Resource, Context: w.Witness.Context}
					if !allows(k, changed, req) || allows(k, old, req) {
						t.Errorf("the witness shows nothing: %s", w.Witness.String())
					}
				}
			}
		}
	})
}
