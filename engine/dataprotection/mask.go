package dataprotection

import (
	"strings"
	"unicode/utf8"
)

// Span is a part of a text, in bytes.
type Span struct{ Start, End int }

// Spans joins what was found: in order, and none overlaps or touches another. nil when there is nothing.
func Spans(found []Finding) []Span {
	var out []Span
	for _, f := range found { // in the order of their starts
		if n := len(out); n > 0 && f.Start <= out[n-1].End {
			out[n-1].End = max(out[n-1].End, f.End)
			continue
		}
		out = append(out, Span{f.Start, f.End})
	}
	return out
}

// Mask puts a character in the place of each character of the spans, which are in order and apart. Spans beyond the text are cut.
func Mask(text string, spans []Span, with string) string {
	if len(spans) == 0 {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	at := 0
	for _, s := range spans {
		start, end := min(max(s.Start, at), len(text)), min(s.End, len(text))
		if start >= end {
			continue
		}
		b.WriteString(text[at:start])
		for range utf8.RuneCountInString(text[start:end]) {
			b.WriteString(with)
		}
		at = end
	}
	b.WriteString(text[at:])
	return b.String()
}
