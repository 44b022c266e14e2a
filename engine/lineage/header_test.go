package lineage

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

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

const someRoot = "1-5759e988-bd862e3fe1be46a994272793"

// now is a minute after it.
var now = time.Unix(0x5759e988+60, 0)

// sent is what the next function of a chain reads.
func sent(t interface{ Fatal(...any) }, h *Header) *Header {
	text, err := h.Write(signet{})
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > MaxLength {
		t.Fatal(len(text), "bytes")
	}
	return Parse(text, signet{}, now)
}

func TestParse(t *testing.T) {
	const root = "Root=" + someRoot
	for _, c := range []struct{ in, out string }{
		{"", ""},
		{root + ";Parent=53995c3f42cd8ad8;Sampled=1;Lineage=00000001a87bd80c:1|0000000168fd508a:5", root + ";Parent=53995c3f42cd8ad8;Sampled=1;Lineage=0|0000000168fd508a:5|00000001a87bd80c:1"},
		{root + ";Lineage=00000001a87bd80c:1%7C0000000168fd508a:5", root + ";Lineage=0|0000000168fd508a:5|00000001a87bd80c:1"},
		{root + "; lineage=00000001a87bd80c:0,0000000168fd508a:5", root + ";Lineage=0|0000000168fd508a:5|00000001a87bd80c:0"},
		{"Lineage=00000001a87bd80c:2|00000001a87bd80c:1", "Lineage=0|00000001a87bd80c:2"},
		{"Lineage=00000001a87bd80c:99999999999999999999|x:1|00000001a87bd80d:-1|00000001a87bd80e:70000", "Lineage=0|00000001a87bd80e:32767"},
		{"Lineage=7|00000001a87bd80c:2|9|-1|x", "Lineage=9|00000001a87bd80c:2"},
		{"Lineage=7", ""},
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
	h := &Header{Root: someRoot}
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
	h := &Header{Root: someRoot, Parent: "53995c3f42cd8ad8"}
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
		h.String():                                           0,
		h.String() + ";Proof=" + proof[1:]:                   0,
		"Lineage=" + idOf("a", "f") + ":16":                  0,
		strings.Replace(text, "Lineage=2|", "Lineage=1|", 1): 0,
		strings.Replace(text, "Root="+someRoot+";", "", 1):   0,
		text + strings.Repeat(" ", MaxLength):                0,
		text + ";Lineage=" + idOf("a", "f") + ":2":           0,
	} {
		if got := Parse(in, signet{}, now).Count("a", "f"); got != want {
			t.Errorf("%q counts %d, want %d", in, got, want)
		}
	}
}

// TestOthers: whatever other functions have done, of this account or another, they count for none that the header does not name.
func TestOthers(t *testing.T) {
	for _, account := range []string{"a", "stranger"} {
		h := &Header{Root: someRoot}
		for n := range Most {
			for range 16 {
				h.Visit(account, fmt.Sprint(n))
			}
		}
		for i := range 3 {
			if got := h.Count("a", "f"); got != i {
				t.Fatalf("%s: after %d runs: %d", account, i, got)
			}
			h.Visit("a", "f")
			if got := h.Count("a", "g"); got != 0 {
				t.Fatalf("%s: another function: %d", account, got)
			}
			h = sent(t, h)
		}
	}
}

// TestAge: counts are believed for a day, of a root that has a time; batches do not make them younger.
func TestAge(t *testing.T) {
	of := func(root string) *Header {
		h := &Header{Root: root, Sampled: "1"}
		h.Visit("a", root)
		return h
	}
	begun := time.Unix(0x5759e988, 0)
	for after, want := range map[time.Duration]int{0: 1, maxAge: 1, maxAge + time.Second: 0, -maxAhead: 1, -maxAhead - time.Second: 0} {
		text, err := of(someRoot).Write(signet{})
		if err != nil {
			t.Fatal(err)
		}
		h := Parse(text, signet{}, begun.Add(after))
		if got := h.Count("a", someRoot); got != want || (h.Root == someRoot) != (want == 1) || (h.depth == 1) != (want == 1) {
			t.Errorf("after %v: %s", after, h)
		}
	}
	younger := strings.Replace(someRoot, "1-5759e988", "1-5759e989", 1)
	for _, h := range [][2]*Header{{of(someRoot), of(younger)}, {of(younger), of(someRoot)}} {
		if h[0].Join(h[1]); h[0].Root != someRoot || h[0].Count("a", younger) != 1 {
			t.Errorf("joined: %s", h[0])
		}
	}
}

// TestLoopsEnd: loops come to their end, however many functions they have and the chain has seen before; short ones as soon as they should.
func TestLoopsEnd(t *testing.T) {
	const most = 16
	for _, c := range []struct{ before, length, runs int }{{0, 1, most}, {0, Most, most * Most}, {0, Most + 1, 600}, {0, 100, 4000}, {0, 400, 17000}, {100, 2, 600}, {2000, 3, 2200}} {
		h, runs := &Header{Root: someRoot}, 0
		for range 2 {
			for n := range c.before / 2 {
				h.Visit("a", fmt.Sprint("before", n))
			}
		}
		for f := ""; runs <= c.runs; runs++ {
			if f = fmt.Sprint("loop", runs%c.length); h.Count("a", f) >= most {
				break
			}
			h.Visit("a", f)
			h = sent(t, h)
		}
		if runs > c.runs || runs < most*c.length && c.length <= Most {
			t.Errorf("a loop of %d after %d: %d runs", c.length, c.before, runs)
		}
	}
}

// TestNeverTooHigh: whatever chain there is, no function counts more often than it has run, and the header stays short.
func TestNeverTooHigh(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, runs := &Header{Root: someRoot}, map[string]int{}
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 60), 1, 400).Draw(t, "chain") {
			f := fmt.Sprint("function", n)
			h.Visit("a", f)
			runs[f]++
			if h = sent(t, h); h.Count("a", f) > runs[f] || h.Count("a", f) < 1 {
				t.Fatalf("%s has run %d times, the header says %d", f, runs[f], h.Count("a", f))
			}
			if len(runs) <= Most && h.Count("a", f) != runs[f] {
				t.Fatalf("%s has run %d times in a short chain, the header says %d", f, runs[f], h.Count("a", f))
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
