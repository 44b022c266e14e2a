package policy_test

import (
	"fmt"
	"testing"

	"vauban/engine/policy"
)

// TestTagsThatDifferInCase: a condition cannot tell "env" from "Env", so that neither tag gets anybody past a denial, or into what only the other one opens.
func TestTagsThatDifferInCase(t *testing.T) {
	decide := func(keys [][2]string, statements string) policy.Effect {
		var c policy.Context
		for _, k := range keys {
			c.SetSpelled("aws:ResourceTag/"+k[0], k[1])
		}
		p := &policy.Policies{Identity: []policy.Named{{Name: "p", Document: parse(t, `{"Version":"2012-10-17","Statement":[`+statements+`]}`)}}}
		req := &policy.Request{Principal: alice, Action: "sqs:DeleteQueue", Resource: "arn:aws:sqs:us-east-1:111111111111:q", ResourceAccount: "111111111111", Context: c}
		d := policy.Evaluate(req, p)
		if trace := policy.Explain(req, p); trace.Decision.Effect != d.Effect {
			t.Errorf("Explain decides %v, Evaluate %v", trace.Decision.Effect, d.Effect)
		}
		return d.Effect
	}
	statement := func(effect, operator, value string) string {
		return fmt.Sprintf(`{"Effect":"%s","Action":"*","Resource":"*","Condition":{"%s":{"aws:ResourceTag/env":"%s"}}}`, effect, operator, value)
	}
	const all = `{"Effect":"Allow","Action":"*","Resource":"*"},`
	for _, keys := range [][][2]string{{{"env", "prod"}, {"Env", "dev"}}, {{"Env", "dev"}, {"env", "prod"}}, {{"ENV", "x"}, {"Env", "dev"}, {"env", "prod"}}} {
		for _, c := range []struct {
			statements string
			want       policy.Effect
		}{
			{all + statement("Deny", "StringEquals", "prod"), policy.ExplicitDeny},
			{all + statement("Deny", "StringEquals", "dev"), policy.ExplicitDeny},
			{all + statement("Deny", "StringNotEquals", "prod"), policy.ExplicitDeny},
			{all + statement("Deny", "StringEquals", "test"), policy.Allow},
			{statement("Allow", "StringEquals", "dev"), policy.ImplicitDeny},
			{statement("Allow", "StringNotEquals", "prod"), policy.ImplicitDeny},
			{statement("Allow", "StringNotEquals", "test"), policy.Allow},
			{statement("Allow", "StringLike", "*"), policy.Allow},
			{statement("Allow", "ForAnyValue:StringEquals", "dev"), policy.Allow},
			{statement("Allow", "Null", "false"), policy.Allow},
		} {
			if got := decide(keys, c.statements); got != c.want {
				t.Errorf("%v, %s: %v, want %v", keys, c.statements, got, c.want)
			}
		}
	}
	// The same spelling again replaces the value, as Set does.
	if got := decide([][2]string{{"env", "prod"}, {"env", "dev"}}, statement("Allow", "StringEquals", "dev")); got != policy.Allow {
		t.Errorf("one spelling twice: %v", got)
	}
}
