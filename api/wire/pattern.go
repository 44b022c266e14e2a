package wire

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"
)

// pattern is a smithy.api#pattern. Models write them in the dialect of Java and ECMAScript; a value must match as a whole, which is what AWS's
// services do. The expressions are run by Go's linear-time engine. What that cannot express (look-around, back references, very large repeats) is
// written out by hand in patternRewrites, as a conjunction; a pattern that is in neither matches nothing, and CheckPattern keeps the generator from
// writing one.
type pattern struct {
	source string
	shown  string // in messages: without the anchors, as AWS shows it

	once    sync.Once
	class   *runeClass
	repeat  byte // '+' or '*' of class
	clauses []compiledClause
	broken  bool
}

// clause is one condition of a conjunction that stands for a pattern.
type clause struct {
	expr   string
	not    bool // must not match
	find   bool // a match anywhere counts, not only of the whole
	length int  // at most this many characters, when not 0
}

type compiledClause struct {
	re     *regexp.Regexp
	not    bool
	length int
}

func newPattern(source string) *pattern {
	return &pattern{source: source, shown: strings.TrimSuffix(strings.TrimPrefix(source, "^"), "$")}
}

// CheckPattern reports why a model's pattern cannot be enforced, or nil.
func CheckPattern(source string) error {
	_, err := compileClauses(source)
	return err
}

func (p *pattern) matches(s string) bool {
	p.once.Do(p.compile)
	if p.class != nil {
		return (p.repeat == '*' || s != "") && p.class.all(s)
	}
	if p.broken {
		return false
	}
	for _, c := range p.clauses {
		if c.re != nil && c.re.MatchString(s) == c.not || c.length > 0 && utf8.RuneCountInString(s) > c.length {
			return false
		}
	}
	return true
}

func (p *pattern) compile() {
	if p.class, p.repeat = classOf(p.source); p.class != nil {
		return
	}
	var err error
	p.clauses, err = compileClauses(p.source)
	p.broken = err != nil
}

func compileClauses(source string) ([]compiledClause, error) {
	clauses, ok := patternRewrites[source]
	if !ok {
		clauses = []clause{{expr: source}}
	}
	var out []compiledClause
	for _, c := range clauses {
		if c.expr == "" {
			out = append(out, compiledClause{length: c.length})
			continue
		}
		expr, err := toGo(c.expr)
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", source, err)
		}
		if !c.find {
			expr = `\A(?:` + expr + `)\z`
		}
		re, err := regexp.Compile(expr)
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", source, err)
		}
		out = append(out, compiledClause{re: re, not: c.not, length: c.length})
	}
	return out, nil
}

// anyChar is the dot of Java and ECMAScript, which stops at more line ends than Go's.
const anyChar = `[^\n\r\x{85}\x{2028}\x{2029}]`

// classNames are property names that Go spells otherwise, as the inside of a class.
var classNames = map[string]string{
	"LD": `\p{L}\p{Nd}`, "Punct": `!-/:-@\[-` + "`" + `{-~`, "Alnum": `0-9A-Za-z`, "Alpha": `A-Za-z`, "Digit": `0-9`, "Upper": `A-Z`, "Lower": `a-z`,
	"ASCII": `\x00-\x7F`, "Space": `\s`, "IsAlphabetic": `\p{L}\p{Nl}`, "IsDigit": `\p{Nd}`,
}

