package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// pkg is one package to generate: the model pruned to what the listed operations reach.
type pkg struct {
	list    *list
	model   *model
	service *shape
	authz   *authz

	operations []*shape // built, sorted by name
	unbuilt    []string
	decls      []decl   // structs, sorted by Go name
	enums      []string // shape IDs, sorted by Go name
	errors     []string // shape IDs, sorted

	goName    map[string]string // shape ID -> Go name of struct, enum prefix or error variable
	nested    map[string]bool   // structs that are used as a member, element or value
	names     *names
	entries   map[string]*entry // rows of the shape table
	resources interned
	keys      interned
	warnings  []string
}

// decl is one Go struct.
type decl struct {
	name  string
	shape *shape
	skip  string // a member left out: an error's message
}

// prune collects what the listed operations reach and gives it Go names.
func prune(l *list, m *model, service *shape, a *authz) (*pkg, error) {
	p := &pkg{
		list: l, model: m, service: service, authz: a,
		goName: map[string]string{}, nested: map[string]bool{}, names: newNames(), entries: map[string]*entry{},
	}
	all, err := p.modelOperations()
	if err != nil {
		return nil, err
	}
	listed := map[string]bool{}
	for _, name := range l.operations {
		listed[name] = true
	}
	for _, op := range all {
		name := local(op.ID)
		if l.every || listed[name] {
			p.operations = append(p.operations, op)
		} else {
			p.unbuilt = append(p.unbuilt, name)
		}
		delete(listed, name)
	}
	if len(listed) > 0 {
		return nil, fmt.Errorf("%s: the model has no operation %s", l.name, strings.Join(slices.Sorted(maps.Keys(listed)), ", "))
	}
	if err := p.reach(); err != nil {
		return nil, err
	}
	return p, p.declare()
}

// modelOperations returns the operations of the service and of its resources, sorted.
func (p *pkg) modelOperations() ([]*shape, error) {
	found := map[string]*shape{}
	seen := map[string]bool{}
	var walk func(s *shape) error
	walk = func(s *shape) error {
		if seen[s.ID] {
			return nil
		}
		seen[s.ID] = true
		refs := slices.Concat(s.Operations, s.Collection)
		for _, r := range []*ref{s.Create, s.Put, s.Read, s.Update, s.Delete, s.List} {
			if r != nil {
				refs = append(refs, *r)
			}
		}
		for _, r := range refs {
			op := p.model.Shapes[r.Target]
			if op == nil || op.Type != "operation" {
				return fmt.Errorf("%s: %s is not an operation", s.ID, r.Target)
			}
			found[op.ID] = op
		}
		for _, r := range s.Resources {
			res := p.model.Shapes[r.Target]
			if res == nil {
				return fmt.Errorf("%s: no resource %s", s.ID, r.Target)
			}
			if err := walk(res); err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(p.service); err != nil {
		return nil, err
	}
	return slices.SortedFunc(maps.Values(found), func(a, b *shape) int { return strings.Compare(local(a.ID), local(b.ID)) }), nil
}

// reach marks the structs, enums and errors that the built operations use.
func (p *pkg) reach() error {
	seen := map[string]bool{}
	var walk func(id string, depth int) error
	members := func(s *shape, depth int) error {
		for name, mem := range s.Members {
			if err := walk(mem.Target, depth); err != nil {
				return fmt.Errorf("%s$%s: %w", s.ID, name, err)
			}
		}
		return nil
	}
	walk = func(id string, depth int) error {
		s := p.model.Shapes[id]
		if s == nil {
			return fmt.Errorf("no shape %s", id)
		}
		switch s.Type {
		case "structure", "union":
			if id == unitID || isEventStream(s) {
				return nil
			}
			p.nested[id] = true
		case "enum":
			p.enums = append(p.enums, id)
		case "string":
			if s.Traits.has("smithy.api#enum") {
				p.enums = append(p.enums, id)
			}
		}
		if seen[id] {
			return nil
		}
		seen[id] = true
		switch s.Type {
		case "structure", "union":
			return members(s, depth+1)
		case "list", "set":
			return walk(s.Member.Target, depth+1)
		case "map":
			if err := walk(s.Key.Target, depth+1); err != nil {
				return err
			}
			return walk(s.Value.Target, depth+1)
		}
		return nil
	}
	errors := map[string]bool{}
	for _, op := range p.operations {
		for _, r := range []*ref{op.Input, op.Output} {
			if r == nil || r.Target == unitID {
				continue
			}
			s := p.model.Shapes[r.Target]
			if s == nil {
				return fmt.Errorf("%s: no shape %s", op.ID, r.Target)
			}
			if err := members(s, 0); err != nil {
				return err
			}
		}
		for _, r := range slices.Concat(op.Errors, p.service.Errors) {
			s := p.model.Shapes[r.Target]
			if s == nil {
				return fmt.Errorf("%s: no error %s", op.ID, r.Target)
			}
			errors[r.Target] = true
			if err := members(s, 0); err != nil {
				return err
			}
		}
	}
	p.errors = slices.Sorted(maps.Keys(errors))
	slices.Sort(p.enums)
	p.enums = slices.Compact(p.enums)
	return nil
}

// declare gives out the Go names: the operations' structs first, because they must be <Operation>Input and <Operation>Output.
func (p *pkg) declare() error {
	empty := &shape{ID: unitID, Type: "structure"}
	for _, op := range p.operations {
		name := exported(local(op.ID))
		p.names.claim("Op"+name, "Operation")
		for _, part := range []struct {
			ref    *ref
			suffix string
		}{{op.Input, "Input"}, {op.Output, "Output"}} {
			s := empty
			if part.ref != nil && part.ref.Target != unitID {
				s = p.model.Shapes[part.ref.Target]
			}
			if got := p.names.claim(name+part.suffix, "Shape"); got != name+part.suffix {
				return fmt.Errorf("%s: %s%s is taken", op.ID, name, part.suffix)
			}
			p.decls = append(p.decls, decl{name: name + part.suffix, shape: s})
		}
	}
	for _, id := range p.errors {
		p.goName["error "+id] = p.names.claim(exported(local(id)), "Error")
	}
	for _, id := range slices.Sorted(maps.Keys(p.nested)) {
		p.goName[id] = p.names.claim(exported(local(id)), "Shape")
		p.decls = append(p.decls, decl{name: p.goName[id], shape: p.model.Shapes[id]})
	}
	for _, id := range p.errors {
		s := p.model.Shapes[id]
		if text := messageMember(s); len(s.Members) > 1 || len(s.Members) == 1 && text == "" {
			name := "members" + p.goName["error "+id]
			p.names.claim(name, "Error")
			p.decls = append(p.decls, decl{name: name, shape: s, skip: text})
		}
	}
	for _, id := range p.enums {
		p.goName[id] = exported(local(id))
	}
	slices.SortFunc(p.decls, func(a, b decl) int { return strings.Compare(a.name, b.name) })
	return nil
}

// messageMember returns the name of an error's message member: "message" in whatever case, or "".
func messageMember(s *shape) string {
	for _, name := range slices.Sorted(maps.Keys(s.Members)) {
		if strings.EqualFold(name, "message") || strings.EqualFold(name, "errorMessage") {
			return name
		}
	}
	return ""
}

// isEventStream reports whether a union is the target of a streaming member; its frames are written by the handler.
func isEventStream(s *shape) bool { return s.Type == "union" && s.Traits.has("smithy.api#streaming") }
