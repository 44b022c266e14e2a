package transform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Template is a compiled input transformer. It is safe for concurrent use.
type Template struct {
	parts []part
	paths map[string]*Path
}

// part is fixed text, or a placeholder.
type part struct {
	text   string
	name   string // of the variable, "" for text
	quoted bool   // the placeholder stands inside of quotes
}

// The variables that need no path. User Guide: "Predefined variables".
const (
	RuleARN   = "aws.events.rule-arn"
	RuleName  = "aws.events.rule-name"
	Ingestion = "aws.events.event.ingestion-time"
	Event     = "aws.events.event"      // without detail
	EventJSON = "aws.events.event.json" // whole
)

// Given are the values of the variables that need no path.
type Given struct {
	RuleARN, RuleName string
	Ingestion         string // ISO 8601
}

// PlaceholderError is a placeholder that no variable fills.
type PlaceholderError struct{ Name string }

func (e *PlaceholderError) Error() string { return "contains invalid placeholder " + e.Name }

// ErrTemplate says that a template is not JSON with placeholders.
var ErrTemplate = errors.New("transform: the template is not JSON with placeholders")

// Bounds of a template. API reference: "InputTransformer".
const (
	maxPaths    = 100
	maxTemplate = 8192
)

// Compile reads a template and the paths of its variables.
func Compile(paths map[string]string, text string) (*Template, error) {
	if len(paths) > maxPaths || len(text) > maxTemplate {
		return nil, fmt.Errorf("%w: at most %d paths and %d bytes", ErrTemplate, maxPaths, maxTemplate)
	}
	t := &Template{paths: map[string]*Path{}}
	for _, name := range slices.Sorted(maps.Keys(paths)) {
		if strings.HasPrefix(strings.ToLower(name), "aws.") {
			return nil, fmt.Errorf("%w: the variable %s has a reserved name", ErrTemplate, name)
		}
		p, err := ParsePath(paths[name])
		if err != nil {
			return nil, fmt.Errorf("the variable %s: %w", name, err)
		}
		t.paths[name] = p
	}
	if err := t.split(text); err != nil {
		return nil, err
	}
	return t, t.check()
}

// split finds the placeholders. A < that begins no name of a variable is text when it stands inside of quotes.
func (t *Template) split(text string) error {
	quoted, start := false, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			if quoted {
				i++
			}
		case '"':
			quoted = !quoted
		case '<':
			name, ok := placeholder(text[i:])
			if !ok {
				continue
			}
			if !t.fills(name) {
				return &PlaceholderError{name}
			}
			t.parts = append(t.parts, part{text: text[start:i]}, part{name: name, quoted: quoted})
			i += len(name) + 1
			start = i + 1
		}
	}
	t.parts = append(t.parts, part{text: text[start:]})
	return nil
}

// placeholder returns the name in <name> at the beginning of the text.
func placeholder(text string) (string, bool) {
	name, _, ok := strings.Cut(text[1:], ">")
	if !ok || name == "" || len(name) > 256 {
		return "", false
	}
	for _, c := range []byte(name) {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.') {
			return "", false
		}
	}
	return name, true
}

func (t *Template) fills(name string) bool {
	switch name {
	case RuleARN, RuleName, Ingestion, Event, EventJSON:
		return true
	}
	return t.paths[name] != nil
}

// ErrLarge says that a filled template is larger than any target takes.
var ErrLarge = fmt.Errorf("transform: the filled template has more than %d bytes", maxFilled)

// maxFilled bounds what a template becomes: one of many placeholders multiplies the event.
const maxFilled = 1 << 20

// check tries the template with a number and with a string: what comes out must be JSON, one value or more.
func (t *Template) check() error {
	for _, value := range []string{"0", `""`} {
		text, err := t.join(func(p part) string {
			if p.quoted {
				return "x"
			}
			return value
		})
		if err == nil {
			err = checkJSON(text)
		}
		if err != nil {
			return fmt.Errorf("%w: %v", ErrTemplate, err)
		}
	}
	return nil
}

// checkJSON wants one JSON value or more.
func checkJSON(text string) error {
	d := json.NewDecoder(strings.NewReader(text))
	for n := 0; ; n++ {
		var v json.RawMessage
		err := d.Decode(&v)
		if errors.Is(err, io.EOF) && n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// join asks once for the value of each placeholder, however often it stands in the template.
func (t *Template) join(value func(part) string) (string, error) {
	var b strings.Builder
	known := map[part]string{}
	for _, p := range t.parts {
		text := p.text
		if p.name != "" {
			have, ok := known[p]
			if !ok {
				have = value(p)
				known[p] = have
			}
			text = have
		}
		if b.Len()+len(text) > maxFilled {
			return "", ErrLarge
		}
		b.WriteString(text)
	}
	return b.String(), nil
}

// Fill makes the text for an event, which is given as it is and decoded, with numbers as json.Number. The only error is [ErrLarge].
func (t *Template) Fill(text []byte, decoded map[string]any, given Given) (string, error) {
	return t.join(func(p part) string {
		v, found := t.value(p.name, decoded, given)
		switch {
		case !found && p.quoted:
			return ""
		case !found:
			return `""`
		case !p.quoted && p.name == EventJSON:
			return string(bytes.TrimSpace(text))
		case !p.quoted:
			return JSON(v)
		}
		s, ok := v.(string)
		if !ok {
			s = strings.ReplaceAll(JSON(v), `"`, "")
		}
		return escaped(s)
	})
}

func (t *Template) value(name string, decoded map[string]any, given Given) (any, bool) {
	switch name {
	case RuleARN:
		return given.RuleARN, true
	case RuleName:
		return given.RuleName, true
	case Ingestion:
		return given.Ingestion, true
	case EventJSON:
		return decoded, true
	case Event:
		rest := maps.Clone(decoded)
		delete(rest, "detail")
		return rest, true
	}
	return t.paths[name].Find(decoded)
}

// escaped is the text as it stands between the quotes of a JSON string.
func escaped(s string) string {
	q := JSON(s)
	return q[1 : len(q)-1]
}

func sorted(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
