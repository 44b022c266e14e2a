package lineage

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	const root = "Root=1-5759e988-bd862e3fe1be46a994272793"
	for _, c := range []struct{ in, out string }{
		{"", ""},
		{root + ";Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:1|68fd508a:5", root + ";Parent=53995c3f42cd8ad8;Sampled=1;Lineage=68fd508a:5|a87bd80c:1"},
		{root + ";Lineage=a87bd80c:1%7C68fd508a:5", root + ";Lineage=68fd508a:5|a87bd80c:1"},
		{root + "; lineage=a87bd80c:0,68fd508a:5", root + ";Lineage=68fd508a:5|a87bd80c:0"},
		{"Lineage=a87bd80c:2|a87bd80c:1", "Lineage=a87bd80c:2"},
		{"Lineage=a87bd80c:99999999999999999999|x:1|a87bd80d:-1|a87bd80e:70000", "Lineage=a87bd80e:32767"},
		{"Root=2-x;Parent=1;Sampled=?;Self=1;Lineage", ""},
		{root + ";Lineage=a87bd80c:1" + strings.Repeat(" ", MaxLength), ""},
	} {
		if got := Parse(c.in).String(); got != c.out {
			t.Errorf("Parse(%q) = %q, want %q", c.in, got, c.out)
		}
	}
}

func TestVisit(t *testing.T) {
	h := Parse("")
	for i := range 20 {
		if n := h.Count("f"); n != i {
			t.Fatalf("after %d runs: %d", i, n)
		}
		h.Visit("f")
		h.Visit("g")
		h = Parse(h.String())
	}
	other := Parse("")
	other.Visit("g")
	other.Join(h)
	if other.Count("f") != 20 || other.Count("g") != 20 || other.Count("h") != 0 {
		t.Errorf("joined: %s", other)
	}
}

// TestNeverTooLow: whatever chain there is, no function has run more often than its count says, and the header stays short.
func TestNeverTooLow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, runs := Parse(""), map[string]int{}
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 60), 1, 400).Draw(t, "chain") {
			f := fmt.Sprint("function", n)
			if h.Count(f) < runs[f] {
				t.Fatalf("%s has run %d times, the header says %d", f, runs[f], h.Count(f))
			}
			h.Visit(f)
			runs[f]++
			text := h.String()
			if len(text) > MaxLength {
				t.Fatalf("%d bytes", len(text))
			}
			if h = Parse(text); h.Count(f) < runs[f] {
				t.Fatalf("%s has run %d times, the header says %d", f, runs[f], h.Count(f))
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:1|68fd508a:5")
	f.Add("Lineage=%7c:,|")
	f.Fuzz(func(t *testing.T, in string) {
		once := Parse(in).String()
		if twice := Parse(once).String(); twice != once || len(once) > MaxLength {
			t.Fatalf("%q, %q", once, twice)
		}
	})
}
