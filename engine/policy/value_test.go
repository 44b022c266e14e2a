package policy

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDecimalAgainstRat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		gen := rapid.StringMatching(`[+-]?0{0,2}[0-9]{0,20}(\.[0-9]{0,6}0{0,2})?`)
		a, b := gen.Draw(t, "a"), gen.Draw(t, "b")
		x, okX := parseDecimal(a)
		y, okY := parseDecimal(b)
		if okX != strings.ContainsAny(a, "0123456789") {
			t.Fatalf("%q is a number: %v", a, okX)
		}
		if !okX || !okY {
			return
		}
		if got, want := x.compare(y), rat(t, a).Cmp(rat(t, b)); got != want {
			t.Fatalf("%s compared with %s: %d, want %d", a, b, got, want)
		}
	})
}

func rat(t *rapid.T, s string) *big.Rat {
	if strings.HasSuffix(s, ".") {
		s += "0"
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		t.Fatalf("%q is no number", s)
	}
	return r
}

func TestInstantAgainstTimeParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,9})?(Z|[+-][01][0-9]:[0-5][0-9])`).Draw(t, "date")
		want, err := time.Parse(time.RFC3339Nano, s)
		got, ok := parseInstant(s)
		if ok != (err == nil) || ok && !got.Equal(want) {
			t.Fatalf("%s: %v, %v; want %v, %v", s, got, ok, want, err)
		}
	})
}

func FuzzInstant(f *testing.F) {
	for _, s := range []string{"2026", "2026-01", "2026-01-02", "2026-01-02T03:04Z", "2026-01-02T03:04:05.6+07:08", "1772366400.5", "-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if v, ok := parseInstant(s); ok && v.Location() != time.UTC {
			t.Fatalf("%q: %v", s, v)
		}
		if d, ok := parseDecimal(s); ok && d.compare(d) != 0 {
			t.Fatalf("%q differs from itself", s)
		}
	})
}

// Values of a template never become wildcards, whatever they hold.
func FuzzTemplate(f *testing.F) {
	f.Add("a${k}*", "x", "axyz")
	f.Add("${k, 'd'}${*}", "*", "d*")
	f.Fuzz(func(t *testing.T, text, value, subject string) {
		if len(text) > 200 || len(subject) > 500 {
			return
		}
		req := &Request{}
		req.Context.Set("k", value)
		e := evaluation{req: req}
		parseTemplate(text, true).matchGlob(&e, subject)
		alone := parseTemplate("${k}", true)
		if alone.matchGlob(&e, subject) && subject != value {
			t.Fatalf("%q matches %q", value, subject)
		}
	})
}