// toGo translates the dialect: \uXXXX (also as surrogate pairs), the dot, and property names.
func toGo(p string) (string, error) {
	var b strings.Builder
	inClass, anything := false, strings.HasPrefix(p, "(?s)") // then the dot is any character
	for i := 0; i < len(p); {
		switch c := p[i]; {
		case c == '\\' && i+1 < len(p):
			n, err := escapeToGo(&b, p[i:], inClass)
			if err != nil {
				return "", err
			}
			i += n
			continue
		case c == '.' && !inClass && !anything:
			b.WriteString(anyChar)
		case c == '[' && !inClass:
			inClass = true
			b.WriteByte(c)
			if strings.HasPrefix(p[i+1:], "^") {
				b.WriteByte('^')
				i++
			}
		case c == '[':
			b.WriteString(`\[`) // a literal in ECMAScript; the models do not use Java's nested classes
		case c == '&' && inClass && strings.HasPrefix(p[i:], "&&"):
			return "", fmt.Errorf("class intersection")
		case c == ']' && inClass:
			inClass = false
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
		i++
	}
	return b.String(), nil
}

// escapeToGo writes one escape and returns how much of p it was.
func escapeToGo(b *strings.Builder, p string, inClass bool) (int, error) {
	switch p[1] {
	case 'u':
		r, n, ok := unicodeEscape(p)
		if !ok {
			return 0, fmt.Errorf("bad escape %q", clip(p))
		}
		fmt.Fprintf(b, `\x{%X}`, r)
		return n, nil
	case 'p', 'P':
		end := strings.IndexByte(p, '}')
		if end < 0 || p[2] != '{' {
			return 0, fmt.Errorf("bad property %q", clip(p))
		}
		inside, ok := classNames[p[3:end]]
		switch {
		case !ok:
			b.WriteString(p[:end+1])
		case p[1] == 'P':
			return 0, fmt.Errorf("negated property %q", p[:end+1])
		case inClass:
			b.WriteString(inside)
		default:
			b.WriteString("[" + inside + "]")
		}
		return end + 1, nil
	}
	b.WriteString(p[:2])
	return 2, nil
}

// unicodeEscape reads \uXXXX, a surrogate pair of them, or the \u10XXXX by which some models mean a supplementary character.
func unicodeEscape(p string) (r rune, n int, ok bool) {
	parse := func(s string) (rune, bool) {
		v, err := strconv.ParseUint(s, 16, 32)
		return rune(v), err == nil
	}
	if len(p) < 6 {
		return 0, 0, false
	}
	for _, long := range []int{6, 5} { // \u10FFFF, \u10000
		if len(p) >= 2+long && strings.HasPrefix(p[2:], "10") {
			if r, ok := parse(p[2 : 2+long]); ok && r >= 0x10000 && r <= utf8.MaxRune {
				return r, 2 + long, true
			}
		}
	}
	r, ok = parse(p[2:6])
	if ok && utf16.IsSurrogate(r) {
		if len(p) < 12 || p[6:8] != `\u` {
			return 0, 0, false
		}
		low, isHex := parse(p[8:12])
		r = utf16.DecodeRune(r, low)
		return r, 12, isHex && r != utf8.RuneError
	}
	return r, 6, ok
}

// runeClass is a character class: the patterns [class]+ and [class]* are most of all, and are matched without the engine.
type runeClass struct {
	ascii  [2]uint64
	ranges []rune // sorted [lo, hi] pairs
}

func (c *runeClass) all(s string) bool {
	for i := 0; i < len(s); {
		if b := s[i]; b < utf8.RuneSelf {
			if c.ascii[b>>6]&(1<<(b&63)) == 0 {
				return false
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if !searchRanges(c.ranges, r) {
			return false
		}
		i += n
	}
	return true
}

// classOf returns the class of a pattern that is a repeated class and nothing else.
func classOf(source string) (*runeClass, byte) {
	if _, rewritten := patternRewrites[source]; rewritten {
		return nil, 0
	}
	expr, err := toGo(strings.TrimSuffix(strings.TrimPrefix(source, "^"), "$"))
	if err != nil {
		return nil, 0
	}
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, 0
	}
	for re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	if (re.Op != syntax.OpPlus && re.Op != syntax.OpStar) || re.Sub[0].Op != syntax.OpCharClass {
		return nil, 0
	}
	c := &runeClass{ranges: re.Sub[0].Rune}
	for r := range rune(utf8.RuneSelf) {
		for i := 0; i < len(c.ranges); i += 2 {
			if r >= c.ranges[i] && r <= c.ranges[i+1] {
				c.ascii[r>>6] |= 1 << (r & 63)
			}
		}
	}
	if re.Op == syntax.OpPlus {
		return c, '+'
	}
	return c, '*'
}
