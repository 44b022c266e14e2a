package policy_test

import (
	"testing"

	"vauban/engine/policy"
)

var alice = policy.Principal{
	Kind: policy.User, Account: "111111111111", ARN: "arn:aws:iam::111111111111:user/dev/alice", ID: "AIDAALICE00000000001",
}

// allowed says whether an Allow with these elements, without braces, covers the action on the resource.
func allowed(t *testing.T, elements, action, resource string, set ...func(*policy.Context)) bool {
	t.Helper()
	return allowedBy(t, named(t, "p", `"Effect":"Allow",`+elements), action, resource, set...)
}

func allowedBy(t *testing.T, n policy.Named, action, resource string, set ...func(*policy.Context)) bool {
	t.Helper()
	req := &policy.Request{Principal: alice, Action: action, Resource: resource}
	for _, f := range set {
		f(&req.Context)
	}
	return policy.Evaluate(req, &policy.Policies{Identity: []policy.Named{n}}).Effect == policy.Allow
}

func TestActions(t *testing.T) {
	for _, c := range []struct {
		elements, action string
		want             bool
	}{
		{`"Action":"*"`, "s3:GetObject", true}, {`"Action":"*"`, "nonsense", true},
		{`"Action":"s3:*"`, "s3:GetObject", true}, {`"Action":"s3:*"`, "s3express:GetObject", false}, {`"Action":"s3:*"`, "s3", false},
		{`"Action":"S3:getOBJECT"`, "s3:GetObject", true}, {`"Action":"s3:GetObject"`, "S3:GETOBJECT", true},
		{`"Action":"s3:Get*"`, "s3:GetObjectAcl", true}, {`"Action":"s3:*Acl"`, "s3:GetObjectAcl", true}, {`"Action":"s3:G?tObject"`, "s3:GetObject", true},
		{`"Action":"s3:G*t*t"`, "s3:GetObject", true}, {`"Action":"s3:Get"`, "s3:GetObject", false},
		{`"Action":"s*:GetObject"`, "s3:GetObject", false}, {`"Action":"*:GetObject"`, "s3:GetObject", false},
		{`"Action":"s3:GetObject,s3:PutObject"`, "s3:GetObject", false}, {`"Action":"s3: GetObject"`, "s3:GetObject", false}, {`"Action":"GetObject"`, "GetObject", false}, {`"Action":":*"`, "GetObject", false},
		{`"NotAction":"s3:*"`, "iam:GetUser", true}, {`"NotAction":["iam:*","s3:Get*"]`, "s3:GetObject", false}, {`"NotAction":["iam:*","s3:Get*"]`, "s3:PutObject", true},
		{`"NotAction":"*"`, "iam:GetUser", false}, {`"NotAction":"nothing"`, "iam:GetUser", true},
		{`"Action":["a:*","b:*","c:X","s3:List*","s3:Get*","t:*","u:*","v:*"]`, "s3:GetObject", true},
		{`"Action":["a:*","b:*","c:X","s3:List*","s3:Get*","t:*","u:*","v:*"]`, "S3:PutObject", false},
		{`"Action":["a:*","b:*","c:X","s3:List*","s3:Get*","t:*","u:*","v:*"]`, "zz:PutObject", false},
	} {
		if got := allowed(t, c.elements+`,"Resource":"*"`, c.action, "*"); got != c.want {
			t.Errorf("%s for %s: %v", c.elements, c.action, got)
		}
	}
}

