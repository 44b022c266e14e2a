package logtransform

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"vauban/engine/regex"
)

// source is where a parser reads, the message unless it says so.
func source(s *string) error {
	if *s == "" {
		*s = messageKey
	}
	return checkPaths(*s)
}

func optional(path string) error {
	if path == "" {
		return nil
	}
	return checkPaths(path)
}

type parseJSON struct {
	Source      string `json:"source"`
	Destination string `json:"destination"`
}

func (p *parseJSON) prepare(*regex.Compiler) error {
	return errors.Join(source(&p.Source), optional(p.Destination))
}

func (p *parseJSON) apply(e *event) error {
	text, err := e.text(p.Source)
	if err != nil {
		return fmt.Errorf("parseJSON: %w", err)
	}
	values, err := object(text)
	if err != nil {
		return fmt.Errorf("parseJSON: %w", err)
	}
	return e.place(p.Destination, values)
}

// maxNesting bounds the depth of JSON that is read.
const maxNesting = 100

func object(text string) (map[string]any, error) {
	depth := 0
	quoted := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxNesting {
				return nil, fmt.Errorf("the JSON is nested deeper than %d", maxNesting)
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var out map[string]any
	if err := d.Decode(&out); err != nil || out == nil {
		return nil, errors.New("it is no JSON object")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something behind the JSON object")
	}
	return out, nil
}

type parseKeyValue struct {
	Source            string  `json:"source"`
	Destination       string  `json:"destination"`
	FieldDelimiter    string  `json:"fieldDelimiter"`
	KeyValueDelimiter string  `json:"keyValueDelimiter"`
	NonMatchValue     *string `json:"nonMatchValue"`
	KeyPrefix         string  `json:"keyPrefix"`
	OverwriteIfExists bool    `json:"overwriteIfExists"`
}

func (p *parseKeyValue) prepare(*regex.Compiler) error {
	if p.FieldDelimiter == "" {
		p.FieldDelimiter = "&"
	}
	if p.KeyValueDelimiter == "" {
		p.KeyValueDelimiter = "="
	}
	p.FieldDelimiter, p.KeyValueDelimiter = unescaped(p.FieldDelimiter), unescaped(p.KeyValueDelimiter)
	if len(p.FieldDelimiter)+len(p.KeyValueDelimiter)+len(p.KeyPrefix) > 3*128 {
		return errors.New("delimiters and prefix have 128 characters at most")
	}
	return errors.Join(source(&p.Source), optional(p.Destination))
}

// unescaped reads \t and \n, which people write for a tab and a new line.
func unescaped(s string) string { return strings.NewReplacer(`\t`, "\t", `\n`, "\n").Replace(s) }

func (p *parseKeyValue) apply(e *event) error {
	text, err := e.text(p.Source)
	if err != nil {
		return fmt.Errorf("parseKeyValue: %w", err)
	}
	values, found := map[string]any{}, false
	for field := range strings.SplitSeq(text, p.FieldDelimiter) {
		key, value, ok := strings.Cut(field, p.KeyValueDelimiter)
		key = strings.TrimSpace(key)
		if key == "" {
			continue
		}
		found = found || ok
		name := p.KeyPrefix + key
		if p.Destination == "" && !p.OverwriteIfExists {
			if _, have := e.doc[name]; have {
				continue
			}
		}
		switch {
		case ok:
			values[name] = value
		case p.NonMatchValue != nil:
			values[name] = *p.NonMatchValue
		default:
			values[name] = nil
		}
		if len(values) > maxValues {
			return fmt.Errorf("parseKeyValue: there are more than %d pairs", maxValues)
		}
	}
	if !found {
		return errors.New("parseKeyValue: there is no pair of key and value")
	}
	return e.place(p.Destination, values)
}

type parseCSV struct {
	Source         string   `json:"source"`
	Destination    string   `json:"destination"`
	Columns        []string `json:"columns"`
	Delimiter      string   `json:"delimiter"`
	QuoteCharacter string   `json:"quoteCharacter"`
}

func (p *parseCSV) prepare(*regex.Compiler) error {
	if p.Delimiter == "" {
		p.Delimiter = ","
	}
	if p.QuoteCharacter == "" {
		p.QuoteCharacter = `"`
	}
	p.Delimiter = unescaped(p.Delimiter)
	if len(p.Columns) > 100 || len(p.Delimiter) > 2 || len(p.QuoteCharacter) != 1 {
		return errors.New("csv has 100 columns at most, a delimiter of one or two characters and a quote of one")
	}
	err := errors.Join(source(&p.Source), optional(p.Destination))
	for _, c := range p.Columns {
		err = errors.Join(err, checkPaths(c))
	}
	return err
}

func (p *parseCSV) apply(e *event) error {
	text, err := e.text(p.Source)
	if err != nil {
		return fmt.Errorf("csv: %w", err)
	}
	fields, err := cells(strings.TrimRight(text, "\r\n"), p.Delimiter, p.QuoteCharacter[0])
	if err != nil {
		return err
	}
	for i, v := range fields {
		name := "column_" + strconv.Itoa(i+1)
		if len(p.Columns) > 0 {
			if i >= len(p.Columns) {
				break
			}
			name = p.Columns[i]
		}
		if p.Destination != "" {
			name = p.Destination + "." + name
		}
		if err := e.set(name, v); err != nil {
			return fmt.Errorf("csv: %w", err)
		}
	}
	return nil
}

// cells cuts a line. A quote within a quoted cell is doubled.
func cells(line, delimiter string, quote byte) (out []string, err error) {
	for {
		if len(out) > maxValues {
			return nil, fmt.Errorf("csv: there are more than %d columns", maxValues)
		}
		if line == "" || line[0] != quote {
			cell, rest, more := strings.Cut(line, delimiter)
			out = append(out, cell)
			if !more {
				return out, nil
			}
			line = rest
			continue
		}
		var b strings.Builder
		i := 1
		for ; ; i++ {
			if i >= len(line) {
				return nil, errors.New("csv: a quote is not closed")
			}
			if line[i] == quote {
				if i+1 < len(line) && line[i+1] == quote {
					i++
				} else {
					break
				}
			}
			b.WriteByte(line[i])
		}
		out = append(out, b.String())
		if line = line[i+1:]; line == "" {
			return out, nil
		}
		rest, ok := strings.CutPrefix(line, delimiter)
		if !ok {
			return nil, errors.New("csv: there is something behind a closing quote")
		}
		line = rest
	}
}
