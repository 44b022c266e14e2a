package ssm

import (
	"encoding/json"
	"testing"
)

// FuzzYAML: what is read as YAML is JSON, however small a bomb is.
func FuzzYAML(f *testing.F) {
	f.Add("a: 1\nb: [x, 'y', 2026-01-02]\n")
	f.Add("a: &a [1,1]\nb: &b [*a,*a]\nc: [*b,*b]\n")
	f.Add("<<: {a: 1}\n? [x]\n: y\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > maxContent {
			return
		}
		b, err := fromYAML(text)
		if err == nil && !json.Valid(b) {
			t.Errorf("%q gives %q", text, b)
		}
	})
}

// TestOwned: each of Amazon's runbooks can be read.
func TestOwned(t *testing.T) {
	for _, name := range ownedNames() {
		v := ownedVersion(ownedDocument("us-east-1", name), 1)
		if v == nil || v.Description == "" {
			t.Fatalf("%s cannot be read: %+v", name, v)
		}
		if !isOwned(name) || !isReserved(name) {
			t.Errorf("others could make a document %s", name)
		}
	}
}
