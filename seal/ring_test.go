package seal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"vauban/seal/xaes"
	"vauban/store"
)

// memory is a Keeper without a store.
type memory struct {
	mu  sync.Mutex
	rec *Record
}

func (m *memory) Load(context.Context) (*Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rec == nil {
		return nil, nil
	}
	c := *m.rec
	c.Keys = slices.Clone(c.Keys)
	return &c, nil
}

func (m *memory) Save(_ context.Context, r *Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if (m.rec == nil) != (r.Rev == 0) || m.rec != nil && m.rec.Rev != r.Rev {
		return ErrChanged
	}
	c := *r
	c.Keys = slices.Clone(c.Keys)
	c.Rev++
	m.rec = &c
	return nil
}

// stepClock is a clock that tests move.
type stepClock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *stepClock { return &stepClock{t: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *stepClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *stepClock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func open(t testing.TB, source Source, k Keeper, opt Options) *Ring {
	t.Helper()
	r, err := Open(context.Background(), source, k, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func TestSealedOpensOnlyWhereItBelongs(t *testing.T) {
	r := open(t, Ephemeral{}, &memory{}, Options{})
	rapid.Check(t, func(rt *rapid.T) {
		table, key := rapid.String().Draw(rt, "table"), rapid.SliceOf(rapid.Byte()).Draw(rt, "key")
		plain := rapid.SliceOf(rapid.Byte()).Draw(rt, "plain")
		sealed, err := r.Seal(table, key, plain)
		if err != nil {
			rt.Fatal(err)
		}
		if len(sealed) != len(plain)+Overhead {
			rt.Fatalf("overhead is %d", len(sealed)-len(plain))
		}
		if got, err := r.Open(table, key, sealed); err != nil || !bytes.Equal(got, plain) {
			rt.Fatalf("opened %q, %v", got, err)
		}
		again, err := r.Seal(table, key, plain)
		if err != nil || bytes.Equal(again, sealed) {
			rt.Fatalf("sealing twice gave the same bytes: %v", err)
		}
		otherTable, otherKey := rapid.String().Draw(rt, "other table"), rapid.SliceOf(rapid.Byte()).Draw(rt, "other key")
		if otherTable != table || !bytes.Equal(otherKey, key) {
			if _, err := r.Open(otherTable, otherKey, sealed); !errors.Is(err, ErrOpen) {
				rt.Fatalf("opened in another row: %v", err)
			}
		}
		bad := bytes.Clone(sealed)
		bad[rapid.IntRange(0, len(bad)-1).Draw(rt, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(rt, "bit")
		if _, err := r.Open(table, key, bad); !errors.Is(err, ErrOpen) {
			rt.Fatalf("an altered value opened: %v", err)
		}
		if _, err := r.Open(table, key, sealed[:rapid.IntRange(0, len(sealed)-1).Draw(rt, "cut")]); !errors.Is(err, ErrOpen) {
			rt.Fatalf("a cut value opened: %v", err)
		}
	})
}

// The boundary between table and key is bound, too.
func TestTableAndKeyDoNotRunTogether(t *testing.T) {
	r := open(t, Ephemeral{}, &memory{}, Options{})
	sealed, err := r.Seal("ab", store.Key("c"), []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Open("a", store.Key("bc"), sealed); !errors.Is(err, ErrOpen) {
		t.Errorf("opened with another boundary: %v", err)
	}
}

func TestTokens(t *testing.T) {
	r := open(t, Ephemeral{}, &memory{}, Options{})
	rapid.Check(t, func(rt *rapid.T) {
		purpose, plain := rapid.String().Draw(rt, "purpose"), rapid.SliceOf(rapid.Byte()).Draw(rt, "plain")
		token, err := r.SealToken(purpose, plain)
		if err != nil {
			rt.Fatal(err)
		}
		if strings.ContainsAny(token, "+/= ") {
			rt.Fatalf("not URL-safe: %s", token)
		}
		if got, err := r.OpenToken(purpose, token); err != nil || !bytes.Equal(got, plain) {
			rt.Fatalf("opened %q, %v", got, err)
		}
		if _, err := r.OpenToken(purpose+"x", token); !errors.Is(err, ErrOpen) {
			rt.Fatalf("opened for another purpose: %v", err)
		}
		i := rapid.IntRange(0, len(token)-1).Draw(rt, "character")
		c := rapid.SampledFrom([]byte("AZaz09-_=+\n")).Draw(rt, "by")
		if bad := token[:i] + string(c) + token[i+1:]; bad != token {
			if _, err := r.OpenToken(purpose, bad); !errors.Is(err, ErrOpen) {
				rt.Fatalf("an altered token opened: %v", err)
			}
		}
		if _, err := r.OpenToken(purpose, token+"\n"); !errors.Is(err, ErrOpen) {
			rt.Fatalf("a second spelling opened: %v", err)
		}
	})
	if _, err := r.OpenToken("p", strings.Repeat("A", MaxToken+1)); !errors.Is(err, ErrOpen) {
		t.Errorf("an endless token: %v", err)
	}
	sealed, err := r.Seal("p", nil, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.OpenToken("p", string(sealed)); !errors.Is(err, ErrOpen) {
		t.Errorf("a value opened as a token: %v", err)
	}
}

func TestRotate(t *testing.T) {
	clock, m := newClock(), &memory{}
	root := File{Path: filepath.Join(t.TempDir(), "root.key")}
	r := open(t, root, m, Options{Clock: clock.now, Grace: 5 * time.Second})
	other := open(t, root, m, Options{Clock: clock.now}) // a second replica

	old, err := r.Seal("t", store.K("k"), []byte("one"))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r.Version() != 1 {
		t.Errorf("version %d seals at once; a replica that has not read it would not open it", r.Version())
	}
	clock.add(5 * time.Second)
	if r.Version() != 2 || other.Version() != 1 {
		t.Errorf("versions %d and %d, want 2 and 1", r.Version(), other.Version())
	}
	fresh, err := r.Seal("t", store.K("k"), []byte("two"))
	if err != nil {
		t.Fatal(err)
	}
	if !r.Stale(old) || r.Stale(fresh) {
		t.Error("stale values are not told from fresh ones")
	}
	if _, err := other.Open("t", store.K("k"), fresh); !errors.Is(err, ErrOpen) {
		t.Errorf("a version not yet read: %v, want ErrOpen", err)
	}
	if err := other.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, ring := range []*Ring{r, other, open(t, root, m, Options{Clock: clock.now})} {
		for sealed, want := range map[string]string{string(old): "one", string(fresh): "two"} {
			if got, err := ring.Open("t", store.K("k"), []byte(sealed)); err != nil || string(got) != want {
				t.Errorf("opened %q, %v; want %q", got, err, want)
			}
		}
	}
}

func TestRotateAtOnceByManyReplicas(t *testing.T) {
	m, root := &memory{}, File{Path: filepath.Join(t.TempDir(), "root.key")}
	var wg sync.WaitGroup
	const replicas = 4
	for range replicas {
		wg.Go(func() {
			r, err := Open(context.Background(), root, m, Options{})
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Close()
			if err := r.Rotate(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := len(m.rec.Keys); got != replicas+1 {
		t.Errorf("%d versions, want %d", got, replicas+1)
	}
}

func TestWrongRootKey(t *testing.T) {
	m, dir := &memory{}, t.TempDir()
	first := File{Path: filepath.Join(dir, "first")}
	open(t, first, m, Options{})

	second := File{Path: filepath.Join(dir, "second")}
	if _, err := Open(t.Context(), second, m, Options{}); !errors.Is(err, ErrNoRootKey) || !strings.Contains(err.Error(), "put back") {
		t.Errorf("without its file: %v, want ErrNoRootKey and what to do", err)
	}
	if _, err := second.Open(t.Context(), nil); !errors.Is(err, ErrNoRootKey) {
		t.Errorf("a root key was made for a store that has one: %v", err)
	}
	if _, _, err := second.Create(t.Context(), bytes.NewReader(bytes.Repeat([]byte{1}, xaes.KeySize))); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), second, m, Options{}); !errors.Is(err, ErrWrongRootKey) || !strings.Contains(err.Error(), "start with the root key") {
		t.Errorf("another key: %v, want ErrWrongRootKey and what to do", err)
	}
	if _, err := Open(t.Context(), Ephemeral{}, m, Options{}); !errors.Is(err, ErrNoRootKey) {
		t.Errorf("ephemeral: %v, want ErrNoRootKey", err)
	}
	m.rec.Keys[0].Wrapped[30] ^= 1
	if _, err := Open(t.Context(), first, m, Options{}); !errors.Is(err, ErrWrongRootKey) {
		t.Errorf("damaged ring: %v, want ErrWrongRootKey", err)
	}
	m.rec.Keys = nil
	if _, err := Open(t.Context(), first, m, Options{}); err == nil {
		t.Error("an empty ring was taken")
	}
}

// A wrapped key cannot take the place of another version.
func TestWrappedKeysDoNotSwap(t *testing.T) {
	m, root := &memory{}, File{Path: filepath.Join(t.TempDir(), "root.key")}
	r := open(t, root, m, Options{})
	if err := r.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	k := m.rec.Keys
	k[0].Wrapped, k[1].Wrapped = k[1].Wrapped, k[0].Wrapped
	if _, err := Open(t.Context(), root, m, Options{}); !errors.Is(err, ErrWrongRootKey) {
		t.Errorf("swapped versions: %v", err)
	}
}

func TestRewrap(t *testing.T) {
	m, dir := &memory{}, t.TempDir()
	file := File{Path: filepath.Join(dir, "root.key")}
	r := open(t, file, m, Options{})
	sealed, err := r.Seal("t", nil, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	phrase := Passphrase{Phrase: []byte("correct horse battery"), Passes: 1, MemoryKiB: 64, Lanes: 1}
	if err := r.Rewrap(t.Context(), phrase); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), file, m, Options{}); !errors.Is(err, ErrWrongRootKey) {
		t.Errorf("the former root key still opens the ring: %v", err)
	}
	for _, ring := range []*Ring{r, open(t, phrase, m, Options{})} {
		if got, err := ring.Open("t", nil, sealed); err != nil || string(got) != "x" {
			t.Errorf("opened %q, %v", got, err)
		}
		if err := ring.Rotate(t.Context()); err != nil {
			t.Errorf("rotate after rewrap: %v", err)
		}
	}
}

func TestNothingPrintsKeys(t *testing.T) {
	m := &memory{}
	r := open(t, Ephemeral{}, m, Options{})
	root := &RootKey{key: [xaes.KeySize]byte(bytes.Repeat([]byte("K"), xaes.KeySize))}
	phrase := Passphrase{Phrase: []byte("KKKKKKKKKKKKKKKKKKKK")}
	for _, v := range []any{root, phrase, &phrase, r, struct{ K *RootKey }{root}} {
		var b bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
			fmt.Fprintf(&b, verb, v)
		}
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "v", v)
		if out := b.String(); strings.Contains(out, "KKKK") || strings.Contains(out, "4b4b4b4b") || strings.Contains(out, "75 75 75") || strings.Contains(out, "S0tLS0tL") {
			t.Errorf("%T prints its key: %s", v, out)
		}
	}
	b, err := json.Marshal(root)
	if err != nil || strings.Contains(string(b), "K") {
		t.Errorf("marshalled: %s, %v", b, err)
	}
}

func TestClose(t *testing.T) {
	r := open(t, Ephemeral{}, &memory{}, Options{})
	root := r.root
	r.Close()
	if root.key != [xaes.KeySize]byte{} {
		t.Error("the root key is still in memory")
	}
	if _, err := r.Seal("t", nil, nil); err == nil {
		t.Error("a closed ring seals")
	}
	if _, err := r.OpenToken("t", "x"); err == nil {
		t.Error("a closed ring opens")
	}
	if err := r.Rotate(t.Context()); err == nil {
		t.Error("a closed ring rotates")
	}
	r.Close()
}

func TestConcurrentUse(t *testing.T) {
	r := open(t, Ephemeral{}, &memory{}, Options{Grace: time.Nanosecond})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 200 {
				token, err := r.SealToken("p", []byte{byte(i)})
				if err != nil {
					t.Error(err)
					return
				}
				if got, err := r.OpenToken("p", token); err != nil || got[0] != byte(i) {
					t.Errorf("opened %v, %v", got, err)
					return
				}
			}
		})
	}
	for range 20 {
		if err := r.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
}

func FuzzOpen(f *testing.F) {
	r := open(f, Ephemeral{}, &memory{}, Options{})
	sealed, err := r.Seal("t", store.K("k"), []byte("secret"))
	if err != nil {
		f.Fatal(err)
	}
	token, err := r.SealToken("p", []byte("secret"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add([]byte(token))
	f.Add([]byte{1, 0, 0, 0, 1})
	f.Add([]byte("gQE"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := r.Open("t", store.K("k"), b); err == nil && !bytes.Equal(b, sealed) {
			t.Fatalf("%x opened", b)
		}
		if _, err := r.OpenToken("p", string(b)); err == nil && string(b) != token {
			t.Fatalf("%q opened", b)
		}
	})
}

func BenchmarkSeal(b *testing.B) {
	r := open(b, Ephemeral{}, &memory{}, Options{})
	plain, key := make([]byte, 64), store.K("123456789012", "AKIAEXAMPLE")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Seal("iam.key", key, plain); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenToken(b *testing.B) {
	r := open(b, Ephemeral{}, &memory{}, Options{})
	token, err := r.SealToken("session", make([]byte, 600))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.OpenToken("session", token); err != nil {
			b.Fatal(err)
		}
	}
}
