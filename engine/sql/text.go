package sql

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// mostString bounds texts that functions make.
const mostString = 1 << 20

func (c *compiler) concat(at pos, list []expr) (*expression, error) {
	parts, err := c.compileAll(list)
	if err != nil {
		return nil, err
	}
	allConstant := true
	for i, p := range parts {
		if !p.typ.is(Varchar) {
			return nil, list[i].place().errorf("Cannot apply operator: %s || varchar", p.typ)
		}
		allConstant = allConstant && p.constant
	}
	return &expression{varchar, func(v *env) (any, error) {
		var b strings.Builder
		for _, p := range parts {
			x, err := p.run(v)
			if err != nil || x == nil {
				return nil, err
			}
			if b.WriteString(x.(string)); b.Len() > mostString {
				return nil, tooLong(at)
			}
		}
		return b.String(), nil
	}, allConstant}, nil
}

func tooLong(at pos) error { return at.errorf("a text has more than %d bytes", mostString) }

func (c *compiler) compileAll(list []expr) ([]*expression, error) {
	out := make([]*expression, len(list))
	for i, e := range list {
		var err error
		if out[i], err = c.compile(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// pattern is a LIKE pattern: pieces of text with % between them; in a piece, any marks where one character stands for any.
type pattern struct {
	pieces      [][]rune
	anyAt       [][]bool
	plain       []string // the piece as text, where it has no _
	first, last bool     // the pattern begins and ends with a piece, not with %
}

func compilePattern(s string, escape rune) (*pattern, bool) {
	p := &pattern{first: true}
	var piece []rune
	var anyAt []bool
	flush := func() {
		plain := string(piece)
		for _, a := range anyAt {
			if a {
				plain = ""
			}
		}
		p.pieces, p.anyAt, p.plain = append(p.pieces, piece), append(p.anyAt, anyAt), append(p.plain, plain)
		piece, anyAt = nil, nil
	}
	runes := []rune(s)
	p.last = true
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case escape != 0 && r == escape:
			if i++; i == len(runes) || runes[i] != '%' && runes[i] != '_' && runes[i] != escape {
				return nil, false
			}
			piece, anyAt = append(piece, runes[i]), append(anyAt, false)
			p.last = true
		case r == '%':
			if len(piece) > 0 {
				flush()
			}
			if i == 0 {
				p.first = false
			}
			p.last = false
		default:
			piece, anyAt = append(piece, r), append(anyAt, r == '_')
			p.last = true
		}
	}
	if len(piece) > 0 {
		flush()
	}
	return p, true
}

// match is greedy: every piece is taken where it comes first, the last one at the end.
func (p *pattern) match(s string) bool {
	if len(p.pieces) == 0 {
		return s == "" || !p.first
	}
	for i := range p.pieces {
		switch {
		case i == 0 && p.first:
			n := p.at(i, s)
			if n < 0 {
				return false
			}
			if s = s[n:]; len(p.pieces) == 1 && p.last {
				return s == ""
			}
		case i == len(p.pieces)-1 && p.last:
			from := len(s)
			for range p.pieces[i] {
				_, n := utf8.DecodeLastRuneInString(s[:from])
				if n == 0 {
					return false
				}
				from -= n
			}
			return p.at(i, s[from:]) == len(s)-from
		default:
			if p.plain[i] != "" {
				n := strings.Index(s, p.plain[i])
				if n < 0 {
					return false
				}
				s = s[n+len(p.plain[i]):]
				continue
			}
			for {
				if n := p.at(i, s); n >= 0 {
					s = s[n:]
					break
				}
				_, n := utf8.DecodeRuneInString(s)
				if n == 0 {
					return false
				}
				s = s[n:]
			}
		}
	}
	return true
}

// at is the length of the piece at the beginning of a text, -1 when it is not there.
func (p *pattern) at(i int, s string) int {
	n := 0
	for k, want := range p.pieces[i] {
		r, size := utf8.DecodeRuneInString(s[n:])
		if size == 0 || !p.anyAt[i][k] && r != want {
			return -1
		}
		n += size
	}
	return n
}

func (c *compiler) like(e *like) (*expression, error) {
	list := []expr{e.x, e.pattern}
	if e.escape != nil {
		list = append(list, e.escape)
	}
	all, err := c.compileAll(list)
	if err != nil {
		return nil, err
	}
	for i, x := range all {
		if !x.typ.is(Varchar) {
			return nil, list[i].place().errorf("LIKE takes varchar, not %s", x.typ)
		}
	}
	read := func(v *env) (*pattern, error) {
		escape := rune(0)
		if e.escape != nil {
			x, err := all[2].run(v)
			if err != nil || x == nil {
				return nil, err
			}
			r, n := utf8.DecodeRuneInString(x.(string))
			if n == 0 || n != len(x.(string)) {
				return nil, e.escape.place().errorf("Escape string must be a single character")
			}
			escape = r
		}
		x, err := all[1].run(v)
		if err != nil || x == nil {
			return nil, err
		}
		p, ok := compilePattern(x.(string), escape)
		if !ok {
			return nil, e.pattern.place().errorf("Escape character must be followed by '%%', '_' or the escape character itself")
		}
		return p, nil
	}
	fixed := all[1].constant && (e.escape == nil || all[2].constant)
	var once *pattern
	if fixed {
		if once, err = read(nil); err != nil {
			return nil, err
		}
	}
	return &expression{boolean, func(v *env) (any, error) {
		x, err := all[0].run(v)
		if err != nil || x == nil {
			return nil, err
		}
		p := once
		if !fixed {
			if p, err = read(v); err != nil {
				return nil, err
			}
		}
		if p == nil {
			return nil, nil
		}
		return p.match(x.(string)), nil
	}, all[0].constant && fixed}, nil
}

func (c *compiler) cast(e *cast) (*expression, error) {
	x, err := c.compile(e.x)
	if err != nil {
		return nil, err
	}
	if !canCast(x.typ, e.to) {
		return nil, e.at.errorf("Cannot cast %s to %s", x.typ, e.to)
	}
	return fold(&expression{e.to, func(v *env) (any, error) {
		r, err := x.run(v)
		if err != nil || r == nil {
			return nil, err
		}
		out, ok := castTo(r, x.typ, e.to)
		switch {
		case ok:
			return out, nil
		case e.try:
			return nil, nil
		}
		return nil, e.at.errorf("Cannot cast '%.100s' to %s", show(r, x.typ), e.to)
	}, x.constant}), nil
}

func canCast(from, to *Type) bool {
	switch {
	case from.Kind == Unknown, from.Kind == to.Kind, to.Kind == Varchar && from.Kind != Interval:
		return true
	case to.Kind == JSON:
		return from.Kind != Interval
	case from.Kind == Varchar, from.Kind == JSON:
		return true
	case from.moment() || to.moment():
		return from.moment() && to.moment()
	}
	return from.Kind <= Double && to.Kind <= Double
}

func castTo(v any, from, to *Type) (any, bool) {
	if from.Kind == JSON && to.Kind != JSON {
		r := v.(raw)
		if isNullJSON(r) {
			return nil, true
		}
		if r[0] == '{' || r[0] == '[' {
			return nil, false
		}
		v = string(r)
		if r[0] == '"' {
			v = unquote(r)
		}
	}
	switch to.Kind {
	case Varchar:
		return show(v, from), true
	case JSON:
		return toJSON(v), true
	case Timestamp, Date:
		t, ok := v.(time.Time)
		if !ok {
			var err error
			if t, err = parseTime(strings.TrimSpace(v.(string))); err != nil {
				return nil, false
			}
		}
		if to.Kind == Date {
			t = t.Truncate(24 * time.Hour)
		}
		return t, true
	case Boolean:
		switch x := v.(type) {
		case bool:
			return x, true
		case int64:
			return x != 0, true
		case float64:
			return x != 0, true
		case string:
			b, err := strconv.ParseBool(strings.ToLower(x))
			return b, err == nil
		}
	case Bigint:
		switch x := v.(type) {
		case bool:
			if x {
				return int64(1), true
			}
			return int64(0), true
		case int64:
			return x, true
		case float64:
			r := math.RoundToEven(x)
			if math.Abs(x-math.Trunc(x)) == 0.5 {
				r = math.Trunc(x) + math.Copysign(1, x)
			}
			return int64(r), r >= -1<<63 && r < 1<<63
		case string:
			n, err := strconv.ParseInt(strings.TrimSpace(x), 10, 64)
			return n, err == nil
		}
	case Double:
		switch x := v.(type) {
		case bool:
			if x {
				return 1.0, true
			}
			return 0.0, true
		case int64:
			return float64(x), true
		case float64:
			return x, true
		case string:
			f, err := strconv.ParseFloat(strings.TrimSpace(x), 64)
			return f, err == nil
		}
	}
	return nil, false
}
