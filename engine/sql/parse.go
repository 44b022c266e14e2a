package sql

import (
	"slices"
	"strconv"
	"strings"
)

// What a statement may have at most.
const (
	mostText  = 10_000 // bytes
	mostDepth = 100
	mostNodes = 5_000
)

// parser reads the tokens of one statement.
type parser struct {
	lex   lexer
	tok   token
	depth int
	nodes int
}

// reserved words are names only in double quotes. Trino documentation: "Reserved keywords".
var reserved = strings.Fields("and as between by case cast cross distinct else end escape except exists extract false for from full group having in inner intersect into is join " +
	"left like natural not null on or order outer right select table then true try_cast union unnest using values when where with")

// clauses are words that go on with the statement: they are aliases only after AS.
var clauses = strings.Fields("asc desc fetch filter first last limit nulls offset over window")

func parse(text string) (*statement, error) {
	if len(text) > mostText {
		return nil, pos{1, 1}.errorf("the statement has more than %d characters", mostText)
	}
	p := &parser{lex: lexer{rest: text, at: pos{1, 1}}}
	if err := p.next(); err != nil {
		return nil, err
	}
	s, err := p.statement()
	if err != nil {
		return nil, err
	}
	if _, err := p.symbol(";"); err != nil {
		return nil, err
	}
	if p.tok.kind != end {
		return nil, p.unexpected("the end of the statement")
	}
	return s, nil
}

func (p *parser) next() (err error) {
	p.tok, err = p.lex.next()
	return err
}

// is reports whether the next token is the word, which is given in lower case.
func (p *parser) is(w string) bool { return p.tok.kind == word && strings.EqualFold(p.tok.text, w) }

// word takes the word if it is next.
func (p *parser) word(w string) (bool, error) {
	if !p.is(w) {
		return false, nil
	}
	return true, p.next()
}

func (p *parser) symbol(s string) (bool, error) {
	if p.tok.kind != symbol || p.tok.text != s {
		return false, nil
	}
	return true, p.next()
}

func (p *parser) want(ok bool, err error, what string) error {
	if err == nil && !ok {
		err = p.unexpected(what)
	}
	return err
}

func (p *parser) wantWord(w string) error {
	ok, err := p.word(w)
	return p.want(ok, err, strings.ToUpper(w))
}

func (p *parser) wantSymbol(s string) error {
	ok, err := p.symbol(s)
	return p.want(ok, err, "'"+s+"'")
}

// notBuilt are words that begin what other SQL has, and what to say of them.
var notBuilt = map[string]string{
	"join": "joins", "inner": "joins", "left": "joins", "right": "joins", "full": "joins", "cross": "joins", "natural": "joins", "union": "UNION", "intersect": "INTERSECT",
	"except": "EXCEPT", "with": "WITH", "over": "window functions", "window": "window functions", "unnest": "UNNEST", "exists": "subqueries", "fetch": "FETCH, use LIMIT instead", "select": "subqueries",
}

func (p *parser) unexpected(want string) error {
	t := p.tok
	if t.kind == end {
		return t.at.errorf("mismatched input '<EOF>'. Expecting: %s", want)
	}
	if t.kind == word {
		if what := notBuilt[strings.ToLower(t.text)]; what != "" {
			return t.at.errorf("not supported: %s", what)
		}
	}
	if t.kind == symbol && t.text == "->" {
		return t.at.errorf("not supported: lambda expressions")
	}
	return t.at.errorf("mismatched input '%s'. Expecting: %s", t.text, want)
}

