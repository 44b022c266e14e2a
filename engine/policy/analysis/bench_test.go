package analysis_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vauban/engine/policy"
	"vauban/engine/policy/analysis"
)

// pair is a policy and a change of it.
type pair struct {
	kind         analysis.Kind
	old, changed *policy.Document
}

// corpus makes pairs like those that people check: policies of the usual shapes, each against itself and against the changes that a
// review meets (a wider resource, one more action, a condition less, a Deny less, one more principal).
func corpus(b testing.TB) []pair {
	identity := map[string][]string{
		"bucket reader":  {allow(`"Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::app%d","arn:aws:s3:::app%d/*"]`)},
		"table user":     {allow(`"Action":["dynamodb:GetItem","dynamodb:Query","dynamodb:PutItem","dynamodb:UpdateItem"],"Resource":["arn:aws:dynamodb:*:111111111111:table/app%d","arn:aws:dynamodb:*:111111111111:table/app%d/index/*"]`)},
		"power user":     {allow(`"NotAction":["iam:*","organizations:*","account:*"],"Resource":"*"`), allow(`"Action":["iam:CreateServiceLinkedRole","iam:ListRoles","account:ListRegions"],"Resource":"*"`)},
		"administrator":  {allow(`"Action":"*","Resource":"*"`), deny(`"Action":["cloudtrail:StopLogging","cloudtrail:DeleteTrail"],"Resource":"*"`)},
		"own user":       {allow(`"Action":["iam:ChangePassword","iam:GetUser","iam:CreateAccessKey","iam:DeleteAccessKey"],"Resource":"arn:aws:iam::*:user/${aws:username}"`), deny(`"NotAction":["iam:*","sts:*"],"Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}`)},
		"tagged servers": {allow(`"Action":["ec2:StartInstances","ec2:StopInstances"],"Resource":"arn:aws:ec2:*:*:instance/*","Condition":{"StringEquals":{"ec2:ResourceTag/Owner":"${aws:username}"}}`), allow(`"Action":"ec2:Describe*","Resource":"*"`)},
		"regions":        {allow(`"Action":["ec2:*","s3:*","lambda:*"],"Resource":"*"`), deny(`"NotAction":["iam:*","sts:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-central-1","eu-west-1"]}}`)},
		"pass role":      {allow(`"Action":"iam:PassRole","Resource":"arn:aws:iam::111111111111:role/app%d-*","Condition":{"StringEquals":{"iam:PassedToService":["ec2.amazonaws.com","lambda.amazonaws.com"]}}`), allow(`"Action":["lambda:CreateFunction","lambda:UpdateFunctionCode"],"Resource":"arn:aws:lambda:*:111111111111:function:app%d-*"`)},
		"office":         {allow(`"Action":["secretsmanager:GetSecretValue","kms:Decrypt"],"Resource":"*"`), deny(`"Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":["192.0.2.0/24","203.0.113.0/24"]},"Bool":{"aws:ViaAWSService":"false"}}`)},
		"logs":           {allow(`"Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"arn:aws:logs:*:111111111111:log-group:/aws/lambda/app%d-*:*"`), allow(`"Action":["xray:PutTraceSegments","xray:PutTelemetryRecords"],"Resource":"*"`)},
		"tag on create":  {allow(`"Action":["ec2:RunInstances","ec2:CreateTags"],"Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/team":["a","b","c"]},"ForAllValues:StringEquals":{"aws:TagKeys":["team","cost"]}}`)},
		"many":           nil,
	}
	for i := range 12 {
		identity["many"] = append(identity["many"], allow(fmt.Sprintf(`"Action":["s3:Get*","s3:PutObject","sqs:SendMessage"],"Resource":["arn:aws:s3:::data-%d-*/*","arn:aws:sqs:*:111111111111:queue-%d-*"],"Condition":{"StringLike":{"aws:PrincipalTag/team":"t%d*"}}`, i, i, i)))
	}
	resource := map[string][]string{
		"trust":           {allow(`"Principal":{"AWS":"arn:aws:iam::222222222222:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"id%d"}}`)},
		"trust of a user": {allow(`"Principal":{"AWS":["arn:aws:iam::222222222222:user/a","arn:aws:iam::222222222222:role/deploy"]},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`)},
		"bucket":          {allow(`"Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::app%d/*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3"}}`), deny(`"Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::app%d","arn:aws:s3:::app%d/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}`)},
		"queue":           {allow(`"Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"arn:aws:sqs:us-east-1:111111111111:q%d","Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sns:us-east-1:111111111111:t%d*"}}`)},
		"key":             {allow(`"Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"kms:*","Resource":"*"`), allow(`"Principal":{"AWS":"arn:aws:iam::222222222222:role/app%d"},"Action":["kms:Encrypt","kms:Decrypt","kms:GenerateDataKey*"],"Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}`)},
		"repository":      {allow(`"Principal":{"Federated":"arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"},"StringLike":{"token.actions.githubusercontent.com:sub":"repo:org/app%d:*"}}`)},
	}
	extra := map[analysis.Kind][]string{
		analysis.Identity: {allow(`"Action":"s3:GetObject","Resource":"arn:aws:s3:::fresh/*"`), allow(`"Action":["s3:Get*","sqs:*"],"Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"t1"}}`), allow(`"Action":"iam:PassRole","Resource":"arn:aws:iam::*:role/app*"`)},
		analysis.Resource: {allow(`"Principal":{"AWS":"333333333333"},"Action":["sts:AssumeRole","s3:GetObject"]`), allow(`"Principal":"*","Action":["sts:AssumeRole","s3:GetObject","kms:Decrypt"],"Condition":{"StringEquals":{"aws:PrincipalAccount":"222222222222"}}`)},
	}
	var out []pair
	for k, shapes := range map[analysis.Kind]map[string][]string{analysis.Identity: identity, analysis.Resource: resource} {
		for _, name := range sorted(shapes) {
			for n := range 3 {
				var list []string
				for _, s := range shapes[name] {
					list = append(list, number(s, n))
				}
				old := parse(b, list...)
				add := func(changed []string) { out = append(out, pair{k, old, parse(b, changed...)}) }
				add(list)
				for _, x := range extra[k] {
					add(append(slices.Clone(list), x))
				}
				add(list[1:])
				add(append(slices.Clone(list), number(shapes[name][0], n+1)))
				add(widen(list))
			}
		}
	}
	return out
}

