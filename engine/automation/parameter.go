package automation

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"vauban/engine/regex"
)

// Parameter is a parameter or a variable of a runbook.
type Parameter struct {
	Name, Type, Description string
	Default                 any // nil for none
	Allowed                 []any
	Pattern                 string
	MinItems, MaxItems      int64 // of lists and maps
	MinChars, MaxChars      int64 // of strings

	match *regexp.Regexp // the pattern, nil for none
}

// Types of parameters. User Guide: "Data elements and parameters"; those of resources are texts with the form of an ID.
var (
	parameterTypes = []string{
		"String", "StringList", "Integer", "Boolean", "MapList", "StringMap",
		"AWS::IAM::Role::Arn", "AWS::S3::Bucket::Name", "List<AWS::S3::Bucket::Name>",
	}
	variableTypes = []string{"String", "StringList", "Integer", "Boolean", "MapList", "StringMap"}
)

// unlimited stands for a limit that is not given.
const unlimited = 1 << 30

// parameters reads parameters or variables. The patterns of one document share their bound: an execution is held against all of them.
func (r *reader) parameters(name string, types []string, patterns *regex.Compiler) []Parameter {
	all := r.object(name)
	if len(all) > maxParameters {
		r.fail("The document has more than %d %s.", maxParameters, name)
		return nil
	}
	var out []Parameter
	for _, key := range slices.Sorted(maps.Keys(all)) {
		members, ok := all[key].(map[string]any)
		if !isName(key) || !ok {
			r.fail("The member %s of %s is not valid: names have letters, digits, _ and -, values are objects.", clip(key), name)
			return nil
		}
		p := &reader{where: "the parameter " + key, members: members}
		x := p.parameter(key, types, patterns)
		if p.err != nil {
			r.err = p.err
			return nil
		}
		out = append(out, x)
	}
	return out
}

func (r *reader) parameter(name string, types []string, patterns *regex.Compiler) Parameter {
	r.only("type", "description", "default", "allowedValues", "allowedPattern", "minItems", "maxItems", "minChars", "maxChars", "displayType")
	p := Parameter{
		Name: name, Type: r.text("type"), Description: r.text("description"), Default: r.members["default"], Pattern: r.text("allowedPattern"),
		MinItems: r.number("minItems", 0, 0, unlimited), MaxItems: r.number("maxItems", unlimited, 0, unlimited),
		MinChars: r.number("minChars", 0, 0, unlimited), MaxChars: r.number("maxChars", unlimited, 0, unlimited),
	}
	if !slices.Contains(types, p.Type) {
		r.fail("The type %s of %s is not supported. Supported are %s.", clip(p.Type), r.where, strings.Join(types, ", "))
	}
	if list, ok := r.members["allowedValues"].([]any); ok {
		p.Allowed = list
	} else if r.members["allowedValues"] != nil {
		r.fail("The member allowedValues of %s must be a list.", r.where)
	}
	if p.Pattern != "" {
		var err error
		if p.match, err = compile(p.Pattern, patterns); err != nil {
			r.fail("The allowedPattern of %s is not a regular expression that is supported: %v.", r.where, err)
		}
	}
	if p.Default != nil && r.err == nil {
		v, err := converted(p.Default, p.base())
		if err == nil && !hasReference(v) {
			err = p.check(v)
		}
		if err != nil {
			r.fail("The default of %s is not valid: %v.", r.where, err)
		}
		p.Default = v
	}
	return p
}

func compile(text string, patterns *regex.Compiler) (*regexp.Regexp, error) {
	if len(text) > 1000 {
		return nil, fmt.Errorf("it is longer than 1000 characters")
	}
	return patterns.Compile(`\A(?:` + text + `)\z`)
}

// base is the type as the values have it.
func (p *Parameter) base() string {
	switch {
	case strings.HasPrefix(p.Type, "List<"):
		return "StringList"
	case strings.HasPrefix(p.Type, "AWS::"):
		return "String"
	}
	return p.Type
}

