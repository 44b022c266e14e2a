package dataprotection

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func detector(t testing.TB, names ...string) *Detector {
	t.Helper()
	d, err := New(names, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestKeywordIsNear(t *testing.T) {
	d := detector(t, "Ssn-US")
	for text, found := range map[string]bool{
		"ssn " + strings.Repeat("x ", 14) + " 536-22-1234":  true,
		"ssn " + strings.Repeat("x ", 14) + "  536-22-1234": false, // 31 characters between
		"536-22-1234 is the social-security number":         true,
		"536-22-1234 SocialSecurity":                        true,
		"536-22-1234 social_security":                       true,
		"lesson 536-22-1234":                                false, // within a word
		"customerSsn: 536-22-1234":                          true,
		"ssn" + strings.Repeat("é", 27) + " 536-22-1234":    false, // a letter behind it
		"ssn:" + strings.Repeat("é", 28) + " 536-22-1234":   true,  // characters count, not bytes
		"ssn:" + strings.Repeat("é", 30) + " 536-22-1234":   false,
		"ssn 1536-22-1234":                                  false,
		"ssn 536-22-12345":                                  false,
		"ssn 536-22-1234-5":                                 false,
		"ssn 536-22-1234. Next":                             true,
		"ssn é536-22-1234":                                  false,
	} {
		if got := d.Find(text); (len(got) == 1) != found {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestCustom(t *testing.T) {
	d, err := New([]string{"EmailAddress"}, []Custom{{"Employee", `E-\d{3}`}, {"Any", `x*`}})
	if err != nil {
		t.Fatal(err)
	}
	want := []Finding{{"Employee", 0, 5}, {"EmailAddress", 6, 12}, {"Any", 13, 15}}
	if got := d.Find("E-123 a@b.de xx"); !slices.Equal(got, want) {
		t.Errorf("found %v", got)
	}
	for _, x := range []Custom{{"a", "["}, {"a", "[0-9]{1000}[a-z]{1000}x{500}"}} {
		if _, err := New(nil, []Custom{x}); err == nil {
			t.Errorf("%s is taken", x.Regex)
		}
	}
	if _, err := New([]string{"NoSuch"}, nil); err == nil || !strings.Contains(err.Error(), "NoSuch") {
		t.Errorf("an unknown identifier: %v", err)
	}
}

func TestMask(t *testing.T) {
	d := detector(t, "EmailAddress", "Name")
	text := "é jane@mail.com, Jürgen Müller!"
	if got := Mask(text, Spans(d.Find(text)), "*"); got != "é *************, *************!" {
		t.Errorf("masked: %s", got)
	}
	if got := Mask(text, Spans(d.Find(text)), ""); got != "é , !" {
		t.Errorf("redacted: %s", got)
	}
	if got := Mask("abc", []Span{{2, 9}, {1, 2}}, "#"); got != "ab#" {
		t.Errorf("spans that are wrong: %s", got)
	}
}

// TestTogether: many identifiers in one automaton find what each finds alone.
func TestTogether(t *testing.T) {
	all := detector(t, managed()...)
	alone := map[string]*Detector{}
	for _, name := range managed() {
		alone[name] = detector(t, name)
	}
	for line := range strings.Lines(corpus) {
		text, _ := marked(line)
		got := map[string][]Finding{}
		for _, f := range all.Find(text) {
			got[f.Identifier] = append(got[f.Identifier], f)
		}
		for name, d := range alone {
			if want := d.Find(text); !slices.Equal(want, got[name]) {
				t.Errorf("%s in %q: alone %v, together %v", name, text, want, got[name])
			}
		}
	}
}

// TestMaskLaw: what is masked has as many characters, and none of what was found.
func TestMaskLaw(t *testing.T) {
	d := detector(t, managed()...)
	words := []string{"ssn", "536-22-1234", "card", "4539894458086459", "a@b.de", " ", ",", "é", "John Smith", "10.0.0.1", "\n", "-", "dob 1985-05-17", "::1"}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 20).Draw(t, "words"), rapid.SampledFrom([]string{"", " "}).Draw(t, "between"))
		found := d.Find(text)
		spans := Spans(found)
		masked := Mask(text, spans, "*")
		if utf8.RuneCountInString(masked) != utf8.RuneCountInString(text) {
			t.Fatalf("%q becomes %q", text, masked)
		}
		for _, f := range found {
			if !slices.ContainsFunc(spans, func(s Span) bool { return s.Start <= f.Start && f.End <= s.End }) {
				t.Fatalf("%v is in none of %v", f, spans)
			}
		}
	})
}

func FuzzFind(f *testing.F) {
	for line := range strings.Lines(corpus) {
		text, _ := marked(line)
		f.Add(text)
	}
	f.Add("a@b.c@d.e@@..@-.-@" + strings.Repeat("a.", 100))
	f.Add("\xff\xfe1\x80-----BEGIN PRIVATE KEY-----")
	d := detector(f, managed()...)
	f.Fuzz(func(t *testing.T, text string) {
		last := 0
		for _, x := range d.Find(text) {
			if x.Start < last || x.Start >= x.End || x.End > len(text) {
				t.Fatalf("%v after %d in %d bytes", x, last, len(text))
			}
			last = x.Start
		}
	})
}

// BenchmarkFind reads log lines, and texts that are made to be slow.
func BenchmarkFind(b *testing.B) {
	var lines strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&lines, "2026-11-28T10:00:%02d.%03dZ INFO [worker-%d] request 550e8400-e29b-41d4-a716-4466554%05d GET /items/%d took %d ms, %d bytes for user-%d\n", i%60, i%1000, i%8, i, i, i%90, i*37, i)
	}
	usual := []string{"EmailAddress", "CreditCardNumber", "Ssn-US", "IpAddress", "AwsSecretKey", "PhoneNumber-US"}
	for _, c := range []struct {
		name  string
		names []string
		text  string
	}{
		{"usual", usual, lines.String()},
		{"all", managed(), lines.String()},
		{"all/keywords", managed(), strings.Repeat("rg 1234567 ", 20000)},
		{"all/digits", managed(), strings.Repeat("1", 200000)},
		{"all/points", managed(), strings.Repeat("1.", 100000)},
		{"all/addresses", managed(), strings.Repeat("1 Rue ", 40000)},
		{"all/mails", managed(), strings.Repeat("a.@", 70000)},
		{"all/keys", managed(), strings.Repeat("-----BEGIN PRIVATE KEY-----", 8000)},
	} {
		b.Run(c.name, func(b *testing.B) {
			d := detector(b, c.names...)
			b.SetBytes(int64(len(c.text)))
			for b.Loop() {
				d.Find(c.text)
			}
		})
	}
}
