package sts

import (
	"encoding/json"
	"testing"
	"time"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

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
	got, err := decode([]byte(sealed), noon)
	if err != nil {
		t.Fatal(err)
	}
	if got != want {
		t.Errorf("decoded\n%s\nwant\n%s", got, want)
	}
	implicit := `{"principal":{"arn":"anonymous"},"questions":[{"action":"a:B","resource":"*","decision":"implicitDeny","decidedBy":[{"layer":"identity","statement":-1}]}]}`
	want = `{"allowed":false,"explicitDeny":false,"matchedStatements":{"items":[]},"failures":{"items":[]},"context":{"principal":{"id":"","name":"anonymous","arn":"anonymous"},` +
		`"action":"a:B","resource":"*","conditions":{"items":[]}},"decidedBy":[{"layer":"identity","statement":-1}]}`
	if got, err = decode([]byte(implicit), noon); err != nil || got != want {
		t.Errorf("decoded\n%s, %v\nwant\n%s", got, err, want)
	}
	for _, broken := range []string{"", "null", "{}", `{"questions":[{"decision":"allowed"}]}`, `[]`} {
		if got, err := decode([]byte(broken), noon); err == nil {
			t.Errorf("%q is decoded as %s", broken, got)
		}
	}
}

// TestDecodeShowsAllKeys: those of the caller, of the resource's owner and of the question, which goes before the rest.
func TestDecodeShowsAllKeys(t *testing.T) {
	sealed := `{"principal":{"arn":"a"},"context":{"aws:SourceIp":"192.0.2.1","aws:CalledVia":["a.amazonaws.com","b.amazonaws.com"],"aws:MultiFactorAuthPresent":"false","aws:PrincipalTag/q":"\"x"},
		"questions":[{"action":"sts:AssumeRole","resource":"r","resourceAccount":"444455556666","ownerOrg":"o-1","ownerPath":"o-1/r-1/","context":{"AWS:MultiFactorAuthPresent":["true"],"none":[]},
		"decision":"implicitDeny","decidedBy":[]}]}`
	text, err := decode([]byte(sealed), noon)
	if err != nil {
		t.Fatal(err)
	}
	var d decoded
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, c := range d.Context.Conditions.Items {
		got += c.Key
		for _, v := range c.Values.Items {
			got += " " + v.Value
		}
		got += "\n"
	}
	want := `aws:CalledVia a.amazonaws.com b.amazonaws.com
aws:CurrentTime 2026-01-02T12:00:00Z
aws:EpochTime 1767355200
AWS:MultiFactorAuthPresent true
aws:PrincipalTag/q "x
aws:ResourceAccount 444455556666
aws:ResourceOrgID o-1
aws:ResourceOrgPaths o-1/r-1/
aws:SourceIp 192.0.2.1
none
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
