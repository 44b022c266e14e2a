package blob

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"testing"

	"pgregory.net/rapid"
)

func TestPlainSizeInvertsSealedSize(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.Int64Range(0, 1<<40).Draw(rt, "size")
		if got, ok := plainSize(SealedSize(size)); !ok || got != size {
			rt.Fatalf("plainSize(SealedSize(%d)) = %d, %v", size, got, ok)
		}
		sealed := rapid.Int64Range(-100, 1<<40).Draw(rt, "sealed")
		if got, ok := plainSize(sealed); ok && SealedSize(got) != sealed {
			rt.Fatalf("plainSize(%d) = %d, whose sealed size is %d", sealed, got, SealedSize(got))
		}
	})
}

func TestDataKeyDoesNotPrint(t *testing.T) {
	key := DataKey(bytes.Repeat([]byte{75}, KeySize))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x"} {
		for _, v := range []any{key, &key} {
			if got := fmt.Sprintf(verb, v); bytes.Contains([]byte(got), []byte("75 75")) || bytes.Contains([]byte(got), []byte("KKK")) || bytes.Contains([]byte(got), []byte("4b4b")) {
				t.Errorf("%s of %T prints the key: %s", verb, v, got)
			}
		}
	}
}

func TestEncryptIdleSource(t *testing.T) {
	_, err := Encrypt(context.Background(), io.Discard, rand.Reader, &DataKey{}, "x", idle{})
	if !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("got %v, want ErrNoProgress", err)
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// FuzzOpen changes sealed bytes: what is read is an error or what was sealed.
func FuzzOpen(f *testing.F) {
	plain := bytes.Repeat([]byte("vauban "), 20_000)
	var sealed bytes.Buffer
	if _, err := Encrypt(context.Background(), &sealed, bytes.NewReader(make([]byte, saltSize)), &DataKey{}, "id", bytes.NewReader(plain)); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{}, 0, 0, int64(0), int64(10))
	f.Add([]byte{1}, 100, 100, int64(70_000), int64(100_000))
	f.Add(sealed.Bytes()[:100], 0, sealed.Len(), int64(0), int64(1<<40))
	f.Fuzz(func(t *testing.T, patch []byte, from, to int, off, n int64) {
		raw := sealed.Bytes()
		from = min(max(from, 0), len(raw))
		to = min(max(to, from), len(raw))
		raw = append(append(append([]byte{}, raw[:from]...), patch...), raw[to:]...)
		o, err := Open(bytes.NewReader(raw), int64(len(raw)), &DataKey{}, "id")
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Fatalf("%v, want ErrCorrupt", err)
			}
			return
		}
		got, err := io.ReadAll(o.Range(context.Background(), off, n))
		if err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatalf("%v, want ErrCorrupt", err)
		}
		start := min(max(off, 0), int64(len(plain)))
		if !bytes.HasPrefix(plain[start:], got) {
			t.Fatal("wrong bytes were given out")
		}
	})
}
