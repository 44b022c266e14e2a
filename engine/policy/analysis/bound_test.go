package analysis_test

import (
	"fmt"
	"strings"
	"testing"

	"vauban/engine/automaton"
	"vauban/engine/policy"
	"vauban/engine/policy/analysis"
)

// TestPrincipalsShareTheBound: a trust policy of 1,400 bytes with sixty principals costs no more than one with one.
func TestPrincipalsShareTheBound(t *testing.T) {
	var who []string
	for i := range 60 {
		who = append(who, fmt.Sprintf(`"%012d"`, i+1))
	}
	d, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":[` + strings.Join(who, ",") + `]},
		"Condition":{"StringLike":{"aws:PrincipalTag/a":["*a*b*","*c*d*","*e*f*","*g*h*","*i*j*","*k*l*","*m*n*","*o*p*"]},
		"StringNotLike":{"aws:PrincipalTag/a":["*a*c*","*c*e*","*e*g*","*g*i*","*i*k*","*k*m*","*m*o*","*o*q*"]}}},
		{"Effect":"Deny","Action":"sts:*","Principal":{"AWS":"*"},"Condition":{"StringLike":{"aws:PrincipalTag/a":["*z*b*","*z*d*","*z*f*","*z*h*","*z*j*","*z*l*"]}}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	const work = 20_000
	left := &automaton.Budget{Left: work}
	grants, doubts, err := analysis.External(d, analysis.Zone{Accounts: []string{"111122223333"}}, analysis.Options{World: load(t), Services: []string{"sts"}, Left: left})
	if err != nil {
		t.Fatal(err)
	}
	if len(grants)+len(doubts) != len(who) {
		t.Errorf("%d grants and %d doubts about %d principals: what is not looked at must be told", len(grants), len(doubts), len(who))
	}
	if left.Left > 0 || left.Left < -3*work { // putting the sixty questions together counts, too
		t.Errorf("%d of %d steps are left", left.Left, work)
	}
}
