package sql

import (
	"strings"
	"time"
	"unicode/utf8"
)

// function is a scalar function: it answers NULL when an argument is NULL.
type function struct {
	args   []*Type // the last one repeats when more is set
	least  int     // arguments that must be given
	more   bool
	result *Type
	run    func(at pos, a []any) (any, error)
}

// functions are those whose types do not depend on their arguments.
func functions() map[string]function {
	s, n, j, ts := varchar, bigint, jsonType, timestamp
	all := map[string]function{
		"lower":                  {[]*Type{s}, 1, false, s, func(_ pos, a []any) (any, error) { return strings.ToLower(a[0].(string)), nil }},
		"upper":                  {[]*Type{s}, 1, false, s, func(_ pos, a []any) (any, error) { return strings.ToUpper(a[0].(string)), nil }},
		"trim":                   {[]*Type{s}, 1, false, s, func(_ pos, a []any) (any, error) { return strings.TrimSpace(a[0].(string)), nil }},
		"ltrim":                  {[]*Type{s}, 1, false, s, func(_ pos, a []any) (any, error) { return strings.TrimLeft(a[0].(string), " \t\r\n"), nil }},
		"rtrim":                  {[]*Type{s}, 1, false, s, func(_ pos, a []any) (any, error) { return strings.TrimRight(a[0].(string), " \t\r\n"), nil }},
		"length":                 {[]*Type{s}, 1, false, n, func(_ pos, a []any) (any, error) { return int64(utf8.RuneCountInString(a[0].(string))), nil }},
		"reverse":                {[]*Type{s}, 1, false, s, func(_ pos, a []any) (any, error) { return reverse(a[0].(string)), nil }},
		"substr":                 {[]*Type{s, n, n}, 2, false, s, func(_ pos, a []any) (any, error) { return substr(a), nil }},
		"strpos":                 {[]*Type{s, s}, 2, false, n, func(_ pos, a []any) (any, error) { return strpos(a[0].(string), a[1].(string)), nil }},
		"starts_with":            {[]*Type{s, s}, 2, false, boolean, func(_ pos, a []any) (any, error) { return strings.HasPrefix(a[0].(string), a[1].(string)), nil }},
		"replace":                {[]*Type{s, s, s}, 2, false, s, replace},
		"split_part":             {[]*Type{s, s, n}, 3, false, s, splitPart},
		"regexp_like":            {[]*Type{s, s}, 2, false, boolean, regexpLike},
		"regexp_extract":         {[]*Type{s, s, n}, 2, false, s, regexpExtract},
		"json_extract":           {[]*Type{j, s}, 2, false, j, func(at pos, a []any) (any, error) { return jsonExtract(at, a) }},
		"json_extract_scalar":    {[]*Type{j, s}, 2, false, s, jsonExtractScalar},
		"json_parse":             {[]*Type{s}, 1, false, j, jsonParse},
		"json_format":            {[]*Type{j}, 1, false, s, func(_ pos, a []any) (any, error) { return string(a[0].(raw)), nil }},
		"json_array_length":      {[]*Type{j}, 1, false, n, jsonArrayLength},
		"date_trunc":             {[]*Type{s, ts}, 2, false, ts, dateTrunc},
		"date_diff":              {[]*Type{s, ts, ts}, 3, false, n, dateDiff},
		"date_add":               {[]*Type{s, n, ts}, 3, false, ts, dateAdd},
		"date_format":            {[]*Type{ts, s}, 2, false, s, dateFormat},
		"date":                   {[]*Type{ts}, 1, false, date, func(_ pos, a []any) (any, error) { return a[0].(time.Time).Truncate(24 * time.Hour), nil }},
		"from_iso8601_timestamp": {[]*Type{s}, 1, false, ts, fromISO},
		"to_iso8601":             {[]*Type{ts}, 1, false, s, func(_ pos, a []any) (any, error) { return a[0].(time.Time).Format("2006-01-02T15:04:05.000Z"), nil }},
		"from_unixtime":          {[]*Type{double}, 1, false, ts, fromUnix},
		"to_unixtime":            {[]*Type{ts}, 1, false, double, func(_ pos, a []any) (any, error) { return float64(a[0].(time.Time).UnixMicro()) / 1e6, nil }},
		"abs":                    {[]*Type{double}, 1, false, double, absolute},
		"floor":                  {[]*Type{double}, 1, false, double, floor},
		"ceil":                   {[]*Type{double}, 1, false, double, ceil},
		"round":                  {[]*Type{double, n}, 1, false, double, round},
	}
	for name, part := range timeParts() {
		all[name] = function{[]*Type{ts}, 1, false, n, func(_ pos, a []any) (any, error) { return part(a[0].(time.Time)), nil }}
	}
	for alias, name := range map[string]string{"substring": "substr", "ceiling": "ceil", "dow": "day_of_week", "doy": "day_of_year", "week_of_year": "week", "day_of_month": "day"} {
		all[alias] = all[name]
	}
	return all
}

