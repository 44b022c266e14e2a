package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vauban/engine/catalog"
	"vauban/engine/policy"
)

func load(t testing.TB) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAction(t *testing.T) {
	c := load(t)
	got, ok := c.Action("S3:getobject")
	if !ok || got.Name != "GetObject" || got.Level != catalog.Read {
		t.Fatalf("s3:GetObject: %+v, %v", got, ok)
	}
	i := slices.IndexFunc(got.Resources, func(u catalog.ResourceUse) bool { return u.Type == "object" })
	if i < 0 {
		t.Errorf("s3:GetObject is not granted on an object: %+v", got.Resources)
	}
	pass, ok := c.Action("iam:PassRole")
	want := &catalog.Action{Name: "PassRole", Level: catalog.Write, Resources: []catalog.ResourceUse{{Type: "role", Required: true}},
		Keys: []string{"iam:AssociatedResourceArn", "iam:PassedToService"}}
	if d := cmp.Diff(want, pass); !ok || d != "" {
		t.Errorf("iam:PassRole (-want +got):\n%s", d)
	}
	for name, level := range map[string]catalog.Level{"iam:ListUsers": catalog.List, "iam:PutRolePolicy": catalog.Permissions, "ec2:CreateTags": catalog.Tagging} {
		if a, ok := c.Action(name); !ok || a.Level != level {
			t.Errorf("%s: %+v", name, a)
		}
	}
	for _, name := range []string{"", "s3", "s3:", ":GetObject", "s3:GetObjects", "s33:GetObject", "s3:GetObject:x"} {
		if a, ok := c.Action(name); ok {
			t.Errorf("%q is %+v", name, a)
		}
	}
}

func TestService(t *testing.T) {
	s, ok := load(t).Service("KMS")
	if !ok || s.Prefix != "kms" || s.Name != "AWS Key Management Service" || !s.RCP {
		t.Fatalf("kms: %+v, %v", s, ok)
	}
	r, ok := s.ResourceType("key")
	if !ok || r.ARN != "arn:${Partition}:kms:${Region}:${Account}:key/${KeyId}" {
		t.Errorf("the type key: %+v, %v", r, ok)
	}
}

func TestKey(t *testing.T) {
	c := load(t)
	for name, want := range map[string]catalog.Key{
		"aws:sourceip":                {Name: "aws:SourceIp", Type: "IPAddress"},
		"aws:PrincipalTag/Team":       {Name: "aws:PrincipalTag/${TagKey}", Type: "String"},
		"AWS:principaltag/a/b":        {Name: "aws:PrincipalTag/${TagKey}", Type: "String"},
		"iam:PassedToService":         {Name: "iam:PassedToService", Type: "String"},
		"s3:ExistingObjectTag/secret": {Name: "s3:ExistingObjectTag/<key>", Type: "String"},
	} {
		got, ok := c.Key(name)
		if !ok || got != want {
			t.Errorf("%s: %+v, %v, want %+v", name, got, ok, want)
		}
	}
	for _, name := range []string{"aws:PrincipalTag/", "aws:PrincipalTag", "aws:Source", "iam:Nothing", ""} {
		if k, ok := c.Key(name); ok {
			t.Errorf("%q is %+v", name, k)
		}
	}
}

// TestOrder: the searches need the order in which the table is written.
func TestOrder(t *testing.T) {
	c := load(t)
	fold := func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }
	sorted := func(what string, names []string) {
		if !slices.IsSortedFunc(names, fold) {
			t.Errorf("%s are not sorted", what)
		}
		for i := 1; i < len(names); i++ {
			if fold(names[i-1], names[i]) == 0 {
				t.Errorf("%s: %s stands twice", what, names[i])
			}
		}
	}
	var services, globals []string
	for _, k := range c.GlobalKeys() {
		globals = append(globals, k.Name)
	}
	actions := 0
	for _, s := range c.Services() {
		services = append(services, s.Prefix)
		var names, keys []string
		for _, a := range s.Actions {
			names = append(names, a.Name)
			for _, u := range a.Resources {
				if _, ok := s.ResourceType(u.Type); !ok {
					t.Errorf("%s:%s is granted on %q, which the service does not have", s.Prefix, a.Name, u.Type)
				}
			}
			if a.Level.String() == "unknown" {
				t.Errorf("%s:%s has no level", s.Prefix, a.Name)
			}
		}
		for _, k := range s.Keys {
			keys = append(keys, k.Name)
		}
		sorted("the actions of "+s.Prefix, names)
		sorted("the keys of "+s.Prefix, keys)
		actions += len(names)
	}
	sorted("the services", services)
	sorted("the global keys", globals)
	if actions < 20_000 || len(services) < 400 {
		t.Errorf("only %d actions of %d services", actions, len(services))
	}
}

// TestRCPs: the engine keeps its own list, so that it needs no catalogue to decide.
func TestRCPs(t *testing.T) {
	for _, s := range load(t).Services() {
		if got := policy.HasRCPs(s.Prefix); got != s.RCP {
			t.Errorf("%s: policy.HasRCPs says %v, the catalogue %v", s.Prefix, got, s.RCP)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		load(b)
	}
}

func BenchmarkAction(b *testing.B) {
	c := load(b)
	for b.Loop() {
		if _, ok := c.Action("ec2:RunInstances"); !ok {
			b.Fatal("no ec2:RunInstances")
		}
	}
}
