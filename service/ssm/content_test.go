package ssm

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	api "vauban/api/ssm"
	"vauban/api/wire"
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

// TestAliases: what aliases repeat is bounded in bytes also, of values and of keys.
func TestAliases(t *testing.T) {
	long := strings.Repeat("x", 1000)
	for name, text := range map[string]string{
		"values": "a: &a " + long + "\nb: [" + strings.Repeat("*a,", 300) + "]\n",
		"keys":   "a: &a {" + long + ": 1}\nb: [" + strings.Repeat("*a,", 300) + "]\n",
	} {
		_, _, err := new(Service).read(api.DocumentFormatYaml, text)
		var e *wire.Error
		if !errors.As(err, &e) || e.Shape != api.MaxDocumentSizeExceeded {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := fromYAML("a: &a " + long + "\nb: [" + strings.Repeat("*a,", 200) + "]\n"); err != nil {
		t.Errorf("what fits: %v", err)
	}
}

// TestPatterns: patterns that are small apart can be too large together.
func TestPatterns(t *testing.T) {
	document := func(patterns ...string) string {
		parameters := map[string]any{}
		for i, p := range patterns {
			parameters[fmt.Sprint("p", i)] = map[string]any{"type": "StringList", "allowedPattern": p}
		}
		b, err := json.Marshal(map[string]any{"schemaVersion": "0.3", "parameters": parameters, "mainSteps": []any{
			map[string]any{"name": "s", "action": "aws:sleep", "inputs": map[string]any{"Duration": "PT1S"}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if _, _, err := new(Service).read(api.DocumentFormatJson, document(".{0,450}", "[a-z]{1,450}")); err != nil {
		t.Errorf("what fits: %v", err)
	}
	for name, patterns := range map[string][]string{
		"one":      {".{0,1000}.{0,1000}"},
		"together": {".{0,450}", ".{0,450}", ".{0,450}"},
	} {
		_, _, err := new(Service).read(api.DocumentFormatJson, document(patterns...))
		var e *wire.Error
		if !errors.As(err, &e) || e.Shape != api.InvalidDocumentContent || !strings.Contains(e.Message, "too large") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
