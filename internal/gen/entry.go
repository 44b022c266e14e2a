package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// entry is one row of the generated shape table (wire.Shape).
type entry struct {
	name, length, bounds, pattern, format string
	enum                                  []string
	unique, sensitive                     bool
	item, itemIs, key, keyIs              string
	itemNS, keyNS                         string
	used                                  bool
}

// is returns the name of the table row for what a member targets, or "" when the runtime need know nothing beyond the Go type.
// Constraints on the member itself win over its target's and get a row of their own.
func (p *pkg) is(owner string, name string, mem *member) (string, error) {
	own := owner + "$" + name
	if _, done := p.entries[own]; done {
		return own, nil
	}
	target := p.model.Shapes[mem.Target]
	id := local(mem.Target)
	overrides := false
	for _, t := range []string{"smithy.api#length", "smithy.api#range", "smithy.api#pattern"} {
		overrides = overrides || mem.Traits.has(t)
	}
	if !overrides {
		if e, done := p.entries[id]; done {
			return e.rowName(), nil
		}
	}
	e := &entry{name: id}
	if err := p.fill(e, target); err != nil {
		return "", fmt.Errorf("%s: %w", own, err)
	}
	if overrides {
		if err := e.constrain(mem.Traits); err != nil {
			return "", fmt.Errorf("%s: %w", own, err)
		}
		e.name = own
	}
	p.entries[e.name] = e
	if e.trivial() {
		p.entries[e.name] = nil
		return "", nil
	}
	return e.name, nil
}

func (e *entry) rowName() string {
	if e == nil {
		return ""
	}
	return e.name
}

func (p *pkg) fill(e *entry, s *shape) error {
	if err := e.constrain(s.Traits); err != nil {
		return err
	}
	e.sensitive = s.Traits.has("smithy.api#sensitive")
	var err error
	switch s.Type {
	case "enum":
		e.enum, err = enumValues(s)
	case "string":
		if s.Traits.has("smithy.api#enum") {
			e.enum, err = enumValues(s)
		}
	case "timestamp":
		e.format = s.Traits.str("smithy.api#timestampFormat")
	case "list", "set":
		e.unique = s.Type == "set" || s.Traits.has("smithy.api#uniqueItems")
		e.item = s.Member.Traits.str("smithy.api#xmlName")
		e.itemNS = namespaceURI(s.Member.Traits)
		e.itemIs, err = p.is(local(s.ID), "member", s.Member)
	case "map":
		e.key = s.Key.Traits.str("smithy.api#xmlName")
		e.item = s.Value.Traits.str("smithy.api#xmlName")
		e.keyNS, e.itemNS = namespaceURI(s.Key.Traits), namespaceURI(s.Value.Traits)
		if e.keyIs, err = p.is(local(s.ID), "key", s.Key); err != nil {
			return err
		}
		e.itemIs, err = p.is(local(s.ID), "value", s.Value)
	}
	return err
}

func (e *entry) constrain(t traits) error {
	for _, c := range []struct {
		trait string
		to    *string
	}{{"smithy.api#length", &e.length}, {"smithy.api#range", &e.bounds}} {
		var b struct{ Min, Max json.Number }
		if err := t.into(c.trait, &b); err != nil {
			return err
		}
		if b.Min != "" || b.Max != "" {
			*c.to = b.Min.String() + ":" + b.Max.String()
		}
	}
	if t.has("smithy.api#pattern") {
		e.pattern = t.str("smithy.api#pattern")
	}
	return nil
}

func (e *entry) trivial() bool {
	return e.length == "" && e.bounds == "" && e.pattern == "" && e.format == "" && len(e.enum) == 0 && !e.unique && !e.sensitive &&
		e.item == "" && e.itemIs == "" && e.key == "" && e.keyIs == "" && e.itemNS == "" && e.keyNS == ""
}

func namespaceURI(t traits) string {
	var ns struct{ URI string }
	if t.into("smithy.api#xmlNamespace", &ns) != nil {
		return ""
	}
	return ns.URI
}

func (e *entry) onlySensitive() bool {
	rest := *e
	rest.sensitive = false
	return e.sensitive && rest.trivial()
}

// use marks a row, and those that it refers to, as written to the table.
func (p *pkg) use(name string) {
	e := p.entries[name]
	if e == nil || e.used {
		return
	}
	e.used = true
	p.use(e.itemIs)
	p.use(e.keyIs)
}

// enumValues returns the values of an enum shape, or of a string with the older enum trait, sorted.
func enumValues(s *shape) ([]string, error) {
	var out []string
	for name, mem := range s.Members {
		v := mem.Traits.str("smithy.api#enumValue")
		if !mem.Traits.has("smithy.api#enumValue") {
			v = name
		}
		out = append(out, v)
	}
	var old []struct{ Value string }
	if err := s.Traits.into("smithy.api#enum", &old); err != nil {
		return nil, err
	}
	for _, o := range old {
		out = append(out, o.Value)
	}
	slices.SortFunc(out, strings.Compare)
	return slices.Compact(out), nil
}
