package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// model is one Smithy JSON AST document.
type model struct {
	Shapes map[string]*shape `json:"shapes"`
}

type ref struct {
	Target string `json:"target"`
}

type member struct {
	Target string `json:"target"`
	Traits traits `json:"traits"`
}

type traits map[string]json.RawMessage

// shape is the union of what the shape types of the AST hold; unknown parts (documentation, waiters, examples, endpoint rules) are dropped.
type shape struct {
	ID      string             `json:"-"`
	Type    string             `json:"type"`
	Traits  traits             `json:"traits"`
	Members map[string]*member `json:"members"`
	Member  *member            `json:"member"`
	Key     *member            `json:"key"`
	Value   *member            `json:"value"`
	Mixins  []ref              `json:"mixins"`

	Input  *ref  `json:"input"`
	Output *ref  `json:"output"`
	Errors []ref `json:"errors"`

	Version    string `json:"version"`
	Operations []ref  `json:"operations"`
	Resources  []ref  `json:"resources"`

	Collection []ref `json:"collectionOperations"`
	Create     *ref  `json:"create"`
	Put        *ref  `json:"put"`
	Read       *ref  `json:"read"`
	Update     *ref  `json:"update"`
	Delete     *ref  `json:"delete"`
	List       *ref  `json:"list"`
}

const unitID = "smithy.api#Unit"

// readModel reads a model, resolves `apply` statements and mixins, and returns it with its one service shape.
func readModel(path string) (*model, *shape, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	m, err := parseModel(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	var service *shape
	for _, s := range m.Shapes {
		if s.Type == "service" {
			if service != nil {
				return nil, nil, fmt.Errorf("%s: several services: %s, %s", path, service.ID, s.ID)
			}
			service = s
		}
	}
	if service == nil {
		return nil, nil, fmt.Errorf("%s: no service shape", path)
	}
	return m, service, nil
}

func parseModel(text []byte) (*model, error) {
	m := &model{}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(m); err != nil {
		return nil, err
	}
	for id, s := range m.Shapes {
		s.ID = id
	}
	prelude(m)
	if err := m.applyTraits(); err != nil {
		return nil, err
	}
	for _, s := range m.Shapes {
		if err := m.mixIn(s, 0); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// prelude adds the shapes of smithy.api that models target without declaring them.
func prelude(m *model) {
	for name, kind := range map[string]string{
		"String": "string", "Blob": "blob", "Boolean": "boolean", "PrimitiveBoolean": "boolean", "Byte": "byte", "PrimitiveByte": "byte",
		"Short": "short", "PrimitiveShort": "short", "Integer": "integer", "PrimitiveInteger": "integer", "Long": "long", "PrimitiveLong": "long",
		"Float": "float", "PrimitiveFloat": "float", "Double": "double", "PrimitiveDouble": "double", "Timestamp": "timestamp",
		"Document": "document", "Unit": "structure",
	} {
		id := "smithy.api#" + name
		if m.Shapes[id] == nil {
			m.Shapes[id] = &shape{ID: id, Type: kind}
		}
	}
}

// applyTraits carries out the AST's `apply` entries: traits for a shape ("ns#Name") or a member ("ns#Name$member") stated elsewhere.
func (m *model) applyTraits() error {
	for id, s := range m.Shapes {
		if s.Type != "apply" {
			continue
		}
		delete(m.Shapes, id)
		owner, name, isMember := strings.Cut(id, "$")
		target := m.Shapes[owner]
		if target == nil {
			return fmt.Errorf("apply %s: no such shape", id)
		}
		to := &target.Traits
		if isMember {
			mem := target.member(name)
			if mem == nil {
				return fmt.Errorf("apply %s: no such member", id)
			}
			to = &mem.Traits
		}
		*to = merged(*to, s.Traits)
	}
	return nil
}

func (s *shape) member(name string) *member {
	switch {
	case s.Members[name] != nil:
		return s.Members[name]
	case name == "member":
		return s.Member
	case name == "key":
		return s.Key
	case name == "value":
		return s.Value
	}
	return nil
}

// mixIn copies members and traits of a shape's mixins into it; what the shape says itself wins.
func (m *model) mixIn(s *shape, depth int) error {
	if depth > 32 {
		return fmt.Errorf("%s: mixins too deep", s.ID)
	}
	mixins := s.Mixins
	s.Mixins = nil
	for _, r := range slices.Backward(mixins) {
		from := m.Shapes[r.Target]
		if from == nil {
			return fmt.Errorf("%s: mixin %s does not exist", s.ID, r.Target)
		}
		if err := m.mixIn(from, depth+1); err != nil {
			return err
		}
		for name, mem := range from.Members {
			if s.Members == nil {
				s.Members = map[string]*member{}
			}
			if own := s.Members[name]; own != nil {
				own.Traits = merged(mem.Traits, own.Traits)
				continue
			}
			s.Members[name] = &member{Target: mem.Target, Traits: merged(mem.Traits, nil)}
		}
		inherited := merged(from.Traits, nil)
		var local struct {
			LocalTraits []string `json:"localTraits"`
		}
		if raw, ok := inherited["smithy.api#mixin"]; ok {
			if err := json.Unmarshal(raw, &local); err != nil {
				return fmt.Errorf("%s: mixin trait: %w", r.Target, err)
			}
		}
		delete(inherited, "smithy.api#mixin")
		for _, name := range local.LocalTraits {
			delete(inherited, name)
		}
		s.Traits = merged(inherited, s.Traits)
		for _, part := range []struct{ from, to *[]ref }{{&from.Operations, &s.Operations}, {&from.Resources, &s.Resources}, {&from.Errors, &s.Errors}} {
			*part.to = append(slices.Clone(*part.from), *part.to...)
		}
		for _, part := range []struct{ from, to **member }{{&from.Member, &s.Member}, {&from.Key, &s.Key}, {&from.Value, &s.Value}} {
			if *part.to == nil && *part.from != nil {
				*part.to = &member{Target: (*part.from).Target, Traits: merged((*part.from).Traits, nil)}
			}
		}
	}
	return nil
}

// merged returns the union of two trait sets; over wins.
func merged(base, over traits) traits {
	if len(base) == 0 {
		return over
	}
	out := make(traits, len(base)+len(over))
	for k, v := range base {
		out[k] = v
	}
	for k, v := range over {
		out[k] = v
	}
	return out
}

func (t traits) has(name string) bool { return t[name] != nil }

// str returns a trait's string value, or "".
func (t traits) str(name string) string {
	var s string
	if raw, ok := t[name]; ok && json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// into reads a trait's value; an absent trait leaves v alone.
func (t traits) into(name string, v any) error {
	raw, ok := t[name]
	if !ok {
		return nil
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("trait %s: %w", name, err)
	}
	return nil
}

// local returns the name of a shape without its namespace.
func local(id string) string {
	_, name, _ := strings.Cut(id, "#")
	return name
}
