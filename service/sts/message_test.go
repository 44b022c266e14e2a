package sts

import (
	"testing"
)

func TestDecode(t *testing.T) {
	sealed := `{"principal":{"arn":"arn:aws:iam::111122223333:user/team/Bob","id":"AIDA1","account":"111122223333","policies":["own"]},"questions":[
		{"action":"iam:AddRoleToInstanceProfile","resource":"arn:aws:iam::111122223333:instance-profile/P","decision":"allowed","decidedBy":[]},
		{"action":"iam:PassRole","resource":"arn:aws:iam::111122223333:role/R","context":{"iam:PassedToService":["ec2.amazonaws.com"],"aws:TagKeys":["a","b"]},
		 "decision":"explicitDeny","decidedBy":[{"layer":"identity","policy":"own","statement":1,"sid":"No","line":3,"column":5}]}]}`
	want := `{"allowed":false,"explicitDeny":true,"matchedStatements":{"items":[{"statementId":"No","effect":"DENY"}]},"failures":{"items":[]},` +
		`"context":{"principal":{"id":"AIDA1","name":"Bob","arn":"arn:aws:iam::111122223333:user/team/Bob"},"action":"iam:PassRole",` +
		`"resource":"arn:aws:iam::111122223333:role/R","conditions":{"items":[{"key":"aws:TagKeys","values":{"items":[{"value":"a"},{"value":"b"}]}},` +
		`{"key":"iam:PassedToService","values":{"items":[{"value":"ec2.amazonaws.com"}]}}]}},` +
		`"decidedBy":[{"layer":"identity","policy":"own","statement":1,"sid":"No","line":3,"column":5}]}`
	got, err := decode([]byte(sealed))
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("decoded\n%s\nwant\n%s", got, want)
	}
	implicit := `{"principal":{"arn":"anonymous"},"questions":[{"action":"a:B","resource":"*","decision":"implicitDeny","decidedBy":[{"layer":"identity","statement":-1}]}]}`
	want = `{"allowed":false,"explicitDeny":false,"matchedStatements":{"items":[]},"failures":{"items":[]},"context":{"principal":{"id":"","name":"anonymous","arn":"anonymous"},` +
		`"action":"a:B","resource":"*","conditions":{"items":[]}},"decidedBy":[{"layer":"identity","statement":-1}]}`
	if got, err = decode([]byte(implicit)); err != nil || got != want {
		t.Errorf("decoded\n%s, %v\nwant\n%s", got, err, want)
	}
	for _, broken := range []string{"", "null", "{}", `{"questions":[{"decision":"allowed"}]}`, `[]`} {
		if got, err := decode([]byte(broken)); err == nil {
			t.Errorf("%q is decoded as %s", broken, got)
		}
	}
}
