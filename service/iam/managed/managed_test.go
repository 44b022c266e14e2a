package managed

import (
	"slices"
	"strings"
	"testing"
)

func TestByARN(t *testing.T) {
	tests := []struct{ arn, name, path string }{
		{"arn:aws:iam::aws:policy/AdministratorAccess", "AdministratorAccess", "/"},
		{"arn:aws:iam::aws:policy/job-function/ViewOnlyAccess", "ViewOnlyAccess", "/job-function/"},
		{"arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole", "AWSLambdaBasicExecutionRole", "/service-role/"},
	}
	for _, tt := range tests {
		p, ok := ByARN(tt.arn)
		if !ok {
			t.Errorf("%s: absent", tt.arn)
			continue
		}
		if p.Name != tt.name || p.Path != tt.path || p.ARN != tt.arn {
			t.Errorf("%s: got name %s, path %s, ARN %s", tt.arn, p.Name, p.Path, p.ARN)
		}
	}
	for _, arn := range []string{"", "arn:aws:iam::aws:policy/Nothing", "arn:aws:iam::aws:policy/ViewOnlyAccess", "arn:aws:iam::123456789012:policy/AdministratorAccess"} {
		if _, ok := ByARN(arn); ok {
			t.Errorf("%q: present", arn)
		}
	}
}

func TestAll(t *testing.T) {
	all := All()
	if !slices.IsSortedFunc(all, func(a, b *Policy) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("not ordered by name")
	}
	ids := map[string]string{}
	for _, p := range all {
		if len(p.ID) != 21 || !strings.HasPrefix(p.ID, "ANPA") {
			t.Errorf("%s: ID %q", p.Name, p.ID)
		}
		if other := ids[p.ID]; other != "" {
			t.Errorf("%s and %s have the same ID", p.Name, other)
		}
		ids[p.ID] = p.Name
		if p.Description == "" || p.JSON == "" || p.Created.IsZero() || p.Updated.Before(p.Created) {
			t.Errorf("%s: incomplete", p.Name)
		}
		if !slices.Contains([]string{"/", "/service-role/", "/job-function/", "/aws-service-role/", "/root-task/"}, p.Path) {
			t.Errorf("%s: path %q", p.Name, p.Path)
		}
	}
	files, err := documents.ReadDir("policies")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(all) {
		t.Errorf("%d documents, %d lines in the index", len(files), len(all))
	}
}

func TestReadRefuses(t *testing.T) {
	const head = "path\tname\tversion\tcreated\tupdated\tdescription\n"
	const date = "2026-11-24T00:00:00Z"
	for _, line := range []string{
		"/\tAdministratorAccess\tv1\t" + date + "\t" + date,
		"/\tAdministratorAccess\tv1\tyesterday\t" + date + "\ttext",
		"/\tAdministratorAccess\tv1\t" + date + "\ttoday\ttext",
		"/\tNothing\tv1\t" + date + "\t" + date + "\ttext",
	} {
		if _, err := read(head + line + "\n"); err == nil {
			t.Errorf("%q: no error", line)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for b.Loop() {
		if _, err := read(index); err != nil {
			b.Fatal(err)
		}
	}
}
