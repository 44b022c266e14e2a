package sql_test

import (
	databases "database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"
	"pgregory.net/rapid"

	"vauban/engine/sql"
)

// record is a row that both engines have.
type record struct {
	S *string `json:"s"`
	U *string `json:"u"`
	N *int64  `json:"n"`
	M *int64  `json:"m"`
}

var recordColumns = []sql.Column{
	{Name: "s", Type: varchar}, {Name: "u", Type: varchar}, {Name: "n", Type: &sql.Type{Kind: sql.Bigint}}, {Name: "m", Type: &sql.Type{Kind: sql.Bigint}},
}

// writer writes random expressions in the part of SQL that means the same to both.
type writer struct{ *rapid.T }

func (w writer) one(of ...string) string { return rapid.SampledFrom(of).Draw(w.T, "one") }

func (w writer) deep() bool { return rapid.IntRange(0, 2).Draw(w.T, "deep") == 0 }

func (w writer) number(depth int) string {
	if depth == 0 || !w.deep() {
		return w.one("n", "m", "0", "1", "2", "-3", "NULL")
	}
	d := depth - 1
	switch w.one("op", "case", "coalesce", "length", "abs") {
	case "op":
		return fmt.Sprintf("(%s %s %s)", w.number(d), w.one("+", "-", "*"), w.number(d))
	case "case":
		return fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END", w.truth(d), w.number(d), w.number(d))
	case "coalesce":
		return fmt.Sprintf("coalesce(%s, %s)", w.number(d), w.number(d))
	case "length":
		return fmt.Sprintf("length(%s)", w.text(d))
	}
	return fmt.Sprintf("abs(%s)", w.number(d))
}

func (w writer) text(depth int) string {
	if depth == 0 || !w.deep() {
		return w.one("s", "u", "''", "'a'", "'Ab'", "NULL")
	}
	d := depth - 1
	switch w.one("concat", "case", "coalesce", "lower", "upper", "substr", "replace", "nullif") {
	case "concat":
		return fmt.Sprintf("(%s || %s)", w.text(d), w.text(d))
	case "case":
		return fmt.Sprintf("CASE %s WHEN %s THEN %s END", w.number(d), w.number(d), w.text(d))
	case "coalesce":
		return fmt.Sprintf("coalesce(%s, %s)", w.text(d), w.text(d))
	case "substr":
		return fmt.Sprintf("substr(%s, %s, %s)", w.text(d), w.one("1", "2", "3"), w.one("1", "2"))
	case "replace":
		return fmt.Sprintf("replace(%s, 'a', %s)", w.text(d), w.text(d))
	case "nullif":
		return fmt.Sprintf("nullif(%s, %s)", w.text(d), w.text(d))
	}
	return fmt.Sprintf("%s(%s)", w.one("lower", "upper"), w.text(d))
}

func (w writer) truth(depth int) string {
	d := max(depth-1, 0)
	if depth > 0 && w.deep() {
		switch w.one("and", "or", "not") {
		case "and":
			return fmt.Sprintf("(%s AND %s)", w.truth(d), w.truth(d))
		case "or":
			return fmt.Sprintf("(%s OR %s)", w.truth(d), w.truth(d))
		}
		return fmt.Sprintf("NOT (%s)", w.truth(d))
	}
	switch w.one("numbers", "texts", "like", "in", "intext", "between", "null") {
	case "numbers":
		return fmt.Sprintf("%s %s %s", w.number(d), w.one("=", "<>", "<", "<=", ">", ">="), w.number(d))
	case "texts":
		return fmt.Sprintf("%s %s %s", w.text(d), w.one("=", "<>", "<", "<=", ">", ">="), w.text(d))
	case "like":
		return fmt.Sprintf("%s %sLIKE '%s'", w.text(d), w.one("", "NOT "), rapid.StringOfN(rapid.RuneFrom([]rune("aAb%_")), 0, 5, -1).Draw(w.T, "pattern"))
	case "in":
		return fmt.Sprintf("%s %sIN (%s, %s)", w.number(d), w.one("", "NOT "), w.number(d), w.number(d))
	case "intext":
		return fmt.Sprintf("%s %sIN (%s, %s, 'ab')", w.text(d), w.one("", "NOT "), w.text(d), w.text(d))
	case "between":
		return fmt.Sprintf("%s %sBETWEEN %s AND %s", w.number(d), w.one("", "NOT "), w.number(d), w.number(d))
	}
	return fmt.Sprintf("%s IS %sNULL", w.text(d), w.one("", "NOT "))
}

