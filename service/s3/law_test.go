package s3

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	api "vauban/api/s3"
	"vauban/service"
	"vauban/store"
	"vauban/store/sqlite"
)

func inMemory(t testing.TB) store.DB {
	db, err := sqlite.Open(context.Background(), "", sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// model is what a bucket holds, said in the simplest way: of each key all versions, the newest first.
type model map[string][]*Version

func (m model) place(b *Bucket, v *Version) {
	if b.Versioning != api.BucketVersioningStatusEnabled {
		m[v.Key] = slices.DeleteFunc(m[v.Key], func(o *Version) bool { return o.ID == nullID })
	}
	m[v.Key] = append([]*Version{v}, m[v.Key]...)
}

// listed is the listing of the names, grouped; after has the meaning that it has in a walk.
func listed(names []string, w walk) (out []string) {
	for _, name := range names {
		group := ""
		if !strings.HasPrefix(name, w.prefix) {
			continue
		}
		if i := strings.Index(name[len(w.prefix):], w.delimiter); w.delimiter != "" && i >= 0 {
			group = name[:len(w.prefix)+i+len(w.delimiter)]
		}
		if w.after != "" && (name <= w.after || group == w.after) {
			continue
		}
		if group != "" {
			if len(out) == 0 || out[len(out)-1] != "<"+group {
				out = append(out, "<"+group)
			}
			continue
		}
		out = append(out, name)
	}
	return out
}

func (m model) current() (names []string) {
	for key, all := range m {
		if len(all) > 0 && !all[0].Marker {
			names = append(names, key)
		}
	}
	slices.Sort(names)
	return names
}

// versions lists all versions as "key#id", "*" before those that are the newest.
func (m model) versions(w walk) (out []string) {
	keys := []string{}
	for key, all := range m {
		if len(all) > 0 {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	for _, name := range listed(keys, w) {
		if name[0] == '<' {
			out = append(out, name)
			continue
		}
		for i, v := range m[name] {
			mark := ""
			if i == 0 {
				mark = "*"
			}
			out = append(out, mark+name+"#"+v.ID)
		}
	}
	return out
}

var names = rapid.Custom(func(t *rapid.T) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "/", "//", "é", "\x00", "\x01", "\x02", "\U0001F600", "z"}), 1, 4).Draw(t, "name"), "")
})

// TestVersionsAreTheModel: whatever is stored, deleted and removed, with versioning in any state, both listings show what the model holds, by pages of any size.
func TestVersionsAreTheModel(t *testing.T) {
	db := inMemory(t)
	s := New(service.Deps{Rand: rand.Reader, Clock: time.Now}, nil)
	now, round := time.Unix(1_700_000_000, 0), 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		b, m := &Bucket{ID: fmt.Sprint("bucket", round)}, model{}
		write := func(fn func(tx store.Tx) error) {
			if err := db.Write(context.Background(), fn); err != nil {
				t.Fatal(err)
			}
		}
		few := rapid.SliceOfN(names, 1, 4).Draw(t, "keys")
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			key := rapid.SampledFrom(few).Draw(t, "key")
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0:
				b.Versioning = rapid.SampledFrom([]string{api.BucketVersioningStatusEnabled, api.BucketVersioningStatusSuspended}).Draw(t, "versioning")
			case 1, 2:
				v := &Version{Bucket: b.ID, Key: key}
				write(func(tx store.Tx) error { return s.place(tx, b, v, now) })
				m.place(b, v)
			case 3, 4:
				var done removed
				write(func(tx store.Tx) (err error) {
					done, err = s.delete(tx, &service.Call{Time: now}, b, removal{key: key})
					return err
				})
				if b.Versioning == "" {
					m[key] = nil
				} else {
					m.place(b, &Version{Bucket: b.ID, Key: key, ID: done.id, Marker: true})
				}
			case 5:
				if all := m[key]; len(all) > 0 {
					i := rapid.IntRange(0, len(all)-1).Draw(t, "version")
					write(func(tx store.Tx) error {
						_, err := s.delete(tx, &service.Call{Time: now}, b, removal{key: key, id: &all[i].ID})
						return err
					})
					m[key] = slices.Delete(slices.Clone(all), i, i+1)
				}
			}
		}
		w := walk{bucket: b.ID}
		w.prefix = rapid.SampledFrom([]string{"", "a", "a/", "é", "\x00"}).Draw(t, "prefix")
		w.delimiter = rapid.SampledFrom([]string{"", "/", "//", "\x01", "é"}).Draw(t, "delimiter")
		if rapid.Bool().Draw(t, "starts") {
			w.after = rapid.SampledFrom(append(few, "a/", "b")).Draw(t, "after")
		}
		size := rapid.IntRange(1, 4).Draw(t, "size")
		if d := gocmp.Diff(listed(m.current(), w), pagesOf(t, db, w, size)); d != "" {
			t.Fatalf("%+v: current versions (-model +listing):\n%s", w, d)
		}
		if d := gocmp.Diff(m.versions(w), versionPages(t, db, b, w, size)); d != "" {
			t.Fatalf("%+v: all versions (-model +listing):\n%s", w, d)
		}
	})
}

func pagesOf(t *rapid.T, db store.DB, w walk, size int) (out []string) {
	for more := true; more; {
		n := 0
		err := db.Read(context.Background(), func(tx store.Tx) (err error) {
			page := w
			more, err = page.run(tx, func(name string, v *summary) (bool, error) {
				if n == size {
					return false, nil
				}
				n++
				if w.after = name; v == nil {
					name = "<" + name
				}
				out = append(out, name)
				return true, nil
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func versionPages(t *rapid.T, db store.DB, b *Bucket, w walk, size int) (out []string) {
	in := &api.ListObjectVersionsInput{}
	for more := true; more; {
		n := 0
		err := db.Read(context.Background(), func(tx store.Tx) error {
			page := &versionWalk{walk: w}
			inside, err := page.begin(tx, b, in)
			if err != nil {
				return err
			}
			more, err = page.run(func(name string, v *summary, latest bool) bool {
				if n == size {
					return false
				}
				n++
				w.after, in.VersionIdMarker = name, nil
				if v == nil {
					out = append(out, "<"+name)
					return true
				}
				in.VersionIdMarker = &v.ID
				mark := ""
				if latest && name != inside {
					mark = "*"
				}
				out = append(out, mark+name+"#"+v.ID)
				return true
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestVersionIDsHoldTheirPlace: what an ID holds is what it was made with, and no two are alike.
func TestVersionIDsHoldTheirPlace(t *testing.T) {
	seen := map[string]bool{}
	rapid.Check(t, func(t *rapid.T) {
		seq := rapid.Uint64().Draw(t, "seq")
		id, err := newVersionID(rand.Reader, seq)
		got, ok := placeOf(id)
		if err != nil || !ok || got != seq || seen[id] || len(id) != 32 {
			t.Fatalf("%q of %d: %d, %v, %v", id, seq, got, ok, err)
		}
		seen[id] = true
	})
}
