package lineage

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// signet is a sealer without secrets.
type signet struct{}

func (signet) SealToken(purpose string, plain []byte) (string, error) {
	return purpose + "." + hex.EncodeToString(plain), nil
}

func (signet) OpenToken(purpose, token string) ([]byte, error) {
	text, ok := strings.CutPrefix(token, purpose+".")
	if !ok {
		return nil, errors.New("no token of that purpose")
	}
	return hex.DecodeString(text)
}

// sent is what the next function of a chain reads.
func sent(t interface{ Fatal(...any) }, h *Header) *Header {
	text, err := h.Write(signet{})
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > MaxLength {
		t.Fatal(len(text), "bytes")
	}
	return Parse(text, signet{})
}

func TestParse(t *testing.T) {
	const root = "Root=1-5759e988-bd862e3fe1be46a994272793"
	for _, c := range []struct{ in, out string }{
		{"", ""},
		{root + ";Parent=53995c3f42cd8ad8;Sampled=1;Lineage=00000001a87bd80c:1|0000000168fd508a:5", root + ";Parent=53995c3f42cd8ad8;Sampled=1;Lineage=0000000168fd508a:5|00000001a87bd80c:1"},
		{root + ";Lineage=00000001a87bd80c:1%7C0000000168fd508a:5", root + ";Lineage=0000000168fd508a:5|00000001a87bd80c:1"},
		{root + "; lineage=00000001a87bd80c:0,0000000168fd508a:5", root + ";Lineage=0000000168fd508a:5|00000001a87bd80c:0"},
		{"Lineage=00000001a87bd80c:2|00000001a87bd80c:1", "Lineage=00000001a87bd80c:2"},
		{"Lineage=00000001a87bd80c:99999999999999999999|x:1|00000001a87bd80d:-1|00000001a87bd80e:70000", "Lineage=00000001a87bd80e:32767"},
		{"Root=2-x;Parent=1;Sampled=?;Self=1;Lineage", ""},
		{root + ";Lineage=00000001a87bd80c:1" + strings.Repeat(" ", MaxLength), ""},
	} {
		h, _ := parse(c.in)
		if got := h.String(); got != c.out {
			t.Errorf("Parse(%q) = %q, want %q", c.in, got, c.out)
		}
	}
}

func TestVisit(t *testing.T) {
	h := &Header{}
	for i := range 20 {
		if n := h.Count("a", "f"); n != i {
			t.Fatalf("after %d runs: %d", i, n)
		}
		h.Visit("a", "f")
		h.Visit("a", "g")
		h = sent(t, h)
	}
	other := &Header{}
	other.Visit("a", "g")
	other.Join(h)
	if other.Count("a", "f") != 20 || other.Count("a", "g") != 20 || other.Count("a", "h") != 0 {
		t.Errorf("joined: %s", other)
	}
}

// TestProof: counts are those that were written with the root; what SDKs change on the way does not matter.
func TestProof(t *testing.T) {
	h := &Header{Root: "1-5759e988-bd862e3fe1be46a994272793", Parent: "53995c3f42cd8ad8"}
	h.Visit("a", "f")
	h.Visit("a", "g")
	text, err := h.Write(signet{})
	if err != nil {
		t.Fatal(err)
	}
	_, proof, _ := strings.Cut(text, ";Proof=")
	for in, want := range map[string]int{
		text: 1,
		strings.Replace(text, "Parent=53995c3f42cd8ad8", "Parent=53995c3f42cd8ad9;Self=1", 1): 1,
		strings.ReplaceAll(text, "|", "%7C"):                                                  1,
		strings.Replace(text, ":1", ":16", 1):                                                 0,
		strings.Replace(text, "1-5759e988", "1-5759e989", 1):                                  0,
		strings.Replace(text, "|", "|"+idOf("a", "h")+":16|", 1):                              0,
		h.String():                                 0,
		h.String() + ";Proof=" + proof[1:]:         0,
		"Lineage=" + idOf("a", "f") + ":16":        0,
		text + strings.Repeat(" ", MaxLength):      0,
		text + ";Lineage=" + idOf("a", "f") + ":2": 0,
	} {
		if got := Parse(in, signet{}).Count("a", "f"); got != want {
			t.Errorf("%q counts %d, want %d", in, got, want)
		}
	}
}

// TestStrangers: whatever the functions of other accounts have done, they count for none of this one.
func TestStrangers(t *testing.T) {
	h := &Header{}
	for n := range 2 * Most {
		for range 16 {
			h.Visit("stranger", fmt.Sprint(n))
		}
	}
	for i := range 3 {
		if got := h.Count("a", "f"); got != i {
			t.Fatalf("after %d runs: %d", i, got)
		}
		h.Visit("a", "f")
		if got := h.Count("a", "g"); got != 0 {
			t.Fatalf("another function: %d", got)
		}
		h = sent(t, h)
	}
}

// TestNeverTooLow: whatever chain there is in an account, no function has run more often than its count says, and the header stays short.
func TestNeverTooLow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, runs := &Header{}, map[string]int{}
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 60), 1, 400).Draw(t, "chain") {
			f := fmt.Sprint("function", n)
			if h.Count("a", f) < runs[f] {
				t.Fatalf("%s has run %d times, the header says %d", f, runs[f], h.Count("a", f))
			}
			h.Visit("a", f)
			runs[f]++
			if h = sent(t, h); h.Count("a", f) < runs[f] {
				t.Fatalf("%s has run %d times, the header says %d", f, runs[f], h.Count("a", f))
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=00000001a87bd80c:1|0000000168fd508a:5")
	f.Add("Lineage=%7c:,|")
	f.Fuzz(func(t *testing.T, in string) {
		h, _ := parse(in)
		once := h.String()
		h, _ = parse(once)
		if twice := h.String(); twice != once || len(once) > MaxLength {
			t.Fatalf("%q, %q", once, twice)
		}
	})
}
