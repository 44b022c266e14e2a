package sql

import (
	"slices"
	"strconv"
	"strings"
)

// This file parses what operators join: primary expressions, and what follows one directly.

// postfix is a primary with members and elements.
func (p *parser) postfix() (expr, error) {
	depth := p.depth
	defer func() { p.depth = depth }()
	x, err := p.primary()
	for err == nil {
		at := p.tok.at
		if ok, err := p.symbol("."); err != nil {
			return nil, err
		} else if ok {
			if p.tok.kind != word && p.tok.kind != quoted { // after a dot no word is reserved
				return nil, p.unexpected("the name of a field")
			}
			if err := p.deeper(); err != nil {
				return nil, err
			}
			x = &member{at, x, strings.ToLower(p.tok.text), p.tok.text}
			if err := p.next(); err != nil {
				return nil, err
			}
			continue
		}
		ok, err := p.symbol("[")
		if err != nil {
			return nil, err
		}
		if !ok {
			return x, nil
		}
		if err := p.deeper(); err != nil {
			return nil, err
		}
		i, err := p.expr()
		if err != nil {
			return nil, err
		}
		if err := p.wantSymbol("]"); err != nil {
			return nil, err
		}
		x = &element{at, x, i}
	}
	return x, err
}

func (p *parser) primary() (expr, error) {
	t := p.tok
	switch t.kind {
	case text:
		return &literal{t.at, t.text, varchar}, p.next()
	case number:
		return p.numberLiteral()
	case symbol:
		if ok, err := p.symbol("("); err != nil {
			return nil, err
		} else if ok {
			x, err := p.expr()
			if err != nil {
				return nil, err
			}
			if p.tok.kind == symbol && p.tok.text == "," {
				return nil, p.tok.at.errorf("not supported: row constructors")
			}
			return x, p.wantSymbol(")")
		}
		if t.text == "?" {
			return nil, t.at.errorf("not supported: parameters")
		}
	case quoted:
		return &name{t.at, strings.ToLower(t.text), t.text}, p.next()
	case word:
		return p.wordPrimary(strings.ToLower(t.text), t.text, t.at)
	}
	return nil, p.unexpected("an expression")
}

func (p *parser) numberLiteral() (expr, error) {
	t := p.tok
	if i, err := strconv.ParseInt(t.text, 10, 64); err == nil {
		return &literal{t.at, i, bigint}, p.next()
	}
	f, err := strconv.ParseFloat(t.text, 64)
	if err != nil {
		return nil, t.at.errorf("'%s' is not a number", t.text)
	}
	return &literal{t.at, f, double}, p.next()
}

