package tree

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"vauban/engine/treeproof"
	"vauban/eventlog"
	"vauban/store"
	"vauban/store/sqlite"
)

// model is the same tree, kept as tlog keeps it.
type model []tlog.Hash

func (m *model) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x >= int64(len(*m)) {
			return nil, errors.New("no such hash")
		}
		out[i] = (*m)[x]
	}
	return out, nil
}

func (m *model) add(n int64, record []byte) error {
	h, err := tlog.StoredHashes(n, record, m)
	*m = append(*m, h...)
	return err
}

// Whatever the batches and the holes in the numbers: the tree is that of RFC 6962, it has grown from each of its heads, and what is in it stays as it is.
func TestTreeOnlyGrows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		db, err := sqlite.Open(t.Context(), "", sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		tree, err := Open(t.Context(), db, plain{}, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		var m model
		var all []*eventlog.Entry
		var heads [][]byte
		var tiles map[string]store.Rev
		seq := rapid.Int64Range(0, 1000).Draw(t, "first")
		for range rapid.IntRange(1, 5).Draw(t, "batches") {
			var batch []*eventlog.Entry
			for range rapid.IntRange(1, 400).Draw(t, "batch") {
				if seq++; rapid.IntRange(0, 9).Draw(t, "hole") == 0 {
					seq += 3
				}
				e := &eventlog.Entry{Seq: seq, Record: fmt.Appendf(nil, "record %d", seq)}
				if err := m.add(int64(len(all)), e.Record); err != nil {
					t.Fatal(err)
				}
				batch, all = append(batch, e), append(all, e)
			}
			if err := db.Write(t.Context(), func(tx store.Tx) error { return tree.Consume(tx, batch) }); err != nil {
				t.Fatal(err)
			}
			h, signed, err := tree.Head(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			want, err := tlog.TreeHash(int64(len(all)), &m)
			if err != nil || h.Root != want || h.Size != int64(len(all)) {
				t.Fatalf("the tree of %d entries has the head %+v, %v", len(all), h, err)
			}
			heads = append(heads, signed)
			for _, earlier := range heads {
				n, err := treeproof.SizeOf(earlier)
				if err != nil {
					t.Fatal(err)
				}
				p, _, err := tree.ProveGrowth(t.Context(), n)
				if err != nil {
					t.Fatal(err)
				}
				if _, _, err := p.Verify(earlier, tree.Key()); err != nil {
					t.Fatal(err)
				}
			}
			tiles = unchanged(t, db, tiles)
		}
		i := rapid.IntRange(0, len(all)-1).Draw(t, "proven")
		p, _, err := tree.Prove(t.Context(), all[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Verify(tree.Key()); err != nil || p.Index != int64(i) {
			t.Fatalf("entry %d is proven as %d, %v", i, p.Index, err)
		}
	})
}

// unchanged checks that no tile was written again, and returns all there are now.
func unchanged(t *rapid.T, db store.DB, before map[string]store.Rev) map[string]store.Rev {
	now := map[string]store.Rev{}
	err := db.Read(t.Context(), func(tx store.Tx) error {
		return tx.Scan(tileTable().Name, nil, nil, func(d store.Doc) bool { now[string(d.Key)] = d.Rev; return true })
	})
	if err != nil {
		t.Fatal(err)
	}
	for k, rev := range before {
		if now[k] != rev {
			t.Fatal("a complete tile was written again")
		}
	}
	return now
}

// A tree of three levels of tiles is that of RFC 6962 too.
func TestLargeTree(t *testing.T) {
	db, err := sqlite.Open(t.Context(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, db)
	tree, err := Open(t.Context(), db, plain{}, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var m model
	const size = width*width + width + 7
	var heads [][]byte
	var batch []*eventlog.Entry
	for n := range size {
		e := &eventlog.Entry{Seq: int64(n + 1), Record: fmt.Appendf(nil, "%d", n)}
		if err := m.add(int64(n), e.Record); err != nil {
			t.Fatal(err)
		}
		if batch = append(batch, e); len(batch) == 4096 || n == size-1 {
			if err := db.Write(t.Context(), func(tx store.Tx) error { return tree.Consume(tx, batch) }); err != nil {
				t.Fatal(err)
			}
			batch = nil
			_, signed, err := tree.Head(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			heads = append(heads, signed)
		}
	}
	h, _, err := tree.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want, err := tlog.TreeHash(size, &m); err != nil || h.Root != want {
		t.Fatalf("root %v, want %v, %v", h.Root, want, err)
	}
	for n := 0; n < size; n += 997 {
		p, _, err := tree.Prove(t.Context(), &eventlog.Entry{Seq: int64(n + 1), Record: fmt.Appendf(nil, "%d", n)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Verify(tree.Key()); err != nil || p.Index != int64(n) {
			t.Fatalf("entry %d is proven as %d, %v", n, p.Index, err)
		}
	}
	for _, earlier := range heads {
		n, _ := treeproof.SizeOf(earlier)
		p, _, err := tree.ProveGrowth(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := p.Verify(earlier, tree.Key()); err != nil {
			t.Fatal(err)
		}
	}
}

// What somebody changes in the store without the key is noticed: no head is signed on top of it, and no proof comes from it.
func TestTampering(t *testing.T) {
	change := func(table string, key store.Key, from, to string) func(tx store.Tx) error {
		return func(tx store.Tx) error {
			d, err := tx.Get(table, key)
			if err != nil {
				return err
			}
			body := bytes.Replace(d.Body, []byte(from), []byte(to), 1)
			if bytes.Equal(body, d.Body) {
				return fmt.Errorf("no %s in %s", from, d.Body)
			}
			return tx.Update(table, store.Doc{Key: key, Version: d.Version, Body: body}, 0, store.Indexes{}, false)
		}
	}
	state, first := stateTable().Name, tileKey(0, 0)
	for name, c := range map[string]struct {
		tamper     func(tx store.Tx) error
		everything bool // or proofs from that tile only
	}{
		"size":          {change(state, stateKey(), `"size":700`, `"size":701`), true},
		"smaller":       {change(state, stateKey(), `"size":700`, `"size":512`), true},
		"negative":      {change(state, stateKey(), `"size":700`, `"size":-1`), true},
		"hashes":        {change(state, stateKey(), `"tails":["`, `"tails":["AAAA`), true},
		"levels":        {change(state, stateKey(), `"tails":[`, `"tails":[],"x":[`), true},
		"head":          {change(state, stateKey(), `"head":"`, `"head":"AAAA`), true},
		"tile":          {change(tileTable().Name, first, `"hashes":"`, `"hashes":"AAAA`), false},
		"tile, in size": {changeHash(first), false},
		"no runs":       {change(tileTable().Name, first, `"runs"`, `"was"`), false},
		"no tile":       {func(tx store.Tx) error { return tileTable().Delete(tx, first) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := open(t, t.TempDir(), eventlog.Options{})
			var all []*eventlog.Entry
			for n := range 700 {
				e := entry(n, start)
				e.Seq = int64(n + 1)
				all = append(all, e)
			}
			if err := r.db.Write(t.Context(), func(tx store.Tx) error { return r.tree.Consume(tx, all) }); err != nil {
				t.Fatal(err)
			}
			altered := *all[3]
			altered.Record = []byte(`{"eventID":"event-3","n":4}`)
			if _, _, err := r.tree.Prove(t.Context(), &altered); !errors.Is(err, ErrTampered) {
				t.Errorf("an altered record: %v, want ErrTampered", err)
			}
			if err := r.db.Write(t.Context(), c.tamper); err != nil {
				t.Fatal(err)
			}
			if _, _, err := r.tree.Prove(t.Context(), all[3]); !errors.Is(err, ErrTampered) {
				t.Errorf("prove: %v, want ErrTampered", err)
			}
			if !c.everything {
				return
			}
			if _, _, err := r.tree.Head(t.Context()); !errors.Is(err, ErrTampered) {
				t.Errorf("head: %v, want ErrTampered", err)
			}
			e := entry(700, start)
			e.Seq = 701
			err := r.db.Write(t.Context(), func(tx store.Tx) error { return r.tree.Consume(tx, []*eventlog.Entry{e}) })
			if !errors.Is(err, ErrTampered) {
				t.Errorf("consume: %v, want ErrTampered", err)
			}
		})
	}
}

// changeHash changes one hash of a tile.
func changeHash(key store.Key) func(tx store.Tx) error {
	return func(tx store.Tx) error {
		d, err := tileTable().Get(tx, key)
		if err != nil {
			return err
		}
		d.Hashes[9*tlog.HashSize] ^= 1
		return tileTable().Put(tx, d)
	}
}
