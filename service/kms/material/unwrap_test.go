package material

import (
	"bytes"
	"crypto/aes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func hexOf(b []byte) string { return hex.EncodeToString(b) }

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The vectors of RFC 5649 section 6.
func TestUnwrapVectors(t *testing.T) {
	kek := unhex(t, "5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8")
	for wrapped, want := range map[string]string{
		"138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a": "c37b7e6492584340bed12207808941155068f738",
		"afbeb0f07dfbf5419200f2ccb50bb24f":                                 "466f7250617369",
	} {
		got, err := unwrapPadded(kek, unhex(t, wrapped))
		if err != nil || hexOf(got) != want {
			t.Errorf("unwraps as %x, %v; want %s", got, err, want)
		}
	}
}

// wrapPadded is RFC 5649 section 4.1, for the tests.
func wrapPadded(t testing.TB, kek, plain []byte) []byte {
	block, err := aes.NewCipher(kek)
	if err != nil {
		t.Fatal(err)
	}
	b := append(make([]byte, semiblock), plain...)
	copy(b, []byte{0xa6, 0x59, 0x59, 0xa6})
	binary.BigEndian.PutUint32(b[4:], uint32(len(plain)))
	for len(b)%semiblock != 0 {
		b = append(b, 0)
	}
	if len(b) == aes.BlockSize {
		block.Encrypt(b, b)
		return b
	}
	n := len(b)/semiblock - 1
	var ab [aes.BlockSize]byte
	copy(ab[:], b[:semiblock])
	for j := range 6 {
		for i := 1; i <= n; i++ {
			r := b[i*semiblock : (i+1)*semiblock]
			copy(ab[semiblock:], r)
			block.Encrypt(ab[:], ab[:])
			copy(r, ab[semiblock:])
			binary.BigEndian.PutUint64(ab[:], binary.BigEndian.Uint64(ab[:])^uint64(n*j+i))
		}
	}
	copy(b, ab[:semiblock])
	return b
}

func TestUnwrapIsExact(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		kek := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(rt, "kek")
		plain := rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(rt, "plain")
		wrapped := wrapPadded(t, kek, plain)
		if got, err := unwrapPadded(kek, wrapped); err != nil || !bytes.Equal(got, plain) {
			rt.Fatalf("unwraps as %x, %v", got, err)
		}
		wrapped[rapid.IntRange(0, len(wrapped)-1).Draw(rt, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(rt, "bit")
		if _, err := unwrapPadded(kek, wrapped); !errors.Is(err, ErrWrapped) {
			rt.Fatalf("altered, it answers %v", err)
		}
	})
}

func FuzzUnwrap(f *testing.F) {
	kek := bytes.Repeat([]byte{1}, 32)
	f.Add([]byte{})
	f.Add(wrapPadded(f, kek, []byte("x")))
	f.Add(wrapPadded(f, kek, bytes.Repeat([]byte("x"), 40)))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := unwrapPadded(kek, b)
		if err == nil && len(got) > 0 && !bytes.Equal(wrapPadded(t, kek, got), b) {
			t.Errorf("%x unwraps, but is not how %x is wrapped", b, got)
		}
	})
}
