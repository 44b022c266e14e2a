package sql

// statement is a parsed SELECT.
type statement struct {
	distinct bool
	items    []item
	table    string
	tableAt  pos
	alias    string // of the table, "" when it has none
	where    expr
	group    []expr
	having   expr
	order    []ordering
	limit    int64 // -1: none
	offset   int64
}

// item is a column of the result; expr is nil for *.
type item struct {
	expr  expr
	alias string
	at    pos
}

type ordering struct {
	expr       expr
	descending bool
	nullsFirst bool
}

// expr is an expression. Its text is the same for the same expression, however it was written.
type expr interface {
	place() pos
	text() string
}

type (
	literal struct {
		at pos
		v  any // nil, bool, int64, float64, string, timestamp
		k  *Type
	}
	name struct {
		at    pos
		name  string // lower case
		shown string // as it was written
	}
	member struct { // x.name
		at    pos
		x     expr
		name  string // lower case
		shown string // as it was written
	}
	element struct { // x[i]
		at pos
		x  expr
		i  expr
	}
	unary struct { // "not", "-"
		at pos
		op string
		x  expr
	}
	binary struct { // "and", "or", "=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "||", "distinct"
		at   pos
		op   string
		x, y expr
	}
	isNull struct {
		at pos
		x  expr
	}
	like struct {
		at         pos
		x, pattern expr
		escape     expr // nil when there is none
	}
	inList struct {
		at   pos
		x    expr
		list []expr
	}
	call struct {
		at       pos
		name     string // lower case
		args     []expr
		star     bool // count(*)
		distinct bool
		filter   expr // nil when there is none
	}
	caseOf struct {
		at     pos
		x      expr // nil for CASE WHEN condition
		when   []expr
		then   []expr
		orElse expr // nil: NULL
	}
	cast struct {
		at  pos
		x   expr
		to  *Type
		try bool
	}
	interval struct {
		at     pos
		months int64
		micros int64
	}
)
