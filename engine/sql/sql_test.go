package sql_test

import (
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vauban/engine/sql"
)

var (
	varchar = &sql.Type{Kind: sql.Varchar}
	columns = []sql.Column{
		{Name: "eventName", Type: varchar},
		{Name: "eventTime", Type: &sql.Type{Kind: sql.Timestamp}},
		{Name: "readOnly", Type: &sql.Type{Kind: sql.Boolean}},
		{Name: "n", Type: &sql.Type{Kind: sql.Bigint}},
		{Name: "x", Type: &sql.Type{Kind: sql.Double}},
		{Name: "user", Type: &sql.Type{Kind: sql.Row, Fields: []sql.Column{{Name: "arn", Type: varchar}, {Name: "session", Type: &sql.Type{Kind: sql.Row, Fields: []sql.Column{{Name: "mfa", Type: varchar}}}}}}},
		{Name: "params", Type: &sql.Type{Kind: sql.Map, Elem: varchar}},
		{Name: "resources", Type: &sql.Type{Kind: sql.Array, Elem: &sql.Type{Kind: sql.Row, Fields: []sql.Column{{Name: "arn", Type: varchar}}}}},
		{Name: "document", Type: varchar, Document: true},
	}
	now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
)

const documents = `{"eventName":"CreateUser","eventTime":"2026-01-01T10:00:00Z","readOnly":false,"n":1,"x":1.5,"user":{"arn":"a/alice","session":{"mfa":"true"}},"params":{"name":"bob","tags":[{"k":"v"}],"o":{"p":1}},"resources":[{"ARN":"r1"},{"ARN":"r2"}]}
{"eventName":"CreateUser","eventTime":"2026-01-01T11:30:00Z","readOnly":false,"n":2,"x":-2,"user":{"arn":"a/bob"},"params":null}
{"eventName":"GetUser","eventTime":"2026-01-02T00:00:00Z","readOnly":true,"n":3,"user":{"arn":"a/alice"},"params":{"name":"100%"}}
{"eventName":"ListUsers","eventTime":"2026-01-02T03:00:00Z","readOnly":true,"n":null,"x":0.25}`

func docs() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for line := range strings.Lines(documents) {
			if !yield([]byte(strings.TrimSpace(line)), nil) {
				return
			}
		}
	}
}

func goOn() error { return nil }

func run(text string) (*sql.Query, *sql.Result, error) {
	q, err := sql.Compile(text, columns, "eventTime", now)
	if err != nil {
		return nil, nil, err
	}
	r, err := q.Run(docs(), sql.Options{Memory: 1 << 20, Stop: goOn})
	return q, r, err
}

