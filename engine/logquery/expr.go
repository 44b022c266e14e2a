package logquery

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// expr is an expression. eval answers nil where a part that it needs is absent.
type expr interface{ eval(*scope) value }

// scope is what an expression sees: a row, and behind stats the aggregates of its group.
type scope struct {
	row  *row
	aggs []aggregate // of the group, in the order in which the command has them
	now  int64       // milliseconds
}

type (
	field    struct{ name string }
	constant struct{ v value }
	call     struct {
		fn   *function
		args []expr
	}
	aggRef struct{ index int } // of an aggregate in stats
	unary  struct {
		op string
		x  expr
	}
	binary struct {
		op   string
		a, b expr
	}
	like struct {
		x   expr
		re  *regexp.Regexp
		sub expr
		not bool
	}
	within struct {
		x    expr
		list []expr
		sub  *subquery // instead of a list
		not  bool
	}
	index struct{ x, at expr }
)

// parser parses expressions and commands.
type parser struct {
	lexer
	depth   int
	subs    []*subquery
	inner   bool        // within a subquery
	unmasks bool        // what is masked is asked for
	aggs    *[]*aggSpec // where aggregates are collected; nil where there must be none
}

const maxDepth = 64

func (p *parser) expr() (expr, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail("the expression is nested deeper than %d", maxDepth)
	}
	defer func() { p.depth-- }()
	return p.or()
}

func (p *parser) or() (expr, error) {
	return p.chain(p.and, "or")
}

func (p *parser) and() (expr, error) {
	return p.chain(p.not, "and")
}

// chain parses operands joined by any of the operators, from the left.
func (p *parser) chain(operand func() (expr, error), ops ...string) (expr, error) {
	a, err := operand()
	for n := 0; err == nil; n++ {
		i := slices.IndexFunc(ops, p.is)
		if i < 0 {
			return a, nil
		}
		if n == maxTerms {
			return nil, p.fail("the expression has too many operands")
		}
		if err = p.next(); err != nil {
			break
		}
		var b expr
		if b, err = operand(); err == nil {
			a = &binary{ops[i], a, b}
		}
	}
	return nil, err
}

const maxTerms = 500

func (p *parser) not() (expr, error) {
	ok, err := p.accept("not")
	if err != nil || !ok {
		if err != nil {
			return nil, err
		}
		return p.comparison()
	}
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail("the expression is nested deeper than %d", maxDepth)
	}
	defer func() { p.depth-- }()
	x, err := p.not()
	return &unary{"not", x}, err
}

var comparisons = []string{"=", "==", "!=", "<=", ">=", "<", ">"}

func (p *parser) comparison() (expr, error) {
	a, err := p.sum()
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(comparisons, p.is); i >= 0 {
		if err := p.next(); err != nil {
			return nil, err
		}
		b, err := p.sum()
		op := comparisons[i]
		if op == "==" {
			op = "="
		}
		return &binary{op, a, b}, err
	}
	not, err := p.accept("not")
	switch {
	case err != nil:
		return nil, err
	case p.is("like"), p.is("=~"):
		return p.like(a, not)
	case p.is("in"):
		return p.in(a, not)
	case not:
		return nil, p.fail("like or in is expected after not")
	}
	return a, nil
}

func (p *parser) like(x expr, not bool) (expr, error) {
	regexOnly := p.is("=~")
	if err := p.next(); err != nil {
		return nil, err
	}
	if p.is("/") {
		re, err := p.regex()
		return &like{x: x, re: re, not: not}, err
	}
	if p.tok.kind != text {
		return nil, p.fail("a text in quotes or a regular expression between slashes is expected here")
	}
	out := &like{x: x, sub: &constant{p.tok.value}, not: not}
	if regexOnly {
		re, err := p.compiler.Compile(p.tok.value)
		if err != nil {
			return nil, p.fail("%v", err)
		}
		out.re = re
	}
	return out, p.next()
}

func (p *parser) in(x expr, not bool) (expr, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	if p.is("(") {
		sub, err := p.subquery()
		return &within{x: x, sub: sub, not: not}, err
	}
	if err := p.expect("["); err != nil {
		return nil, err
	}
	list, err := p.list("]")
	return &within{x: x, list: list, not: not}, err
}

// list parses expressions up to the closing sign.
func (p *parser) list(closing string) (list []expr, err error) {
	for first := true; ; first = false {
		if ok, err := p.accept(closing); err != nil || ok {
			return list, err
		}
		if !first {
			if err := p.expect(","); err != nil {
				return nil, err
			}
		}
		x, err := p.expr()
		if err != nil {
			return nil, err
		}
		if list = append(list, x); len(list) > maxTerms {
			return nil, p.fail("the list is too long")
		}
	}
}

