package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

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

// fullRequest asks a question on which all layers have a say (own policies and a group's, boundary, session, three levels of the
// organization, resource), with ten conditions that hold, among n policies of the principal.
func fullRequest(b testing.TB, n int) (*policy.Request, *policy.Policies) {
	star := named(b, "FullAWSAccess", `"Effect":"Allow","Action":"*","Resource":"*"`)
	guard := named(b, "guard", `"Effect":"Deny","NotAction":["iam:*","organizations:*","route53:*","budgets:*","support:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["us-east-1","eu-west-1"]}}`)
	trail := named(b, "trail", `"Effect":"Deny","Action":["cloudtrail:StopLogging","cloudtrail:DeleteTrail"],"Resource":"*"`,
		`"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"},"Bool":{"aws:SecureTransport":"false"}}`)
	boundary := named(b, "boundary", `"Effect":"Allow","Action":["s3:*","sqs:*","dynamodb:*","logs:*"],"Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}`)
	session := named(b, "session", `"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::data/*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`)
	bucket := named(b, "bucket", `"Effect":"Allow","Principal":{"AWS":"`+home+`"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`,
		`"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::data/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}`)
	identity := append(managed(b, n), named(b, "home", `"Effect":"Allow","Action":"s3:*Object","Resource":"arn:aws:s3:::data/${aws:username}/*","Condition":{
		"IpAddress":{"aws:SourceIp":["10.0.0.0/8","192.168.0.0/16"]},"DateGreaterThan":{"aws:TokenIssueTime":"2026-01-01T00:00:00Z"},"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"},
		"StringLike":{"aws:PrincipalTag/team":"blue*"},"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/*"}}`))
	p := &policy.Policies{
		Identity: identity, Boundary: &boundary, Session: []policy.Named{session}, Resource: &bucket,
		SCPs: []policy.Level{{Name: "r", Policies: []policy.Named{star, guard}}, {Name: "ou", Policies: []policy.Named{star, trail}}, {Name: "a", Policies: []policy.Named{star}}},
	}
	req := &policy.Request{Principal: alice, Action: "s3:GetObject", Resource: "arn:aws:s3:::data/alice/report.txt", ResourceAccount: away}
	for _, kv := range [][2]string{
		{"aws:CurrentTime", "2026-05-05T06:00:00Z"}, {"aws:SecureTransport", "true"}, {"aws:RequestedRegion", "us-east-1"}, {"aws:SourceIp", "10.1.2.3"}, {"aws:UserAgent", "x"},
		{"aws:PrincipalIsAWSService", "false"}, {"aws:ViaAWSService", "false"}, {"aws:PrincipalType", "User"}, {"aws:userid", alice.ID}, {"aws:PrincipalAccount", home},
		{"aws:PrincipalArn", alice.ARN}, {"aws:username", "alice"}, {"aws:PrincipalTag/team", "blue-1"}, {"aws:MultiFactorAuthPresent", "true"}, {"aws:MultiFactorAuthAge", "120"},
		{"aws:TokenIssueTime", "2026-05-05T05:05:05Z"}, {"aws:PrincipalOrgID", "o-1"}, {"aws:ResourceAccount", away},
	} {
		req.Context.Set(kv[0], kv[1])
	}
	return req, p
}

// A full request among 10, 1,000 and 10,000 policies: compiled, and as a look at every statement. Percentiles are of batches of 32.
func BenchmarkDecideFull(b *testing.B) {
	for _, n := range []int{10, 1000, 10_000} {
		req, p := fullRequest(b, n)
		l := p.Compile()
		if v := policy.Decide(req, l); v.Effect != policy.Allow {
			b.Fatal(v.Decision())
		}
		b.Run(fmt.Sprintf("policies=%d/compiled", n), func(b *testing.B) {
			b.ReportAllocs()
			reportPercentiles(b, func() { policy.Decide(req, l) })
		})
		b.Run(fmt.Sprintf("policies=%d/linear-scan", n), func(b *testing.B) { evaluateFor(b, req, p, policy.Allow) })
	}
}

// reportPercentiles times fn in batches, since the clock is coarser than one decision.
func reportPercentiles(b *testing.B, fn func()) {
	const batch = 32
	times := make([]time.Duration, 0, 1<<16)
	for b.Loop() {
		start := time.Now()
		for range batch {
			fn()
		}
		if len(times) < cap(times) {
			times = append(times, time.Since(start)/batch)
		}
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2]), "p50-ns")
	b.ReportMetric(float64(times[len(times)*99/100]), "p99-ns")
	b.ReportMetric(0, "ns/op") // of a batch: says nothing
}

// One policy of many has changed.
func BenchmarkUpdate(b *testing.B) {
	for _, n := range []int{10, 1000, 10_000} {
		list := managed(b, n)
		set := policy.Compile(list)
		changed := slices.Clone(list)
		changed[n/2] = named(b, "changed", `"Effect":"Allow","Action":["s3:Get*","s3:Put*"],"Resource":["arn:aws:s3:::new/*","arn:aws:s3:::other/*"]`)
		b.Run(fmt.Sprintf("policies=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				set.Update(changed)
			}
		})
	}
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