func TestQueries(t *testing.T) {
	tests := []struct{ text, want string }{ // rows with ; between them and | between columns
		{"SELECT eventName FROM t", "CreateUser;CreateUser;GetUser;ListUsers"},
		{"select EVENTNAME, n from t where n >= 2", "CreateUser|2;GetUser|3"},
		{"SELECT n FROM 0a1b-2c WHERE eventTime > '2026-01-01 11:00:00' AND eventTime < '2026-01-02 01:00:00'", "2;3"},
		{"SELECT n FROM t WHERE eventTime BETWEEN TIMESTAMP '2026-01-01 11:30:00' AND now()", "2;3;null"},
		{"SELECT t.n FROM t WHERE t.user.arn = 'a/bob'", "2"},
		{"SELECT e.n FROM t AS e WHERE e.user.session.mfa = 'true'", "1"},
		{"SELECT n FROM t WHERE NOT readOnly OR x IS NULL", "1;2;3"},
		{"SELECT n FROM t WHERE n NOT IN (1, 2)", "3"},
		{"SELECT n FROM t WHERE n NOT IN (1, NULL)", ""},
		{"SELECT n FROM t WHERE eventName IN ('GetUser', 'ListUsers')", "3;null"},
		{"SELECT n FROM t WHERE eventName LIKE 'Create%'", "1;2"},
		{"SELECT n FROM t WHERE eventName LIKE '%User_'", "null"},
		{"SELECT n FROM t WHERE element_at(params, 'name') LIKE '%!%' ESCAPE '!'", "3"},
		{"SELECT n FROM t WHERE element_at(params, 'name') LIKE '%!%%' ESCAPE '!'", "3"},
		{"SELECT n FROM t WHERE params['name'] = 'bob' AND n = 1 OR n = 3", "1;3"},
		{"SELECT element_at(params, 'name'), element_at(params, 'none') FROM t LIMIT 2", "bob|null;null|null"},
		{"SELECT params, user, resources FROM t LIMIT 1", "{name=bob, tags=[{k=v}], o={p=1}}|{arn=a/alice, session={mfa=true}}|[{ARN=r1}, {ARN=r2}]"},
		{"SELECT resources[2].arn, cardinality(resources), element_at(resources, 3) FROM t WHERE n = 1", "r2|2|null"},
		{"SELECT json_extract_scalar(document, '$.params.tags[0].k'), json_extract(document, '$.params.o') FROM t WHERE n = 1", `v|{"p":1}`},
		{"SELECT count(*), count(n), sum(n), avg(n), min(x), max(eventTime) FROM t", "4|3|6|2.0|-2.0|2026-01-02 03:00:00.000"},
		{"SELECT count(*), sum(n) FROM t WHERE n > 100", "0|null"},
		{"SELECT eventName, count(*) AS c FROM t GROUP BY eventName ORDER BY c DESC, eventName", "CreateUser|2;GetUser|1;ListUsers|1"},
		{"SELECT eventName, count(*) FROM t GROUP BY 1 HAVING count(*) > 1", "CreateUser|2"},
		{"SELECT user.arn, count(DISTINCT eventName) FROM t GROUP BY user.arn ORDER BY 1", "a/alice|2;a/bob|1;null|1"},
		{"SELECT t.user.arn FROM t GROUP BY user.arn ORDER BY user.arn NULLS FIRST", "null;a/alice;a/bob"},
		{"SELECT date_trunc('day', eventTime) AS d, count(*) FROM t GROUP BY date_trunc('day', eventTime) ORDER BY d DESC", "2026-01-02 00:00:00.000|2;2026-01-01 00:00:00.000|2"},
		{"SELECT date(eventTime), date_diff('hour', eventTime, now()), hour(eventTime), extract(day FROM eventTime) FROM t WHERE n = 2", "2026-01-01|15|11|1"},
		{"SELECT eventTime + INTERVAL '1' MONTH, eventTime - INTERVAL '90' MINUTE FROM t WHERE n = 1", "2026-02-01 10:00:00.000|2026-01-01 08:30:00.000"},
		{"SELECT date_format(eventTime, '%Y-%m-%d %H:%i'), to_iso8601(eventTime) FROM t LIMIT 1", "2026-01-01 10:00|2026-01-01T10:00:00.000Z"},
		{"SELECT DISTINCT readOnly FROM t ORDER BY readOnly", "false;true"},
		{"SELECT n FROM t ORDER BY x", "2;null;1;3"},
		{"SELECT n FROM t ORDER BY n DESC NULLS FIRST LIMIT 2", "null;3"},
		{"SELECT n FROM t ORDER BY n OFFSET 1 ROW LIMIT 2", "2;3"},
		{"SELECT n FROM t ORDER BY length(eventName) DESC, -n LIMIT 3", "2;1;null"},
		{"SELECT 1 + 2 * 3 - -1, 7 / 2, 7 % 4, 7.0 / 2, 1e10, 0.00012, -5 / 2 FROM t LIMIT 1", "8|3|3|3.5|1.0E10|1.2E-4|-2"},
		{"SELECT lower('AB') || upper('c'), substr('hello', 2, 3), substr('hello', -3), trim('  x '), replace('aXa', 'X', 'b'), strpos('hello', 'l'), split_part('a/b/c', '/', 2), reverse('ab') FROM t LIMIT 1", "abC|ell|llo|x|aba|3|b|ba"},
		{"SELECT coalesce(x, n), if(n > 1, 'many', 'one'), nullif(n, 1), greatest(n, 2), CASE eventName WHEN 'GetUser' THEN 'get' ELSE 'other' END, CASE WHEN n = 2 THEN 1 ELSE 1.5 END FROM t WHERE n <= 3", "1.5|one|null|2|other|1.5;-2.0|many|2|2|other|1.0;3.0|many|3|3|get|1.5"},
		{"SELECT CAST(n AS varchar) || '!', CAST('12' AS bigint), TRY_CAST('x' AS integer), CAST(x AS bigint), CAST(n AS double), CAST(params AS json) FROM t WHERE n = 1", `1!|12|null|2|1.0|{"name":"bob","tags":[{"k":"v"}],"o":{"p":1}}`},
		{"SELECT regexp_like(eventName, '^(Get|List)'), regexp_extract(user.arn, '^a/(.*)$', 1) FROM t WHERE n > 1", "false|bob;true|alice"},
		{"SELECT n IS DISTINCT FROM 1, n IS NOT DISTINCT FROM NULL FROM t", "false|false;true|false;true|false;true|true"},
		{"SELECT count_if(readOnly), bool_or(n = 3), max_by(eventName, n), count(*) FILTER (WHERE readOnly), approx_distinct(eventName) FROM t", "2|true|GetUser|2|3"},
		{"SELECT contains(map_keys(params), 'name'), cardinality(params) FROM t", "true|3;null|null;true|1;null|null"},
		{"SELECT n -- a comment\nFROM /* here */ \"t\" WHERE eventName = 'It''s' OR n = 1;", "1"},
		{"SELECT null AND false, null OR true, null AND true, NOT null, null = null FROM t LIMIT 1", "false|true|null|null|null"},
		{"SELECT \"eventName\" AS \"The Name\" FROM t LIMIT 1", "CreateUser"},
	}
	for _, tt := range tests {
		_, r, err := run(tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		rows := make([]string, len(r.Rows))
		for i, row := range r.Rows {
			rows[i] = strings.Join(row, "|")
		}
		if d := cmp.Diff(tt.want, strings.Join(rows, ";")); d != "" {
			t.Errorf("%s (-want +got)\n%s", tt.text, d)
		}
	}
}

func TestColumnNames(t *testing.T) {
	q, _, err := run(`SELECT eventName, user.ARN, count(*), count(*) AS "How many" FROM t GROUP BY 1, 2`)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"eventName", "ARN", "_col2", "How many"}, q.Columns); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	if q, _, err = run("SELECT * FROM t"); err != nil || len(q.Columns) != len(columns) || q.Columns[0] != "eventName" {
		t.Errorf("%v, %v", q, err)
	}
}

