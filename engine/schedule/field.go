package schedule

import (
	"strconv"
	"strings"
)

// The years that a schedule knows.
const (
	firstYear = 1970
	lastYear  = 2199
)

// set holds values of one field, counted from the field's least.
type set [4]uint64

func (s *set) add(v int)      { s[v>>6] |= 1 << (v & 63) }
func (s *set) has(v int) bool { return s[v>>6]>>(v&63)&1 == 1 }

// field is the plain grammar of one field: numbers or names, lists, ranges, steps and *.
type field struct {
	least, most int
	names       []string // the first stands for least
	wraps       bool     // a range may run over the end
}

var (
	minuteField  = field{least: 0, most: 59, wraps: true}
	hourField    = field{least: 0, most: 23, wraps: true}
	dayField     = field{least: 1, most: 31, wraps: true}
	monthField   = field{least: 1, most: 12, wraps: true, names: []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}}
	weekdayField = field{least: 1, most: 7, wraps: true, names: []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}}
	yearField    = field{least: firstYear, most: lastYear}
)

// read reads a list of the field's values.
func (f *field) read(text string) (s set, ok bool) {
	for part := range strings.SplitSeq(text, ",") {
		if !f.readPart(&s, part) {
			return s, false
		}
	}
	return s, true
}

func (f *field) readPart(s *set, part string) bool {
	span, every, stepped := strings.Cut(part, "/")
	step := 1
	if stepped {
		n, ok := number(every)
		if !ok || n < 1 || n > f.most-f.least+1 {
			return false
		}
		step = n
	}
	from, to, ok := f.span(span, stepped)
	if !ok {
		return false
	}
	length := f.most - f.least + 1
	if to < from {
		if !f.wraps {
			return false
		}
		to += length
	}
	for v := from; v <= to; v += step {
		s.add((v - f.least) % length)
	}
	return true
}

// span reads "*", a value or a range. A value with a step runs to the field's end.
func (f *field) span(text string, stepped bool) (from, to int, ok bool) {
	if text == "*" || text == "" && stepped {
		return f.least, f.most, true
	}
	a, b, ranged := strings.Cut(text, "-")
	if from, ok = f.value(a); !ok {
		return 0, 0, false
	}
	switch {
	case ranged:
		to, ok = f.value(b)
	case stepped:
		to = f.most
	default:
		to = from
	}
	return from, to, ok
}

func (f *field) value(text string) (int, bool) {
	for i, name := range f.names {
		if strings.EqualFold(text, name) {
			return f.least + i, true
		}
	}
	n, ok := number(text)
	return n, ok && n >= f.least && n <= f.most
}

// number reads digits only: no sign, nothing long.
func number(text string) (int, bool) {
	if text == "" || len(text) > 4 || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}