func (w writer) tail(columns int) string {
	var order []string
	for i := range columns {
		order = append(order, fmt.Sprintf("%d %s NULLS %s", i+1, w.one("ASC", "DESC"), w.one("FIRST", "LAST")))
	}
	out := " ORDER BY " + strings.Join(order, ", ")
	if w.deep() {
		out += fmt.Sprintf(" LIMIT %d OFFSET %d", rapid.IntRange(0, 5).Draw(w.T, "limit"), rapid.IntRange(0, 3).Draw(w.T, "offset"))
	}
	return out
}

func (w writer) statement() string {
	where := ""
	if rapid.Bool().Draw(w.T, "where") {
		where = " WHERE " + w.truth(3)
	}
	switch w.one("plain", "distinct", "grouped", "whole") {
	case "plain":
		return fmt.Sprintf("SELECT %s AS a, %s AS b, n FROM t%s%s", w.number(3), w.text(3), where, w.tail(3))
	case "distinct":
		return fmt.Sprintf("SELECT DISTINCT %s AS a, %s AS b FROM t%s%s", w.number(2), w.text(2), where, w.tail(2))
	case "whole":
		return fmt.Sprintf("SELECT count(*), count(%s), sum(%s), min(%s), max(%s) FROM t%s", w.text(2), w.number(2), w.number(2), w.text(2), where)
	}
	having := ""
	if w.deep() {
		having = " HAVING count(*) > 1 OR sum(n) " + w.one("<", ">") + " 2"
	}
	return fmt.Sprintf("SELECT s, coalesce(u, 'none') AS g, count(*) AS c, count(DISTINCT %s), sum(%s), max(%s), count(*) FILTER (WHERE %s) FROM t%s GROUP BY s, coalesce(u, 'none')%s%s",
		w.text(1), w.number(2), w.text(2), w.truth(2), where, having, w.tail(7))
}

// TestAgreesWithSQLite: random statements over random records have the results that SQLite has.
func TestAgreesWithSQLite(t *testing.T) {
	db, err := databases.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, text := range []string{"PRAGMA case_sensitive_like = ON", "CREATE TABLE t (s TEXT, u TEXT, n INTEGER, m INTEGER)"} {
		if _, err := db.Exec(text); err != nil {
			t.Fatal(err)
		}
	}
	word := rapid.Ptr(rapid.StringOfN(rapid.RuneFrom([]rune("aAb")), 0, 3, -1), true)
	number := rapid.Ptr(rapid.Int64Range(-3, 3), true)
	rapid.Check(t, func(t *rapid.T) {
		if _, err := db.Exec("DELETE FROM t"); err != nil {
			t.Fatal(err)
		}
		var docs [][]byte
		for range rapid.IntRange(0, 12).Draw(t, "records") {
			r := record{word.Draw(t, "s"), word.Draw(t, "u"), number.Draw(t, "n"), number.Draw(t, "m")}
			if _, err := db.Exec("INSERT INTO t VALUES (?, ?, ?, ?)", r.S, r.U, r.N, r.M); err != nil {
				t.Fatal(err)
			}
			b, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			docs = append(docs, b)
		}
		text := writer{t}.statement()
		q, err := sql.Compile(text, recordColumns, "eventTime", now)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got, err := q.Run(func(yield func([]byte, error) bool) {
			for _, d := range docs {
				if !yield(d, nil) {
					return
				}
			}
		}, sql.Options{Memory: 1 << 20, Stop: goOn})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if d := cmp.Diff(shownRows(t, db, text), got.Rows); d != "" {
			t.Errorf("%s (-SQLite +here)\n%s", text, d)
		}
	})
}

func shownRows(t *rapid.T, db *databases.DB, text string) (out [][]string) {
	rows, err := db.Query(text)
	if err != nil {
		t.Fatalf("SQLite: %s: %v", text, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values, into := make([]databases.NullString, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		row := make([]string, len(names))
		for i, v := range values {
			if row[i] = v.String; !v.Valid {
				row[i] = "null"
			}
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}
