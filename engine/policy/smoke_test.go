package policy

import "testing"

func TestSmoke(t *testing.T) {
	d, err := Parse([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/${aws:username}/*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	req := &Request{Principal: Principal{Kind: User, Account: "123456789012", ARN: "arn:aws:iam::123456789012:user/bob"}, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/bob/x"}
	req.Context.Set("aws:Username", "bob")
	req.Context.Set("aws:sourceip", "10.1.2.3")
	got := Evaluate(req, &Policies{Identity: []Named{{"p", d}}})
	if got.Effect != Allow {
		t.Fatal(got)
	}
	req.Context.Set("aws:username", "*")
	if got := Evaluate(req, &Policies{Identity: []Named{{"p", d}}}); got.Effect != ImplicitDeny {
		t.Fatal(got)
	}
}
