package iam

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	api "vauban/api/iam"
)

// statementSpan is where a statement stands in a policy's text, as AWS's simulator counts: a statement in a list begins behind the
// bracket or the former statement, a single one behind its own brace; both end behind their closing brace.
type statementSpan struct{ start, end textPosition }

// textPosition counts lines and columns from 1. Columns count characters.
type textPosition struct{ line, column int }

func (p textPosition) shown() *api.Position {
	return &api.Position{Line: new(int64(p.line)), Column: new(int64(p.column))}
}

// statementSpans finds the statements of a policy that has been parsed before. Of a text that is no policy it returns what it found.
func statementSpans(text string) []statementSpan {
	d := json.NewDecoder(strings.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil
		}
		if name == "Statement" {
			end := int(d.InputOffset())
			return spansIn(text, end-len(value), value)
		}
	}
	return nil
}

// spansIn finds the statements in the value of Statement, which stands at an offset of the text.
func spansIn(text string, at int, value []byte) []statementSpan {
	if len(value) == 0 || value[0] != '[' {
		return []statementSpan{{positionAt(text, at+1), positionAt(text, at+len(value))}}
	}
	d := json.NewDecoder(bytes.NewReader(value))
	if _, err := d.Token(); err != nil {
		return nil
	}
	var out []statementSpan
	start := d.InputOffset()
	for d.More() {
		var s json.RawMessage
		if err := d.Decode(&s); err != nil {
			return out
		}
		end := d.InputOffset()
		out = append(out, statementSpan{positionAt(text, at+int(start)), positionAt(text, at+int(end))})
		start = end
	}
	return out
}

// positionAt is the position of an offset.
func positionAt(text string, offset int) textPosition {
	before := text[:offset]
	line := strings.LastIndexByte(before, '\n') + 1
	return textPosition{1 + strings.Count(before, "\n"), 1 + utf8.RuneCountInString(before[line:])}
}
