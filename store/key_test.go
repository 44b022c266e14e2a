package store

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestKeyBytes(t *testing.T) {
	type name string
	type count int32
	type size uint16
	type flag bool
	type data []byte
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	for _, c := range []struct {
		what string
		key  Key
		want string
	}{
		{"nothing", K(), ""},
		{"a string", K("a"), "\x02a\x00"},
		{"an empty string", K(""), "\x02\x00"},
		{"NUL and 0x01", K("\x00a\x01\x02"), "\x02\x01\x01a\x01\x02\x02\x00"},
		{"bytes", K([]byte{0, 255}), "\x01\x01\x01\xff\x00"},
		{"zero", K(0), "\x03\x80\x00\x00\x00\x00\x00\x00\x00"},
		{"minus one", K(int64(-1)), "\x03\x7f\xff\xff\xff\xff\xff\xff\xff"},
		{"unsigned", K(uint64(258)), "\x04\x00\x00\x00\x00\x00\x00\x01\x02"},
		{"truth", K(false, true), "\x05\x06"},
		{"a time", K(time.Unix(0, 1)), "\x07\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01"},
		{"named types", K(name("a"), count(7), size(258), flag(true), data("b")), string(K("a", 7, uint64(258), true, []byte("b")))},
		{"small types", K(int8(-3), int16(-3), int32(-3), uint8(3), uint16(3), uint32(3), uint(3)),
			string(K(-3, -3, -3, uint64(3), uint64(3), uint64(3), uint64(3)))},
		{"a key within", K("a", K("b", 1), "c"), string(K("a", "b", 1, "c"))},
		{"another zone", K(at.In(time.FixedZone("x", 3600))), string(K(at))},
		{"With", K("a").With("b", 1), string(K("a", "b", 1))},
	} {
		if string(c.key) != c.want {
			t.Errorf("%s: %x, want %x", c.what, []byte(c.key), c.want)
		}
	}
}

func TestKeyPanics(t *testing.T) {
	for _, part := range []any{nil, 1.5, struct{}{}, []string{"a"}, new(int)} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("K took a %T", part)
				}
			}()
			K(part)
		}()
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, k := range []string{"\x00", "\x08", "\x02", "\x02a", "\x02a\x01", "\x02a\x01\x00", "\x02a\x01\x03\x00", "\x01", "\x03\x00", "\x04\x00\x00\x00\x00\x00\x00\x00",
		"\x07\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "\x07\x80\x00\x00\x00\x00\x00\x00\x00\x3b\x9a\xca\x00", "\x05\x00", "\xff"} {
		if parts, err := Decode(Key(k)); !errors.Is(err, ErrBadKey) {
			t.Errorf("Decode(%x) = %v, %v", k, parts, err)
		}
	}
}

func TestParts(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	k := K("a", []byte("b"), -7, uint64(8), true, at)
	var (
		s  string
		b  []byte
		i  int64
		u  uint64
		ok bool
		tm time.Time
	)
	if err := k.Parts(&s, &b, &i, &u, &ok, &tm); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]any{"a", []byte("b"), int64(-7), uint64(8), true, at}, []any{s, b, i, u, ok, tm}); d != "" {
		t.Error(d)
	}
	for _, into := range [][]any{{}, {&s}, {&i}, {&s, &b, &i, &u, &ok, &tm, &s}, {new(float64)}} {
		if err := k.Parts(into...); !errors.Is(err, ErrBadKey) {
			t.Errorf("Parts into %d variables: %v", len(into), err)
		}
	}
	if got, want := k.String(), `("a", 0x62, -7, 8, true, 2026-01-02T03:04:05.000000006Z)`; got != want {
		t.Errorf("String = %s, want %s", got, want)
	}
	if got := (Key{0xff, 0x00}).String(); got != "ff00" {
		t.Errorf("String of no key = %s", got)
	}
}