// ArgumentError says that an execution cannot have these parameters.
type ArgumentError struct{ Text string }

func (e *ArgumentError) Error() string { return e.Text }

func unfit(format string, args ...any) error { return &ArgumentError{fmt.Sprintf(format, args...)} }

// Arguments gives the parameters their values: those given, as the API has them, or the defaults.
func (d *Document) Arguments(given map[string][]string) (Values, error) {
	out := Values{}
	known := map[string]bool{}
	for i := range d.Parameters {
		p := &d.Parameters[i]
		known[p.Name] = true
		texts, ok := given[p.Name]
		if !ok {
			if p.Default == nil {
				return nil, unfit("Missing required parameters: %s.", p.Name)
			}
			out.put(p.Name, p.Default)
			continue
		}
		v, err := p.read(texts)
		if err == nil {
			err = p.check(v)
		}
		if err != nil {
			return nil, unfit("The value of the parameter %s is not valid: %v.", p.Name, err)
		}
		out.put(p.Name, v)
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !known[name] {
			return nil, unfit("Parameter %s is not defined in the document.", clip(name))
		}
	}
	return out, nil
}

// read makes a value of the list of texts that the API has for each.
func (p *Parameter) read(texts []string) (any, error) {
	kind := p.base()
	if kind == "StringList" {
		if len(texts) == 1 && strings.HasPrefix(strings.TrimSpace(texts[0]), "[") {
			if v, err := decode([]byte(texts[0])); err == nil {
				return converted(v, kind)
			}
		}
		list := make([]any, len(texts))
		for i, t := range texts {
			list[i] = t
		}
		return list, nil
	}
	if kind == "MapList" {
		list := []any{}
		for _, t := range texts {
			v, err := decode([]byte(t))
			if err != nil {
				return nil, fmt.Errorf("%s is not JSON", clip(t))
			}
			if many, ok := v.([]any); ok {
				list = append(list, many...)
			} else {
				list = append(list, v)
			}
		}
		return converted(list, kind)
	}
	if len(texts) != 1 {
		return nil, fmt.Errorf("it must be one value, not %d", len(texts))
	}
	if kind == "StringMap" {
		v, err := decode([]byte(texts[0]))
		if err != nil {
			return nil, fmt.Errorf("%s is not JSON", clip(texts[0]))
		}
		return converted(v, kind)
	}
	return converted(texts[0], kind)
}

// check holds a value against what the document allows.
func (p *Parameter) check(v any) error {
	items := []any{v}
	switch v := v.(type) {
	case []any:
		items = v
		if n := int64(len(v)); n < p.MinItems || n > p.MaxItems {
			return fmt.Errorf("it has %d items", n)
		}
	case map[string]any:
		if n := int64(len(v)); n < p.MinItems || n > p.MaxItems {
			return fmt.Errorf("it has %d items", n)
		}
		return nil
	}
	for _, item := range items {
		text := textOf(item)
		switch n := int64(len([]rune(text))); {
		case n < p.MinChars || n > p.MaxChars:
			return fmt.Errorf("it has %d characters", n)
		case p.match != nil && !p.match.MatchString(text):
			return fmt.Errorf("%s does not match the allowed pattern %s", clip(text), clip(p.Pattern))
		case p.Allowed != nil && !p.allows(text):
			return fmt.Errorf("%s is not one of the allowed values", clip(text))
		case p.Type == "AWS::IAM::Role::Arn" && text != "" && !strings.Contains(text, ":role/"):
			return fmt.Errorf("%s is not the ARN of a role", clip(text))
		}
	}
	return nil
}

func (p *Parameter) allows(text string) bool {
	return slices.ContainsFunc(p.Allowed, func(v any) bool { return textOf(v) == text })
}

// Shown is the default as a text.
func (p *Parameter) Shown() string { return textOf(p.Default) }
