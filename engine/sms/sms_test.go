package sms

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestEncode(t *testing.T) {
	for _, c := range []struct {
		name, text string
		coding     Coding
		parts      []int // octets
	}{
		{"empty", "", GSM7, []int{0}},
		{"plain", "Hello @£$ ÄÖÜ", GSM7, []int{13}},
		{"the euro takes two septets", "€", GSM7, []int{2}},
		{"just one message", strings.Repeat("a", 160), GSM7, []int{160}},
		{"one too many", strings.Repeat("a", 161), GSM7, []int{153, 8}},
		{"an escape is not cut off from its character", strings.Repeat("a", 152) + "€" + strings.Repeat("b", 10), GSM7, []int{152, 12}},
		{"159 and a euro are 161", strings.Repeat("a", 159) + "€", GSM7, []int{153, 8}},
		{"a letter that the alphabet lacks", "Hello ç", UCS2, []int{14}},
		{"just one message of 70", strings.Repeat("警", 70), UCS2, []int{140}},
		{"71", strings.Repeat("警", 71), UCS2, []int{134, 8}},
		{"a pair is not cut apart", strings.Repeat("警", 66) + "🚨" + strings.Repeat("警", 5), UCS2, []int{132, 14}},
		{"35 pairs are 70 units", strings.Repeat("🚨", 35), UCS2, []int{140}},
		{"the escape itself", "\x1b", UCS2, []int{2}},
		{"grave accents of the keyboard", "`", UCS2, []int{2}},
	} {
		m, err := Encode(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var sizes []int
		for _, p := range m.Parts {
			sizes = append(sizes, len(p))
		}
		if m.Coding != c.coding || fmt.Sprint(sizes) != fmt.Sprint(c.parts) {
			t.Errorf("%s: coding %d, parts %v", c.name, m.Coding, sizes)
		}
	}
	if _, err := Encode(strings.Repeat("a", MaxParts*153+1)); !errors.Is(err, ErrTooLong) {
		t.Errorf("too long: %v", err)
	}
}

// TestAlphabet holds some codes against the table of TS 23.038, section 6.2.1.
func TestAlphabet(t *testing.T) {
	for text, want := range map[string][]byte{
		"@": {0x00}, "\n": {0x0a}, "\r": {0x0d}, "Δ": {0x10}, "Ξ": {0x1a}, "É": {0x1f}, " ": {0x20}, "¤": {0x24}, "?": {0x3f}, "¡": {0x40}, "A": {0x41}, "Z": {0x5a},
		"Ä": {0x5b}, "§": {0x5f}, "¿": {0x60}, "a": {0x61}, "z": {0x7a}, "ä": {0x7b}, "à": {0x7f}, "{": {0x1b, 0x28}, "|": {0x1b, 0x40}, "€": {0x1b, 0x65},
	} {
		m, err := Encode(text)
		if err != nil || m.Coding != GSM7 || !bytes.Equal(m.Parts[0], want) {
			t.Errorf("%q: %+v, %v, want % x", text, m, err, want)
		}
	}
	if n := utf8.RuneCountInString(basic); n != 128 {
		t.Errorf("the default alphabet has %d characters", n)
	}
}

// TestPartsAreTheText: whatever is written arrives, and no part is longer than a message may be.
func TestPartsAreTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		alphabet := []rune("ab €^|äçß警🚨\n")
		if rapid.Bool().Draw(t, "gsm") {
			alphabet = []rune("ab €^|äß\n")
		}
		text := rapid.StringOfN(rapid.RuneFrom(alphabet), 0, 700, -1).Draw(t, "text")
		m, err := Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		for i, p := range m.Parts {
			octets := p
			if len(m.Parts) > 1 {
				octets = append(Header(7, len(m.Parts), i+1), p...)
				part, rest, err := ParseHeader(octets)
				if err != nil || part != (Part{7, len(m.Parts), i + 1}) || !bytes.Equal(rest, p) {
					t.Fatalf("header of part %d: %+v, %v", i+1, part, err)
				}
			}
			// A header of 6 octets takes the place of 7 septets.
			if m.Coding == GSM7 && len(p) > 160 || m.Coding == GSM7 && len(m.Parts) > 1 && len(p) > 153 || m.Coding == UCS2 && len(octets) > 140 {
				t.Fatalf("part %d has %d octets", i+1, len(p))
			}
			decoded, err := Decode(m.Coding, p)
			if err != nil || !utf8.ValidString(decoded) {
				t.Fatalf("part %d: %v", i+1, err)
			}
			got.WriteString(decoded)
		}
		if got.String() != text {
			t.Fatalf("%q arrived as %q", text, got.String())
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{5, 0, 3, 1, 2, 1, 0x41}, byte(0))
	f.Add([]byte{0x1b, 0x65}, byte(0))
	f.Add([]byte{0xd8, 0x3d, 0xde, 0xa8}, byte(8))
	f.Add([]byte{6, 8, 4, 0, 1, 2, 1}, byte(8))
	f.Add(append([]byte{255, 1, 253}, make([]byte, 300)...), byte(8)) // a header as long as can be
	f.Fuzz(func(t *testing.T, data []byte, coding byte) {
		if p, rest, err := ParseHeader(data); err == nil && (p.N < 1 || p.N > p.Parts || len(rest) >= len(data)) {
			t.Errorf("% x: %+v, rest % x", data, p, rest)
		}
		text, err := Decode(Coding(coding), data)
		if err == nil && !utf8.ValidString(text) {
			t.Errorf("% x is not a text", data)
		}
	})
}
