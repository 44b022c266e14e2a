package archtest

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pkg is what `go list` tells of a package.
type pkg struct {
	ImportPath, Dir, Doc string
	Imports, GoFiles     []string
}

const module = "vauban"

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Doc,Imports,GoFiles", module+"/...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var p pkg
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	if len(list) < 20 {
		t.Fatalf("go list found only %d packages", len(list))
	}
	return list
}

// layers are the floors of the house, from the ground up. A package imports its own floor and those below. The longest matching
// prefix decides.
var layers = []struct {
	floor    int
	prefixes []string
	why      string
}{
	{0, []string{"engine"}, "engines are pure logic: values in, value and reasons out"},
	{1, []string{"store", "api"}, "the store and the wire know nothing of services"},
	{2, []string{"seal", "eventlog", "blob", "carrier", "sandbox"}, "what state and the world outside are reached by stands on the store"},
	{3, []string{"service"}, "services act on state; the gateway calls them"},
	{4, []string{"access"}, "the picture of permissions is asked by the gateway"},
	{5, []string{"service/"}, "a service stands on what all services share"},
	{6, []string{"service/all", "gateway"}, "the door and the list of services"},
	{7, []string{"server"}, "the server assembles"},
	{8, []string{"service/servicetest"}, "conversations play against a whole server"},
	{9, []string{"cli"}, "the command line is on top"},
	{10, []string{""}, "main and tests see everything"},
}

// below are packages that look like a floor but belong to another.
var below = map[string]int{
	"server/pki":      2,
	"gateway/sigv4":   1, // clients of other clouds sign too
	"store/storetest": 8,
}

func floor(path string) (int, string) {
	if f, ok := below[path]; ok {
		return f, path
	}
	best, length, why := -1, -1, ""
	for _, l := range layers {
		for _, p := range l.prefixes {
			if (p == "" || path == p || strings.HasPrefix(path, strings.TrimSuffix(p, "/")+"/")) && len(p) > length {
				best, length, why = l.floor, len(p), l.why
			}
		}
	}
	return best, why
}

func TestImportsGoDownwards(t *testing.T) {
	for _, p := range packages(t) {
		from := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		mine, why := floor(from)
		for _, imp := range p.Imports {
			to, ours := strings.CutPrefix(imp, module+"/")
			if !ours {
				continue
			}
			if theirs, _ := floor(to); theirs > mine {
				t.Errorf("%s imports %s, which is above it: %s", from, to, why)
			}
		}
	}
}

func TestServicesDoNotImportEachOther(t *testing.T) {
	shared := []string{"service", "service/all", "service/servicetest", "service/target", "service/datakey"}
	for _, p := range packages(t) {
		from := strings.TrimPrefix(p.ImportPath, module+"/")
		if !strings.HasPrefix(from, "service/") || slices.Contains(shared, from) {
			continue
		}
		for _, imp := range p.Imports {
			to, ok := strings.CutPrefix(imp, module+"/service/")
			if ok && to != "target" && to != "datakey" && !sameService(strings.TrimPrefix(from, "service/"), to) {
				t.Errorf("%s imports service/%s: services act on each other through the door, or through an interface that service/all fills", from, to)
			}
		}
	}
}

func sameService(a, b string) bool {
	x, _, _ := strings.Cut(a, "/")
	y, _, _ := strings.Cut(b, "/")
	return x == y
}

func TestEnginesArePure(t *testing.T) {
	forbidden := map[string]string{
		"net/http": "engines know no wire", "os": "engines do no I/O", "database/sql": "engines query nothing",
		"math/rand": "randomness is passed in", "math/rand/v2": "randomness is passed in", "crypto/rand": "randomness is passed in",
	}
	for _, p := range packages(t) {
		if !strings.HasPrefix(p.ImportPath, module+"/engine/") {
			continue
		}
		for _, imp := range p.Imports {
			if why, bad := forbidden[imp]; bad {
				t.Errorf("%s imports %s: %s", p.ImportPath, imp, why)
			}
		}
	}
}

func TestEveryPackageIsDocumented(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) > 0 && len(strings.Fields(p.Doc)) < 4 {
			t.Errorf("%s has no package comment: say what it is for, what it must not do, and where to start reading", p.ImportPath)
		}
	}
}

func TestNoDumpingGrounds(t *testing.T) {
	for _, p := range packages(t) {
		for _, part := range strings.Split(p.ImportPath, "/") {
			if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "manager", "misc"}, part) {
				t.Errorf("%s: a package is named for its concern", p.ImportPath)
			}
		}
	}
}

func TestFilesFitInAHead(t *testing.T) {
	const most = 600
	for _, p := range packages(t) {
		for _, f := range p.GoFiles {
			path := filepath.Join(p.Dir, f)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(b), "\n"); n > most && !strings.HasPrefix(string(b), "// Code generated") {
				t.Errorf("%s has %d lines: a file holds one concern and fits in a head (at most %d)", path, n, most)
			}
		}
	}
}

// TestNoInitFunctions: init functions hide what a program does before main.
func TestNoInitFunctions(t *testing.T) {
	for _, p := range packages(t) {
		for _, f := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, f), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range file.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					t.Errorf("%s/%s: no init functions: what runs is called by somebody", p.ImportPath, f)
				}
			}
		}
	}
}
