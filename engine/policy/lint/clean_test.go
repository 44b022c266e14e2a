package lint

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vauban/engine/policy"
)

// TestClean: policies with which nothing is wrong.
func TestClean(t *testing.T) {
	cat := load(t)
	for name, k := range map[string]issueCase{
		"read a bucket": {kind: identity(), policy: with(`{"Sid":"Read","Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]}`)},
		"one's own folder": {kind: identity(), policy: with(`{"Effect":"Allow","Action":"s3:*Object","Resource":"arn:aws:s3:::b/${aws:PrincipalTag/team, 'all'}/${aws:username}/*"},
			{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::b","Condition":{"StringLike":{"s3:prefix":["${aws:username}/*"]}}}`)},
		"pass one role": {kind: identity(), policy: with(`{"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::111122223333:role/app"},
			{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"ec2.amazonaws.com"}}},
			{"Effect":"Allow","Action":"iam:PassRole","Resource":"arn:aws:iam::*:role/Lambda*"},
			{"Effect":"Allow","Action":"iam:CreateServiceLinkedRole","Resource":"*","Condition":{"StringEquals":{"iam:AWSServiceName":"ecs.amazonaws.com"}}}`)},
		"deny outside": {kind: identity(), policy: with(`{"Effect":"Deny","NotAction":["iam:*","sts:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","eu-central-1"]},
			"NotIpAddressIfExists":{"aws:SourceIp":["203.0.113.0/24","2001:db8::/32"]},"BoolIfExists":{"aws:ViaAWSService":"false"},"DateGreaterThan":{"aws:CurrentTime":"2027-01-01T00:00:00Z"}}}`)},
		"MFA":    {kind: identity(), policy: with(`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Null":{"aws:MultiFactorAuthAge":"true"},"NumericGreaterThan":{"aws:MultiFactorAuthAge":"3600"}}}`)},
		"tags":   {kind: identity(), policy: with(`{"Effect":"Allow","Action":["ec2:StartInstances","ec2:StopInstances"],"Resource":"arn:aws:ec2:*:*:instance/*","Condition":{"StringEquals":{"aws:ResourceTag/owner":"${aws:username}"}}}`)},
		"escape": {kind: identity(), policy: with(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${*}/${?}/${$}"}`)},
		"bucket policy": {kind: bucket(), policy: with(`{"Sid":"TLS only","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}},
			{"Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::b/logs/*","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"},"ArnLike":{"aws:SourceArn":"arn:aws:s3:::*"}}}`)},
		"key policy":   {kind: resource(), policy: with(`{"Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::111122223333:root"]},"Action":"kms:*","Resource":"*"}`)},
		"trust of EC2": {kind: trust(), policy: with(`{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}`)},
		"trust with ID": {kind: trust(), policy: trusting(`{"AWS":"arn:aws:iam::111122223333:user/a"}`, `["sts:AssumeRole","sts:SetSourceIdentity"]`,
			`,"Condition":{"StringLike":{"sts:SourceIdentity":"a*"}}`)},
		"trust of GitHub": {kind: trust(), policy: trusting(`{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}`, `"sts:AssumeRoleWithWebIdentity"`,
			`,"Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com","token.actions.githubusercontent.com:sub":"repo:me/it:ref:refs/heads/main"}}`)},
		"trust of SAML": {kind: trust(), policy: trusting(`{"Federated":"arn:aws:iam::111122223333:saml-provider/adfs"}`, `"sts:AssumeRoleWithSAML"`, `,"Condition":{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}`)},
		"SCP":           {kind: scp(), policy: with(`{"Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"Trail","Effect":"Deny","Action":["cloudtrail:StopLogging","cloudtrail:*Trail"],"NotResource":"arn:aws:cloudtrail:*:*:trail/mine"}`)},
		"RCP": {kind: rcp(), policy: with(`{"Effect":"Deny","Principal":"*","Action":["s3:*","sqs:*"],"Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}},
			{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}`)},
	} {
		if got := Check([]byte(k.policy), k.kind, cat); len(got) > 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestManagedPolicies holds the checks of passed roles against what AWS says of its own managed policies on the pages of these checks.
func TestManagedPolicies(t *testing.T) {
	cat := load(t)
	for name, want := range map[string][]string{
		"AdministratorAccess":                      {"CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE", "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE"},
		"IAMFullAccess":                            {"CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE", "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE"},
		"PowerUserAccess":                          {"CREATE_SLR_WITH_STAR_IN_RESOURCE"},
		"AWSOrganizationsServiceTrustPolicy":       {"CREATE_SLR_WITH_STAR_IN_RESOURCE"},
		"AmazonElasticMapReduceFullAccess":         {"PASS_ROLE_WITH_STAR_IN_RESOURCE"},
		"ReadOnlyAccess":                           {"POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA"},
		"AmazonS3FullAccess":                       nil,
		"AmazonEC2FullAccess":                      nil,
		"AWSLambda_FullAccess":                     nil,
		"AmazonSSMManagedInstanceCore":             nil,
		"service-role/AWSLambdaBasicExecutionRole": nil,
	} {
		text, err := os.ReadFile(filepath.Join("..", "..", "..", "service", "iam", "managed", "policies", filepath.Base(name)+".json"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, f := range Check(text, identity(), cat) {
			if strings.HasPrefix(f.IssueCode, "REDUNDANT") {
				continue
			}
			got = append(got, f.IssueCode)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func TestKindOf(t *testing.T) {
	for _, k := range []struct {
		policyType, resourceType string
		want                     Kind
		ok                       bool
	}{
		{"IDENTITY_POLICY", "", Kind{Policy: Identity}, true},
		{"RESOURCE_POLICY", "", Kind{Policy: Resource}, true},
		{"RESOURCE_POLICY", "AWS::S3::Bucket", Kind{Policy: Resource, ResourceType: "AWS::S3::Bucket"}, true},
		{"RESOURCE_POLICY", "AWS::IAM::AssumeRolePolicyDocument", Kind{Policy: Trust}, true},
		{"SERVICE_CONTROL_POLICY", "", Kind{Policy: SCP}, true},
		{"RESOURCE_CONTROL_POLICY", "", Kind{Policy: RCP}, true},
		{"IDENTITY_POLICY", "AWS::S3::Bucket", Kind{}, false},
		{"RESOURCE_POLICY", "AWS::KMS::Key", Kind{}, false},
		{"POLICY", "", Kind{}, false},
	} {
		if got, ok := KindOf(k.policyType, k.resourceType); got != k.want || ok != k.ok {
			t.Errorf("KindOf(%s, %s) = %+v, %v", k.policyType, k.resourceType, got, ok)
		}
	}
}

// TestWhatIAMRefusesIsFound: no policy of the cases that cannot be stored passes without a finding, though AWS calls some of these faults warnings
// or suggestions.
func TestWhatIAMRefusesIsFound(t *testing.T) {
	cat := load(t)
	kinds := map[Policy]policy.Kind{Identity: policy.IdentityPolicy, Trust: policy.TrustPolicy, SCP: policy.ServiceControlPolicy, RCP: policy.ResourceControlPolicy}
	for _, k := range cases() {
		kind, ok := kinds[k.kind.Policy]
		if !ok {
			continue // resource policies are stored by services, each with its own rules
		}
		if _, err := policy.Validate(kind, []byte(k.policy), policy.Checks{}); err != nil && len(Check([]byte(k.policy), k.kind, cat)) == 0 {
			t.Errorf("nothing is found in %s: %v", k.policy, err)
		}
	}
}
