package blobtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"maps"
	mathrand "math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"vauban/blob"
)

// Driver is a store under test, with a way to its sealed bytes.
type Driver struct {
	Store blob.Store
	// Raw returns the sealed bytes of an object, SetRaw replaces them behind the store's back.
	Raw    func(t testing.TB, id string) []byte
	SetRaw func(t testing.TB, id string, b []byte)
	// Leftovers returns how many files there are that belong to no object. Nil when the driver cannot tell.
	Leftovers func(t testing.TB) int
	// Forgets is set for a driver that cannot keep the former bytes of an object that is open: it must then say blob.ErrChanged.
	Forgets bool
}

// Run runs the suite. open gives an empty store that is closed by the test's end.
func Run(t *testing.T, open func(t *testing.T) Driver) {
	for _, c := range []struct {
		name string
		fn   func(*testing.T, Driver)
	}{
		{"RoundTrip", roundTrip},
		{"Ranges", ranges},
		{"Replace", replace},
		{"Delete", deletes},
		{"List", list},
		{"FailedPut", failedPut},
		{"BadID", badID},
		{"WrongKey", wrongKey},
		{"Tampering", tampering},
		{"ChunksMoved", chunksMoved},
		{"Swapped", swapped},
		{"Concurrent", concurrent},
	} {
		t.Run(c.name, func(t *testing.T) { c.fn(t, open(t)) })
	}
}

// sizes are those around which chunks begin and end.
var sizes = []int{0, 1, 100, blob.ChunkSize - 1, blob.ChunkSize, blob.ChunkSize + 1, 3 * blob.ChunkSize, 3*blob.ChunkSize + 17}

func newKey(t testing.TB) *blob.DataKey {
	t.Helper()
	k := &blob.DataKey{}
	if _, err := rand.Read(k[:]); err != nil {
		t.Fatal(err)
	}
	return k
}

// content returns n bytes that differ from place to place.
func content(n int, seed byte) []byte {
	b := make([]byte, n)
	_, _ = mathrand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

func put(t testing.TB, s blob.Store, id string, key *blob.DataKey, b []byte) {
	t.Helper()
	size, err := s.Put(context.Background(), id, key, bytes.NewReader(b))
	if err != nil || size != int64(len(b)) {
		t.Fatalf("put %d bytes: size %d, %v", len(b), size, err)
	}
}

// read returns the whole object.
func read(s blob.Store, id string, key *blob.DataKey) ([]byte, error) {
	o, err := s.Open(context.Background(), id, key)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	return io.ReadAll(o.Range(context.Background(), 0, o.Size()))
}

func want(t testing.TB, s blob.Store, id string, key *blob.DataKey, b []byte) {
	t.Helper()
	got, err := read(s, id, key)
	if err != nil || !bytes.Equal(got, b) {
		t.Fatalf("read %s: %d bytes, %v; want the %d that were put", id, len(got), err, len(b))
	}
}

func roundTrip(t *testing.T, d Driver) {
	key := newKey(t)
	for _, n := range sizes {
		b := content(n, 1)
		put(t, d.Store, "round-trip", key, b)
		want(t, d.Store, "round-trip", key, b)
		raw := d.Raw(t, "round-trip")
		if int64(len(raw)) != blob.SealedSize(int64(n)) {
			t.Errorf("%d bytes are sealed in %d, want %d", n, len(raw), blob.SealedSize(int64(n)))
		}
		if n >= 100 && bytes.Contains(raw, b[:32]) {
			t.Errorf("%d bytes: the plaintext shows", n)
		}
		// However the source hands out its bytes.
		for _, r := range []io.Reader{iotest.HalfReader(bytes.NewReader(b)), iotest.DataErrReader(bytes.NewReader(b))} {
			if size, err := d.Store.Put(t.Context(), "readers", key, r); err != nil || size != int64(n) {
				t.Fatalf("put: %d, %v", size, err)
			}
			want(t, d.Store, "readers", key, b)
		}
	}
	if _, err := d.Store.Open(t.Context(), "absent", key); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("open an absent object: %v, want ErrNotFound", err)
	}
}