func TestErrorsSayWhere(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", "line 1:1: only SELECT statements can be run"},
		{"DROP TABLE t", "line 1:1: only SELECT statements can be run"},
		{"SELECT", "line 1:7: mismatched input '<EOF>'. Expecting: an expression"},
		{"SELECT n\nFROM t\nWHERE m = 1", "line 3:7: Column 'm' cannot be resolved"},
		{"SELECT n FROM t WHERE", "line 1:22: mismatched input '<EOF>'. Expecting: an expression"},
		{"SELECT n FROM t WHERE n = 'x'", "line 1:25: Cannot apply operator: bigint = varchar"},
		{"SELECT n FROM t WHERE n", "line 1:23: WHERE clause must evaluate to a boolean: actual type bigint"},
		{"SELECT n FROM t JOIN u ON 1 = 1", "line 1:17: not supported: joins"},
		{"SELECT n FROM t, u", "line 1:16: not supported: more than one table"},
		{"SELECT n FROM (SELECT n FROM t)", "line 1:15: the name of a table is missing after FROM"},
		{"WITH x AS (SELECT 1) SELECT 1 FROM x", "line 1:1: not supported: WITH"},
		{"SELECT n FROM t UNION SELECT n FROM t", "line 1:17: not supported: UNION"},
		{"SELECT n FROM t WHERE n IN (SELECT n FROM t)", "line 1:29: not supported: subqueries"},
		{"SELECT row_number() OVER (ORDER BY n) FROM t", "line 1:21: not supported: window functions"},
		{"SELECT any_match(resources, r -> true) FROM t", "line 1:31: not supported: lambda expressions"},
		{"SELECT n FROM t WHERE n = ?", "line 1:27: not supported: parameters"},
		{"SELECT eventName, count(*) FROM t", "line 1:8: 'eventName' must be an aggregate expression or appear in GROUP BY clause"},
		{"SELECT n FROM t WHERE count(*) > 1", "line 1:23: aggregate functions are not allowed here: count"},
		{"SELECT sum(count(*)) FROM t", "line 1:12: Cannot nest aggregations inside aggregation 'count'"},
		{"SELECT user.none FROM t", "line 1:12: Column has no field 'none'"},
		{"SELECT frobnicate(n) FROM t", "line 1:8: Function 'frobnicate' not registered"},
		{"SELECT lower(n) FROM t", "line 1:14: Unexpected parameter of type bigint for function lower. Expected: varchar"},
		{"SELECT lower('a', 'b') FROM t", "line 1:8: lower takes 1 arguments, not 2"},
		{"SELECT n FROM t ORDER BY 2", "line 1:26: ORDER BY position 2 is not in select list"},
		{"SELECT DISTINCT n FROM t ORDER BY x", "line 1:35: For SELECT DISTINCT, ORDER BY expressions must appear in select list"},
		{"SELECT n FROM t WHERE eventTime > 'yesterday'", "line 1:35: value cannot be cast to timestamp: yesterday"},
		{"SELECT n FROM t LIMIT x", "line 1:23: mismatched input 'x'. Expecting: a whole number"},
		{"SELECT 'x FROM t", "line 1:8: the quote ' has no end"},
		{"SELECT n FROM t; SELECT n FROM t", "line 1:18: not supported: subqueries"},
		{"SELECT n FROM t WHERE params = params", "line 1:30: map(varchar, varchar) cannot be compared"},
		{"SELECT " + strings.Repeat("(", 200) + "1" + strings.Repeat(")", 200) + " FROM t", "line 1:108: the expression is nested more than 100 levels deep"},
		{"SELECT n FROM t WHERE n = 1 -- " + strings.Repeat("x", 10_000), "line 1:1: the statement has more than 10000 characters"},
	}
	for _, tt := range tests {
		_, _, err := run(tt.text)
		var e *sql.Error
		if !errors.As(err, &e) || e.Error() != tt.want {
			t.Errorf("%.100s: %v\nwant %s", tt.text, err, tt.want)
		}
	}
}