func (p *parser) sum() (expr, error)     { return p.chain(p.product, "+", "-") }
func (p *parser) product() (expr, error) { return p.chain(p.power, "*", "/", "%") }

func (p *parser) power() (expr, error) {
	a, err := p.primary()
	if err != nil || !p.is("^") {
		return a, err
	}
	if p.depth++; p.depth > maxDepth {
		return nil, p.fail("the expression is nested deeper than %d", maxDepth)
	}
	defer func() { p.depth-- }()
	if err := p.next(); err != nil {
		return nil, err
	}
	b, err := p.power()
	return &binary{"^", a, b}, err
}

func (p *parser) primary() (x expr, err error) {
	t := p.tok
	switch {
	case t.kind == text:
		x, err = &constant{t.value}, p.next()
	case t.kind == numeral:
		f, bad := strconv.ParseFloat(t.value, 64)
		if bad != nil {
			return nil, p.fail("%q is not a number", t.value)
		}
		x, err = &constant{f}, p.next()
	case t.kind == name:
		if t.value == "" {
			return nil, p.fail("a field has no name")
		}
		x, err = &field{t.value}, p.next()
	case t.kind == word:
		x, err = p.word()
	case p.is("("):
		if err := p.next(); err != nil {
			return nil, err
		}
		if x, err = p.expr(); err == nil {
			err = p.expect(")")
		}
	case p.is("-"):
		if p.depth++; p.depth > maxDepth {
			return nil, p.fail("the expression is nested deeper than %d", maxDepth)
		}
		defer func() { p.depth-- }()
		if err := p.next(); err != nil {
			return nil, err
		}
		inner, err := p.primary()
		return &unary{"-", inner}, err
	default:
		return nil, p.fail("an expression is expected here, not %q", t.value)
	}
	for err == nil && p.is("[") {
		if err = p.next(); err != nil {
			break
		}
		var at expr
		if at, err = p.expr(); err == nil {
			x, err = &index{x, at}, p.expect("]")
		}
	}
	return x, err
}

// word parses a field or a call.
func (p *parser) word() (expr, error) {
	t := p.tok
	for _, k := range reserved {
		if strings.EqualFold(t.value, k) {
			return nil, p.fail("an expression is expected here, not %q", t.value)
		}
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	if !p.is("(") {
		switch strings.ToLower(t.value) {
		case "true":
			return &constant{1.0}, nil
		case "false":
			return &constant{0.0}, nil
		}
		return &field{t.value}, nil
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	lower := strings.ToLower(t.value)
	if lower == "bin" {
		return p.bin()
	}
	if maker, ok := aggregators[lower]; ok {
		return p.aggregate(t, maker)
	}
	fn, ok := functions[lower]
	if !ok {
		p.tok = t
		return nil, p.fail("there is no function %s", t.value)
	}
	return p.call(t, fn)
}

var reserved = []string{"and", "or", "not", "in", "like", "as", "by"}

func (p *parser) call(t token, fn *function) (expr, error) {
	var args []expr
	var err error
	if fn.period {
		if args, err = p.timed(); err != nil {
			return nil, err
		}
	} else if args, err = p.list(")"); err != nil {
		return nil, err
	}
	if len(args) < fn.min || fn.max >= 0 && len(args) > fn.max {
		p.tok = t
		return nil, p.fail("%s does not take %d arguments", t.value, len(args))
	}
	if strings.EqualFold(t.value, "unmask") {
		if err := p.unmasking(t, args); err != nil {
			return nil, err
		}
	}
	return &call{fn, args}, nil
}

// aggregate parses the arguments of an aggregate of stats.
func (p *parser) aggregate(t token, make *aggregator) (expr, error) {
	if p.aggs == nil {
		p.tok = t
		return nil, p.fail("%s is for stats only", t.value)
	}
	outer := p.aggs
	p.aggs = nil // none within another
	spec := &aggSpec{make: make}
	var err error
	if ok, bad := p.accept("*"); bad != nil {
		return nil, bad
	} else if ok {
		err = p.expect(")")
	} else {
		spec.args, err = p.list(")")
	}
	p.aggs = outer
	if err != nil {
		return nil, err
	}
	if n := len(spec.args); n < make.min || n > make.max {
		p.tok = t
		return nil, p.fail("%s does not take %d arguments", t.value, n)
	}
	if make.prepare != nil {
		if err := make.prepare(spec); err != nil {
			p.tok = t
			return nil, p.fail("%v", err)
		}
	}
	if *outer = append(*outer, spec); len(*outer) > maxAggregates {
		return nil, p.fail("a query has %d aggregates at most", maxAggregates)
	}
	return &aggRef{len(*outer) - 1}, nil
}

const maxAggregates = 50
