// Package regex compiles regular expressions that clients write. They are RE2's, which match in time linear in the text and in the compiled expression; that
// the text is bounded does not bound the latter: %.{0,1000}.{0,1000}% is some letters long, and thousands of steps for each character it looks at.
package regex

import (
	"fmt"
	"regexp"
	"regexp/syntax"
)

// MaxSize is how large the expressions of one [Compiler] are together at most: parts of them, where one that is repeated counts as often.
const MaxSize = 2000

// Compiler compiles the expressions of one pattern or query. The zero value is ready.
type Compiler struct{ size int }

// Compile is [regexp.Compile] for an expression that is not too large.
func (c *Compiler) Compile(text string) (*regexp.Regexp, error) {
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	if c.size += size(tree); c.size > MaxSize {
		return nil, fmt.Errorf("the regular expressions are too large: they come to %d parts with what they repeat, %d are allowed", c.size, MaxSize)
	}
	return regexp.Compile(text)
}

// size counts the parts of an expression. The parser bounds what repeats of repeats multiply to.
func size(re *syntax.Regexp) int {
	n := 1
	if re.Op == syntax.OpLiteral {
		n = len(re.Rune)
	}
	for _, sub := range re.Sub {
		n += size(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return n
}
