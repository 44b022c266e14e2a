package iam

import (
	"slices"
	"strings"
	"testing"
)

func TestGranted(t *testing.T) {
	tests := []struct {
		name, json       string
		services, absent []string
		actions, refused []string
	}{
		{"actions", `{"Statement":{"Effect":"Allow","Action":["S3:Get*","sqs:SendMessage"],"Resource":"arn:aws:s3:::b/*"}}`,
			[]string{"s3", "sqs"}, []string{"s3express", "iam"}, []string{"s3:GetObject", "s3:getobject", "sqs:SendMessage"}, []string{"s3:PutObject", "sqs:SendMessageBatch"}},
		{"all", `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`, []string{"iam", "s3"}, nil, []string{"iam:CreateUser"}, nil},
		{"all but some", `{"Statement":{"Effect":"Allow","NotAction":["iam:*","sts:Get*"],"Resource":"*"}}`,
			[]string{"s3", "sts"}, []string{"iam"}, []string{"sts:AssumeRole"}, []string{"iam:CreateUser", "sts:GetSessionToken"}},
		{"denials do not count", `{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"},{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`,
			[]string{"s3"}, []string{"iam"}, []string{"s3:GetObject"}, []string{"iam:CreateUser"}},
	}
	for _, tt := range tests {
		g, err := grantedBy([]heldPolicy{{name: tt.name, json: tt.json}})
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		check := func(want bool, list []string, got func(string) bool) {
			for _, v := range list {
				if got(v) != want {
					t.Errorf("%s: %s is %t, want %t", tt.name, v, !want, want)
				}
			}
		}
		check(true, tt.services, g.service)
		check(false, tt.absent, g.service)
		check(true, tt.actions, g.action)
		check(false, tt.refused, g.action)
	}
	if _, err := grantedBy([]heldPolicy{{name: "broken", json: "{"}}); err == nil {
		t.Error("a broken policy: no error")
	}
}

// TestKnownServices: reports list services in the order of their namespaces.
func TestKnownServices(t *testing.T) {
	known, err := knownServices()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.IsSortedFunc(known, func(a, b namedService) int { return strings.Compare(a.namespace, b.namespace) }) {
		t.Error("the services are not in the order of their namespaces")
	}
	if !slices.Contains(known, namedService{"s3", "Amazon S3"}) || len(known) < 400 {
		t.Errorf("%d services, or no Amazon S3", len(known))
	}
}
