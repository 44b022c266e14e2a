package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// interned gives each distinct literal one package variable.
type interned struct {
	byText map[string]string // literal -> variable
	order  []string          // literals in order of first use
}

// variable returns the variable for a literal; name proposes its name when it is new.
func (in *interned) variable(text string, name func() string) string {
	if v, ok := in.byText[text]; ok {
		return v
	}
	if in.byText == nil {
		in.byText = map[string]string{}
	}
	v := name()
	in.byText[text] = v
	in.order = append(in.order, text)
	return v
}

// resourceVar interns the resource types of an action, named after the types: onUser, onChannelEventdatastore.
func (p *pkg) resourceVar(action string, list []actionResource) (string, error) {
	prefix, _, _ := strings.Cut(action, ":")
	var text, name strings.Builder
	text.WriteString("[]wire.ResourceType{")
	for i, r := range list {
		arns, keys, err := p.authz.resourceType(prefix, r.Name)
		if err != nil {
			return "", err
		}
		for _, k := range r.Keys {
			if !slices.Contains(keys, k) {
				keys = append(keys, k)
			}
		}
		if i < 3 {
			name.WriteString(enumWord(r.Name))
		}
		fmt.Fprintf(&text, "\n\t{Name: %q", r.Name)
		if r.Required {
			text.WriteString(", Required: true")
		}
		if len(arns) > 0 {
			fmt.Fprintf(&text, ", ARNs: %s", stringSlice(arns))
		}
		if v := p.keysVar(keys); v != "" {
			fmt.Fprintf(&text, ", Keys: %s", v)
		}
		text.WriteString("},")
	}
	text.WriteString("\n}")
	return p.resources.variable(text.String(), func() string { return p.names.claim("on"+name.String(), "Or") }), nil
}

// keysVar interns a set of condition keys.
func (p *pkg) keysVar(keys []string) string {
	if len(keys) == 0 {
		return ""
	}
	return p.keys.variable(stringSlice(keys), func() string { return p.names.claim("keys", "") })
}

// emitActions writes the interned resource types and keys. It runs after emitOperations, which interns them.
func (p *pkg) emitActions(b *bytes.Buffer) error {
	for _, group := range []struct {
		title string
		in    *interned
	}{{"Resource types that actions can be granted on.", &p.resources}, {"Condition keys of actions and resource types.", &p.keys}} {
		if len(group.in.order) == 0 {
			continue
		}
		fmt.Fprintf(b, "// %s\nvar (\n", group.title)
		for _, text := range group.in.order {
			fmt.Fprintf(b, "\t%s = %s\n", group.in.byText[text], text)
		}
		b.WriteString(")\n\n")
	}
	return nil
}
