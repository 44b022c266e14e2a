package password

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// cheap keeps tests fast.
var cheap = Cost{Memory: 64, Passes: 1, Threads: 1}

func TestHash(t *testing.T) {
	hash, err := Hash("correct horse", cheap, rand.Reader)
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatalf("%s, %v", hash, err)
	}
	if again, _ := Hash("correct horse", cheap, rand.Reader); again == hash {
		t.Error("the same salt twice")
	}
	for _, test := range []struct {
		password     string
		want         Cost
		ok, outdated bool
	}{
		{"correct horse", cheap, true, false},
		{"correct horse", Cost{Memory: 128, Passes: 1, Threads: 1}, true, true},
		{"correct horse", Cost{}, true, true},
		{"Correct horse", cheap, false, false},
		{"correct horse ", cheap, false, false},
		{"", cheap, false, false},
	} {
		ok, outdated, err := Verify(hash, test.password, test.want)
		if err != nil || ok != test.ok || outdated != test.outdated {
			t.Errorf("%q: %v, %v, %v", test.password, ok, outdated, err)
		}
	}
}

// TestReferenceHash holds a hash that the reference implementation's command made: echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -e
func TestReferenceHash(t *testing.T) {
	const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	ok, outdated, err := Verify(hash, "password", Cost{})
	if !ok || !outdated || err != nil {
		t.Errorf("%v, %v, %v", ok, outdated, err)
	}
}

func TestDefaultCost(t *testing.T) {
	hash, err := Hash("x", Cost{}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if ok, outdated, err := Verify(hash, "x", Cost{}); !ok || outdated || err != nil {
		t.Errorf("%v, %v, %v", ok, outdated, err)
	}
	Pretend("x", Cost{})
	Pretend("x", Cost{Memory: 1})
}

func TestBadInput(t *testing.T) {
	good, err := Hash("x", cheap, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "x", "$2y$10$abc", strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "m=64", "m=4194304", 1), strings.Replace(good, "m=64", "m=1", 1), strings.Replace(good, "t=1", "t=0", 1), strings.Replace(good, "t=1", "t=4000000000", 1),
		strings.Replace(good, "p=1", "p=0", 1), strings.Replace(good, "p=1", "p=255", 1), strings.Replace(good, "m=64,t=1", "t=1,m=64", 1), strings.Replace(good, "m=64", "m=64,m=64", 1),
		good + "$", good + "=", good[:len(good)-40], good + strings.Repeat("A", 600), good[:strings.LastIndex(good, "$")+1]} {
		if ok, _, err := Verify(bad, "x", cheap); ok || !errors.Is(err, ErrHash) {
			t.Errorf("%q: %v, %v", bad, ok, err)
		}
	}
	if _, err := Hash("x", Cost{Memory: 1 << 30, Passes: 1, Threads: 1}, rand.Reader); err == nil {
		t.Error("a cost out of bounds")
	}
	if _, err := Hash("x", cheap, bytes.NewReader(nil)); err == nil {
		t.Error("a hash without randomness")
	}
}

func TestOnlyThePasswordVerifies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word, other := rapid.String().Draw(t, "password"), rapid.String().Draw(t, "other")
		hash, err := Hash(word, cheap, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if ok, _, err := Verify(hash, other, cheap); err != nil || ok != (word == other) {
			t.Fatalf("%q verifies %q: %v, %v", hash, other, ok, err)
		}
		if ok, _, _ := Verify(hash, word, cheap); !ok {
			t.Fatal("the password does not verify")
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc")
	f.Add("$argon2id$v=19$m=,t=,p=$$")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := parse(text)
		if err != nil {
			return
		}
		if !h.cost.valid() || len(h.salt) > 64 || len(h.sum) < 16 {
			t.Fatalf("%q: %+v", text, h)
		}
	})
}

func BenchmarkHash(b *testing.B) {
	for b.Loop() {
		if _, err := Hash("correct horse battery staple", Cost{}, rand.Reader); err != nil {
			b.Fatal(err)
		}
	}
}
