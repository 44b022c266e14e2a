package alarm

import (
	"fmt"
	"strconv"
	"strings"
)

// Rule is the rule of a composite alarm, parsed. API reference: "PutCompositeAlarm", AlarmRule.
type Rule struct {
	root node
	// Names are the alarms that it names, by name or ARN, in order of appearance, each once.
	Names []string
}

// Bounds of a rule. User Guide: "CloudWatch service quotas".
const (
	maxRule     = 10240
	maxNames    = 100
	maxElements = 500
	maxDepth    = 64
)

// node is a part of a rule. An alarm that does not exist is in no state.
type node interface {
	holds(state func(name string) State) bool
}

type (
	constant bool
	inState  struct {
		name  string
		state State
	}
	not     struct{ of node }
	all     []node
	some    []node
	atLeast struct {
		most    int // so many, or
		percent int // so large a share
		state   State
		not     bool
		names   []string
	}
)

func (n constant) holds(func(string) State) bool      { return bool(n) }
func (n inState) holds(state func(string) State) bool { return state(n.name) == n.state }
func (n not) holds(state func(string) State) bool     { return !n.of.holds(state) }

func (n all) holds(state func(string) State) bool {
	for _, x := range n {
		if !x.holds(state) {
			return false
		}
	}
	return true
}

func (n some) holds(state func(string) State) bool {
	for _, x := range n {
		if x.holds(state) {
			return true
		}
	}
	return false
}

func (n atLeast) holds(state func(string) State) bool {
	k := 0
	for _, name := range n.names {
		if (state(name) == n.state) != n.not {
			k++
		}
	}
	if n.percent > 0 {
		return k*100 >= n.percent*len(n.names)
	}
	return k >= n.most
}

// Holds reports whether the rule is true, given the states of the alarms that it names.
func (r *Rule) Holds(state func(name string) State) bool { return r.root.holds(state) }

// ParseRule reads a rule. NOT binds closest, then AND, then OR.
func ParseRule(text string) (*Rule, error) {
	if len(text) > maxRule {
		return nil, fmt.Errorf("the rule has more than %d characters", maxRule)
	}
	p := &ruleParser{rest: text, rule: &Rule{}}
	root, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t != "" {
		return nil, fmt.Errorf("%q is not expected", t)
	}
	p.rule.root = root
	return p.rule, nil
}

type ruleParser struct {
	rest     string
	rule     *Rule
	elements int
}

func (p *ruleParser) or(depth int) (node, error) {
	var list some
	for {
		n, err := p.and(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
		if p.peek() != "OR" {
			return list, nil
		}
		p.next()
	}
}

func (p *ruleParser) and(depth int) (node, error) {
	var list all
	for {
		n, err := p.unary(depth)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
		if p.peek() != "AND" {
			return list, nil
		}
		p.next()
	}
}

func (p *ruleParser) unary(depth int) (node, error) {
	if p.elements++; p.elements > maxElements {
		return nil, fmt.Errorf("the rule has more than %d elements", maxElements)
	}
	if depth > maxDepth {
		return nil, fmt.Errorf("the rule is nested more than %d deep", maxDepth)
	}
	switch t := p.next(); t {
	case "NOT":
		n, err := p.unary(depth + 1)
		return not{n}, err
	case "TRUE", "FALSE":
		return constant(t == "TRUE"), nil
	case "(":
		n, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		return n, p.expect(")")
	case "ALARM", "OK", "INSUFFICIENT_DATA":
		if err := p.expect("("); err != nil {
			return nil, err
		}
		name, err := p.name()
		if err != nil {
			return nil, err
		}
		return inState{name, State(t)}, p.expect(")")
	case "AT_LEAST":
		return p.atLeast()
	case "":
		return nil, fmt.Errorf("the rule ends too early")
	default:
		return nil, fmt.Errorf("%q is not a function or operator", t)
	}
}

// atLeast reads (2, ALARM, (a, b, c)) and (50%, NOT OK, (a, b)).
func (p *ruleParser) atLeast() (node, error) {
	n := atLeast{}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	number, percent := strings.CutSuffix(p.next(), "%")
	k, err := strconv.Atoi(number)
	if err != nil || k < 1 || percent && k > 100 {
		return nil, fmt.Errorf("AT_LEAST wants a number, or a percentage, and not %q", number)
	}
	if percent {
		n.percent = k
	} else {
		n.most = k
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	t := p.next()
	if t == "NOT" {
		n.not, t = true, p.next()
	}
	switch n.state = State(t); n.state {
	case OK, Alarm, InsufficientData:
	default:
		return nil, fmt.Errorf("%q is not a state", t)
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	for {
		name, err := p.name()
		if err != nil {
			return nil, err
		}
		n.names = append(n.names, name)
		if p.peek() != "," {
			break
		}
		p.next()
	}
	if n.most > len(n.names) {
		return nil, fmt.Errorf("AT_LEAST wants %d of %d alarms", n.most, len(n.names))
	}
	if err := p.expect(")"); err != nil {
		return nil, err
	}
	return n, p.expect(")")
}

// name reads the name or ARN of an alarm, with or without quotes.
func (p *ruleParser) name() (string, error) {
	p.space()
	name := ""
	if p.rest != "" && (p.rest[0] == '"' || p.rest[0] == '\'') {
		quote := p.rest[:1]
		var ok bool
		if name, p.rest, ok = strings.Cut(p.rest[1:], quote); !ok {
			return "", fmt.Errorf("a name has no closing quotation mark")
		}
	} else {
		end := strings.IndexAny(p.rest, "(),\"' \t\n\r")
		if end < 0 {
			end = len(p.rest)
		}
		name, p.rest = p.rest[:end], p.rest[end:]
	}
	if name == "" {
		return "", fmt.Errorf("the name of an alarm is missing")
	}
	for _, known := range p.rule.Names {
		if known == name {
			return name, nil
		}
	}
	if p.rule.Names = append(p.rule.Names, name); len(p.rule.Names) > maxNames {
		return "", fmt.Errorf("the rule names more than %d alarms", maxNames)
	}
	return name, nil
}

func (p *ruleParser) space() { p.rest = strings.TrimLeft(p.rest, " \t\n\r") }

func (p *ruleParser) expect(want string) error {
	if got := p.next(); got != want {
		return fmt.Errorf("%q is expected, and not %q", want, got)
	}
	return nil
}

func (p *ruleParser) next() string {
	t := p.peek()
	p.rest = p.rest[len(t):]
	return t
}

// peek is the next token: a word or a mark, "" at the end.
func (p *ruleParser) peek() string {
	p.space()
	if p.rest == "" {
		return ""
	}
	end := strings.IndexAny(p.rest, "(),\"' \t\n\r")
	switch {
	case end < 0:
		return p.rest
	case end == 0:
		return p.rest[:1]
	}
	return p.rest[:end]
}
