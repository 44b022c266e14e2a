package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vauban/store"
)

// testModel runs random transactions on the store and on a map, and compares all that can be seen.
func testModel(t *testing.T, db store.DB) {
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		m := &model{rt: rt, db: db, owner: fmt.Sprint("round", round, "."), docs: map[string]item{}}
		rt.Repeat(map[string]func(*rapid.T){"transaction": m.transaction, "": m.compare})
	})
}

type model struct {
	rt    *rapid.T
	db    store.DB
	owner string // each round has its own documents and unique values
	docs  map[string]item
}

var (
	modelNames = rapid.SampledFrom([]string{"", "a", "a\x00", "a\x00b", "aa", "b", "\x01", "é", "\xf4\x8f\xbf\xbf"})
	modelIDs   = rapid.SampledFrom([]string{"", "", "1", "2", "3"})
	modelTags  = rapid.SliceOfN(rapid.SampledFrom([]string{"", "x", "y", "x\x00"}), 0, 3)
)

func (m *model) item(rt *rapid.T) item {
	it := item{Owner: m.owner, Name: modelNames.Draw(rt, "name"), Tags: modelTags.Draw(rt, "tags"), N: rapid.IntRange(0, 9).Draw(rt, "n")}
	if id := modelIDs.Draw(rt, "id"); id != "" {
		it.ID = m.owner + id
	}
	for i := range it.Tags {
		it.Tags[i] = m.owner + it.Tags[i]
	}
	if len(it.Tags) == 0 {
		it.Tags = nil
	}
	return it
}

// transaction applies some operations to both, and keeps or drops them together.
func (m *model) transaction(rt *rapid.T) {
	type step struct {
		op   string
		it   item
		from string
	}
	var steps []step
	for range rapid.IntRange(1, 4).Draw(rt, "steps") {
		op := rapid.SampledFrom([]string{"insert", "update", "put", "delete", "move"}).Draw(rt, "op")
		steps = append(steps, step{op, m.item(rt), modelNames.Draw(rt, "from")})
	}
	keep := rapid.IntRange(0, 3).Draw(rt, "keep") > 0
	var next map[string]item
	err := m.db.Write(context.Background(), func(tx store.Tx) error {
		next = maps.Clone(m.docs)
		for _, s := range steps {
			it := s.it
			var got error
			switch s.op {
			case "insert":
				got = items().Insert(tx, &it)
			case "update":
				got = items().Update(tx, &it)
			case "put":
				got = items().Put(tx, &it)
			case "delete":
				got = items().Delete(tx, store.K(m.owner, it.Name))
			case "move":
				got = items().Move(tx, store.K(m.owner, s.from), &it)
			}
			if want := apply(next, s.op, it, s.from); kind(got) != want {
				return fmt.Errorf("%s %+v from %q: %w, the model says %q", s.op, it, s.from, got, want)
			}
		}
		if !keep {
			return errWanted
		}
		return nil
	})
	switch {
	case keep && err == nil:
		m.docs = next
	case !keep && err == errWanted:
	default:
		rt.Fatalf("Write = %v", err)
	}
}

// kind names an error as the model does.
func kind(err error) string {
	var ex *store.ExistsError
	switch {
	case err == nil:
		return ""
	case errors.Is(err, store.ErrNotFound):
		return "not found"
	case errors.As(err, &ex):
		return "exists " + ex.Index
	}
	return err.Error()
}

// apply is the model: what each operation means on a map.
func apply(docs map[string]item, op string, it item, from string) string {
	if op == "delete" {
		if _, ok := docs[it.Name]; !ok {
			return "not found"
		}
		delete(docs, it.Name)
		return ""
	}
	replaced, at := it.Name, it.Name
	if op == "move" {
		replaced = from
	}
	_, old := docs[replaced]
	_, taken := docs[at]
	idTaken := false
	for name, d := range docs {
		idTaken = idTaken || it.ID != "" && d.ID == it.ID && name != replaced
	}
	switch {
	case op == "update" && !old, op == "move" && at == replaced && !old:
		return "not found"
	case op == "insert" && taken, op == "move" && at != replaced && taken:
		return "exists "
	case idTaken:
		return "exists id"
	case op == "move" && !old:
		return "not found"
	}
	delete(docs, replaced)
	docs[at] = it
	return ""
}

// compare looks at everything through every kind of read.
func (m *model) compare(rt *rapid.T) {
	byName := slices.SortedFunc(maps.Keys(m.docs), func(a, b string) int { return store.K(a).Compare(store.K(b)) })
	err := m.db.Read(context.Background(), func(tx store.Tx) error {
		var got []string
		for it, err := range items().Each(tx, store.K(m.owner)) {
			if err != nil {
				return err
			}
			if fmt.Sprint(*it) != fmt.Sprint(m.docs[it.Name]) {
				return fmt.Errorf("%q is %+v, the model has %+v", it.Name, *it, m.docs[it.Name])
			}
			got = append(got, it.Name)
		}
		if !slices.Equal(got, byName) {
			return fmt.Errorf("stored %q, the model has %q", got, byName)
		}
		for _, id := range []string{"1", "2", "3"} {
			want := "none"
			for name, d := range m.docs {
				if d.ID == m.owner+id {
					want = name
				}
			}
			found, err := items().ByUnique(tx, "id", store.K(m.owner+id))
			if err == nil && found.Name != want || errors.Is(err, store.ErrNotFound) && want != "none" {
				return fmt.Errorf("id %s finds %v, %v; the model has %q", id, found, err, want)
			}
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
		return m.compareTags(tx, byName)
	})
	if err != nil {
		rt.Fatal(err)
	}
}

func (m *model) compareTags(tx store.Tx, byName []string) error {
	for _, tag := range []string{"", "x", "y", "x\x00"} {
		tag = m.owner + tag
		var got, want []string
		for it, err := range items().EachRef(tx, "tag", store.K(tag)) {
			if err != nil {
				return err
			}
			got = append(got, it.Name)
		}
		for _, name := range byName {
			if slices.Contains(m.docs[name].Tags, tag) {
				want = append(want, name)
			}
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("tag %q finds %q, the model has %q", tag, got, want)
		}
	}
	return nil
}