func TestResources(t *testing.T) {
	for _, c := range []struct {
		elements, resource string
		want               bool
	}{
		{`"Resource":"*"`, "arn:aws:s3:::b/k", true}, {`"Resource":"*"`, "*", true},
		{`"Resource":"arn:aws:s3:::*"`, "*", false}, {`"Resource":["arn:aws:s3:::b","*"]`, "*", true},
		{`"Resource":["**","?"]`, "*", false}, {`"NotResource":"arn:aws:s3:::*"`, "*", true}, {`"NotResource":"*"`, "*", false}, {`"NotResource":"*"`, "arn:aws:s3:::b", false},
		{`"NotResource":["arn:aws:s3:::a","arn:aws:s3:::b"]`, "arn:aws:s3:::b", false}, {`"NotResource":["arn:aws:s3:::a","arn:aws:s3:::b"]`, "arn:aws:s3:::c", true},
		{`"Resource":"arn:aws:s3:::b/*"`, "arn:aws:s3:::b/a:b/c", true}, {`"Resource":"arn:aws:s3:::b/*"`, "arn:aws:s3:::b", false},
		{`"Resource":"arn:aws:s3:::B"`, "arn:aws:s3:::b", false}, {`"Resource":"arn:aws:s3:::b/*/x.gz"`, "arn:aws:s3:::b/a:b/x.gz", true},
		{`"Resource":"arn:aws:sqs:*:111111111111:q?"`, "arn:aws:sqs:us-east-1:111111111111:q1", true},
		{`"Resource":"arn:aws:sqs:us-*-1:111111111111:q"`, "arn:aws:sqs:us-east-1:111111111111:q", true},
		// Within the first five parts a wildcard that is not at a part's end stays inside it.
		{`"Resource":"arn:aws:sqs:us-*-1:222222222222:q"`, "arn:aws:sqs:us-x:111111111111:y-1:222222222222:q", false},
		{`"Resource":"arn:aws:sqs:us?east-1:1:q"`, "arn:aws:sqs:us:east-1:1:q", false},
		{`"Resource":"arn:aws:sqs:*"`, "arn:aws:sqs:us-east-1:111111111111:q", true}, {`"Resource":"arn:aws:sqs"`, "arn:aws:sqs:us-east-1:111111111111:q", false},
		{`"Resource":"arn:aws:sqs:*:q"`, "arn:aws:sqs:us-east-1:111111111111:q", true}, {`"Resource":"arn:*:sqs:**:1:q"`, "arn:aws:sqs:us-east-1:1:q", true},
	} {
		if got := allowed(t, `"Action":"a:b",`+c.elements, "a:b", c.resource); got != c.want {
			t.Errorf("%s for %s: %v", c.elements, c.resource, got)
		}
	}
}

