package logpattern

import (
	"cmp"
	"crypto/sha256"
	encoding "encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Extractor takes messages and finds their patterns. The zero value is ready.
type Extractor struct {
	masks map[string]*mask
}

// Pattern is what some messages have in common.
type Pattern struct {
	Tokens  []Token
	Counts  [2]int64         // messages of the period, and of the earlier one that it is compared with
	Values  []map[string]int // of each token that varies, how often it was what: of the first values only
	Samples []string         // messages
}

// Bounds of what is kept beside a pattern.
const (
	maxValues  = 20  // of a token that varies
	maxValue   = 200 // bytes of a value
	maxSamples = 3
	maxSample  = 1 << 10 // bytes of a sample
)

// mask is the messages that are the same but for tokens that vary by their form.
type mask struct {
	Pattern
	key    string
	hashes []uint64 // of its tokens, and their sum: see merge.go
	hash   uint64
}

// Add takes a message of the period, or of the earlier one. It answers how many bytes more are held.
func (e *Extractor) Add(message string, earlier bool) (weight int) {
	tokens := Scan(message)
	key := keyOf(tokens)
	m := e.masks[key]
	if m == nil {
		if e.masks == nil {
			e.masks = map[string]*mask{}
		}
		m = &mask{key: key, Pattern: templateOf(tokens)}
		e.masks[key] = m
		weight += 2*len(key) + 64*len(tokens) + 200
	}
	which := 0
	if earlier {
		which = 1
	}
	m.Counts[which]++
	n := 0
	for i := range tokens {
		if tokens[i].Kind == "" {
			continue
		}
		weight += note(m.Values[n], tokens[i].Text, 1)
		n++
	}
	if len(m.Samples) < maxSamples && !earlier {
		m.Samples = append(m.Samples, strings.Clone(message[:min(len(message), maxSample)]))
		weight += min(len(message), maxSample)
	}
	return weight
}

// note counts a value of a token.
func note(values map[string]int, text string, n int) (weight int) {
	text = text[:min(len(text), maxValue)]
	if _, known := values[text]; known {
		values[text] += n
		return 0
	}
	if len(values) >= maxValues {
		return 0
	}
	values[strings.Clone(text)] = n
	return len(text) + 48
}

// keyOf writes tokens so that different patterns have different keys.
func keyOf(tokens []Token) string {
	var b strings.Builder
	for i := range tokens {
		if tokens[i].Kind != "" {
			b.WriteString("\x00" + tokens[i].Kind + "\x00")
		} else {
			b.WriteString(strings.ReplaceAll(tokens[i].Text, "\x00", "\x00\x01"))
			b.WriteString("\x00\x02")
		}
	}
	return b.String()
}

// templateOf is the pattern of one message.
func templateOf(tokens []Token) Pattern {
	p := Pattern{Tokens: slices.Clone(tokens)}
	for i := range p.Tokens {
		if t := &p.Tokens[i]; t.Kind != "" {
			t.Text = ""
			p.Values = append(p.Values, map[string]int{})
		} else {
			t.Text = strings.Clone(t.Text)
		}
	}
	return p
}

// Patterns are the patterns of what was added, the most frequent first. The extractor is used up.
func (e *Extractor) Patterns() []Pattern {
	all := make([]*mask, 0, len(e.masks))
	for _, k := range slices.Sorted(maps.Keys(e.masks)) {
		all = append(all, e.masks[k])
	}
	e.masks = nil
	all = merge(all)
	slices.SortStableFunc(all, func(a, b *mask) int {
		return cmp.Or(cmp.Compare(b.Counts[0], a.Counts[0]), cmp.Compare(b.Counts[1], a.Counts[1]), cmp.Compare(a.key, b.key))
	})
	out := make([]Pattern, len(all))
	for i, m := range all {
		out[i] = m.Pattern
	}
	return out
}

// String writes the pattern as AWS does: <Number-1> is the first token that varies.
func (p *Pattern) String() string {
	var b strings.Builder
	n := 0
	for i := range p.Tokens {
		if t := &p.Tokens[i]; t.Kind == "" {
			b.WriteString(t.Text)
		} else {
			n++
			b.WriteString("<" + t.Kind + "-" + strconv.Itoa(n) + ">")
		}
	}
	return b.String()
}

// ID names the pattern: 32 hexadecimal digits, the same for the same tokens.
func (p *Pattern) ID() string {
	sum := sha256.Sum256([]byte(keyOf(p.Tokens)))
	return encoding.EncodeToString(sum[:16])
}

// Match reports whether the tokens of a message are of the pattern, and answers what varies in them.
func (p *Pattern) Match(tokens []Token) (values []string, ok bool) {
	if len(tokens) != len(p.Tokens) {
		return nil, false
	}
	for i := range tokens {
		switch t := &p.Tokens[i]; {
		case t.Kind == "" && t.Text != tokens[i].Text, t.Kind != "" && t.Kind != kindAny && t.Kind != tokens[i].Kind, t.Word != tokens[i].Word:
			return nil, false
		case t.Kind != "":
			values = append(values, tokens[i].Text)
		}
	}
	return values, true
}

// AddPattern takes a pattern that was found before, with its messages.
func (e *Extractor) AddPattern(p Pattern) {
	key := keyOf(p.Tokens)
	m := &mask{key: key, Pattern: Pattern{Tokens: slices.Clone(p.Tokens), Counts: p.Counts, Samples: slices.Clone(p.Samples)}}
	for _, values := range p.Values {
		m.Values = append(m.Values, maps.Clone(values))
	}
	if e.masks == nil {
		e.masks = map[string]*mask{}
	}
	if have := e.masks[key]; have != nil {
		m = join([]*mask{have, m}, nil)
	}
	e.masks[key] = m
}

// Covers reports whether the other pattern is this one, or a case of it.
func (p *Pattern) Covers(o *Pattern) bool {
	if len(p.Tokens) != len(o.Tokens) {
		return false
	}
	for i := range p.Tokens {
		a, b := &p.Tokens[i], &o.Tokens[i]
		if *a != *b && (a.Kind != kindAny || !b.Word) {
			return false
		}
	}
	return true
}
