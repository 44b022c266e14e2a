package sql

import (
	"slices"
)

// deeper bounds the depth of the tree and its nodes. The caller takes the depth back when it has parsed its part.
func (p *parser) deeper() error {
	p.depth++
	p.nodes++
	switch {
	case p.depth > mostDepth:
		return p.tok.at.errorf("the expression is nested more than %d levels deep", mostDepth)
	case p.nodes > mostNodes:
		return p.tok.at.errorf("the statement has more than %d expressions", mostNodes)
	}
	return nil
}

func (p *parser) expr() (expr, error) {
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	return p.chain(p.and, "or")
}

func (p *parser) and() (expr, error) { return p.chain(p.not, "and") }

// chain is operands with words between them. It is built balanced, so that long chains are not deep.
func (p *parser) chain(operand func() (expr, error), op string) (expr, error) {
	var list []expr
	var at pos
	for {
		x, err := operand()
		if err != nil {
			return nil, err
		}
		list = append(list, x)
		if p.nodes++; p.nodes > mostNodes {
			return nil, p.tok.at.errorf("the statement has more than %d expressions", mostNodes)
		}
		if at = p.tok.at; !p.is(op) {
			return balanced(list, op, at), nil
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
}

func balanced(list []expr, op string, at pos) expr {
	if len(list) == 1 {
		return list[0]
	}
	mid := len(list) / 2
	return &binary{at, op, balanced(list[:mid], op, at), balanced(list[mid:], op, at)}
}

func (p *parser) not() (expr, error) {
	at := p.tok.at
	ok, err := p.word("not")
	if err != nil || !ok {
		if err != nil {
			return nil, err
		}
		return p.predicate()
	}
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	x, err := p.not()
	return &unary{at, "not", x}, err
}

// predicate is a sum, or what is said of one.
func (p *parser) predicate() (expr, error) {
	x, err := p.sum()
	if err != nil {
		return nil, err
	}
	at := p.tok.at
	if p.tok.kind == symbol && slices.Contains([]string{"=", "<>", "!=", "<", "<=", ">", ">="}, p.tok.text) {
		op := p.tok.text
		if op == "!=" {
			op = "<>"
		}
		if err := p.next(); err != nil {
			return nil, err
		}
		y, err := p.sum()
		return &binary{at, op, x, y}, err
	}
	if is, err := p.word("is"); err != nil {
		return nil, err
	} else if is {
		return p.isWhat(x, at)
	}
	not, err := p.word("not")
	if err != nil {
		return nil, err
	}
	var out expr
	switch {
	case p.is("between"):
		out, err = p.between(x, at)
	case p.is("in"):
		out, err = p.in(x, at)
	case p.is("like"):
		out, err = p.like(x, at)
	case not:
		return nil, p.unexpected("BETWEEN, IN or LIKE")
	default:
		return x, nil
	}
	if not && err == nil {
		out = &unary{at, "not", out}
	}
	return out, err
}

func (p *parser) isWhat(x expr, at pos) (expr, error) {
	not, err := p.word("not")
	if err != nil {
		return nil, err
	}
	var out expr
	if ok, err := p.word("null"); err != nil {
		return nil, err
	} else if ok {
		out = &isNull{at, x}
	} else {
		if err := p.wantWord("distinct"); err != nil {
			return nil, err
		}
		if err := p.wantWord("from"); err != nil {
			return nil, err
		}
		y, err := p.sum()
		if err != nil {
			return nil, err
		}
		out = &binary{at, "distinct", x, y}
	}
	if not {
		out = &unary{at, "not", out}
	}
	return out, nil
}

func (p *parser) between(x expr, at pos) (expr, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	low, err := p.sum()
	if err != nil {
		return nil, err
	}
	if err := p.wantWord("and"); err != nil {
		return nil, err
	}
	high, err := p.sum()
	return &binary{at, "and", &binary{at, ">=", x, low}, &binary{at, "<=", x, high}}, err
}

func (p *parser) in(x expr, at pos) (expr, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	if err := p.wantSymbol("("); err != nil {
		return nil, err
	}
	list, err := p.list()
	if err != nil {
		return nil, err
	}
	return &inList{at, x, list}, p.wantSymbol(")")
}

func (p *parser) like(x expr, at pos) (expr, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	pattern, err := p.sum()
	if err != nil {
		return nil, err
	}
	out := &like{at: at, x: x, pattern: pattern}
	if ok, err := p.word("escape"); err != nil {
		return nil, err
	} else if ok {
		out.escape, err = p.sum()
		return out, err
	}
	return out, nil
}

// sum is x + y, x - y and x || y.
func (p *parser) sum() (expr, error) { return p.left(p.product, "+", "-", "||") }

func (p *parser) product() (expr, error) { return p.left(p.sign, "*", "/", "%") }

// left is operands with symbols between them, from left to right. Every symbol makes the tree deeper.
func (p *parser) left(operand func() (expr, error), ops ...string) (expr, error) {
	depth := p.depth
	defer func() { p.depth = depth }()
	x, err := operand()
	for err == nil && p.tok.kind == symbol && slices.Contains(ops, p.tok.text) {
		b := &binary{at: p.tok.at, op: p.tok.text, x: x}
		if err = p.deeper(); err != nil {
			return nil, err
		}
		if err = p.next(); err != nil {
			return nil, err
		}
		b.y, err = operand()
		x = b
	}
	return x, err
}

func (p *parser) sign() (expr, error) {
	at := p.tok.at
	for _, op := range []string{"-", "+"} {
		ok, err := p.symbol(op)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if err := p.deeper(); err != nil {
			return nil, err
		}
		defer func() { p.depth-- }()
		x, err := p.sign()
		if op == "+" || err != nil {
			return x, err
		}
		return &unary{at, "-", x}, nil
	}
	return p.postfix()
}
