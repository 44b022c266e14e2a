package analysis_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vauban/engine/policy"
	"vauban/engine/policy/analysis"
)

func TestNoPublicAccess(t *testing.T) {
	o := analysis.Options{World: load(t), Services: []string{"s3"}}
	when := func(condition string) string {
		return allow(anybody + getB + `,"Condition":` + condition)
	}
	for _, c := range []struct {
		name       string
		statements []string
		want       analysis.Verdict
	}{
		// The examples of "aws accessanalyzer check-no-public-access help".
		{"a user", []string{allow(`"Principal":{"AWS":"arn:aws:iam::111122223333:user/JohnDoe"},` + getB)}, analysis.Pass},
		{"everybody", []string{allow(anybody + getB)}, analysis.Fail},

		{"nobody", nil, analysis.Pass},
		{"an account", []string{allow(home + getB)}, analysis.Pass},
		{"a service", []string{allow(`"Principal":{"Service":"cloudtrail.amazonaws.com"},` + getB)}, analysis.Pass},
		{"everybody but one", []string{`{"Effect":"Allow","NotPrincipal":{"AWS":"111111111111"},` + getB + `}`}, analysis.Fail},
		{"everybody, and all are denied", []string{allow(anybody + getB), deny(anybody + getAny)}, analysis.Pass},
		{"everybody, and some are denied", []string{allow(anybody + getB), deny(home + getAny)}, analysis.Fail},
		{"actions of another service", []string{allow(anybody + `"Action":"sqs:SendMessage","Resource":"*"`)}, analysis.Pass},

		// "Blocking public access to your Amazon S3 storage", the meaning of "public".
		{"an organization", []string{when(`{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}`)}, analysis.Pass},
		{"an organization by Deny", []string{allow(anybody + getB), deny(anybody + getAny + `,"Condition":{"StringNotEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}`)}, analysis.Pass},
		{"an organization, if the key exists", []string{when(`{"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}`)}, analysis.Fail},
		{"every organization", []string{when(`{"StringLike":{"aws:PrincipalOrgID":"o-*"}}`)}, analysis.Fail},
		{"a unit of an organization", []string{when(`{"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-a1b2c3d4e5/r-ab12/*"}}`)}, analysis.Pass},
		{"a network", []string{when(`{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`)}, analysis.Pass},
		{"half of the internet", []string{when(`{"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}}`)}, analysis.Fail},
		{"all but a network", []string{when(`{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`)}, analysis.Fail},
		{"a VPC", []string{when(`{"StringEquals":{"aws:SourceVpc":"vpc-91237329"}}`)}, analysis.Pass},
		{"any VPC", []string{when(`{"StringLike":{"aws:SourceVpc":"vpc-*"}}`)}, analysis.Fail},
		{"a VPC by Deny", []string{allow(anybody + getB), deny(anybody + getAny + `,"Condition":{"StringNotEquals":{"aws:SourceVpc":"vpc-91237329"}}`)}, analysis.Pass},
		{"a topic", []string{when(`{"ArnLike":{"aws:SourceArn":"arn:aws:sns:us-east-1:111122223333:*"}}`)}, analysis.Pass},
		{"any topic", []string{when(`{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"}}`)}, analysis.Fail},
		{"a referer", []string{when(`{"StringLike":{"aws:Referer":"https://example.com/*"}}`)}, analysis.Fail},
		{"TLS", []string{when(`{"Bool":{"aws:SecureTransport":"true"}}`)}, analysis.Fail},
		{"services only", []string{when(`{"Bool":{"aws:PrincipalIsAWSService":"true"}}`)}, analysis.Pass},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := analysis.NoPublicAccess(parse(t, c.statements...), o)
			if err != nil {
				t.Fatal(err)
			}
			show(t, r, c.want, "s3:")
		})
	}
}

func TestAccessNotGranted(t *testing.T) {
	o := analysis.Options{World: load(t)}
	example := allow(`"Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::example","arn:aws:s3:::example/*"]`)
	for _, c := range []struct {
		name       string
		statements []string
		access     []analysis.Access
		want       analysis.Verdict
		witness    string
	}{
		// The example of "aws accessanalyzer check-access-not-granted help".
		{"other actions", []string{example}, []analysis.Access{{Actions: []string{"s3:DeleteBucket", "s3:GetBucketLocation"}}}, analysis.Pass, ""},
		{"one of the actions", []string{example}, []analysis.Access{{Actions: []string{"s3:DeleteBucket", "s3:GetObject"}}}, analysis.Fail, "s3:GetObject"},
		{"a wildcard in the list", []string{example}, []analysis.Access{{Actions: []string{"s3:List*"}}}, analysis.Fail, "s3:ListBucket on arn:aws:s3:::example"},
		{"a wildcard in the policy", []string{allow(`"Action":"iam:*","Resource":"*"`)}, []analysis.Access{{Actions: []string{"iam:PassRole"}}}, analysis.Fail, "iam:PassRole"},
		{"resources only", []string{example}, []analysis.Access{{Resources: []string{"arn:aws:s3:::example/secret"}}}, analysis.Fail, "s3:GetObject on arn:aws:s3:::example/secret"},
		{"other resources", []string{example}, []analysis.Access{{Resources: []string{"arn:aws:s3:::other/*"}}}, analysis.Pass, ""},
		{"an action on another resource", []string{example}, []analysis.Access{{Actions: []string{"s3:GetObject"}, Resources: []string{"arn:aws:s3:::other/*"}}}, analysis.Pass, ""},
		{"denied", []string{example, deny(`"Action":"s3:GetObject","Resource":"*"`)}, []analysis.Access{{Actions: []string{"s3:GetObject"}}}, analysis.Pass, ""},
		{"denied without MFA", []string{example, deny(`"Action":"s3:GetObject","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`)},
			[]analysis.Access{{Actions: []string{"s3:GetObject"}}}, analysis.Fail, "aws:MultiFactorAuthPresent true"},
		{"an empty list", []string{example}, nil, analysis.Pass, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := analysis.AccessNotGranted(parse(t, c.statements...), analysis.Identity, c.access, o)
			if err != nil {
				t.Fatal(err)
			}
			show(t, r, c.want, c.witness)
		})
	}
	t.Run("a trust policy", func(t *testing.T) {
		r, err := analysis.AccessNotGranted(parse(t, allow(home+`"Action":"sts:AssumeRole"`)), analysis.Resource, []analysis.Access{{Actions: []string{"sts:AssumeRole"}}}, o)
		if err != nil {
			t.Fatal(err)
		}
		show(t, r, analysis.Fail, "sts:AssumeRole")
	})
}

