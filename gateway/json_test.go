package gateway

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"

	"vauban/engine/policy"
)

// TestReasons: what is written by hand is what encoding/json writes.
func TestReasons(t *testing.T) {
	text := rapid.StringMatching(`[a-z"\\:/ ]{0,12}`)
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(rapid.Custom(func(t *rapid.T) policy.Reason {
			return policy.Reason{Layer: policy.LayerSCP, Level: text.Draw(t, "level"), Policy: text.Draw(t, "policy"), Statement: rapid.IntRange(-1, 20).Draw(t, "statement"),
				Sid: text.Draw(t, "sid"), Line: rapid.IntRange(0, 20).Draw(t, "line"), Column: rapid.IntRange(0, 20).Draw(t, "column")}
		})).Draw(t, "reasons")
		want, err := json.Marshal(map[string]any{"decidedBy": list})
		if err != nil {
			t.Fatal(err)
		}
		if got := object("{").reasons("decidedBy", list).close(); string(got) != string(want) {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}