func ranges(t *testing.T, d Driver) {
	key := newKey(t)
	for _, n := range sizes {
		b := content(n, 2)
		put(t, d.Store, "ranges", key, b)
		o, err := d.Store.Open(t.Context(), "ranges", key)
		if err != nil {
			t.Fatal(err)
		}
		if o.Size() != int64(n) {
			t.Errorf("size %d, want %d", o.Size(), n)
		}
		rapid.Check(t, func(rt *rapid.T) {
			off, length := rapid.IntRange(-10, n+10).Draw(rt, "off"), rapid.IntRange(-10, n+10).Draw(rt, "length")
			from := min(max(off, 0), n)
			wanted := b[from : from+min(max(length, 0), n-from)]
			got, err := io.ReadAll(o.Range(t.Context(), int64(off), int64(length)))
			if err != nil || !bytes.Equal(got, wanted) {
				rt.Fatalf("Range(%d, %d) of %d: %d bytes, %v", off, length, n, len(got), err)
			}
			if off < 0 || length < 0 {
				return
			}
			p := make([]byte, length)
			k, err := o.ReadAt(p, int64(off))
			if k != len(wanted) || !bytes.Equal(p[:k], wanted) || (k < length) != errors.Is(err, io.EOF) || err != nil && !errors.Is(err, io.EOF) {
				rt.Fatalf("ReadAt(%d, %d) of %d: %d bytes, %v", length, off, n, k, err)
			}
		})
		if _, err := o.ReadAt(make([]byte, 1), -1); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("a negative offset: %v", err)
		}
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	}
}

func replace(t *testing.T, d Driver) {
	key := newKey(t)
	first, second := content(3*blob.ChunkSize, 3), content(blob.ChunkSize+5, 4)
	put(t, d.Store, "replace", key, first)
	o, err := d.Store.Open(t.Context(), "replace", key)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	put(t, d.Store, "replace", key, second)
	want(t, d.Store, "replace", key, second)
	got, err := io.ReadAll(o.Range(t.Context(), 0, o.Size()))
	if d.Forgets && errors.Is(err, blob.ErrChanged) && bytes.HasPrefix(first, got) {
		return
	}
	if err != nil || !bytes.Equal(got, first) {
		t.Errorf("an open object changed: %d bytes, %v", len(got), err)
	}
}

