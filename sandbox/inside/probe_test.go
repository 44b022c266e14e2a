//go:build linux && (amd64 || arm64)

package inside

import (
	"maps"
	"strings"
	"testing"
)

// TestJudge: each thing that is not as it must be is told, and a process outside of any sandbox is judged as one.
func TestJudge(t *testing.T) {
	outside, err := Namespaces()
	if err != nil {
		t.Fatal(err)
	}
	good := func() *Findings {
		f := &Findings{Namespaces: map[string]string{}, User: 993, Processes: 2, Status: map[string]string{"NoNewPrivs": "1", "Seccomp": "2"}}
		for _, k := range kinds {
			f.Namespaces[k] = k + ":[1]"
		}
		for _, k := range []string{"CapPrm", "CapEff", "CapInh", "CapAmb"} {
			f.Status[k] = none
		}
		return f
	}
	if wrong := good().Judge(outside); len(wrong) > 0 {
		t.Fatalf("a good one is judged %v", wrong)
	}
	for want, spoil := range map[string]func(*Findings){
		"/usr can be written":           func(f *Findings) { f.Possible = append(f.Possible, "/usr can be written") },
		"the net namespace is the host": func(f *Findings) { f.Namespaces["net"] = outside["net"] },
		"the user namespace is the":     func(f *Findings) { delete(f.Namespaces, "user") },
		"Seccomp is \"0\"":              func(f *Findings) { f.Status["Seccomp"] = "0" },
		"CapEff is":                     func(f *Findings) { f.Status["CapEff"] = "000001ffffffffff" },
		"NoNewPrivs is \"\"":            func(f *Findings) { delete(f.Status, "NoNewPrivs") },
		"the code is root":              func(f *Findings) { f.User = 0 },
		"300 processes are seen":        func(f *Findings) { f.Processes = 300 },
	} {
		f := good()
		spoil(f)
		if wrong := f.Judge(outside); len(wrong) != 1 || !strings.Contains(wrong[0], want) {
			t.Errorf("%q: %v", want, wrong)
		}
	}
	bare := &Findings{Namespaces: maps.Clone(outside), Status: status("/proc/thread-self/status"), Processes: 1}
	if wrong := bare.Judge(outside); len(wrong) < len(kinds) {
		t.Errorf("a process without a sandbox is judged %v", wrong)
	}
}
