package logtransform

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"vauban/engine/regex"
)

// grok reads by a pattern of names: %{IP:client} is an address that becomes the value of client. User Guide: "Configurable parser-type processors".
type grok struct {
	Source string `json:"source"`
	Match  string `json:"match"`

	re     *regexp.Regexp
	fields []string // of the groups
}

// Bounds of a pattern.
const (
	maxGrok      = 512 // characters
	maxGrokNames = 20  // fields that it names
	maxGrokDepth = 8   // patterns in patterns
)

func (g *grok) prepare(c *regex.Compiler) error {
	if err := source(&g.Source); err != nil {
		return err
	}
	if g.Match == "" || len(g.Match) > maxGrok {
		return fmt.Errorf("match has 1 to %d characters", maxGrok)
	}
	text, err := g.expand(g.Match, 0)
	if err != nil {
		return err
	}
	if g.re, err = c.Compile(text); err != nil {
		return fmt.Errorf("match: %w", err)
	}
	if len(g.fields) == 0 {
		return errors.New("match names no field: write %{PATTERN:field}")
	}
	return nil
}

// expand writes the pattern as a regular expression.
func (g *grok) expand(text string, depth int) (string, error) {
	if depth > maxGrokDepth {
		return "", errors.New("match is nested too deep")
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "%{")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		inner, after, ok := strings.Cut(rest, "}")
		if !ok {
			return "", errors.New("match has a %{ that is not closed")
		}
		text = after
		name, field, named := strings.Cut(inner, ":")
		known, ok := grokPatterns[name]
		if !ok {
			return "", fmt.Errorf("there is no grok pattern %.40s", name)
		}
		sub, err := g.expand(known, depth+1)
		if err != nil {
			return "", err
		}
		if !named {
			b.WriteString("(?:" + sub + ")")
			continue
		}
		if err := g.name(field); err != nil {
			return "", err
		}
		b.WriteString("(?P<g" + strconv.Itoa(len(g.fields)) + ">" + sub + ")")
	}
}

func (g *grok) name(field string) error {
	if strings.Contains(field, ":") {
		return errors.New("grok patterns do not convert types: use typeConverter")
	}
	if err := checkPaths(field); err != nil {
		return err
	}
	if g.fields = append(g.fields, field); len(g.fields) > maxGrokNames {
		return fmt.Errorf("match names more than %d fields", maxGrokNames)
	}
	return nil
}

func (g *grok) apply(e *event) error {
	text, err := e.text(g.Source)
	if err != nil {
		return fmt.Errorf("grok: %w", err)
	}
	m := g.re.FindStringSubmatchIndex(text)
	if m == nil {
		return errors.New("grok: the pattern does not match")
	}
	for i, group := range g.re.SubexpNames() {
		n, isField := strings.CutPrefix(group, "g")
		at, err := strconv.Atoi(n)
		if !isField || err != nil || at < 1 || at > len(g.fields) || m[2*i] < 0 {
			continue
		}
		if err := e.set(g.fields[at-1], text[m[2*i]:m[2*i+1]]); err != nil {
			return fmt.Errorf("grok: %w", err)
		}
	}
	return nil
}
