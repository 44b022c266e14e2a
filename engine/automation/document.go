package automation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"vauban/engine/regex"
)

// Bounds of a document.
const (
	maxSteps      = 100
	maxParameters = 200
	maxDepth      = 40
)

// SchemaVersion is the only one of runbooks.
const SchemaVersion = "0.3"

// Document is a runbook.
type Document struct {
	Description string
	AssumeRole  string // with references
	Parameters  []Parameter
	Variables   []Parameter
	Steps       []*Step
	Outputs     []string // "step.Output"

	steps map[string]*Step // by name, also those in loops
}

// Step is one step of a runbook.
type Step struct {
	Name, Action, Description string
	Inputs                    map[string]any
	Outputs                   []Output
	OnFailure, OnCancel       string // "Abort", "Continue", "step:NAME"; OnCancel may be ""
	Next                      string // "" for the following one
	End, Critical             bool
	Attempts                  int
	Timeout                   time.Duration

	within *Step   // the loop
	body   []*Step // of a loop
	branch *branch // of aws:branch
	repeat *condition
}

// Output is what a step takes out of an answer.
type Output struct{ Name, Selector, Type string }

// ErrSchema says that the document is of another schema version.
var ErrSchema = errors.New("automation: schema version")

// ContentError says what is wrong with a document.
type ContentError struct{ Text string }

func (e *ContentError) Error() string { return e.Text }

func wrong(format string, args ...any) error { return &ContentError{fmt.Sprintf(format, args...)} }

// Parse reads a document in JSON, and checks all that can be without running it.
func Parse(text []byte) (*Document, error) {
	tree, err := decode(text)
	if err != nil {
		return nil, wrong("The document is not well-formed JSON: %v.", err)
	}
	top, ok := tree.(map[string]any)
	if !ok {
		return nil, wrong("The document must be an object.")
	}
	if depth(tree) > maxDepth {
		return nil, wrong("The document is nested deeper than %d levels.", maxDepth)
	}
	if v := textOf(top["schemaVersion"]); v != SchemaVersion {
		return nil, fmt.Errorf("%w %q is not supported for documents of the type Automation, which have %s", ErrSchema, v, SchemaVersion)
	}
	d := &Document{steps: map[string]*Step{}}
	r := &reader{where: "the document", members: top}
	r.only("schemaVersion", "description", "assumeRole", "parameters", "variables", "mainSteps", "outputs")
	d.Description, d.AssumeRole = r.text("description"), r.text("assumeRole")
	var patterns regex.Compiler
	d.Parameters = r.parameters("parameters", parameterTypes, &patterns)
	d.Variables = r.parameters("variables", variableTypes, &patterns)
	d.Outputs = r.texts("outputs")
	d.Steps = r.steps("mainSteps", d, nil)
	if r.err != nil {
		return nil, r.err
	}
	if len(d.Steps) == 0 {
		return nil, wrong("The document has no mainSteps.")
	}
	return d, d.check()
}

// decode reads JSON with its numbers as they are written.
func decode(text []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("something follows the value")
	}
	return v, nil
}

func depth(v any) int {
	most := 0
	switch v := v.(type) {
	case map[string]any:
		for _, e := range v {
			most = max(most, depth(e))
		}
	case []any:
		for _, e := range v {
			most = max(most, depth(e))
		}
	default:
		return 0
	}
	return most + 1
}

// reader reads the members of one object. The first mistake stays.
type reader struct {
	where   string
	members map[string]any
	err     error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = wrong(format, args...)
	}
}

// only refuses members of other names.
func (r *reader) only(names ...string) {
	for _, name := range slices.Sorted(maps.Keys(r.members)) {
		if !slices.Contains(names, name) {
			r.fail("The member %s of %s is not supported.", clip(name), r.where)
		}
	}
}

func (r *reader) text(name string) string {
	switch v := r.members[name].(type) {
	case nil:
		return ""
	case string:
		return v
	case bool, json.Number:
		return textOf(v)
	}
	r.fail("The member %s of %s must be a string.", name, r.where)
	return ""
}

func (r *reader) texts(name string) []string {
	v := r.members[name]
	if v == nil {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		r.fail("The member %s of %s must be a list of strings.", name, r.where)
		return nil
	}
	out := make([]string, 0, len(list))
	for _, e := range list {
		switch e.(type) {
		case string, bool, json.Number:
			out = append(out, textOf(e))
		default:
			r.fail("The member %s of %s must be a list of strings.", name, r.where)
			return nil
		}
	}
	return out
}

func (r *reader) flag(name string, usual bool) bool {
	switch v := r.members[name].(type) {
	case nil:
		return usual
	case bool:
		return v
	case string:
		switch strings.ToLower(v) {
		case "true":
			return true
		case "false":
			return false
		}
	}
	r.fail("The member %s of %s must be true or false.", name, r.where)
	return usual
}

// number reads a whole number between least and most.
func (r *reader) number(name string, usual, least, most int64) int64 {
	v := r.members[name]
	if v == nil {
		return usual
	}
	n, err := json.Number(textOf(v)).Int64()
	if err != nil || n < least || n > most {
		r.fail("The member %s of %s must be a whole number from %d to %d.", name, r.where, least, most)
		return usual
	}
	return n
}

func (r *reader) object(name string) map[string]any {
	v := r.members[name]
	if v == nil {
		return nil
	}
	o, ok := v.(map[string]any)
	if !ok {
		r.fail("The member %s of %s must be an object.", name, r.where)
	}
	return o
}

// clip keeps what a document says from filling a message.
func clip(s string) string {
	const most = 100
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "…"
	}
	return s
}
