package iam

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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

func TestKnownServices(t *testing.T) {
	known := knownServices()
	if !slices.IsSortedFunc(known, func(a, b namedService) int {
		if a.namespace < b.namespace {
			return -1
		}
		return 1
	}) {
		t.Error("services.tsv is not in the order of the namespaces")
	}
	for _, s := range known {
		if s.namespace == "" || s.name == "" {
			t.Errorf("incomplete line: %+v", s)
		}
	}
	models := os.Getenv("VAUBAN_MODELS")
	if models == "" {
		t.Skip("VAUBAN_MODELS is unset: the authorization reference lies beside the models")
	}
	for namespace, name := range referenceServices(t, models) {
		if !slices.Contains(known, namedService{namespace, name}) {
			t.Errorf("services.tsv lacks %s, %s", namespace, name)
		}
	}
}

func referenceServices(t *testing.T, models string) map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(models, "..", "authz", "authz-all.json.gz"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no authorization reference beside the models")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Services map[string]struct{ Name string }
	}
	if err := json.NewDecoder(z).Decode(&all); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for namespace, s := range all.Services {
		out[namespace] = s.Name
	}
	return out
}
