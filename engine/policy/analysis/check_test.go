package analysis_test

import (
	"strings"
	"testing"

	"vauban/engine/catalog"
	"vauban/engine/policy"
	"vauban/engine/policy/analysis"
)

func parse(t testing.TB, statements ...string) *policy.Document {
	t.Helper()
	d, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`))
	if err != nil {
		t.Fatalf("%s: %v", statements, err)
	}
	return d
}

func load(t testing.TB) *analysis.World {
	t.Helper()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return analysis.NewWorld(c)
}

func allow(rest string) string { return `{"Effect":"Allow",` + rest + `}` }
func deny(rest string) string  { return `{"Effect":"Deny",` + rest + `}` }

const (
	getB    = `"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"`
	getAny  = `"Action":"s3:GetObject","Resource":"*"`
	anybody = `"Principal":"*",`
	home    = `"Principal":{"AWS":"111111111111"},`
)

func TestNoNewAccess(t *testing.T) {
	cat := load(t)
	for _, c := range []struct {
		name     string
		kind     analysis.Kind
		old, new []string
		want     analysis.Verdict
		witness  string // part of it
	}{
		// The example of "aws accessanalyzer check-no-new-access help".
		{"an action more", analysis.Identity,
			[]string{allow(`"Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::example","arn:aws:s3:::example/*"]`)},
			[]string{allow(`"Action":["s3:GetObject","s3:GetObjectAcl","s3:ListBucket"],"Resource":["arn:aws:s3:::example","arn:aws:s3:::example/*"]`)},
			analysis.Fail, "s3:GetObjectAcl on arn:aws:s3:::example/y"},
		{"the same", analysis.Identity, []string{allow(getB)}, []string{allow(getB)}, analysis.Pass, ""},
		{"a smaller resource", analysis.Identity, []string{allow(getAny)}, []string{allow(getB)}, analysis.Pass, ""},
		{"a larger resource", analysis.Identity, []string{allow(getB)}, []string{allow(getAny)}, analysis.Fail, "s3:GetObject on arn:aws:s3:::x/x"},
		{"wildcards cover each other", analysis.Identity,
			[]string{allow(`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"`)},
			[]string{allow(`"Action":"s3:GetObject","Resource":["arn:aws:s3:::b/a*z","arn:aws:s3:::b/??"]`)}, analysis.Pass, ""},
		{"two statements cover one together", analysis.Identity,
			[]string{allow(`"Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"`), allow(`"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*"`)},
			[]string{allow(`"Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::b/x*"`)}, analysis.Pass, ""},
		{"all actions of a prefix one by one", analysis.Identity,
			[]string{allow(`"Action":["sqs:SendMessage","sqs:SetQueueAttributes","sqs:StartMessageMoveTask"],"Resource":"*"`)},
			[]string{allow(`"Action":"sqs:S*","Resource":"*"`)}, analysis.Pass, ""},
		{"a wildcard stays in its segment", analysis.Identity,
			[]string{allow(`"Action":"iam:GetUser","Resource":"arn:aws:iam::1111*1111:user/a"`)},
			[]string{allow(`"Action":"iam:GetUser","Resource":"arn:aws:iam::1111?1111:user/a"`)}, analysis.Pass, ""},
		{"an action without resource types", analysis.Identity,
			[]string{allow(`"Action":"s3:*","Resource":"arn:aws:s3:::*"`)},
			[]string{allow(`"Action":"s3:ListAllMyBuckets","Resource":"*"`)}, analysis.Fail, "s3:ListAllMyBuckets on *"},
		{"nothing on a wrong resource", analysis.Identity, nil,
			[]string{allow(`"Action":"s3:ListAllMyBuckets","Resource":"arn:aws:s3:::*"`)}, analysis.Pass, ""},
		{"nothing on a resource of another type", analysis.Identity, nil,
			[]string{allow(`"Action":"s3:ListBucket","Resource":"arn:aws:s3:::b/k"`)}, analysis.Pass, ""},
		{"a Deny more", analysis.Identity, []string{allow(getAny)}, []string{allow(getAny), deny(getB)}, analysis.Pass, ""},
		{"a Deny less", analysis.Identity, []string{allow(getAny), deny(getB)}, []string{allow(getAny)}, analysis.Fail, "arn:aws:s3:::b/"},
		{"NotAction", analysis.Identity, []string{allow(`"NotAction":"iam:*","Resource":"*"`)}, []string{allow(`"NotAction":["iam:*","s3:*"],"Resource":"*"`)}, analysis.Pass, ""},
		{"NotAction the other way", analysis.Identity, []string{allow(`"NotAction":["iam:*","sqs:*"],"Resource":"*"`)}, []string{allow(`"NotAction":"iam:*","Resource":"*"`)}, analysis.Fail, "sqs:"},
		{"NotResource", analysis.Identity, []string{allow(`"Action":"s3:GetObject","NotResource":"arn:aws:s3:::b/*"`)}, []string{allow(`"Action":"s3:GetObject","Resource":"arn:aws:s3:::c/*"`)}, analysis.Pass, ""},
		{"NotResource the other way", analysis.Identity, []string{allow(`"Action":"s3:GetObject","Resource":"arn:aws:s3:::c/*"`)}, []string{allow(`"Action":"s3:GetObject","NotResource":"arn:aws:s3:::b/*"`)}, analysis.Fail, "s3:GetObject"},
		{"an action that the catalogue does not have", analysis.Identity, []string{allow(`"Action":"s3:Get*","Resource":"*"`)}, []string{allow(`"Action":"s3:FlyToTheMoon","Resource":"*"`)}, analysis.Fail, "s3:FlyToTheMoon"},
		{"a service that the catalogue does not have", analysis.Identity, []string{allow(`"Action":"moon:Fly*","Resource":"*"`)}, []string{allow(`"Action":"moon:*","Resource":"*"`)}, analysis.Fail, "moon:"},
		{"everything is new", analysis.Identity, nil, []string{allow(`"Action":"*","Resource":"*"`)}, analysis.Fail, ""},
		{"GetCallerIdentity needs no permission", analysis.Identity, nil, []string{allow(`"Action":"sts:GetCallerIdentity","Resource":"*"`)}, analysis.Pass, ""},

		// Conditions.
		{"a condition more", analysis.Identity, []string{allow(getB)}, []string{allow(getB + `,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`)}, analysis.Pass, ""},
		{"a condition less", analysis.Identity, []string{allow(getB + `,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`)}, []string{allow(getB)}, analysis.Fail, "s3:GetObject"},
		{"BoolIfExists is wider than Bool", analysis.Identity, []string{allow(getB + `,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`)},
			[]string{allow(getB + `,"Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}`)}, analysis.Fail, "s3:GetObject"},
		{"a block within a block", analysis.Identity, []string{allow(getB + `,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`)},
			[]string{allow(getB + `,"Condition":{"IpAddress":{"aws:SourceIp":["10.1.0.0/16","10.2.3.4"]}}`)}, analysis.Pass, ""},
		{"a block beside a block", analysis.Identity, []string{allow(getB + `,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`)},
			[]string{allow(getB + `,"Condition":{"IpAddress":{"aws:SourceIp":"11.1.0.0/16"}}`)}, analysis.Fail, "aws:SourceIp 11.1."},
		{"two halves of a block", analysis.Identity,
			[]string{allow(getB + `,"Condition":{"IpAddress":{"aws:SourceIp":["10.0.0.0/9","10.128.0.0/9"]}}`)},
			[]string{allow(getB + `,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`)}, analysis.Pass, ""},
		{"a Deny outside a network is an Allow inside", analysis.Identity, []string{allow(getB + `,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`)},
			[]string{allow(getB), deny(getB + `,"Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`)}, analysis.Pass, ""},
		{"numbers", analysis.Identity, []string{allow(`"Action":"s3:ListBucket","Resource":"*","Condition":{"NumericLessThan":{"s3:max-keys":"100"}}`)},
			[]string{allow(`"Action":"s3:ListBucket","Resource":"*","Condition":{"NumericLessThanEquals":{"s3:max-keys":"99.5"}}`)}, analysis.Pass, ""},
		{"numbers beyond", analysis.Identity, []string{allow(`"Action":"s3:ListBucket","Resource":"*","Condition":{"NumericLessThan":{"s3:max-keys":"100"}}`)},
			[]string{allow(`"Action":"s3:ListBucket","Resource":"*","Condition":{"NumericLessThanEquals":{"s3:max-keys":"100"}}`)}, analysis.Fail, "s3:max-keys 100"},
		{"dates", analysis.Identity, []string{allow(getB + `,"Condition":{"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}`)},
			[]string{allow(getB + `,"Condition":{"DateLessThan":{"aws:CurrentTime":"2029-06-01T00:00:00Z"}}`)}, analysis.Pass, ""},
		{"dates beyond", analysis.Identity, []string{allow(getB + `,"Condition":{"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}`)},
			[]string{allow(getB + `,"Condition":{"DateLessThan":{"aws:CurrentTime":"2030-01-02T00:00:00Z"}}`)}, analysis.Fail, "aws:CurrentTime 2030-01-01"},
		{"the two clocks tell one time", analysis.Identity, []string{allow(getB + `,"Condition":{"DateLessThan":{"aws:CurrentTime":"1970-01-02T00:00:00Z"}}`)},
			[]string{allow(getB + `,"Condition":{"NumericLessThan":{"aws:EpochTime":"86400"}}`)}, analysis.Pass, ""},
		{"texts", analysis.Identity, []string{allow(getB + `,"Condition":{"StringLike":{"s3:ExistingObjectTag/team":"a*"}}`)},
			[]string{allow(getB + `,"Condition":{"StringEquals":{"s3:ExistingObjectTag/team":["ab","abc"]}}`)}, analysis.Pass, ""},
		{"texts whatever their case", analysis.Identity, []string{allow(getB + `,"Condition":{"StringEquals":{"s3:ExistingObjectTag/team":"a"}}`)},
			[]string{allow(getB + `,"Condition":{"StringEqualsIgnoreCase":{"s3:ExistingObjectTag/team":"a"}}`)}, analysis.Fail, "s3:ExistingObjectTag/team A"},
		{"a key of many values under ForAllValues", analysis.Identity, []string{allow(getB + `,"Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}}`)},
			[]string{allow(getB + `,"Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}`)}, analysis.Fail, "s3:GetObject"},
		{"ForAllValues that is not empty", analysis.Identity, []string{allow(getB + `,"Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}}`)},
			[]string{allow(getB + `,"Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]},"ForAnyValue:StringLike":{"aws:TagKeys":"*"}}`)}, analysis.Pass, ""},
		{"Null", analysis.Identity, []string{allow(getB + `,"Condition":{"Null":{"aws:TokenIssueTime":"false"}}`)},
			[]string{allow(getB + `,"Condition":{"DateGreaterThan":{"aws:TokenIssueTime":"2020-01-01"}}`)}, analysis.Pass, ""},
		{"ARNs part by part", analysis.Identity, []string{allow(getB + `,"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111111111111:*"}}`)},
			[]string{allow(getB + `,"Condition":{"StringLike":{"aws:SourceArn":"arn:aws:sns:*:111111111111:*"}}`)}, analysis.Fail, "aws:SourceArn arn:aws:sns:"},

		// Variables.
		{"a folder of one's own in a bucket", analysis.Identity, []string{allow(getB)}, []string{allow(`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}/*"`)}, analysis.Pass, ""},
		{"a folder in a folder of one's own", analysis.Identity, []string{allow(`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}/*"`)},
			[]string{allow(`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}/docs/*"`)}, analysis.Pass, ""},
		{"more than a folder of one's own", analysis.Identity, []string{allow(`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}/*"`)}, []string{allow(getB)}, analysis.Fail, "s3:GetObject on arn:aws:s3:::b/"},
		{"the folder of another key", analysis.Identity, []string{allow(`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:PrincipalTag/team}/*"`)},
			[]string{allow(`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:PrincipalTag/unit}/*"`)}, analysis.Fail, "arn:aws:s3:::b/value2/"},
		{"the same condition with a variable", analysis.Identity, []string{allow(getAny + `,"Condition":{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}`)},
			[]string{allow(getB + `,"Condition":{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}`)}, analysis.Pass, ""},
		{"a condition with a variable less", analysis.Identity, []string{allow(getB + `,"Condition":{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}`)}, []string{allow(getB)}, analysis.Fail, "s3:GetObject"},
		{"what variables may hold is not decided", analysis.Identity, []string{allow(`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:PrincipalTag/team}/*"`)},
			[]string{allow(`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:PrincipalTag/unit}/*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"${aws:PrincipalTag/unit}"}}`)}, analysis.CannotTell, ""},

		// Policies of resources.
		{"the same trust", analysis.Resource, []string{allow(anybody + `"Action":"sts:AssumeRole"`)}, []string{allow(anybody + `"Action":"sts:AssumeRole"`)}, analysis.Pass, ""},
		{"an account more", analysis.Resource, []string{allow(home + `"Action":"sts:AssumeRole"`)}, []string{allow(`"Principal":{"AWS":["111111111111","222222222222"]},"Action":"sts:AssumeRole"`)}, analysis.Fail, "222222222222"},
		{"a user of the account", analysis.Resource, []string{allow(home + `"Action":"sts:AssumeRole"`)}, []string{allow(`"Principal":{"AWS":"arn:aws:iam::111111111111:user/a"},"Action":"sts:AssumeRole"`)}, analysis.Pass, ""},
		{"the account of a user", analysis.Resource, []string{allow(`"Principal":{"AWS":"arn:aws:iam::111111111111:user/a"},"Action":"sts:AssumeRole"`)}, []string{allow(home + `"Action":"sts:AssumeRole"`)}, analysis.Fail, "111111111111"},
		{"the root ARN is the account", analysis.Resource, []string{allow(home + `"Action":"sts:AssumeRole"`)}, []string{allow(`"Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"`)}, analysis.Pass, ""},
		{"everybody with the account", analysis.Resource, []string{allow(home + `"Action":"sts:AssumeRole"`)},
			[]string{allow(anybody + `"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:PrincipalAccount":"111111111111"}}`)}, analysis.Pass, ""},
		{"everybody with a role's ARN", analysis.Resource, []string{allow(`"Principal":{"AWS":"arn:aws:iam::111111111111:role/a"},"Action":"sts:AssumeRole"`)},
			[]string{allow(anybody + `"Action":"sts:AssumeRole","Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/a"}}`)}, analysis.Pass, ""},
		{"everybody with a wildcard for roles", analysis.Resource, []string{allow(`"Principal":{"AWS":"arn:aws:iam::111111111111:role/a"},"Action":"sts:AssumeRole"`)},
			[]string{allow(anybody + `"Action":"sts:AssumeRole","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::111111111111:role/a*"}}`)}, analysis.Fail, "assumed-role/a"},
		{"a session of a role", analysis.Resource, []string{allow(`"Principal":{"AWS":"arn:aws:iam::111111111111:role/a"},"Action":"sts:AssumeRole"`)},
			[]string{allow(`"Principal":{"AWS":"arn:aws:sts::111111111111:assumed-role/a/s"},"Action":"sts:AssumeRole"`)}, analysis.Fail, "assumed-role/a/s"}, // a role of another path has the same sessions
		{"a service", analysis.Resource, []string{allow(`"Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"`)},
			[]string{allow(`"Principal":{"Service":["ec2.amazonaws.com","lambda.amazonaws.com"]},"Action":"sts:AssumeRole"`)}, analysis.Fail, "lambda.amazonaws.com"},
		{"an ExternalId more", analysis.Resource, []string{allow(home + `"Action":"sts:AssumeRole"`)}, []string{allow(home + `"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"x"}}`)}, analysis.Pass, ""},
		{"the ExternalId gone", analysis.Resource, []string{allow(home + `"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"x"}}`)}, []string{allow(home + `"Action":"sts:AssumeRole"`)}, analysis.Fail, "sts:AssumeRole"},
		{"the repository of an identity provider", analysis.Resource,
			[]string{allow(`"Principal":{"Federated":"arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:org/app:*"}}`)},
			[]string{allow(`"Principal":{"Federated":"arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:org/*"}}`)},
			analysis.Fail, "token.actions.githubusercontent.com:sub repo:org/"},
		{"NotPrincipal in a Deny", analysis.Resource, []string{allow(anybody + getB)},
			[]string{allow(anybody + getB), `{"Effect":"Deny","NotPrincipal":{"AWS":["111111111111","arn:aws:iam::111111111111:user/a"]},` + getB + `}`}, analysis.Pass, ""},
		{"a Deny with NotPrincipal gone", analysis.Resource,
			[]string{allow(anybody + getB), `{"Effect":"Deny","NotPrincipal":{"AWS":["111111111111","arn:aws:iam::111111111111:user/a"]},` + getB + `}`}, []string{allow(anybody + getB)}, analysis.Fail, "s3:GetObject"},
		{"the organization", analysis.Resource, []string{allow(anybody + getB + `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a"}}`)},
			[]string{allow(anybody + getB), deny(anybody + getB + `,"Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-a"}}`)}, analysis.Pass, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			old, changed := parse(t, c.old...), parse(t, c.new...)
			r, err := analysis.NoNewAccess(old, changed, c.kind, analysis.Options{World: cat})
			if err != nil {
				t.Fatal(err)
			}
			show(t, r, c.want, c.witness)
		})
	}
}

func show(t *testing.T, r analysis.Result, want analysis.Verdict, witness string) {
	t.Helper()
	if r.Verdict != want {
		t.Errorf("%v, want %v: %s", r.Verdict, want, tell(r))
	}
	if want == analysis.Fail && (len(r.Findings) == 0 || !strings.Contains(r.Findings[0].Witness.String(), witness)) {
		t.Errorf("witness: %s\nwant one with %q", tell(r), witness)
	}
	if want == analysis.CannotTell && (len(r.Doubts) == 0 || r.Doubts[0].Reason == "") {
		t.Error("cannot tell, and no reason")
	}
}

func tell(r analysis.Result) string {
	var b strings.Builder
	for _, f := range r.Findings {
		b.WriteString(f.Witness.String() + "\n")
	}
	for _, d := range r.Doubts {
		b.WriteString("doubt: " + d.Reason + "\n")
	}
	return b.String()
}