func sorted(m map[string][]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// BenchmarkNoNewAccess reports the distribution over the corpus.
func BenchmarkNoNewAccess(b *testing.B) {
	pairs := corpus(b)
	o := analysis.Options{World: load(b)}
	var times []time.Duration
	doubts := 0
	for n := 0; b.Loop(); n++ {
		p := pairs[n%len(pairs)]
		start := time.Now()
		r, err := analysis.NoNewAccess(p.old, p.changed, p.kind, o)
		if err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(start))
		if r.Verdict == analysis.CannotTell {
			doubts++
		}
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(times[len(times)-1].Microseconds())/1000, "max-ms")
	b.ReportMetric(100*float64(doubts)/float64(len(times)), "%untold")
}

// BenchmarkWorld: the catalogue is made ready once.
func BenchmarkWorld(b *testing.B) {
	for b.Loop() {
		load(b)
	}
}

// number puts a number in place of every %d.
func number(s string, n int) string { return strings.ReplaceAll(s, "%d", strconv.Itoa(n)) }

// widen drops the conditions of a policy's first statement and opens its resources.
func widen(list []string) []string {
	out := slices.Clone(list)
	if before, _, ok := strings.Cut(out[0], `,"Condition"`); ok {
		out[0] = before + "}"
	}
	out[0] = strings.ReplaceAll(out[0], `/*"`, `*"`)
	return out
}
