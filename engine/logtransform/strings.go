package logtransform

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"vauban/engine/regex"
)

// The processors of strings. User Guide: "String mutate processors". What is absent or no string is passed over.

const maxStringEntries = 10

// onString changes the text at a path.
func (e *event) onString(path string, fn func(string) (any, error)) error {
	v, ok := at(e.doc, path)
	s, isText := v.(string)
	if !ok || !isText {
		return nil
	}
	out, err := fn(s)
	if err != nil {
		return err
	}
	return e.set(path, out)
}

type withKeys struct {
	WithKeys []string `json:"withKeys"`
}

func (w *withKeys) prepare(*regex.Compiler) error {
	return errors.Join(entries(len(w.WithKeys), maxStringEntries), checkPaths(w.WithKeys...))
}

func (w *withKeys) each(e *event, fn func(string) string) error {
	for _, k := range w.WithKeys {
		if err := e.onString(k, func(s string) (any, error) { return fn(s), nil }); err != nil {
			return err
		}
	}
	return nil
}

type (
	lower struct{ withKeys }
	upper struct{ withKeys }
	trim  struct{ withKeys }
)

func (l *lower) apply(e *event) error { return l.each(e, strings.ToLower) }
func (u *upper) apply(e *event) error { return u.each(e, strings.ToUpper) }
func (t *trim) apply(e *event) error  { return t.each(e, strings.TrimSpace) }

// maxChars bounds a delimiter, and what is replaced and by what: account policies come without the model's bounds. API reference: "SubstituteStringEntry", "SplitStringEntry".
const maxChars = 128

type split struct {
	Entries []struct {
		Source    string `json:"source"`
		Delimiter string `json:"delimiter"`
	} `json:"entries"`
}

func (s *split) prepare(*regex.Compiler) error {
	err := entries(len(s.Entries), maxStringEntries)
	for i := range s.Entries {
		x := &s.Entries[i]
		if err = errors.Join(err, checkPaths(x.Source)); x.Delimiter == "" || utf8.RuneCountInString(x.Delimiter) > maxChars {
			err = errors.Join(err, fmt.Errorf("a delimiter has 1 to %d characters", maxChars))
		}
		x.Delimiter = unescaped(x.Delimiter)
	}
	return err
}

func (s *split) apply(e *event) error {
	for _, x := range s.Entries {
		err := e.onString(x.Source, func(text string) (any, error) {
			if strings.Count(text, x.Delimiter) >= maxValues {
				return nil, fmt.Errorf("splitString: %s has more than %d parts", x.Source, maxValues)
			}
			var out []any
			for part := range strings.SplitSeq(text, x.Delimiter) {
				out = append(out, part)
			}
			return out, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

type substitute struct {
	Entries []struct {
		Source string `json:"source"`
		From   string `json:"from"`
		To     string `json:"to"`
	} `json:"entries"`
	expressions []*regexp.Regexp
	templates   []string
}

// reference is $1 of a replacement, or an escaped sign.
var reference = regexp.MustCompile(`\\(.)|\$(\d)`)

func (s *substitute) prepare(c *regex.Compiler) error {
	if err := entries(len(s.Entries), maxStringEntries); err != nil {
		return err
	}
	for _, x := range s.Entries {
		if err := checkPaths(x.Source); err != nil {
			return err
		}
		if utf8.RuneCountInString(x.From) > maxChars || utf8.RuneCountInString(x.To) > maxChars {
			return fmt.Errorf("from and to have %d characters at most", maxChars)
		}
		re, err := c.Compile(x.From)
		if err != nil {
			return fmt.Errorf("from: %w", err)
		}
		s.expressions = append(s.expressions, re)
		s.templates = append(s.templates, template(x.To))
	}
	return nil
}

// template writes a replacement as Go wants it.
func template(to string) string {
	var b strings.Builder
	for i := 0; i < len(to); {
		m := reference.FindStringSubmatchIndex(to[i:])
		if m == nil {
			b.WriteString(strings.ReplaceAll(to[i:], "$", "$$"))
			break
		}
		b.WriteString(strings.ReplaceAll(to[i:i+m[0]], "$", "$$"))
		if m[4] >= 0 {
			b.WriteString("${" + to[i+m[4]:i+m[5]] + "}")
		} else {
			b.WriteString(strings.ReplaceAll(to[i+m[2]:i+m[3]], "$", "$$"))
		}
		i += m[1]
	}
	return b.String()
}

func (s *substitute) apply(e *event) error {
	for i, x := range s.Entries {
		err := e.onString(x.Source, func(text string) (any, error) { return replaced(s.expressions[i], s.templates[i], text) })
		if err != nil {
			return err
		}
	}
	return nil
}

// replaced puts the template in place of every match, within the bound.
func replaced(re *regexp.Regexp, template, text string) (string, error) {
	var out []byte
	last := 0
	for _, m := range re.FindAllStringSubmatchIndex(text, -1) {
		out = append(out, text[last:m[0]]...)
		out = re.ExpandString(out, template, text, m)
		if last = m[1]; len(out) > maxDocument {
			return "", errTooLarge
		}
	}
	return string(append(out, text[last:]...)), nil
}