func (p *parser) wordPrimary(w, shown string, at pos) (expr, error) {
	switch w {
	case "null":
		return &literal{at, nil, unknown}, p.next()
	case "true", "false":
		return &literal{at, w == "true", boolean}, p.next()
	case "case":
		return p.caseOf(at)
	case "cast", "try_cast":
		return p.cast(w == "try_cast", at)
	case "extract":
		return p.extract(at)
	}
	if slices.Contains(reserved, w) {
		return nil, p.unexpected("an expression")
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	if p.tok.kind == text && (w == "timestamp" || w == "date") {
		return p.timeLiteral(at)
	}
	if w == "interval" && (p.tok.kind == text || p.tok.kind == symbol && p.tok.text == "-") {
		return p.interval(at)
	}
	if w == "current_timestamp" || w == "localtimestamp" || w == "current_date" {
		return &call{at: at, name: w}, nil
	}
	if ok, err := p.symbol("("); err != nil || !ok {
		return &name{at, w, shown}, err
	}
	return p.call(w, at)
}

func (p *parser) call(w string, at pos) (expr, error) {
	c := &call{at: at, name: w}
	var err error
	if c.star, err = p.symbol("*"); err != nil {
		return nil, err
	}
	if !c.star {
		if c.distinct, err = p.word("distinct"); err != nil {
			return nil, err
		}
		if closed := p.tok.kind == symbol && p.tok.text == ")"; !closed || c.distinct {
			if c.args, err = p.list(); err != nil {
				return nil, err
			}
		}
	}
	if err := p.wantSymbol(")"); err != nil {
		return nil, err
	}
	if p.is("over") {
		return nil, p.unexpected("")
	}
	if !p.is("filter") {
		return c, nil
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	if err := p.wantSymbol("("); err != nil {
		return nil, err
	}
	if err := p.wantWord("where"); err != nil {
		return nil, err
	}
	if c.filter, err = p.expr(); err != nil {
		return nil, err
	}
	return c, p.wantSymbol(")")
}

func (p *parser) caseOf(at pos) (expr, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	c := &caseOf{at: at}
	var err error
	if !p.is("when") {
		if c.x, err = p.expr(); err != nil {
			return nil, err
		}
	}
	for {
		if ok, err := p.word("when"); err != nil {
			return nil, err
		} else if !ok {
			break
		}
		w, err := p.expr()
		if err != nil {
			return nil, err
		}
		if err := p.wantWord("then"); err != nil {
			return nil, err
		}
		t, err := p.expr()
		if err != nil {
			return nil, err
		}
		c.when, c.then = append(c.when, w), append(c.then, t)
	}
	if len(c.when) == 0 {
		return nil, p.unexpected("WHEN")
	}
	if ok, err := p.word("else"); err != nil {
		return nil, err
	} else if ok {
		if c.orElse, err = p.expr(); err != nil {
			return nil, err
		}
	}
	return c, p.wantWord("end")
}

func (p *parser) cast(try bool, at pos) (expr, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	if err := p.wantSymbol("("); err != nil {
		return nil, err
	}
	x, err := p.expr()
	if err != nil {
		return nil, err
	}
	if err := p.wantWord("as"); err != nil {
		return nil, err
	}
	to := castable(strings.ToLower(p.tok.text))
	if p.tok.kind != word || to == nil {
		return nil, p.unexpected("varchar, bigint, integer, double, boolean, timestamp or date")
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	return &cast{at, x, to, try}, p.wantSymbol(")")
}

func (p *parser) extract(at pos) (expr, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	if err := p.wantSymbol("("); err != nil {
		return nil, err
	}
	field := strings.ToLower(p.tok.text)
	if p.tok.kind != word {
		return nil, p.unexpected("the name of a field of a time")
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	if err := p.wantWord("from"); err != nil {
		return nil, err
	}
	x, err := p.expr()
	if err != nil {
		return nil, err
	}
	return &call{at: at, name: field, args: []expr{x}}, p.wantSymbol(")")
}

func (p *parser) timeLiteral(at pos) (expr, error) {
	t, err := parseTime(p.tok.text)
	if err != nil {
		return nil, p.tok.at.errorf("'%s' is not a valid timestamp literal", p.tok.text)
	}
	return &literal{at, t, timestamp}, p.next()
}

// interval is INTERVAL [-] '3' DAY.
func (p *parser) interval(at pos) (expr, error) {
	minus, err := p.symbol("-")
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseInt(p.tok.text, 10, 32)
	if p.tok.kind != text || err != nil {
		return nil, p.tok.at.errorf("an interval is a whole number in quotes and a unit")
	}
	if minus {
		n = -n
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	out := &interval{at: at}
	switch strings.TrimSuffix(strings.ToLower(p.tok.text), "s") {
	case "year":
		out.months = 12 * n
	case "month":
		out.months = n
	case "week":
		out.micros = n * 7 * day
	case "day":
		out.micros = n * day
	case "hour":
		out.micros = n * hour
	case "minute":
		out.micros = n * minute
	case "second":
		out.micros = n * second
	default:
		return nil, p.unexpected("YEAR, MONTH, WEEK, DAY, HOUR, MINUTE or SECOND")
	}
	return out, p.next()
}