func TestExternal(t *testing.T) {
	o := analysis.Options{World: load(t), Services: []string{"sts"}}
	zone := analysis.Zone{Accounts: []string{"111111111111"}, Organization: "o-ours"}
	assume := `"Action":"sts:AssumeRole"`
	for _, c := range []struct {
		name       string
		statements []string
		want       []string // principal, public, condition
	}{
		{"the account itself", []string{allow(home + assume)}, nil},
		{"a service", []string{allow(`"Principal":{"Service":"ec2.amazonaws.com"},` + assume)}, nil},
		{"another account", []string{allow(`"Principal":{"AWS":"arn:aws:iam::222222222222:root"},` + assume)}, []string{"AWS arn:aws:iam::222222222222:root"}},
		{"one of ours and one of theirs", []string{allow(`"Principal":{"AWS":["111111111111","222222222222"]},` + assume)}, []string{"AWS 222222222222"}},
		{"another account with an ExternalId", []string{allow(`"Principal":{"AWS":"222222222222"},` + assume + `,"Condition":{"StringEquals":{"sts:ExternalId":"x"}}`)}, []string{"AWS 222222222222 sts:ExternalId=x"}},
		{"another account of the organization", []string{allow(`"Principal":{"AWS":"222222222222"},` + assume + `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-ours"}}`)}, nil},
		{"the organization", []string{allow(anybody + assume + `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-ours"}}`)}, nil},
		{"another organization", []string{allow(anybody + assume + `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-theirs"}}`)}, []string{"* * aws:PrincipalOrgID=o-theirs"}},
		{"everybody", []string{allow(anybody + assume)}, []string{"* * public"}},
		{"everybody denied", []string{allow(anybody + assume), deny(anybody + assume)}, nil},
		{"a user of another account denied with the account", []string{allow(`"Principal":{"AWS":"arn:aws:iam::222222222222:user/u"},` + assume), deny(`"Principal":{"AWS":"222222222222"},` + assume)}, nil},
		{"an identity provider", []string{allow(`"Principal":{"Federated":"accounts.google.com"},"Action":"sts:AssumeRoleWithWebIdentity"`)}, []string{"Federated accounts.google.com"}},
		{"an identity provider with the wrong action", []string{allow(`"Principal":{"Federated":"accounts.google.com"},` + assume)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, doubts, err := analysis.External(parse(t, c.statements...), zone, o)
			if err != nil || len(doubts) > 0 {
				t.Fatal(err, doubts)
			}
			var got []string
			for _, g := range list {
				s := string(g.Type) + " " + g.Principal
				if g.Public {
					s += " public"
				}
				for k, v := range g.Condition {
					s += " " + k + "=" + v
				}
				got = append(got, s)
				if len(g.Actions) == 0 || !strings.HasPrefix(g.Actions[0], "sts:Assume") {
					t.Errorf("actions %v", g.Actions)
				}
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestGranted(t *testing.T) {
	o := analysis.Options{World: load(t)}
	docs := []*policy.Document{
		parse(t, allow(`"Action":["sqs:ListQ*","sqs:Send*","s3:ListAllMyBuckets"],"Resource":"*"`)),
		parse(t, deny(`"Action":"sqs:SendMessageBatch","Resource":"*"`), deny(`"Action":"sqs:SendMessage","Resource":"arn:aws:sqs:*:*:x"`), allow(`"Action":"s3:ListAllMyBuckets","Resource":"arn:aws:s3:::b"`)),
	}
	actions, doubts, err := analysis.Granted(docs, o)
	if err != nil || len(doubts) > 0 {
		t.Fatal(err, doubts)
	}
	want := []string{"s3:ListAllMyBuckets", "sqs:ListQueueTags", "sqs:ListQueues", "sqs:SendMessage"}
	if d := cmp.Diff(want, actions); d != "" {
		t.Error(d)
	}
	unused := analysis.Unused(actions, func(a string) bool { return a == "sqs:SendMessage" })
	if d := cmp.Diff(want[:3], unused); d != "" {
		t.Error(d)
	}
	all, doubts, err := analysis.Granted([]*policy.Document{parse(t, allow(`"Action":"*","Resource":"*"`), deny(`"Action":"iam:*","Resource":"*"`))}, o)
	if err != nil || len(doubts) > 0 || len(all) < 15000 || slices.ContainsFunc(all, func(a string) bool { return strings.HasPrefix(a, "iam:") }) {
		t.Error(len(all), doubts, err)
	}
}
