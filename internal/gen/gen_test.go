package main

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// models returns the folder of service models, or skips.
func models(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("VAUBAN_MODELS")
	if dir == "" {
		t.Skip("VAUBAN_MODELS is not set: it names a folder of service models, as for `make gen`")
	}
	return dir
}

func authzOf(t *testing.T, models string) *authz {
	t.Helper()
	a, err := readAuthz(filepath.Join(models, "..", "authz", "authz-core.json"))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestCommittedIsGenerated holds the packages below api/ against what the generator writes now, to the byte.
func TestCommittedIsGenerated(t *testing.T) {
	dir := models(t)
	lists, err := readLists("services")
	if err != nil {
		t.Fatal(err)
	}
	a := authzOf(t, dir)
	for _, l := range lists {
		files, _, err := generateOne(dir, l, a)
		if err != nil {
			t.Fatal(err)
		}
		committed := filepath.Join("..", "..", "api", l.name)
		for name, want := range files {
			got, err := os.ReadFile(filepath.Join(committed, name))
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("api/%s/%s is not what the generator writes: run make gen (%v)", l.name, name, err)
			}
		}
		entries, err := os.ReadDir(committed)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") && files[e.Name()] == nil {
				t.Errorf("api/%s/%s is left over from an earlier run", l.name, e.Name())
			}
		}
	}
}

// TestEveryModel generates every operation of every model, builds all packages and vets some: services that are not built yet must not wait for the generator.
func TestEveryModel(t *testing.T) {
	if testing.Short() {
		t.Skip("builds fifty packages")
	}
	dir := models(t)
	lists, err := everyModel(dir)
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	// A module named vauban of its own, with package wire linked in.
	out := t.TempDir()
	gomod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	header, _, _ := strings.Cut(string(gomod), "\nrequire")
	for path, text := range map[string]string{"go.mod": header + "\n", "all/all_test.go": planAll(lists)} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(out, path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(out, path), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	copyPackage(t, filepath.Join(root, "api", "wire"), filepath.Join(out, "api", "wire"))
	if err := generate(options{models: dir, out: filepath.Join(out, "api")}, lists, authzOf(t, dir)); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"build", "./..."}, {"vet", "./api/iam", "./api/s3", "./api/lambda", "./api/ec2"}, {"test", "./all"}} {
		cmd := exec.Command("go", args...)
		cmd.Dir = out
		cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "CGO_ENABLED=0")
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, text)
		}
	}
	t.Logf("%d services", len(lists))
}

// planAll is a test that lets the runtime plan every input, output and error of the generated services: each tag and shape must be understood.
func planAll(lists []*list) string {
	var b strings.Builder
	b.WriteString("package all\n\nimport (\n\t\"testing\"\n\n\t\"vauban/api/wire\"\n")
	for _, l := range lists {
		b.WriteString("\t" + (&pkg{list: l}).goPackage() + " \"vauban/api/" + l.name + "\"\n")
	}
	b.WriteString(")\n\nfunc TestPlans(t *testing.T) {\n\tfor _, s := range []*wire.Service{\n")
	for _, l := range lists {
		b.WriteString("\t\t" + (&pkg{list: l}).goPackage() + ".API,\n")
	}
	b.WriteString("\t} {\n\t\tif err := s.Check(); err != nil {\n\t\t\tt.Error(err)\n\t\t}\n\t}\n}\n")
	return b.String()
}

func copyPackage(t *testing.T, from, to string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(from, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, filepath.Base(path)), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLayouts generates the same service from a pruned flat model and from the public layout, in which the same operations stand in resources, come from
// mixins, have traits applied from elsewhere, documentation, examples, waiters and endpoint rules. Both give the same bytes.
func TestLayouts(t *testing.T) {
	a, err := readAuthz(filepath.Join("testdata", "authz.json"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := readList(filepath.Join("testdata", "services", "forge.txt"))
	if err != nil {
		t.Fatal(err)
	}
	flat, _, err := generateOne(filepath.Join("testdata", "flat"), l, a)
	if err != nil {
		t.Fatal(err)
	}
	public, _, err := generateOne(filepath.Join("testdata", "public"), l, a)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(asText(flat), asText(public)); d != "" {
		t.Errorf("the layouts differ (-flat +public):\n%s", d)
	}
	for _, name := range slices.Sorted(maps.Keys(flat)) {
		golden := filepath.Join("testdata", "golden", name+".golden")
		if os.Getenv("UPDATE_GOLDEN") != "" {
			if err := os.WriteFile(golden, flat[name], 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), string(flat[name])); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func asText(files map[string][]byte) map[string]string {
	out := map[string]string{}
	for name, text := range files {
		out[name] = string(text)
	}
	return out
}

func TestWriteRemovesLeftovers(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"old.go": header + "package x\n", "mine.go": "package x\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := write(dir, map[string][]byte{"api.go": []byte(header + "package x\n")}); err != nil {
		t.Fatal(err)
	}
	var names []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if d := cmp.Diff([]string{"api.go", "mine.go"}, names); d != "" {
		t.Error(d)
	}
}

func TestListErrors(t *testing.T) {
	for text, want := range map[string]string{
		"Create User\n":           "not an operation name",
		"GetUser\nGetUser\n":      "listed twice",
		"globl: yes\n":            "unknown setting",
		"global: true\n":          "want yes",
		"hide-values: perhaps \n": "want yes",
	} {
		path := filepath.Join(t.TempDir(), "x.txt")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := readList(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestEnumWord(t *testing.T) {
	for value, want := range map[string]string{
		"aws:kms": "AwsKms", "GENERATE_VERIFY_MAC": "GenerateVerifyMac", "t2.micro": "T2Micro", "1.2": "1_2", "12": "12", "*": "", "us-east-1": "UsEast1", "x86_64": "X86_64",
	} {
		if got := enumWord(value); got != want {
			t.Errorf("enumWord(%q) = %q, want %q", value, got, want)
		}
	}
}

// TestTheExcerptSuffices generates from the excerpt alone, as somebody with only the public models does.
func TestTheExcerptSuffices(t *testing.T) {
	dir := models(t)
	lists, err := readLists("services")
	if err != nil {
		t.Fatal(err)
	}
	a, err := readAuthz(filepath.Join("services", excerpt))
	if err != nil {
		t.Fatal(err)
	}
	whole := authzOf(t, dir)
	for _, l := range lists {
		want, _, err := generateOne(dir, l, whole)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := generateOne(dir, l, a)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s from the excerpt differs:\n%s", l.name, diff)
		}
	}
}

// TestSensitiveNames: a name that hides nothing is an error, whether of every structure or of one.
func TestSensitiveNames(t *testing.T) {
	dir := models(t)
	a := authzOf(t, dir)
	for name, ok := range map[string]bool{"Detail": true, "PutEventsRequestEntry$Detail": true, "Detial": false, "PutEventsRequest$Detail": false, "Entry$Detail": false} {
		l := &list{name: "events", model: "eventbridge", operations: []string{"PutEvents"}, sensitive: []string{name}}
		if _, _, err := generateOne(dir, l, a); (err == nil) != ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
