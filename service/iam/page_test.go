package iam

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestPagesAreTheList: whatever the page size, the pages put together are the list.
func TestPagesAreTheList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfDistinct(rapid.StringN(1, 8, -1), func(s string) string { return s }).Draw(t, "items")
		slices.Sort(all)
		size := rapid.Int64Range(1, 12).Draw(t, "size")
		got := []string{}
		var mark *string
		for range len(all) + 1 {
			p, err := pageOf(mark, &size)
			if err != nil {
				t.Fatal(err)
			}
			items, next := cut(all, p, func(s string) string { return s })
			if len(items) > int(size) {
				t.Fatalf("a page of %d", len(items))
			}
			got = append(got, items...)
			var more *bool
			if mark, more = marker(next); !*more {
				break
			}
		}
		if diff := cmp.Diff(all, got); len(all) > 0 && diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzMarker(f *testing.F) {
	f.Add("QWJj")
	f.Add("")
	f.Add("not base64!")
	f.Add(strings.Repeat("A", 5000))
	f.Fuzz(func(t *testing.T, text string) {
		p, err := pageOf(&text, nil)
		if err != nil {
			return
		}
		m, more := marker(p.after)
		if !*more || *m != text && len(p.after) == 0 {
			t.Fatalf("%q becomes %v", text, p.after)
		}
		again, err := pageOf(m, nil)
		if err != nil || string(again.after) != string(p.after) {
			t.Fatalf("%q: %v, then %v (%v)", text, p.after, again.after, err)
		}
	})
}
