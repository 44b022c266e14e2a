package policy_test

import (
	"testing"

	"vauban/engine/policy"
)

// TestGrantsAllowBesideTheKeyPolicy. AWS KMS developer guide: "Grants in AWS KMS".
func TestGrantsAllowBesideTheKeyPolicy(t *testing.T) {
	parse := func(text string) *policy.Document {
		d, err := policy.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	allow := func(principal string) *policy.Document {
		return parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + principal + `"},"Action":"kms:Decrypt","Resource":"*"}]}`)
	}
	const bob = "arn:aws:iam::111122223333:user/bob"
	nobody := &policy.Named{Name: "key", Document: allow("arn:aws:iam::111122223333:user/eve")}
	deny := &policy.Named{Name: "key", Document: parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"}]}`)}
	toBob := []policy.Named{{Name: "grant 1", Document: allow(bob)}}
	mine := []policy.Named{{Name: "mine", Document: parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}`)}}
	for _, tc := range []struct {
		name     string
		owner    string
		policies policy.Policies
		want     policy.Effect
		by       policy.Layer
	}{
		{"the policy alone does not", "111122223333", policy.Policies{Identity: mine, Resource: nobody}, policy.ImplicitDeny, policy.LayerResource},
		{"a grant does, without an identity policy", "111122223333", policy.Policies{Identity: []policy.Named{}, Resource: nobody, Grants: toBob}, policy.Allow, policy.LayerGrant},
		{"a denial is stronger", "111122223333", policy.Policies{Identity: mine, Resource: deny, Grants: toBob}, policy.ExplicitDeny, policy.LayerResource},
		{"elsewhere both sides must", "444455556666", policy.Policies{Identity: []policy.Named{}, Resource: nobody, Grants: toBob}, policy.ImplicitDeny, policy.LayerIdentity},
		{"elsewhere both sides do", "444455556666", policy.Policies{Identity: mine, Resource: nobody, Grants: toBob}, policy.Allow, policy.LayerIdentity},
	} {
		t.Run(tc.name, func(t *testing.T) {
			req := &policy.Request{
				Principal: policy.Principal{Kind: policy.User, Account: "111122223333", ARN: bob}, Action: "kms:Decrypt",
				Resource: "arn:aws:kms:us-east-1:" + tc.owner + ":key/k", ResourceAccount: tc.owner, ResourceKind: policy.KMSKey,
			}
			d := policy.Evaluate(req, &tc.policies)
			if d.Effect != tc.want || d.Reasons[0].Layer != tc.by {
				t.Errorf("%+v, want %s by %s", d, tc.want, tc.by)
			}
			if compiled := policy.Decide(req, tc.policies.Compile()); compiled.Effect != d.Effect {
				t.Errorf("compiled: %s", compiled.Effect)
			}
			if tr := policy.Explain(req, tc.policies.Compile().Policies()); tr.Decision.Effect != tc.want {
				t.Errorf("explained: %+v", tr.Decision)
			}
		})
	}
}
