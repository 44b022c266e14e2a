package inherit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// The operators.
const (
	opAssign  = "@@assign"
	opAppend  = "@@append"
	opRemove  = "@@remove"
	opAllowed = "@@operators_allowed_for_child_policies"
)

// operators is a set of value-setting operators.
type operators uint8

const (
	assign operators = 1 << iota
	appending
	remove

	none operators = 0
	all            = assign | appending | remove
)

var operatorNames = map[string]operators{opAssign: assign, opAppend: appending, opRemove: remove, "@@all": all, "@@none": none}

// maxDepth bounds how deep settings nest.
const maxDepth = 32

// Policy is a management policy, parsed.
type Policy struct {
	Name string
	root *element
}

// element is one key of a policy: a group of further keys, or a setting with operators.
type element struct {
	key     string
	members []*element
	allowed *operators // what child policies may do; nil when the policy does not say
	assign  any        // nil when the policy does not assign
	append  []any
	remove  []any
}

func (e *element) isSetting() bool { return e.assign != nil || e.append != nil || e.remove != nil }

// SyntaxError is a text that is no management policy.
type SyntaxError struct {
	Path    string // keys down to the fault, "tags/costcenter"
	Message string
}

func (e *SyntaxError) Error() string {
	if e.Path == "" {
		return "management policy: " + e.Message
	}
	return "management policy: at " + e.Path + ": " + e.Message
}

// Parse reads a policy. Every value stands below an operator; an error is of type *SyntaxError.
func Parse(name string, text []byte) (*Policy, error) {
	p := parser{d: json.NewDecoder(bytes.NewReader(text))}
	p.d.UseNumber()
	root, err := p.element("")
	if err == nil {
		if _, end := p.d.Token(); !errors.Is(end, io.EOF) {
			err = p.fail("there is more after the policy")
		}
	}
	if err == nil && root.isSetting() {
		err = p.fail("a policy has keys at its top, not operators")
	}
	if err != nil {
		return nil, err
	}
	return &Policy{Name: name, root: root}, nil
}

// Keys are the keys at the top of the policy.
func (p *Policy) Keys() []string {
	keys := make([]string, len(p.root.members))
	for i, m := range p.root.members {
		keys[i] = m.key
	}
	return keys
}

type parser struct {
	d    *json.Decoder
	path []string
}

func (p *parser) fail(format string, args ...any) error {
	return &SyntaxError{Path: strings.Join(p.path, "/"), Message: fmt.Sprintf(format, args...)}
}

// token reads the next token; what is no JSON is a fault of the policy.
func (p *parser) token() (json.Token, error) {
	t, err := p.d.Token()
	if err != nil {
		return nil, p.fail("no JSON: %v", err)
	}
	return t, nil
}

func (p *parser) element(key string) (*element, error) {
	t, err := p.token()
	if err != nil {
		return nil, err
	}
	if t != json.Delim('{') {
		return nil, p.fail("a value must stand below an operator such as %s", opAssign)
	}
	if len(p.path) >= maxDepth {
		return nil, p.fail("nested deeper than %d levels", maxDepth)
	}
	e := &element{key: key}
	seen := map[string]bool{}
	for p.d.More() {
		t, err := p.token()
		if err != nil {
			return nil, err
		}
		k := t.(string) // the decoder gives nothing else here
		if fold := strings.ToLower(k); seen[fold] {
			return nil, p.fail("the key %s stands twice", k)
		} else {
			seen[fold] = true
		}
		if err := p.member(e, k); err != nil {
			return nil, err
		}
	}
	if _, err := p.token(); err != nil {
		return nil, err
	}
	if e.isSetting() && len(e.members) > 0 {
		return nil, p.fail("an element has either operators or keys")
	}
	if e.assign != nil && (e.append != nil || e.remove != nil) {
		return nil, p.fail("%s replaces all values: %s and %s cannot stand beside it", opAssign, opAppend, opRemove)
	}
	return e, nil
}

func (p *parser) member(e *element, k string) (err error) {
	p.path = append(p.path, k)
	defer func() { p.path = p.path[:len(p.path)-1] }()
	if !strings.HasPrefix(k, "@@") {
		m, err := p.element(k)
		if err == nil {
			e.members = append(e.members, m)
		}
		return err
	}
	v, err := p.value()
	if err != nil {
		return err
	}
	switch k {
	case opAssign:
		e.assign = v
		return nil
	case opAppend, opRemove:
		list, ok := v.([]any)
		if !ok {
			return p.fail("%s takes a list", k)
		}
		if k == opAppend {
			e.append = list
		} else {
			e.remove = list
		}
		return nil
	case opAllowed:
		e.allowed, err = p.control(v)
		return err
	}
	return p.fail("there is no operator %s", k)
}

// value reads what stands below an operator: a string, number or boolean, or a list of them.
func (p *parser) value() (any, error) {
	t, err := p.token()
	if err != nil {
		return nil, err
	}
	if t != json.Delim('[') {
		return p.scalar(t)
	}
	list := []any{}
	for p.d.More() {
		t, err := p.token()
		if err != nil {
			return nil, err
		}
		v, err := p.scalar(t)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	_, err = p.token()
	return list, err
}

func (p *parser) scalar(t json.Token) (any, error) {
	switch t.(type) {
	case string, json.Number, bool:
		return t, nil
	}
	return nil, p.fail("a value is a string, a number, true or false, or a list of them")
}

func (p *parser) control(v any) (*operators, error) {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return nil, p.fail("a list of operators is wanted")
	}
	set := none
	for _, o := range list {
		name, _ := o.(string)
		op, ok := operatorNames[name]
		if !ok || op == none && len(list) > 1 {
			return nil, p.fail("%v cannot stand there", o)
		}
		set |= op
	}
	return &set, nil
}
