package lint

import (
	"sort"
	"unicode/utf8"
)

// positions turns byte offsets of a text into lines, columns and characters.
type positions struct {
	lines []int   // byte offsets at which lines begin
	chars []int32 // characters before each byte; nil for a text of one byte a character
}

func newPositions(text string) positions {
	p := positions{lines: []int{0}}
	for i := range len(text) {
		if text[i] == '\n' {
			p.lines = append(p.lines, i+1)
		}
	}
	if utf8.RuneCountInString(text) == len(text) {
		return p
	}
	p.chars = make([]int32, len(text)+1)
	n := int32(0)
	for i := range len(text) {
		p.chars[i] = n
		if i+1 == len(text) || utf8.RuneStart(text[i+1]) {
			n++
		}
	}
	p.chars[len(text)] = n
	return p
}

func (p *positions) char(at int) int {
	if p.chars == nil {
		return at
	}
	return int(p.chars[at])
}

func (p *positions) at(offset int) Position {
	line := sort.SearchInts(p.lines, offset+1) - 1
	return Position{Line: line + 1, Column: p.char(offset) - p.char(p.lines[line]), Offset: p.char(offset)}
}

func (p *positions) span(from, to int) Span { return Span{Start: p.at(from), End: p.at(to)} }
