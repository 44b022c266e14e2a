package inherit

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Policies of Organizations User Guide, "Policy inheritance examples", by the letters that it gives them.
var documented = map[string]string{
	"A": `{"tags":{"costcenter":{"tag_key":{"@@assign":"CostCenter"},"tag_value":{"@@assign":["Development","Support"]}}}}`,
	"B": `{"tags":{"costcenter":{"tag_key":{"@@assign":"CostCenter"},"tag_value":{"@@assign":["Sandbox"]},"enforced_for":{"@@assign":["redshift:*","dynamodb:table"]}}}}`,
	"C": `{"tags":{"costcenter":{"tag_key":{"@@assign":"CostCenter"},"tag_value":{"@@append":["Marketing"]},"enforced_for":{"@@append":["redshift:*","dynamodb:table"]}}}}`,
	"D": `{"tags":{"costcenter":{"tag_key":{"@@assign":"CostCenter"},"tag_value":{"@@remove":["Development","Marketing"]},"enforced_for":{"@@remove":["redshift:*","dynamodb:table"]}}}}`,
	"E": `{"tags":{"project":{"tag_key":{"@@operators_allowed_for_child_policies":["@@none"],"@@assign":"Project"},"tag_value":{"@@operators_allowed_for_child_policies":["@@append"],"@@assign":["Maintenance","Escalations"]}}}}`,
	"F": `{"tags":{"project":{"tag_key":{"@@assign":"PROJECT"},"tag_value":{"@@append":["Escalations - research"]}}}}`,
	"G": `{"tags":{"project":{"tag_value":{"@@operators_allowed_for_child_policies":["@@append"],"@@assign":["Maintenance"]}}}}`,
	"H": `{"tags":{"project":{"tag_value":{"@@operators_allowed_for_child_policies":["@@append","@@remove"]}}}}`,
	"J": `{"tags":{"project":{"tag_key":{"@@assign":"PROJECT"},"tag_value":{"@@append":["Maintenance"]}}}}`,
	"K": `{"tags":{"project":{"tag_key":{"@@assign":"project"}}}}`,

	"remove":  `{"tags":{"project":{"tag_value":{"@@remove":["Maintenance"]}}}}`,
	"append":  `{"tags":{"project":{"tag_value":{"@@append":["Escalations"]}}}}`,
	"opt-out": `{"services":{"@@operators_allowed_for_child_policies":["@@none"],"default":{"@@operators_allowed_for_child_policies":["@@none"],"opt_out_policy":{"@@operators_allowed_for_child_policies":["@@none"],"@@assign":"optOut"}}}}`,
	"opt-in":  `{"services":{"lex":{"opt_out_policy":{"@@assign":"optIn"}},"default":{"opt_out_policy":{"@@assign":"optIn"}}}}`,
	"default": `{"services":{"default":{"opt_out_policy":{"@@assign":"optOut"}},"rekognition":{"opt_out_policy":{"@@assign":"optIn"}}}}`,
}