// tuple draws a tuple whose parts often look alike.
func tuple(rt *rapid.T, label string) []any {
	edge := rapid.SampledFrom([]string{"", "\x00", "\x00\x00", "\x01", "\x01\x01", "\x02", "a", "a\x00", "a\x00b", "a\x01", "ab", "\xff", "a\xff\xff"})
	text := rapid.OneOf(edge, rapid.String(), rapid.Map(rapid.SliceOf(rapid.ByteRange(0, 3)), func(b []byte) string { return string(b) }))
	part := rapid.OneOf(
		rapid.Map(text, func(s string) any { return s }),
		rapid.Map(text, func(s string) any { return []byte(s) }),
		rapid.Map(rapid.Int64(), func(n int64) any { return n }),
		rapid.Map(rapid.Uint64(), func(n uint64) any { return n }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Custom(func(rt *rapid.T) any {
			return time.Unix(rapid.Int64Range(-1<<40, 1<<40).Draw(rt, "s"), rapid.Int64Range(0, 999_999_999).Draw(rt, "ns")).UTC()
		}),
	)
	return rapid.SliceOfN(part, 0, 4).Draw(rt, label)
}

// rank orders types as the tags do.
func rank(p any) int {
	switch p := p.(type) {
	case []byte:
		return 1
	case string:
		return 2
	case int64:
		return 3
	case uint64:
		return 4
	case bool:
		if p {
			return 6
		}
		return 5
	}
	return 7
}

// compareTuples is what the encoding promises: part by part, a prefix first.
func compareTuples(a, b []any) int {
	for i := range min(len(a), len(b)) {
		if c := rank(a[i]) - rank(b[i]); c != 0 {
			return sign(c)
		}
		c := 0
		switch x := a[i].(type) {
		case []byte:
			c = bytes.Compare(x, b[i].([]byte))
		case string:
			c = strings.Compare(x, b[i].(string))
		case int64:
			c = compareOrdered(x, b[i].(int64))
		case uint64:
			c = compareOrdered(x, b[i].(uint64))
		case time.Time:
			c = x.Compare(b[i].(time.Time))
		}
		if c != 0 {
			return c
		}
	}
	return sign(len(a) - len(b))
}

func compareOrdered[N int64 | uint64](a, b N) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func sign(n int) int { return compareOrdered(int64(n), 0) }

func TestKeyLaws(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a, b := tuple(rt, "a"), tuple(rt, "b")
		if rapid.Bool().Draw(rt, "related") { // so that one is often a prefix of the other
			b = append(append([]any{}, a[:rapid.IntRange(0, len(a)).Draw(rt, "cut")]...), b...)
		}
		ka, kb := K(a...), K(b...)
		if got, want := sign(ka.Compare(kb)), compareTuples(a, b); got != want {
			rt.Fatalf("%v against %v: bytes say %d, tuples %d", a, b, got, want)
		}
		prefix := len(a) <= len(b) && compareTuples(a, b[:len(a)]) == 0
		if ka, kb := K(a...), K(b...); kb.HasPrefix(ka) != prefix {
			rt.Fatalf("%v a prefix of %v: bytes say %v", a, b, kb.HasPrefix(ka))
		}
		back, err := Decode(ka)
		if err != nil || len(back) != len(a) || compareTuples(back, a) != 0 {
			rt.Fatalf("%v came back as %v, %v", a, back, err)
		}
		if !bytes.Equal(K(a...).With(b...), append(append([]byte{}, ka...), kb...)) {
			rt.Fatal("With is not concatenation")
		}
	})
}

// TestRanges: Next and End describe the ranges that they promise, for any bytes.
func TestRanges(t *testing.T) {
	someBytes := rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 2, 'a', 0xfe, 0xff}), 0, 4), func(b []byte) Key { return b })
	rapid.Check(t, func(rt *rapid.T) {
		k, x := someBytes.Draw(rt, "k"), someBytes.Draw(rt, "x")
		if got, want := x.Compare(k.Next()) >= 0, x.Compare(k) > 0; got != want {
			rt.Fatalf("%x >= Next(%x) is %v", x, k, got)
		}
		end := k.End()
		if got, want := x.Compare(k) >= 0 && (end == nil || x.Compare(end) < 0), x.HasPrefix(k); got != want {
			rt.Fatalf("%x in [%x, %x) is %v, has the prefix: %v", x, k, end, got, want)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, k := range []Key{K(), K("a", 1), K([]byte("\x00\x01"), true, false), K(uint64(math.MaxUint64), time.Unix(-1, 5)), {0x02, 0x01, 0x02, 0x00}, {0xff}} {
		f.Add([]byte(k))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		parts, err := Decode(b)
		if err != nil {
			return
		}
		if again := K(parts...); !bytes.Equal(again, b) {
			t.Errorf("%x decodes to %v, which encodes to %x", b, parts, []byte(again))
		}
		_ = Key(b).String()
	})
}

func FuzzStrings(f *testing.F) {
	f.Add("a", "b", "a\x00", "b")
	f.Add("", "", "\x00", "\x01")
	f.Fuzz(func(t *testing.T, a1, a2, b1, b2 string) {
		want := strings.Compare(a1, b1)
		if want == 0 {
			want = strings.Compare(a2, b2)
		}
		if got := K(a1, a2).Compare(K(b1, b2)); got != want {
			t.Errorf("(%q, %q) against (%q, %q): %d, want %d", a1, a2, b1, b2, got, want)
		}
		if K(b1, b2).HasPrefix(K(a1)) != (a1 == b1) {
			t.Errorf("(%q) a prefix of (%q, %q)", a1, b1, b2)
		}
	})
}

func BenchmarkKey(b *testing.B) {
	b.ReportAllocs()
	for range b.N {
		K("123456789012", "eu-central-1", "arn:aws:iam::123456789012:user/someone", 42)
	}
}