// call is a function, an aggregate, or something like a function.
func (c *compiler) call(e *call) (*expression, error) {
	if isAggregate(e.name) {
		return c.aggregateCall(e)
	}
	if e.star || e.distinct || e.filter != nil {
		return nil, e.at.errorf("%s is not an aggregate function", e.name)
	}
	switch e.name {
	case "now", "current_timestamp", "localtimestamp":
		return constant(c.now, timestamp), c.arity(e, 0, 0)
	case "current_date":
		return constant(c.now.Truncate(24*time.Hour), date), c.arity(e, 0, 0)
	case "coalesce", "greatest", "least":
		return c.several(e)
	case "if":
		if err := c.arity(e, 2, 3); err != nil {
			return nil, err
		}
		return c.caseOf(&caseOf{at: e.at, when: e.args[:1], then: e.args[1:2], orElse: append(e.args, nil)[2]})
	case "nullif":
		if err := c.arity(e, 2, 2); err != nil {
			return nil, err
		}
		return c.caseOf(&caseOf{at: e.at, when: []expr{&binary{e.at, "=", e.args[0], e.args[1]}}, then: []expr{&literal{e.at, nil, unknown}}, orElse: e.args[0]})
	case "concat":
		if err := c.arity(e, 2, 100); err != nil {
			return nil, err
		}
		return c.concat(e.at, e.args)
	case "element_at", "cardinality", "map_keys", "contains":
		return c.collection(e)
	}
	if c.functions == nil {
		c.functions = functions()
	}
	f, ok := c.functions[e.name]
	if !ok {
		return nil, e.at.errorf("Function '%s' not registered", e.name)
	}
	return c.apply(e, f)
}

func (c *compiler) arity(e *call, least, most int) error {
	if n := len(e.args); n < least || n > most {
		if least == most {
			return e.at.errorf("%s takes %d arguments, not %d", e.name, least, n)
		}
		return e.at.errorf("%s takes %d to %d arguments, not %d", e.name, least, most, n)
	}
	return nil
}

// apply compiles the call of a function.
func (c *compiler) apply(e *call, f function) (*expression, error) {
	if err := c.arity(e, f.least, len(f.args)); err != nil {
		return nil, err
	}
	args, err := c.compileAll(e.args)
	if err != nil {
		return nil, err
	}
	result, allConstant := f.result, true
	for i, a := range args {
		if args[i], err = convert(a, f.args[i], e.args[i].place(), e.name); err != nil {
			return nil, err
		}
		allConstant = allConstant && args[i].constant
	}
	if f.result == double && args[0].typ.is(Bigint) { // whole numbers stay whole
		result = args[0].typ
	}
	return fold(&expression{result, func(v *env) (any, error) {
		var few [4]any
		in := few[:0]
		for _, a := range args {
			x, err := a.run(v)
			if err != nil || x == nil {
				return nil, err
			}
			in = append(in, x)
		}
		return f.run(e.at, in)
	}, allConstant}), nil
}

// convert brings an argument to the type that a function takes.
func convert(x *expression, to *Type, at pos, name string) (*expression, error) {
	switch {
	case x.typ.is(to.Kind), to.Kind == Double && x.typ.Kind == Bigint, to.moment() && x.typ.moment():
		return x, nil
	case to.Kind == Timestamp && x.typ.Kind == Varchar:
		return asTime(x, at)
	case to.Kind == JSON && x.typ.Kind == Varchar, to.Kind == JSON && x.typ.Kind >= Row:
		return &expression{jsonType, func(v *env) (any, error) {
			r, err := x.run(v)
			if s, ok := r.(string); ok {
				return validJSON(s), err
			}
			return r, err
		}, x.constant}, nil
	}
	return nil, at.errorf("Unexpected parameter of type %s for function %s. Expected: %s", x.typ, name, to)
}

// several is COALESCE, GREATEST and LEAST.
func (c *compiler) several(e *call) (*expression, error) {
	if err := c.arity(e, 1, 100); err != nil {
		return nil, err
	}
	args, err := c.compileAll(e.args)
	if err != nil {
		return nil, err
	}
	t, allConstant := unknown, true
	for i, a := range args {
		k := common(t, a.typ)
		if k == nil || e.name != "coalesce" && !k.scalar() {
			return nil, e.args[i].place().errorf("All %s operands must be the same type: %s, not %s", strings.ToUpper(e.name), t, a.typ)
		}
		t, allConstant = k, allConstant && a.constant
	}
	return fold(&expression{t, asType(func(v *env) (any, error) {
		var best any
		for _, a := range args {
			x, err := a.run(v)
			switch {
			case err != nil:
				return nil, err
			case e.name == "coalesce":
				if x != nil {
					return x, nil
				}
				continue
			case x == nil:
				return nil, nil
			}
			if best == nil || e.name == "greatest" == (compare(x, best) > 0) && compare(x, best) != 0 {
				best = x
			}
		}
		return best, nil
	}, t), allConstant}), nil
}
