package arn_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vauban/engine/arn"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]arn.ARN{
		"arn:aws:iam::123456789012:user/a/b/Bob": {Partition: "aws", Service: "iam", Account: "123456789012", Resource: "user/a/b/Bob"},
		"arn:aws:s3:::bucket/k:e:y":              {Partition: "aws", Service: "s3", Resource: "bucket/k:e:y"},
		"arn:aws-cn:logs:cn-north-1:123456789012:log-group:g:*": {
			Partition: "aws-cn", Service: "logs", Region: "cn-north-1", Account: "123456789012", Resource: "log-group:g:*"},
	} {
		got, err := arn.Parse(in)
		if err != nil {
			t.Errorf("Parse(%q): %v", in, err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", in, d)
		}
		if got.String() != in {
			t.Errorf("Parse(%q).String() = %q", in, got.String())
		}
	}
	for _, in := range []string{"", "arn", "arn:aws:s3::", "arn:aws:s3:::", "arn::s3:::b", "arn:aws::::b", "ARN:aws:s3:::b", "x:aws:s3:::b"} {
		if got, err := arn.Parse(in); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", in, got)
		}
	}
}

func TestTypeAndName(t *testing.T) {
	for in, want := range map[string][2]string{
		"arn:aws:iam::123456789012:role/p/R":               {"role", "R"},
		"arn:aws:iam::123456789012:root":                   {"", "root"},
		"arn:aws:lambda:us-east-1:123456789012:function:f": {"function", "f"},
		"arn:aws:s3:::bucket":                              {"", "bucket"},
	} {
		a, err := arn.Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]string{a.Type(), a.Name()}; got != want {
			t.Errorf("%s: type and name %q, want %q", in, got, want)
		}
	}
}

func TestIsAccount(t *testing.T) {
	for in, want := range map[string]bool{"123456789012": true, "12345678901": false, "1234567890123": false, "12345678901a": false, "": false} {
		if got := arn.IsAccount(in); got != want {
			t.Errorf("IsAccount(%q) = %v", in, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("arn:aws:iam::123456789012:user/Bob")
	f.Add("arn:::::")
	f.Fuzz(func(t *testing.T, s string) {
		a, err := arn.Parse(s)
		if err != nil {
			return
		}
		if a.String() != s {
			t.Fatalf("%q comes back as %q", s, a.String())
		}
	})
}

func ExampleParse() {
	a, _ := arn.Parse("arn:aws:iam::123456789012:role/team/Deployer")
	fmt.Println(a.Service, a.Account, a.Type(), a.Name())
	// Output: iam 123456789012 role Deployer
}