func (p *parser) statement() (*statement, error) {
	if !p.is("select") {
		if p.is("with") {
			return nil, p.unexpected("SELECT")
		}
		return nil, p.tok.at.errorf("only SELECT statements can be run")
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	s := &statement{limit: -1}
	var err error
	if s.distinct, err = p.word("distinct"); err != nil {
		return nil, err
	}
	if !s.distinct {
		if _, err := p.word("all"); err != nil {
			return nil, err
		}
	}
	if s.items, err = p.items(); err != nil {
		return nil, err
	}
	for _, clause := range []func(*statement) error{p.from, p.where, p.groupBy, p.having, p.orderBy, p.limits} {
		if err := clause(s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (p *parser) items() ([]item, error) {
	var out []item
	for {
		it := item{at: p.tok.at}
		star, err := p.symbol("*")
		if err != nil {
			return nil, err
		}
		if !star {
			if it.expr, err = p.expr(); err != nil {
				return nil, err
			}
			if it.alias, err = p.alias(); err != nil {
				return nil, err
			}
		}
		out = append(out, it)
		if more, err := p.symbol(","); err != nil || !more {
			return out, err
		}
	}
}

// alias is [AS] name.
func (p *parser) alias() (string, error) {
	as, err := p.word("as")
	if err != nil {
		return "", err
	}
	w := strings.ToLower(p.tok.text)
	if p.tok.kind == quoted || p.tok.kind == word && !slices.Contains(reserved, w) && (as || !slices.Contains(clauses, w)) {
		a := p.tok.text
		return a, p.next()
	}
	if as {
		return "", p.unexpected("an alias")
	}
	return "", nil
}

func (p *parser) from(s *statement) error {
	if !p.is("from") {
		return p.unexpected("FROM")
	}
	t, err := p.lex.tableName()
	if err != nil {
		return err
	}
	s.table, s.tableAt = t.text, t.at
	if err := p.next(); err != nil {
		return err
	}
	if s.alias, err = p.alias(); err != nil {
		return err
	}
	if p.tok.kind == symbol && p.tok.text == "," {
		return p.tok.at.errorf("not supported: more than one table")
	}
	return nil
}

func (p *parser) where(s *statement) error {
	ok, err := p.word("where")
	if err != nil || !ok {
		return err
	}
	s.where, err = p.expr()
	return err
}

func (p *parser) groupBy(s *statement) error {
	ok, err := p.word("group")
	if err != nil || !ok {
		return err
	}
	if err := p.wantWord("by"); err != nil {
		return err
	}
	s.group, err = p.list()
	return err
}

func (p *parser) having(s *statement) error {
	ok, err := p.word("having")
	if err != nil || !ok {
		return err
	}
	s.having, err = p.expr()
	return err
}

func (p *parser) orderBy(s *statement) error {
	ok, err := p.word("order")
	if err != nil || !ok {
		return err
	}
	if err := p.wantWord("by"); err != nil {
		return err
	}
	for {
		var o ordering
		if o.expr, err = p.expr(); err != nil {
			return err
		}
		if o.descending, err = p.word("desc"); err != nil {
			return err
		}
		if !o.descending {
			if _, err := p.word("asc"); err != nil {
				return err
			}
		}
		if nulls, err := p.word("nulls"); err != nil {
			return err
		} else if nulls {
			if o.nullsFirst, err = p.word("first"); err != nil {
				return err
			}
			if !o.nullsFirst {
				if err := p.wantWord("last"); err != nil {
					return err
				}
			}
		}
		s.order = append(s.order, o)
		if more, err := p.symbol(","); err != nil || !more {
			return err
		}
	}
}

// limits are OFFSET and LIMIT, in either order.
func (p *parser) limits(s *statement) error {
	for range 2 {
		if ok, err := p.word("offset"); err != nil {
			return err
		} else if ok {
			if s.offset, err = p.count(); err != nil {
				return err
			}
			if rows, err := p.word("rows"); err != nil {
				return err
			} else if !rows {
				if _, err := p.word("row"); err != nil {
					return err
				}
			}
		}
		if ok, err := p.word("limit"); err != nil {
			return err
		} else if ok {
			if all, err := p.word("all"); err != nil {
				return err
			} else if all {
				continue
			}
			if s.limit, err = p.count(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *parser) count() (int64, error) {
	n, err := strconv.ParseInt(p.tok.text, 10, 64)
	if p.tok.kind != number || err != nil {
		return 0, p.unexpected("a whole number")
	}
	return n, p.next()
}

// list is one expression or more, with commas.
func (p *parser) list() ([]expr, error) {
	var out []expr
	for {
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		if more, err := p.symbol(","); err != nil || !more {
			return out, err
		}
	}
}
