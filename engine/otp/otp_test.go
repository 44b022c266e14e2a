package otp

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// rfcKey is the secret of both RFCs' test values.
var rfcKey = []byte("12345678901234567890")

// TestRFC4226 holds the values of RFC 4226 appendix D.
func TestRFC4226(t *testing.T) {
	for counter, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"} {
		if got := HOTP(rfcKey, uint64(counter)); got != want {
			t.Errorf("counter %d: %s, want %s", counter, got, want)
		}
	}
}

// TestRFC6238 holds the SHA-1 values of RFC 6238 appendix B, of which six digits are the last of eight.
func TestRFC6238(t *testing.T) {
	for unix, want := range map[int64]string{59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130"} {
		if got := TOTP(rfcKey, time.Unix(unix, 0)); got != want[2:] {
			t.Errorf("%d: %s, want %s", unix, got, want[2:])
		}
	}
}

func TestVerify(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 7, 0, time.UTC)
	step := StepAt(now)
	code := func(offset int64) string { return HOTP(rfcKey, uint64(step+offset)) }
	for _, test := range []struct {
		name, code string
		last, want int64 // want 0: refused
	}{
		{"current", code(0), 0, step},
		{"late", code(-1), 0, step - 1},
		{"early", code(1), 0, step + 1},
		{"too late", code(-2), 0, 0},
		{"too early", code(2), 0, 0},
		{"used", code(0), step, 0},
		{"overtaken", code(-1), step, 0},
		{"the next", code(1), step, step + 1},
		{"the one before was used", code(0), step - 1, step},
		{"empty", "", 0, 0},
		{"short", code(0)[:5], 0, 0},
		{"long", code(0) + "0", 0, 0},
		{"spaces", " " + code(0)[1:], 0, 0},
	} {
		got, ok := Verify(rfcKey, test.code, now, test.last)
		if ok != (test.want != 0) || got != test.want {
			t.Errorf("%s: %d, %v; want %d", test.name, got, ok, test.want)
		}
	}
	if _, ok := Verify(rfcKey, HOTP(rfcKey, 0), time.Unix(-100, 0), -1); !ok {
		t.Error("before 1970 is not the first step")
	}
}

func TestVerifyPair(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 7, 0, time.UTC)
	step := StepAt(now)
	code := func(offset int64) string { return HOTP(rfcKey, uint64(step+offset)) }
	for _, test := range []struct {
		name          string
		first, second string
		steps         int
		want          int64
	}{
		{"just now", code(-1), code(0), 1, step},
		{"a step ago", code(-2), code(-1), 1, step - 1},
		{"ahead", code(0), code(1), 1, step + 1},
		{"too old", code(-3), code(-2), 1, 0},
		{"same code twice", code(0), code(0), 1, 0},
		{"reversed", code(0), code(-1), 1, 0},
		{"not consecutive", code(-2), code(0), 1, 0},
		{"second wrong", code(-1), "000000", 1, 0},
		{"drifted", code(-21), code(-20), 1, 0},
		{"drifted, resynchronised", code(-21), code(-20), 60, step - 20},
		{"beyond any window", code(-501), code(-500), 1 << 30, 0},
		{"negative window", code(-1), code(0), -5, step},
	} {
		got, ok := VerifyPair(rfcKey, test.first, test.second, now, test.steps)
		if ok != (test.want != 0) || got != test.want {
			t.Errorf("%s: %d, %v; want %d", test.name, got, ok, test.want)
		}
	}
}

// TestNoCodeTwice: whatever a device shows and whenever it is typed in, no step is accepted again, nor one before it.
func TestNoCodeTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now, last := time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "start"), 0), int64(0)
		for range rapid.IntRange(1, 20).Draw(t, "attempts") {
			now = now.Add(time.Duration(rapid.IntRange(-60, 60).Draw(t, "seconds")) * time.Second)
			shown := now.Add(time.Duration(rapid.IntRange(-2, 2).Draw(t, "off")) * Step)
			step, ok := Verify(rfcKey, TOTP(rfcKey, shown), now, last)
			if ok && step <= last {
				t.Fatalf("step %d is accepted after %d", step, last)
			}
			if ok {
				last = step
			}
		}
	})
}

func TestSeed(t *testing.T) {
	seed, err := NewSeed(bytes.NewReader(bytes.Repeat([]byte{0xA5}, SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	text := EncodeSeed(seed)
	if len(text) != 64 {
		t.Errorf("%d characters", len(text))
	}
	for _, form := range []string{text, strings.ToLower(text), text[:4] + " " + text[4:8] + "-" + text[8:], text + "==="} {
		got, err := DecodeSeed(form)
		if diff := cmp.Diff(seed, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", form, err, diff)
		}
	}
	for _, bad := range []string{"", "GEZDGNBV", "not base 32!", strings.Repeat("A", 1000), "0189"} {
		if _, err := DecodeSeed(bad); !errors.Is(err, ErrSeed) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := NewSeed(strings.NewReader("short")); err == nil {
		t.Error("a seed of less than its size")
	}
	const want = "otpauth://totp/Vauban:alice%40111122223333?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Vauban"
	if got := URI("Vauban", "alice@111122223333", rfcKey); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := URI("A B:", "x/y", rfcKey); !strings.HasPrefix(got, "otpauth://totp/A%20B%3A:x%2Fy?") {
		t.Errorf("got %s", got)
	}
}

func FuzzDecodeSeed(f *testing.F) {
	f.Add("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	f.Add("gezd gnbv-gy3t qojq======")
	f.Fuzz(func(t *testing.T, text string) {
		seed, err := DecodeSeed(text)
		if err != nil {
			return
		}
		again, err := DecodeSeed(EncodeSeed(seed))
		if err != nil || !bytes.Equal(seed, again) {
			t.Fatalf("%q is %s, then %s (%v)", text, hex.EncodeToString(seed), hex.EncodeToString(again), err)
		}
	})
}

func FuzzVerify(f *testing.F) {
	f.Add("287082", int64(59), int64(0))
	f.Add("", int64(-1), int64(-1))
	f.Fuzz(func(t *testing.T, code string, unix, last int64) {
		step, ok := Verify(rfcKey, code, time.Unix(unix, 0), last)
		if ok && (step <= last || HOTP(rfcKey, uint64(step)) != code) {
			t.Fatalf("step %d after %d for %q", step, last, code)
		}
		VerifyPair(rfcKey, code, code, time.Unix(unix, 0), int(last%200))
	})
}

func BenchmarkVerify(b *testing.B) {
	now := time.Unix(1_800_000_000, 0)
	code := TOTP(rfcKey, now)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := Verify(rfcKey, code, now, 0); !ok {
			b.Fatal("refused")
		}
	}
}