func TestDocumentedExamples(t *testing.T) {
	for _, c := range []struct {
		name, levels, want string // levels from the root: policies by letter, levels apart by "/"
	}{
		{"example 1: overwrite", "A / B", `{"tags":{"costcenter":{"tag_key":"CostCenter","tag_value":["Sandbox"],"enforced_for":["redshift:*","dynamodb:table"]}}}`},
		{"example 2: append", "A / C", `{"tags":{"costcenter":{"tag_key":"CostCenter","tag_value":["Development","Support","Marketing"],"enforced_for":["redshift:*","dynamodb:table"]}}}`},
		{"example 3: remove", "A / C / D", `{"tags":{"costcenter":{"tag_key":"CostCenter","tag_value":["Support"]}}}`},
		{"example 4: restrict", "E / F", `{"tags":{"project":{"tag_key":"Project","tag_value":["Maintenance","Escalations","Escalations - research"]}}}`},
		{"example 5: intersection of controls", "G H / append / remove", `{"tags":{"project":{"tag_value":["Maintenance","Escalations"]}}}`},
		{"example 5, attached the other way round", "H G / append / remove", `{"tags":{"project":{"tag_value":["Maintenance","Escalations"]}}}`},
		{"example 6: the first attached", "J K", `{"tags":{"project":{"tag_key":"PROJECT","tag_value":["Maintenance"]}}}`},
		{"example 6, attached the other way round", "K J", `{"tags":{"project":{"tag_key":"project","tag_value":["Maintenance"]}}}`},
		{"AI services opt-out, example 1: nothing is added or changed", "opt-out / opt-in", `{"services":{"default":{"opt_out_policy":"optOut"}}}`},
		{"AI services opt-out, example 2: a default and an exception", "default", `{"services":{"default":{"opt_out_policy":"optOut"},"rekognition":{"opt_out_policy":"optIn"}}}`},
		{"levels without a policy", " / A / ", `{"tags":{"costcenter":{"tag_key":"CostCenter","tag_value":["Development","Support"]}}}`},
		{"nothing", " / ", `{}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := Merge(levelsOf(t, c.levels))
			if got := e.JSON(); got != c.want || e.Empty() != (c.want == "{}") || len(e.Faults) > 0 {
				t.Errorf("got %s, empty %v, faults %v\nwant %s", got, e.Empty(), e.Faults, c.want)
			}
		})
	}
}

func levelsOf(t *testing.T, text string) (levels [][]*Policy) {
	for level := range strings.SplitSeq(text, "/") {
		var list []*Policy
		for _, name := range strings.Fields(level) {
			p, err := Parse(name, []byte(documented[name]))
			if err != nil {
				t.Fatalf("policy %s: %v", name, err)
			}
			list = append(list, p)
		}
		levels = append(levels, list)
	}
	return levels
}

func TestPoliciesThatDoNotFit(t *testing.T) {
	group, err := Parse("group", []byte(`{"tags":{"a":{"tag_key":{"@@assign":"A"}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	setting, err := Parse("setting", []byte(`{"tags":{"A":{"@@assign":"x"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		levels [][]*Policy
		want   string
	}{
		{[][]*Policy{{group}, {setting}}, `{"tags":{"a":{"tag_key":"A"}}}`},
		{[][]*Policy{{setting}, {group}}, `{"tags":{"A":"x"}}`},
	} {
		e := Merge(c.levels)
		if e.JSON() != c.want || len(e.Faults) != 1 || len(e.Faults[0].Policies) != 2 || !strings.EqualFold(e.Faults[0].Path, "tags/a") {
			t.Errorf("%s, faults %+v", e.JSON(), e.Faults)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		``:                           "no JSON",
		`[]`:                         "below an operator",
		`"x"`:                        "below an operator",
		`{"@@assign":"x"}`:           "keys at its top",
		`{"a":"x"}`:                  "below an operator",
		`{"a":{"@@assign":{"b":1}}}`: "a value is",
		`{"a":{"@@assign":null}}`:    "a value is",
		`{"a":{"@@append":"x"}}`:     "takes a list",
		`{"a":{"@@change":"x"}}`:     "no operator",
		`{"a":{"@@assign":"x","b":{"@@assign":1}}}`:                                        "either operators or keys",
		`{"a":{"@@assign":["x"],"@@append":["y"]}}`:                                        "cannot stand beside",
		`{"a":{"@@assign":"x"},"A":{"@@assign":"x"}}`:                                      "twice",
		`{"a":{"@@operators_allowed_for_child_policies":["@@none","@@all"],"@@assign":1}}`: "cannot stand there",
		`{"a":{"@@operators_allowed_for_child_policies":"@@none"}}`:                        "list of operators",
		`{}{}`: "more after",
		strings.Repeat(`{"a":`, maxDepth+1) + `{"@@assign":1}` + strings.Repeat("}", maxDepth): "deeper",
	} {
		_, err := Parse("p", []byte(text))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// TestLocked is the law that what a policy locks, no policy below can change.
func TestLocked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		locked := `{"tags":{"@@operators_allowed_for_child_policies":["@@none"],"a":{"@@operators_allowed_for_child_policies":["@@none"],"v":{"@@operators_allowed_for_child_policies":["@@none"],"@@assign":["1","2"]}}}}`
		root, err := Parse("root", []byte(locked))
		if err != nil {
			t.Fatal(err)
		}
		levels := [][]*Policy{{root}}
		want := Merge(levels).JSON()
		for range rapid.IntRange(1, 4).Draw(t, "levels") {
			p, err := Parse("child", drawPolicy(t))
			if err != nil {
				t.Fatal(err)
			}
			levels = append(levels, []*Policy{p})
		}
		if got := Merge(levels).JSON(); got != want {
			t.Fatalf("%s became %s", want, got)
		}
	})
}

// drawPolicy draws a policy about few keys, so that they meet.
func drawPolicy(t *rapid.T) []byte {
	ops := map[string]any{}
	switch rapid.SampledFrom([]string{opAssign, opAppend, opRemove}).Draw(t, "operator") {
	case opAssign:
		ops[opAssign] = rapid.SampledFrom([]any{"x", []string{"3"}}).Draw(t, "value")
	case opAppend:
		ops[opAppend] = []string{"3"}
	case opRemove:
		ops[opRemove] = []string{"1"}
	}
	ops[opAllowed] = []string{rapid.SampledFrom([]string{"@@all", "@@none", "@@append"}).Draw(t, "allowed")}
	key := rapid.SampledFrom([]string{"a", "A", "b"}).Draw(t, "key")
	b, err := json.Marshal(map[string]any{"tags": map[string]any{key: map[string]any{rapid.SampledFrom([]string{"v", "w"}).Draw(t, "setting"): ops}}})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func FuzzMerge(f *testing.F) {
	for _, p := range documented {
		f.Add([]byte(p), []byte(documented["A"]))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var levels [][]*Policy
		for _, text := range [][]byte{a, b} {
			p, err := Parse("p", text)
			if err != nil {
				continue
			}
			levels = append(levels, []*Policy{p})
		}
		text := Merge(levels).JSON()
		if !json.Valid([]byte(text)) {
			t.Fatalf("no JSON: %q", text)
		}
		slices.Reverse(levels)
		if again := Merge(levels).JSON(); !bytes.HasPrefix([]byte(again), []byte("{")) {
			t.Fatalf("no object: %q", again)
		}
	})
}