func TestVariables(t *testing.T) {
	set := func(c *policy.Context) {
		c.Set("aws:username", "alice")
		c.Set("aws:PrincipalTag/team", "blue*")
		c.SetMulti("aws:TagKeys", []string{"alice"})
	}
	const bucket = "arn:aws:s3:::b/"
	for _, c := range []struct {
		resource, asked string
		want            bool
	}{
		{bucket + "${aws:username}/*", bucket + "alice/x", true}, {bucket + "${AWS:UserName}", bucket + "alice", true}, {bucket + "${aws:username}", bucket + "bob", false},
		{bucket + "${ aws:username }x", bucket + "alicex", true},
		{bucket + "${aws:PrincipalTag/Team}", bucket + "blue*", true}, {bucket + "${aws:PrincipalTag/Team}", bucket + "blueish", false},
		{bucket + "${aws:TagKeys}", bucket + "alice", false}, {bucket + "${aws:TagKeys}", bucket, false}, {bucket + "${aws:TagKeys, 'x'}", bucket + "x", false},
		{bucket + "${aws:nothing}", bucket + "", false}, {bucket + "${aws:nothing}*", bucket + "x", false},
		{bucket + "${aws:nothing, 'public'}/?", bucket + "public/1", true}, {bucket + "${aws:username,'x'}", bucket + "alice", true}, {bucket + "${aws:nothing, '*'}", bucket + "x", false},
		{bucket + "a${*}b${?}c${$}", bucket + "a*b?c$", true}, {bucket + "a${*}b", bucket + "axb", false}, {bucket + "${aws:username", bucket + "${aws:username", true}, {bucket + "${}", bucket + "${}", true},
		{"arn:aws:s3:::${aws:username}", "arn:aws:s3:::alice", true}, {"arn:aws:s3::${aws:username}:b", "arn:aws:s3::alice:b", false}, {"arn:aws:${aws:username}", "arn:aws:alice", false},
		{"arn:aws:s*:::${aws:username}", "arn:aws:s3:::alice", true},
	} {
		if got := allowed(t, `"Action":"a:b","Resource":"`+c.resource+`"`, "a:b", c.asked, set); got != c.want {
			t.Errorf("%s for %s: %v", c.resource, c.asked, got)
		}
	}
	for _, c := range []struct {
		operator, wanted, value string
		want                    bool
	}{
		{"StringEquals", "${aws:username}", "alice", true}, {"StringEquals", "x${aws:username}y", "xalicey", true}, {"StringEquals", "${aws:nothing}", "alice", false}, {"StringEquals", "${*}", "*", true},
		{"StringNotEquals", "${aws:username}", "alice", false}, {"StringNotEquals", "${aws:nothing}", "alice", true}, {"StringNotEquals", "${aws:TagKeys}", "alice", true},
		{"StringEqualsIgnoreCase", "${aws:username}", "ALICE", true}, {"StringLike", "${aws:username}/*", "alice/x", true}, {"StringLike", "${aws:PrincipalTag/team}", "blueish", false}, {"StringLike", "a${*}*", "a*c", true}, {"StringLike", "a${*}", "ac", false},
		{"ArnLike", "arn:aws:iam::1:user/${aws:username}*", "arn:aws:iam::1:user/alice2", true}, {"ArnLike", "arn:aws:iam::1:user/${aws:username}", "arn:aws:iam::1:user/bob", false}, {"ArnLike", "${aws:username}", "arn:aws:iam::1:user/alice", false},
		{"ArnNotLike", "arn:aws:iam::1:user/${aws:nothing}", "arn:aws:iam::1:user/bob", true}, {"Bool", "${k:truth}", "true", true},
		{"NumericEquals", "${k:number}", "5", false}, {"DateEquals", "${k:date}", "2026", false}, {"IpAddress", "${k:ip}", "10.0.0.1", false},
	} {
		got := allowed(t, `"Action":"a:b","Resource":"*","Condition":{"`+c.operator+`":{"k:key":"`+c.wanted+`"}}`, "a:b", "*", set, one(c.value), func(x *policy.Context) {
			x.Set("k:truth", "True")
			x.Set("k:number", "5")
			x.Set("k:date", "2026")
			x.Set("k:ip", "10.0.0.1")
		})
		if got != c.want {
			t.Errorf("%s %s for %s: %v", c.operator, c.wanted, c.value, got)
		}
	}
}

// An element whose variable has no value names no resource, in NotResource too.
func TestUnresolvedNotResource(t *testing.T) {
	if !allowed(t, `"Action":"a:b","NotResource":"arn:aws:s3:::${aws:nothing}"`, "a:b", "arn:aws:s3:::b") {
		t.Error("the element matches something")
	}
	if allowed(t, `"Action":"a:b","NotResource":["arn:aws:s3:::${aws:nothing}","arn:aws:s3:::b"]`, "a:b", "arn:aws:s3:::b") {
		t.Error("the other element is lost")
	}
}

// Before version 2012-10-17 there are no variables.
func TestOldVersion(t *testing.T) {
	old := policy.Named{Name: "p", Document: parse(t, `{"Statement":{"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3:::${aws:username}","Condition":{"StringEquals":{"k:key":"${aws:username}"}}}}`)}
	if got := old.Document.Version; got != policy.Version2008 {
		t.Errorf("Version %s", got)
	}
	user := func(c *policy.Context) { c.Set("aws:username", "alice") }
	if allowedBy(t, old, "a:b", "arn:aws:s3:::alice", user, one("alice")) {
		t.Error("a variable was replaced")
	}
	if !allowedBy(t, old, "a:b", "arn:aws:s3:::${aws:username}", user, one("${aws:username}")) {
		t.Error("the text is not literal")
	}
}