// TestFailures are statements that are right, and fail when they run.
func TestFailures(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1 / (n - 1) FROM t":                             "line 1:10: Division by zero",
		"SELECT 9223372036854775807 + n FROM t":                 "line 1:28: bigint addition overflow: 9223372036854775807 + 1",
		"SELECT sum(9223372036854775807) FROM t":                "line 1:8: bigint addition overflow: 9223372036854775807 + 9223372036854775807",
		"SELECT params['none'] FROM t":                          "line 1:14: Key or index not present: none. Use element_at to get NULL instead",
		"SELECT CAST(eventName AS bigint) FROM t":               "line 1:8: Cannot cast 'CreateUser' to bigint",
		"SELECT regexp_like(eventName, user.arn || '(') FROM t": "line 1:8: invalid regular expression: error parsing regexp: missing closing ): `a/alice(`",
		`SELECT replace(replace(replace(document, '"', document), '"', document), '"', document) FROM t`: "line 1:8: a text has more than 1048576 bytes",
	} {
		if _, _, err := run(text); err == nil || err.Error() != want {
			t.Errorf("%s: %v\nwant %s", text, err, want)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	many := func(yield func([]byte, error) bool) {
		for i := range 100_000 {
			b, err := json.Marshal(map[string]any{"n": i, "eventName": strings.Repeat("x", 100)})
			if !yield(b, err) {
				return
			}
		}
	}
	opt := sql.Options{Memory: 1 << 20, Stop: goOn}
	for _, text := range []string{"SELECT eventName FROM t", "SELECT n, count(*) FROM t GROUP BY n", "SELECT count(DISTINCT n) FROM t", "SELECT DISTINCT n FROM t", "SELECT n FROM t ORDER BY n"} {
		q, err := sql.Compile(text, columns, "eventTime", now)
		if err != nil {
			t.Fatal(err)
		}
		var limit *sql.LimitError
		if _, err := q.Run(many, opt); !errors.As(err, &limit) {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"SELECT eventName FROM t LIMIT 10", "SELECT n FROM t ORDER BY n DESC LIMIT 3", "SELECT count(*) FROM t"} {
		q, err := sql.Compile(text, columns, "eventTime", now)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := q.Run(many, opt); err != nil || strings.Contains(text, "DESC") && r.Rows[0][0] != "99999" {
			t.Errorf("%s: %v", text, err)
		}
	}
	stop := errors.New("stop")
	q, err := sql.Compile("SELECT count(*) FROM t", columns, "eventTime", now)
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	if _, err := q.Run(many, sql.Options{Memory: 1 << 20, Stop: func() error {
		if asked++; asked > 3 {
			return stop
		}
		return nil
	}}); !errors.Is(err, stop) {
		t.Errorf("a run goes on: %v", err)
	}
}

func TestBounds(t *testing.T) {
	tests := []struct{ where, from, to string }{
		{"n = 1", "", ""},
		{"eventTime > '2026-01-01' AND eventTime <= '2026-01-02'", "2026-01-01", "2026-01-02"},
		{"'2026-01-01' < eventTime AND n = 1", "2026-01-01", ""},
		{"eventTime BETWEEN '2026-01-01' AND '2026-01-03' AND eventTime < '2026-01-02'", "2026-01-01", "2026-01-02"},
		{"eventTime = '2026-01-01'", "2026-01-01", "2026-01-01"},
		{"eventTime > '2026-01-01' OR n = 1", "", ""},
		{"NOT eventTime > '2026-01-01'", "", ""},
		{"t.eventTime > date '2026-01-01'", "2026-01-01", ""},
		{"eventTime >= now() - INTERVAL '1' DAY", "2026-01-01 03:04:05", ""},
	}
	day := func(s string) (t time.Time) {
		for _, l := range []string{"2006-01-02", "2006-01-02 15:04:05"} {
			if at, err := time.Parse(l, s); err == nil {
				t = at
			}
		}
		return t
	}
	for _, tt := range tests {
		q, err := sql.Compile("SELECT n FROM t WHERE "+tt.where, columns, "eventTime", now)
		if err != nil {
			t.Errorf("%s: %v", tt.where, err)
		} else if !q.From.Equal(day(tt.from)) || !q.To.Equal(day(tt.to)) {
			t.Errorf("%s: from %v to %v", tt.where, q.From, q.To)
		}
	}
}

func FuzzRun(f *testing.F) {
	for _, text := range []string{
		"SELECT eventName, count(*) AS c FROM t WHERE eventTime > '2026-01-01' GROUP BY 1 HAVING count(*) > 1 ORDER BY c DESC NULLS LAST LIMIT 5",
		"SELECT CASE WHEN n IN (1, 2) THEN params['a'] ELSE cast(x AS varchar) END, resources[1].arn FROM \"t\" e WHERE NOT e.readOnly AND user.arn LIKE 'a!_%' ESCAPE '!'",
		"SELECT DISTINCT date_trunc('day', eventTime) + INTERVAL '1' DAY, json_extract_scalar(document, '$.a[0][\"b\"]') FROM t OFFSET 1",
		"SELECT max_by(user, n), sum(DISTINCT x) FILTER (WHERE readOnly IS NOT NULL), -n % 0 FROM t GROUP BY n, user, resources",
	} {
		f.Add(text, `{"eventName":"a","n":9223372036854775807,"params":{"a":[1]},"resources":[{"ARN":"x"}],"user":{"arn":"y"}}`)
	}
	f.Fuzz(func(t *testing.T, text, doc string) {
		q, err := sql.Compile(text, columns, "eventTime", now)
		if err != nil {
			var e *sql.Error
			if !errors.As(err, &e) || e.Line < 1 || e.Column < 1 {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		r, err := q.Run(func(yield func([]byte, error) bool) {
			for range 3 {
				if !yield([]byte(doc), nil) {
					return
				}
			}
		}, sql.Options{Memory: 1 << 20, Stop: goOn})
		if err != nil {
			return
		}
		for _, row := range r.Rows {
			if len(row) != len(q.Columns) {
				t.Errorf("%q: %d columns, not %d", text, len(row), len(q.Columns))
			}
		}
	})
}