func deletes(t *testing.T, d Driver) {
	key := newKey(t)
	put(t, d.Store, "gone", key, content(10, 5))
	for range 2 {
		if err := d.Store.Delete(t.Context(), "gone"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Store.Open(t.Context(), "gone", key); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("open a deleted object: %v, want ErrNotFound", err)
	}
}

func list(t *testing.T, d Driver) {
	key, wanted := newKey(t), map[string]int64{}
	for i, id := range []string{"a", "b-1", "c_2", "0"} {
		put(t, d.Store, id, key, content(i*1000, 6))
		wanted[id] = blob.SealedSize(int64(i * 1000))
	}
	got := map[string]int64{}
	err := d.Store.List(t.Context(), func(i blob.Info) error {
		if i.Time.IsZero() {
			t.Errorf("%s has no time", i.ID)
		}
		got[i.ID] = i.Stored
		return nil
	})
	if err != nil || !maps.Equal(got, wanted) {
		t.Errorf("listed %v, %v; want %v", got, err, wanted)
	}
	stop, n := errors.New("stop"), 0
	if err := d.Store.List(t.Context(), func(blob.Info) error { n++; return stop }); !errors.Is(err, stop) || n != 1 {
		t.Errorf("after an error: %d visits, %v", n, err)
	}
}

func failedPut(t *testing.T, d Driver) {
	key := newKey(t)
	before := content(1000, 7)
	put(t, d.Store, "failed", key, before)
	broken := errors.New("connection reset")
	for _, source := range []error{broken, io.ErrUnexpectedEOF} { // the latter is how a cut HTTP body ends
		for _, n := range []int{0, 10, blob.ChunkSize, 2*blob.ChunkSize + 1} {
			for _, id := range []string{"failed", "never"} {
				r := io.MultiReader(bytes.NewReader(content(n, 8)), iotest.ErrReader(source))
				if _, err := d.Store.Put(t.Context(), id, key, r); !errors.Is(err, source) {
					t.Fatalf("put of a source that breaks: %v", err)
				}
			}
		}
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Store.Put(canceled, "never", key, bytes.NewReader(before)); !errors.Is(err, context.Canceled) {
		t.Errorf("put after cancel: %v", err)
	}
	want(t, d.Store, "failed", key, before)
	if _, err := d.Store.Open(t.Context(), "never", key); !errors.Is(err, blob.ErrNotFound) {
		t.Errorf("half an object is visible: %v", err)
	}
	if d.Leftovers != nil && d.Leftovers(t) != 0 {
		t.Errorf("failed puts left %d files", d.Leftovers(t))
	}
}

func badID(t *testing.T, d Driver) {
	key := newKey(t)
	for _, id := range []string{"", ".", "..", "a/b", "../a", "A", "a.b", "a b", "ä", "a\x00", string(make([]byte, 200))} {
		_, putErr := d.Store.Put(t.Context(), id, key, bytes.NewReader(nil))
		_, openErr := d.Store.Open(t.Context(), id, key)
		for _, err := range []error{putErr, openErr, d.Store.Delete(t.Context(), id)} {
			if !errors.Is(err, blob.ErrBadID) {
				t.Errorf("ID %q: %v, want ErrBadID", id, err)
			}
		}
	}
}

func wrongKey(t *testing.T, d Driver) {
	put(t, d.Store, "locked", newKey(t), content(10, 9))
	if _, err := d.Store.Open(t.Context(), "locked", newKey(t)); !errors.Is(err, blob.ErrCorrupt) {
		t.Errorf("another key: %v, want ErrCorrupt", err)
	}
}

// refuses checks that the damaged object gives an error and not one wrong byte: what was read before must be the start of the right content.
func refuses(t testing.TB, d Driver, id string, key *blob.DataKey, right []byte, how string) {
	t.Helper()
	got, err := read(d.Store, id, key)
	if !errors.Is(err, blob.ErrCorrupt) {
		t.Fatalf("%s: %v, want ErrCorrupt", how, err)
	}
	if !bytes.HasPrefix(right, got) || len(got)%blob.ChunkSize != 0 {
		t.Fatalf("%s: wrong bytes were given out before the error", how)
	}
}

func tampering(t *testing.T, d Driver) {
	key := newKey(t)
	for _, n := range []int{0, 50, blob.ChunkSize, 2*blob.ChunkSize + 100} {
		b := content(n, 10)
		put(t, d.Store, "tampered", key, b)
		raw := d.Raw(t, "tampered")
		set := func(changed []byte) { d.SetRaw(t, "tampered", changed) }
		rapid.Check(t, func(rt *rapid.T) {
			bad := bytes.Clone(raw)
			i := rapid.IntRange(0, len(bad)-1).Draw(rt, "byte")
			bad[i] ^= 1 << rapid.IntRange(0, 7).Draw(rt, "bit")
			set(bad)
			refuses(t, d, "tampered", key, b, "a flipped bit")
		})
		for _, cut := range []int{0, 1, len(raw) / 2, len(raw) - 1, len(raw) - 24, len(raw) - 24 - 16, len(raw) - 24 - 16 - n%blob.ChunkSize} {
			if cut >= 0 && cut < len(raw) {
				set(raw[:cut])
				refuses(t, d, "tampered", key, b, "a cut file")
			}
		}
		for _, more := range []int{1, 16, 24, blob.ChunkSize + 16} {
			set(append(bytes.Clone(raw), make([]byte, more)...))
			refuses(t, d, "tampered", key, b, "a grown file")
		}
		set(raw)
		want(t, d.Store, "tampered", key, b)
	}
}

func chunksMoved(t *testing.T, d Driver) {
	key := newKey(t)
	b := content(4*blob.ChunkSize, 11)
	put(t, d.Store, "moved", key, b)
	raw := d.Raw(t, "moved")
	const header, sealed = 40, blob.ChunkSize + 16
	chunk := func(i int) []byte { return raw[header+i*sealed : header+(i+1)*sealed] }
	trailer := raw[header+4*sealed:]
	build := func(order ...int) []byte {
		out := bytes.Clone(raw[:header])
		for _, i := range order {
			out = append(out, chunk(i)...)
		}
		return append(out, trailer...)
	}
	for how, order := range map[string][]int{
		"swapped": {0, 2, 1, 3}, "repeated": {0, 1, 1, 3}, "left out": {0, 1, 3}, "added": {0, 1, 2, 2, 3}, "last first": {3, 1, 2, 0},
	} {
		d.SetRaw(t, "moved", build(order...))
		refuses(t, d, "moved", key, b, "chunks "+how)
	}
	d.SetRaw(t, "moved", build(0, 1, 2, 3))
	want(t, d.Store, "moved", key, b)
}

func swapped(t *testing.T, d Driver) {
	key := newKey(t)
	a, b := content(1000, 12), content(1000, 13)
	put(t, d.Store, "one", key, a)
	put(t, d.Store, "two", key, b)
	first := d.Raw(t, "one")
	d.SetRaw(t, "one", d.Raw(t, "two"))
	refuses(t, d, "one", key, a, "another object's file")
	// A chunk of another writing of the same object.
	d.SetRaw(t, "one", first)
	put(t, d.Store, "one", key, a)
	mixed := slices.Concat(d.Raw(t, "one")[:40], first[40:])
	d.SetRaw(t, "one", mixed)
	refuses(t, d, "one", key, a, "another writing's chunks")
}

func concurrent(t *testing.T, d Driver) {
	key := newKey(t)
	versions := [][]byte{content(100_000, 14), content(70_000, 15), content(10, 16)}
	put(t, d.Store, "busy", key, versions[0])
	var wg sync.WaitGroup
	for i := range 3 {
		wg.Go(func() {
			for range 10 {
				if _, err := d.Store.Put(t.Context(), "busy", key, bytes.NewReader(versions[i])); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 30 {
				got, err := read(d.Store, "busy", key)
				if err != nil || !slices.ContainsFunc(versions, func(v []byte) bool { return bytes.Equal(v, got) }) {
					t.Errorf("read a mixture: %d bytes, %v", len(got), err)
				}
			}
		})
	}
	wg.Wait()
}
