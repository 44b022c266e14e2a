package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// field is one Go struct field.
type field struct{ name, goType, tag string }

// fields returns the fields of a struct, sorted by member name.
func (p *pkg) fields(d decl) ([]field, error) {
	var out []field
	taken := map[string]bool{"Union": d.shape.Type == "union"}
	for _, name := range slices.Sorted(maps.Keys(d.shape.Members)) {
		mem := d.shape.Members[name]
		if name == d.skip && d.skip != "" {
			continue
		}
		f := field{name: exported(name)}
		for taken[f.name] {
			f.name += "2"
		}
		taken[f.name] = true
		var err error
		if f.goType, err = p.fieldType(mem); err != nil {
			return nil, fmt.Errorf("%s$%s: %w", d.shape.ID, name, err)
		}
		if f.tag, err = p.tag(d, f.name, name, mem); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

var scalarTypes = map[string]string{
	"string": "string", "enum": "string", "boolean": "bool", "byte": "int64", "short": "int64", "integer": "int64", "long": "int64", "intEnum": "int64",
	"float": "float64", "double": "float64", "timestamp": "time.Time",
}

// fieldType returns the type of a member: a pointer wherever nil does not say "absent" by itself.
func (p *pkg) fieldType(mem *member) (string, error) {
	s := p.model.Shapes[mem.Target]
	switch {
	case isEventStream(s), s.Type == "blob" && (s.Traits.has("smithy.api#streaming") || mem.Traits.has("smithy.api#streaming")):
		return "io.ReadCloser", nil
	case s.ID == unitID:
		return "*struct{}", nil
	case s.Type == "structure", s.Type == "union":
		return "*" + p.goName[s.ID], nil
	case scalarTypes[s.Type] != "":
		return "*" + scalarTypes[s.Type], nil
	}
	return p.elementType(s)
}

// elementType returns the type of a list element or map value.
func (p *pkg) elementType(s *shape) (string, error) {
	switch {
	case s.ID == unitID:
		return "struct{}", nil
	case s.Type == "structure", s.Type == "union":
		return p.goName[s.ID], nil
	case scalarTypes[s.Type] != "":
		return scalarTypes[s.Type], nil
	case s.Type == "blob":
		return "[]byte", nil
	case s.Type == "document":
		return "json.RawMessage", nil
	}
	var prefix string
	var of *member
	switch s.Type {
	case "list", "set":
		prefix, of = "[]", s.Member
	case "map":
		prefix, of = "map[string]", s.Value
	default:
		return "", fmt.Errorf("type %s is not supported", s.Type)
	}
	target := p.model.Shapes[of.Target]
	t, err := p.elementType(target)
	if err != nil {
		return "", err
	}
	if s.Traits.has("smithy.api#sparse") && (scalarTypes[target.Type] != "" || target.Type == "structure" || target.Type == "union") {
		t = "*" + t
	}
	return prefix + t, nil
}

// tag returns the `api` tag of a field; package wire documents its grammar (tag.go).
func (p *pkg) tag(d decl, goName, name string, mem *member) (string, error) {
	target := p.model.Shapes[mem.Target]
	parts := []string{""}
	if goName != name {
		parts[0] = name
	}
	add := func(key, value string) {
		if value != "" {
			parts = append(parts, key+"="+value)
		}
	}
	flag := func(on bool, key string) {
		if on {
			parts = append(parts, key)
		}
	}
	t := mem.Traits
	flag(t.has("smithy.api#required"), "required")
	add("header", t.str("smithy.api#httpHeader"))
	if t.has("smithy.api#httpPrefixHeaders") {
		parts = append(parts, "prefix="+t.str("smithy.api#httpPrefixHeaders"))
	}
	add("query", t.str("smithy.api#httpQuery"))
	flag(t.has("smithy.api#httpQueryParams"), "params")
	flag(t.has("smithy.api#httpLabel"), "label")
	flag(t.has("smithy.api#httpResponseCode"), "status")
	payload := t.has("smithy.api#httpPayload") || isEventStream(target)
	flag(payload, "payload")
	flag(isEventStream(target), "events")
	xmlName := t.str("smithy.api#xmlName")
	if payload && xmlName == "" && (target.Type == "structure" || target.Type == "union") {
		if xmlName = target.Traits.str("smithy.api#xmlName"); xmlName == "" {
			xmlName = local(target.ID)
		}
	}
	add("xml", xmlName)
	add("json", t.str("smithy.api#jsonName"))
	add("ec2", t.str("aws.protocols#ec2QueryName"))
	flag(t.has("smithy.api#xmlFlattened"), "flat")
	flag(t.has("smithy.api#xmlAttribute"), "attr")
	var ns struct{ URI, Prefix string }
	if err := t.into("smithy.api#xmlNamespace", &ns); err != nil {
		return "", err
	}
	if ns.URI == "" && (payload || p.service.Traits.has("aws.protocols#restXml")) {
		if err := target.Traits.into("smithy.api#xmlNamespace", &ns); err != nil {
			return "", err
		}
	}
	add("xmlns", ns.URI)
	add("xmlprefix", ns.Prefix)
	flag(t.has("smithy.api#sensitive") || target.Traits.has("smithy.api#sensitive") || p.list.hides(local(d.shape.ID), name), "sensitive")
	if target.Type == "timestamp" || t.has("smithy.api#timestampFormat") {
		format := t.str("smithy.api#timestampFormat")
		if format == "" {
			format = target.Traits.str("smithy.api#timestampFormat")
		}
		add("ts", format)
	}
	if target.Type == "blob" || target.Type == "string" {
		add("media", target.Traits.str("smithy.api#mediaType"))
	}
	if bits := map[string]string{"byte": "i8", "short": "i16", "integer": "i32", "intEnum": "i32", "float": "f32"}[target.Type]; bits != "" {
		flag(true, bits)
	}
	is, err := p.memberRow(d, name, mem)
	if err != nil {
		return "", err
	}
	add("is", is)
	for _, part := range parts {
		if strings.ContainsAny(part, ",`\"") {
			return "", fmt.Errorf("%s$%s: %q does not fit in a struct tag", d.shape.ID, name, part)
		}
	}
	return strings.Join(parts, ","), nil
}

// memberRow names the table row of a struct member. What the tag says already (sensitive, timestamp format) needs no row.
func (p *pkg) memberRow(d decl, name string, mem *member) (string, error) {
	switch p.model.Shapes[mem.Target].Type {
	case "structure", "union", "document", "timestamp", "boolean":
		return "", nil
	}
	is, err := p.is(local(d.shape.ID), name, mem)
	if err != nil || is == "" {
		return "", err
	}
	if p.entries[is].onlySensitive() {
		return "", nil
	}
	p.use(is)
	return is, nil
}
