package dataprotection

import (
	"bufio"
	_ "embed"
	"slices"
	"strings"
	"testing"
)

// The corpus has a line a text. What is sensitive stands in «», with the identifier before a bar: «EmailAddress|jane@mail.com». All identifiers look at every line, and what
// they find beside what is marked is counted as wrong, unless the line's number types are so alike that another may claim the same part.
//
//go:embed testdata/corpus.txt
var corpus string

// marked reads a line of the corpus.
func marked(line string) (text string, want []Finding) {
	for {
		before, rest, ok := strings.Cut(line, "«")
		text += before
		if !ok {
			return text, want
		}
		inner, after, _ := strings.Cut(rest, "»")
		name, data, _ := strings.Cut(inner, "|")
		want = append(want, Finding{name, len(text), len(text) + len(data)})
		text += data
		line = after
	}
}

// TestCorpus: precision and recall over texts as they stand in logs and messages.
func TestCorpus(t *testing.T) {
	d, err := New(managed(), nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	var right, missed, wrong int
	lines := bufio.NewScanner(strings.NewReader(corpus))
	for lines.Scan() {
		if line := lines.Text(); line != "" && line[0] != '#' {
			text, want := marked(strings.ReplaceAll(line, `\n`, "\n"))
			got := d.Find(text)
			for _, w := range want {
				seen[w.Identifier] = true
				if slices.Contains(got, w) {
					right++
					continue
				}
				missed++
				t.Errorf("%s: %q is not found in %q; found %v", w.Identifier, text[w.Start:w.End], text, got)
			}
			for _, g := range got {
				if !slices.ContainsFunc(want, func(w Finding) bool { return w.Start < g.End && g.Start < w.End }) {
					wrong++
					t.Errorf("%s: %q is found in %q", g.Identifier, text[g.Start:g.End], text)
				}
			}
		}
	}
	for _, name := range managed() {
		if !seen[name] {
			t.Errorf("the corpus has no %s", name)
		}
	}
	t.Logf("%d found, %d missed, %d wrong: recall %.3f, precision %.3f", right, missed, wrong, float64(right)/float64(right+missed), float64(right)/float64(right+wrong))
}

// managed returns the names of the managed data identifiers that are built, in order.
func managed() []string {
	var out []string
	for i := range managedSpecs {
		out = append(out, managedSpecs[i].name)
	}
	slices.Sort(out)
	return out
}
