package dataprotection

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"unicode"
	"unicode/utf8"

	"vauban/engine/regex"
)

// Finding is one occurrence of sensitive data: where it is in the text, in bytes.
type Finding struct {
	Identifier string // as the policy names it, without the ARN before a managed one
	Start, End int
}

// Custom is a data identifier of a client's own.
type Custom struct{ Name, Regex string }

// Detector finds what some identifiers name. It is not changed by use.
type Detector struct {
	specs    []*spec
	shapes   []*automaton
	keywords *keywords
	custom   []custom
}

type custom struct {
	name string
	re   *regexp.Regexp
}

// New makes a detector of managed identifiers, by their names, and custom ones.
func New(managed []string, own []Custom) (*Detector, error) {
	d := &Detector{}
	named := map[string]bool{}
	for _, name := range managed {
		s := managedSpec(name)
		switch {
		case s == nil:
			return nil, fmt.Errorf("the data identifier %s does not exist, or is not built in this version of Vauban", bounded(name))
		case !named[s.name]:
			named[s.name] = true
			d.specs = append(d.specs, s)
		}
	}
	var c regex.Compiler
	for _, x := range own {
		re, err := c.Compile(x.Regex)
		if err != nil {
			return nil, fmt.Errorf("the regular expression of the data identifier %s: %w", bounded(x.Name), err)
		}
		d.custom = append(d.custom, custom{x.Name, re})
	}
	var err error
	if d.shapes, err = compileShapes(d.specs); err != nil {
		return nil, err
	}
	d.keywords = compileKeywords(d.specs)
	return d, nil
}

func bounded(s string) string {
	if len(s) > 100 {
		return s[:100] + "…"
	}
	return s
}

// run is a text that is looked through.
type run struct {
	*Detector
	text  string
	found []Finding
	ends  []int // by identifier: behind its last occurrence
	hits  []hit // keywords, once they were looked for
	read  bool

	longest []candidate
}

// candidate is a shape of an identifier.
type candidate struct{ id, end int }

// Find returns the sensitive data in the text, in order. Occurrences of different identifiers may overlap.
func (d *Detector) Find(text string) []Finding {
	r := run{Detector: d, text: text}
	for _, a := range d.shapes {
		r.tokens(a)
	}
	for i, s := range d.specs {
		if s.scan != nil {
			s.scan(text, func(start, end int) { r.add(i, start, end) })
		}
	}
	for _, c := range d.custom {
		for _, at := range c.re.FindAllStringIndex(text, -1) {
			if at[0] < at[1] {
				r.found = append(r.found, Finding{c.name, at[0], at[1]})
			}
		}
	}
	slices.SortStableFunc(r.found, func(a, b Finding) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End)) })
	return r.found
}

// tokens looks for shapes, which begin and end where words do.
func (r *run) tokens(a *automaton) {
	text, word := r.text, false
	for i := 0; i < len(text); i++ {
		b := text[i]
		if a.starts[b] && !word && free(text, i) {
			r.shape(a, i)
		}
		word = isWord(b)
	}
}

// shape runs the automaton from one place. Of an identifier only the longest shape counts.
func (r *run) shape(a *automaton, start int) {
	text := r.text
	r.longest = r.longest[:0]
	state := uint32(1)
	for i := start; i < len(text); {
		state = a.next[int(state)*a.width+int(a.classes[text[i]])]
		if state == 0 {
			break
		}
		i++
		ids := a.accepts[state]
		if len(ids) == 0 || !ends(text, i) {
			continue
		}
	next:
		for _, id := range ids {
			for k := range r.longest {
				if r.longest[k].id == id {
					r.longest[k].end = i
					continue next
				}
			}
			r.longest = append(r.longest, candidate{id, i})
		}
	}
	for _, x := range r.longest {
		r.check(x.id, start, x.end)
	}
}

func (r *run) check(id, start, end int) {
	if s := r.specs[id]; s.valid == nil || s.valid(r.text[start:end]) {
		r.add(id, start, end)
	}
}

// add notes an occurrence, if a keyword that it needs is near.
func (r *run) add(id, start, end int) {
	s := r.specs[id]
	if r.ends == nil {
		r.ends = make([]int, len(r.specs))
	}
	if start < r.ends[id] || len(s.keywords) > 0 && (s.bare == nil || !s.bare(r.text[start:end])) && !r.near(id, start, end) {
		return
	}
	r.ends[id] = end
	r.found = append(r.found, Finding{s.name, start, end})
}

// isWord reports whether the byte is of a word; those of other than ASCII are looked at by free and ends.
func isWord(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// free reports whether a token can begin there: not within a word, and not within a longer number with hyphens or points, such as a UUID.
func free(text string, i int) bool {
	if i == 0 {
		return true
	}
	b := text[i-1]
	if b >= utf8.RuneSelf {
		r, _ := utf8.DecodeLastRuneInString(text[:i])
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}
	if b != '-' && b != '.' {
		return !isWord(b)
	}
	for k := i - 2; k >= 0 && k > i-40 && isWord(text[k]); k-- {
		if isDigit(text[k]) {
			return false
		}
	}
	return true
}

// ends reports whether a token can end there.
func ends(text string, i int) bool {
	if i == len(text) {
		return true
	}
	b := text[i]
	switch {
	case b >= utf8.RuneSelf:
		r, _ := utf8.DecodeRuneInString(text[i:])
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	case b == '-' || b == '.':
		return i+1 == len(text) || !isDigit(text[i+1])
	}
	return !isWord(b)
}
