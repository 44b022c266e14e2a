package dataprotection_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"vauban/engine/dataprotection"
)

// TestLocate counts characters, not bytes, of each text by itself.
func TestLocate(t *testing.T) {
	all := dataprotection.Locate(nil, "ä1 b2", []dataprotection.Finding{{Identifier: "A", Start: 0, End: 3}, {Identifier: "B", Start: 4, End: 6}})
	all = dataprotection.Locate(all, "xx", []dataprotection.Finding{{Identifier: "A", Start: 1, End: 2}})
	want := []dataprotection.Located{
		{Name: "A", Count: 2, Detections: []dataprotection.Location{{Start: 1, End: 2}, {Start: 2, End: 2}}},
		{Name: "B", Count: 1, Detections: []dataprotection.Location{{Start: 4, End: 5}}},
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Error(diff)
	}
}
