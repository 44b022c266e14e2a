package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"vauban/engine/policy"
)

// managed makes n policies of two statements with three resource patterns each, as different services use them.
func managed(b testing.TB, n int) []policy.Named {
	services := []string{"s3", "sqs", "sns", "kms", "iam", "ec2", "logs", "lambda", "events", "dynamodb"}
	out := make([]policy.Named, n)
	for i := range out {
		s := services[i%len(services)]
		statement := func(actions, name string) string {
			arn := fmt.Sprintf("arn:aws:%s:*:111111111111:%s-%d", s, name, i)
			return fmt.Sprintf(`"Effect":"Allow","Action":[%s],"Resource":["%s/*","%s-logs/*","%s-*/public/*"]`, fmt.Sprintf(actions, s, s), arn, arn, arn)
		}
		out[i] = named(b, fmt.Sprint("p", i), statement(`"%s:Get*","%s:List*"`, "read"), statement(`"%s:Put*","%s:Delete*"`, "write"))
	}
	return out
}

func BenchmarkEvaluate(b *testing.B) {
	for _, n := range []int{10, 100} {
		p := &policy.Policies{Identity: managed(b, n)}
		req := &policy.Request{Principal: alice, Action: "dynamodb:GetItem", Resource: "arn:aws:dynamodb:eu-west-1:111111111111:read-9/items", ResourceAccount: home}
		b.Run(fmt.Sprintf("policies=%d/allow", n), func(b *testing.B) { evaluateFor(b, req, p, policy.Allow) })
		none := *req
		none.Resource += "x"
		none.Action = "dynamodb:Query"
		b.Run(fmt.Sprintf("policies=%d/deny", n), func(b *testing.B) { evaluateFor(b, &none, p, policy.ImplicitDeny) })
	}
}

func evaluateFor(b *testing.B, req *policy.Request, p *policy.Policies, want policy.Effect) {
	if got := policy.Evaluate(req, p).Effect; got != want {
		b.Fatalf("%v, want %v", got, want)
	}
	b.ReportAllocs()
	for b.Loop() {
		policy.Evaluate(req, p)
	}
}

// All layers, ten conditions, variables: a full request.
func BenchmarkEvaluateFull(b *testing.B) {
	guard := named(b, "guard", `"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"`,
		`"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"},"BoolIfExists":{"aws:PrincipalIsAWSService":"false"}}`,
		`"Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}`)
	identity := append(managed(b, 10), named(b, "home", `"Effect":"Allow","Action":"s3:*Object","Resource":"arn:aws:s3:::data/${aws:username}/*","Condition":{
		"IpAddress":{"aws:SourceIp":["10.0.0.0/8","192.168.0.0/16"]},"DateGreaterThan":{"aws:TokenIssueTime":"2026-01-01T00:00:00Z"},"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"},
		"StringLike":{"aws:PrincipalTag/team":"blue*"},"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/dev/*"}}`))
	p := &policy.Policies{
		Identity: identity, Boundary: &guard, Session: []policy.Named{guard}, Resource: &guard, Endpoints: []policy.Named{guard},
		SCPs: []policy.Level{{Name: "r", Policies: []policy.Named{guard}}, {Name: "a", Policies: []policy.Named{guard}}},
		RCPs: []policy.Level{{Name: "r", Policies: []policy.Named{guard}}},
	}
	req := &policy.Request{Principal: alice, Action: "s3:GetObject", Resource: "arn:aws:s3:::data/alice/report.txt", ResourceAccount: away}
	for k, v := range map[string]string{
		"aws:username": "alice", "aws:SourceIp": "10.1.2.3", "aws:TokenIssueTime": "2026-05-05T05:05:05Z", "aws:MultiFactorAuthAge": "120", "aws:PrincipalTag/team": "blue-1",
		"aws:PrincipalArn": alice.ARN, "aws:PrincipalOrgID": "o-1", "aws:SecureTransport": "true", "aws:PrincipalIsAWSService": "false", "aws:userid": alice.ID, "aws:UserAgent": "x", "aws:RequestedRegion": "us-east-1",
	} {
		req.Context.Set(k, v)
	}
	evaluateFor(b, req, p, policy.Allow)
}

// Policies as AWS writes them: everything, and hundreds of read actions over hundreds of services.
func BenchmarkEvaluateWide(b *testing.B) {
	var actions []string
	for i := range 300 {
		for _, verb := range []string{"Get*", "List*", "Describe*"} {
			actions = append(actions, fmt.Sprintf(`"service%d:%s"`, i, verb))
		}
	}
	readOnly := named(b, "ReadOnlyAccess", `"Effect":"Allow","Action":[`+strings.Join(actions, ",")+`],"Resource":"*"`)
	admin := named(b, "AdministratorAccess", `"Effect":"Allow","Action":"*","Resource":"*"`)
	req := &policy.Request{Principal: alice, Action: "service207:DescribeThings", Resource: "arn:aws:x:::y", ResourceAccount: home}
	b.Run("ReadOnlyAccess", func(b *testing.B) {
		evaluateFor(b, req, &policy.Policies{Identity: []policy.Named{readOnly}}, policy.Allow)
	})
	b.Run("AdministratorAccess", func(b *testing.B) {
		evaluateFor(b, req, &policy.Policies{Identity: []policy.Named{admin}}, policy.Allow)
	})
}

func BenchmarkParse(b *testing.B) {
	text := []byte(doc(`"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":["arn:aws:s3:::a/*","arn:aws:s3:::b/*"],"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`,
		`"Effect":"Deny","NotAction":"iam:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}`))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := policy.Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}
