package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"vauban/api/wire"
)

// emitConstraints writes the shape table: what the tags' is= refers to. It runs after emitShapes, which marks the rows in use.
func (p *pkg) emitConstraints(b *bytes.Buffer) error {
	b.WriteString("var shapes = []wire.Shape{\n")
	for _, name := range slices.Sorted(maps.Keys(p.entries)) {
		e := p.entries[name]
		if e == nil || !e.used {
			continue
		}
		if wider, ok := p.list.patterns[e.name]; ok {
			e.pattern = wider
		}
		if e.pattern != "" {
			if err := wire.CheckPattern(e.pattern); err != nil {
				return fmt.Errorf("shape %s: %w; write it out in api/wire/pattern_rewrite.go", e.name, err)
			}
		}
		fmt.Fprintf(b, "\t{Name: %q", e.name)
		for _, f := range []struct{ name, value string }{
			{"Length", e.length}, {"Range", e.bounds}, {"Pattern", e.pattern}, {"Format", e.format},
			{"Item", e.item}, {"ItemIs", e.itemIs}, {"Key", e.key}, {"KeyIs", e.keyIs}, {"ItemNS", e.itemNS}, {"KeyNS", e.keyNS},
		} {
			if f.value != "" {
				fmt.Fprintf(b, ", %s: %s", f.name, literal(f.value))
			}
		}
		for _, f := range []struct {
			name string
			on   bool
		}{{"Unique", e.unique}, {"Sensitive", e.sensitive}} {
			if f.on {
				fmt.Fprintf(b, ", %s: true", f.name)
			}
		}
		if len(e.enum) > 0 && !slices.Contains(p.list.open, e.name) {
			fmt.Fprintf(b, ", Enum: %s", stringSlice(e.enum))
		}
		b.WriteString("},\n")
	}
	b.WriteString("}\n")
	return nil
}

func stringSlice(s []string) string {
	quoted := make([]string, len(s))
	for i, v := range s {
		quoted[i] = strconv.Quote(v)
	}
	return "[]string{" + strings.Join(quoted, ", ") + "}"
}

// literal prefers a raw string, so that a pattern reads as in the model.
func literal(s string) string {
	if strings.ContainsRune(s, '\\') && strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}
