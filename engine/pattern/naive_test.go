package pattern

import (
	"encoding/json"
	"path"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// naive evaluates a pattern as it is written, without compiling it: another way to the same answer, for patterns that do not go below arrays of objects.
func naive(pattern, event map[string]any) bool {
	for name, want := range pattern {
		switch want := want.(type) {
		case map[string]any:
			below, _ := event[name].(map[string]any)
			if !naive(want, below) {
				return false
			}
		case []any:
			if name == "$or" {
				if !slices.ContainsFunc(want, func(one any) bool { return naive(one.(map[string]any), event) }) {
					return false
				}
				continue
			}
			var values []any
			if v, there := event[name]; there {
				values = scalars(v)
			}
			if !slices.ContainsFunc(want, func(one any) bool { return naiveTest(one, values) }) {
				return false
			}
		}
	}
	return true
}

// scalars are the values of a field, through arrays.
func scalars(v any) []any {
	switch v := v.(type) {
	case []any:
		var out []any
		for _, one := range v {
			out = append(out, scalars(one)...)
		}
		return out
	case map[string]any:
		return nil
	}
	return []any{v}
}

func naiveTest(want any, values []any) bool {
	o, is := want.(map[string]any)
	if !is {
		return slices.Contains(values, want)
	}
	for op, arg := range o {
		if op == "exists" {
			return arg.(bool) == (len(values) > 0)
		}
		return slices.ContainsFunc(values, func(v any) bool { return naiveOperator(op, arg, v) })
	}
	return false
}

func naiveOperator(op string, arg, v any) bool {
	if op == "anything-but" {
		switch a := arg.(type) {
		case map[string]any:
			for inner, texts := range a {
				list, is := texts.([]any)
				if !is {
					list = []any{texts}
				}
				return !slices.ContainsFunc(list, func(t any) bool { return naiveOperator(inner, t, v) })
			}
		case []any:
			return !slices.Contains(a, v)
		}
		return arg != v
	}
	s, is := v.(string)
	if op == "numeric" {
		n, is := v.(float64)
		a := arg.([]any)
		return is && map[string]bool{"<": n < a[1].(float64), "=": n == a[1].(float64), ">": n > a[1].(float64)}[a[0].(string)]
	}
	if !is {
		return false
	}
	switch op {
	case "prefix":
		return strings.HasPrefix(s, arg.(string))
	case "suffix":
		return strings.HasSuffix(s, arg.(string))
	case "equals-ignore-case":
		return strings.EqualFold(s, arg.(string))
	case "wildcard":
		ok, err := path.Match(arg.(string), s)
		return ok && err == nil
	}
	return false
}

// TestNaiveLaw: the compiled pattern answers what reading it word by word answers.
func TestNaiveLaw(t *testing.T) {
	text := rapid.StringMatching(`[abA]{1,2}`)
	operators := rapid.Custom(func(t *rapid.T) any {
		simple := rapid.SampledFrom([]string{"prefix", "suffix", "equals-ignore-case", "wildcard"})
		operand := func(op string) any {
			s := text.Draw(t, "operand")
			if op == "wildcard" {
				s = rapid.SampledFrom([]string{"*", s + "*", "*" + s, "a*" + s, s}).Draw(t, "wildcard")
			}
			return s
		}
		switch rapid.IntRange(0, 6).Draw(t, "kind") {
		case 0:
			return text.Draw(t, "text")
		case 1:
			return float64(rapid.IntRange(0, 3).Draw(t, "number"))
		case 2:
			op := simple.Draw(t, "operator")
			return map[string]any{op: operand(op)}
		case 3:
			op := simple.Draw(t, "operator")
			return map[string]any{"anything-but": map[string]any{op: []any{operand(op), operand(op)}}}
		case 4:
			return map[string]any{"anything-but": []any{text.Draw(t, "but"), float64(rapid.IntRange(0, 3).Draw(t, "number"))}}
		case 5:
			return map[string]any{"numeric": []any{rapid.SampledFrom([]string{"<", "=", ">"}).Draw(t, "comparison"), float64(rapid.IntRange(0, 3).Draw(t, "number"))}}
		}
		return map[string]any{"exists": rapid.Bool().Draw(t, "exists")}
	})
	value := rapid.Custom(func(t *rapid.T) any {
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			return nil
		case 1:
			return float64(rapid.IntRange(0, 3).Draw(t, "number"))
		case 2:
			return []any{text.Draw(t, "element"), float64(rapid.IntRange(0, 3).Draw(t, "number"))}
		}
		return text.Draw(t, "text")
	})
	object := rapid.Custom(func(t *rapid.T) map[string]any {
		out := map[string]any{}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"x", "y"}), 1, 2, rapid.ID[string]).Draw(t, "names") {
			out[name] = rapid.SliceOfN(operators, 1, 2).Draw(t, "tests")
		}
		return out
	})
	rapid.Check(t, func(t *rapid.T) {
		pattern := object.Draw(t, "pattern")
		if rapid.Bool().Draw(t, "deep") {
			pattern["deep"] = object.Draw(t, "below")
		}
		if rapid.Bool().Draw(t, "or") {
			pattern["$or"] = []any{object.Draw(t, "one"), object.Draw(t, "other")}
		}
		event := map[string]any{}
		for _, name := range []string{"x", "y", "z"} {
			if rapid.Bool().Draw(t, "has") {
				event[name] = value.Draw(t, "value")
			}
		}
		if rapid.Bool().Draw(t, "has") {
			event["deep"] = map[string]any{"x": value.Draw(t, "below")}
		}
		text, plain := encoded(t, pattern)
		p, err := Compile(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		eventText, plainEvent := encoded(t, event)
		e, err := Decode(eventText)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := p.Match(e), naive(plain, plainEvent); got != want {
			t.Fatalf("%s on %s: %t, reading it word by word gives %t", text, eventText, got, want)
		}
	})
}

// encoded is the JSON of an object, and that read again.
func encoded(t *rapid.T, v map[string]any) ([]byte, map[string]any) {
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var again map[string]any
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	return text, again
}
