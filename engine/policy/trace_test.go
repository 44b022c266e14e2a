package policy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vauban/engine/policy"
)

func TestExplain(t *testing.T) {
	user := named(t, "user", `"Sid":"Read","Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/${aws:PrincipalTag/team}/*",
		"Condition":{"StringEquals":{"aws:PrincipalOrgID":["o-1","o-2"]},"ForAnyValue:StringLike":{"aws:TagKeys":"a*"}}`,
		`"Effect":"Deny","NotAction":"iam:*","NotResource":"arn:aws:s3:::b/*"`)
	bucket := named(t, "bucket", `"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"s3:GetObject","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}`)
	req := &policy.Request{Principal: alice, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/blue/k", ResourceAccount: home}
	req.Context.Set("aws:PrincipalTag/Team", "blue")
	req.Context.SetMulti("aws:tagkeys", []string{"x", "ab"})
	got := policy.Explain(req, &policy.Policies{Identity: []policy.Named{user}, Resource: &bucket})
	want := policy.Trace{
		Decision: policy.Decision{Effect: policy.ImplicitDeny, Reasons: []policy.Reason{{Layer: policy.LayerIdentity, Statement: -1}, {Layer: policy.LayerResource, Statement: -1}}},
		Layers: []policy.LayerTrace{
			{Layer: policy.LayerResource, Policies: []policy.PolicyTrace{{Name: "bucket", Statements: []policy.StatementTrace{
				{Line: 1, Column: 38, Effect: policy.Allow, Failed: "Condition", Conditions: []policy.ConditionTrace{{Operator: "Bool", Key: "aws:SecureTransport", Wanted: []string{"true"}}}},
			}}}},
			{Layer: policy.LayerIdentity, Policies: []policy.PolicyTrace{{Name: "user", Statements: []policy.StatementTrace{
				{Sid: "Read", Line: 1, Column: 38, Effect: policy.Allow, Failed: "Condition", Conditions: []policy.ConditionTrace{
					{Operator: "StringEquals", Key: "aws:PrincipalOrgID", Wanted: []string{"o-1", "o-2"}},
					{Operator: "ForAnyValue:StringLike", Key: "aws:TagKeys", Wanted: []string{"a*"}, Present: true, Multi: true, Values: []string{"x", "ab"}, Holds: true},
				}},
				{Index: 1, Line: 2, Column: 116, Effect: policy.ExplicitDeny, Failed: "NotResource"},
			}}}},
		},
		MissingKeys: []string{"aws:PrincipalOrgID", "aws:SecureTransport"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	req.Context.Set("aws:SecureTransport", "true")
	req.Context.Set("aws:PrincipalOrgID", "o-2")
	got = policy.Explain(req, &policy.Policies{Identity: []policy.Named{user}, Resource: &bucket})
	if l := got.Layers[0]; !l.Allows || l.Reach != "account" || got.Decision.Effect != policy.Allow || got.MissingKeys != nil {
		t.Errorf("allowed: %+v", got)
	}
	text, err := json.Marshal(got)
	if err != nil || !strings.Contains(string(text), `"decision":{"effect":"allowed","reasons":[{"layer":"identity","policy":"user","statement":0,"sid":"Read"`) {
		t.Errorf("as JSON: %s, %v", text, err)
	}
}

func TestExplainExempt(t *testing.T) {
	p := &policy.Policies{
		SCPs: []policy.Level{{Name: "root"}}, RCPs: []policy.Level{{Name: "root", Policies: letters(t, "D")}},
		Identity: letters(t, "A"), Resource: &letters(t, "A")[0],
	}
	exempt := func(who policy.Principal, action string) string {
		var out []string
		for _, l := range policy.Explain(&policy.Request{Principal: who, Action: action, Resource: "*"}, p).Layers {
			if l.Exempt != "" {
				out = append(out, string(l.Layer))
			}
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		who          policy.Principal
		action, want string
	}{
		{alice, "s3:GetObject", ""}, {service, "s3:GetObject", "scp identity"}, {alice, "ec2:RunInstances", "rcp"}, {alice, "sts:GetCallerIdentity", "scp rcp resource identity"},
	} {
		if got := exempt(c.who, c.action); got != c.want {
			t.Errorf("%s for %s: %q", c.action, c.who.ARN, got)
		}
	}
}

func TestContextKeys(t *testing.T) {
	d := parse(t, doc(`"Effect":"Allow","Action":"*","Resource":["arn:aws:s3:::${aws:username}/${s3:x, 'y'}${*}"],"Condition":{"StringLike":{"S3:Prefix":["${aws:PrincipalTag/a b}/*"]},"Null":{"AWS:UserName":"false"}}`))
	old := parse(t, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${aws:userid}","Condition":{"Bool":{"aws:SecureTransport":"true"}}}}`)
	want := []string{"aws:PrincipalTag/a b", "aws:SecureTransport", "aws:username", "S3:Prefix", "s3:x"}
	if diff := cmp.Diff(want, policy.ContextKeys(d, old)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := policy.ContextKeys(); got != nil {
		t.Errorf("of nothing: %q", got)
	}
}

// AWS documentation: "Troubleshoot access denied error messages".
func TestDenialMessage(t *testing.T) {
	const user = "User: arn:aws:iam::111111111111:user/dev/alice is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k"
	for _, c := range []struct {
		q    question
		want string
	}{
		{question{who: alice}, user + " because no identity-based policy allows the s3:GetObject action"},
		{question{who: alice, identity: "D"}, user + " with an explicit deny in an identity-based policy"},
		{question{who: alice, identity: "A", boundary: "o"}, user + " because no permissions boundary allows the s3:GetObject action"},
		{question{who: alice, identity: "A", boundary: "D"}, user + " with an explicit deny in a permissions boundary"},
		{question{who: alice, identity: "A", session: "o"}, user + " because no session policy allows the s3:GetObject action"},
		{question{who: alice, identity: "A", session: "D"}, user + " with an explicit deny in a session policy"},
		{question{who: alice, identity: "A", owner: away}, user + " because no resource-based policy allows the s3:GetObject action"},
		{question{who: alice, identity: "A", resource: `Deny "*"`}, user + " with an explicit deny in a resource-based policy"},
		{question{who: alice, identity: "A", scp: []string{"o"}}, user + " because no service control policy allows the s3:GetObject action"},
		{question{who: alice, identity: "AD", scp: []string{"D"}}, user + " with an explicit deny in a service control policy"},
		{question{who: alice, identity: "A", rcp: []string{"o"}}, user + " because no resource control policy allows the s3:GetObject action"},
		{question{who: alice, identity: "A", rcp: []string{"D"}}, user + " with an explicit deny in a resource control policy"},
		{question{who: alice, identity: "A", endpoint: "o"}, user + " because no VPC endpoint policy allows the s3:GetObject action"},
		{question{who: alice, identity: "A", endpoint: "D"}, user + " with an explicit deny in a VPC endpoint policy"},
		{question{who: alice, identity: "A", kind: policy.RoleTrust}, user},
		{question{who: alice, kind: policy.RoleTrust, resource: toAccount}, user + " because no identity-based policy allows the s3:GetObject action"},
		{question{who: alice, kind: policy.RoleTrust, resource: `Deny "*"`}, user + " with an explicit deny in the role trust policy"},
		{question{who: anonymous}, "User: anonymous is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k because no resource-based policy allows the s3:GetObject action"},
		{question{who: service, resource: `Deny "*"`}, "User: cloudtrail.amazonaws.com is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k with an explicit deny in a resource-based policy"},
		{question{who: web, kind: policy.RoleTrust, action: "sts:AssumeRoleWithWebIdentity"}, "Not authorized to perform sts:AssumeRoleWithWebIdentity"},
	} {
		req, p := c.q.ask(t)
		if got := policy.DenialMessage(req, policy.Evaluate(req, p)); got != c.want {
			t.Errorf(" got %s\nwant %s", got, c.want)
		}
	}
	req := &policy.Request{Principal: alice, Action: "s3:ListAllMyBuckets", Resource: "*"}
	if got, want := policy.DenialMessage(req, policy.Evaluate(req, &policy.Policies{})), "User: "+alice.ARN+" is not authorized to perform: s3:ListAllMyBuckets because no identity-based policy allows the s3:ListAllMyBuckets action"; got != want {
		t.Errorf("without a resource: %s", got)
	}
}

// The denying policy is named to callers of the same account or organization.
func TestDenialMessageNamesPolicy(t *testing.T) {
	const arn = "arn:aws:organizations::999999999999:policy/o-1/service_control_policy/p-1"
	deny := named(t, arn, `"Effect":"Deny","Action":"*","Resource":"*"`)
	p := &policy.Policies{SCPs: []policy.Level{{Name: "r", Policies: []policy.Named{deny}}}}
	ask := func(owner string, orgs ...string) bool {
		req := &policy.Request{Principal: alice, Action: "iam:ListRoles", Resource: "*", ResourceAccount: owner}
		if len(orgs) > 0 {
			req.Context.Set("aws:PrincipalOrgID", orgs[0])
			req.Context.Set("aws:ResourceOrgID", orgs[1])
		}
		return strings.HasSuffix(policy.DenialMessage(req, policy.Evaluate(req, p)), " with an explicit deny in a service control policy: "+arn)
	}
	if !ask(home) || !ask(away, "o-1", "o-1") {
		t.Error("inside, the policy is not named")
	}
	if ask(away) || ask(away, "o-1", "o-2") {
		t.Error("outside, the policy is named")
	}
}
