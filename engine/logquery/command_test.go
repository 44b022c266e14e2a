package logquery_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vauban/engine/logquery"
)

// ask runs a query over events of two log groups: others are those of the group that subqueries name.
func ask(t testing.TB, text string, events []logquery.Record, others ...string) (rows []string) {
	t.Helper()
	q, err := logquery.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	r := q.Start(logquery.Options{Now: base, Memory: 10 << 20})
	for _, sub := range r.Subqueries() {
		for i, m := range others {
			if err := sub.Add(&logquery.Record{Time: base + int64(i), Message: m}); err != nil {
				t.Fatal(err)
			}
		}
		if err := sub.End(); err != nil {
			t.Fatal(err)
		}
	}
	for i := range events {
		if err := r.Add(&events[i]); err != nil {
			t.Fatal(err)
		}
	}
	found, err := r.End()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range found {
		var cells []string
		for _, c := range row {
			if c.Name != "@ptr" {
				cells = append(cells, c.Name+"="+c.Value)
			}
		}
		rows = append(rows, strings.Join(cells, " "))
	}
	return rows
}

func events(messages ...string) (list []logquery.Record) {
	for i, m := range messages {
		list = append(list, logquery.Record{Time: base + int64(i)*1000, Message: m, Log: "1:g", Stream: "s", Region: "us-east-1"})
	}
	return list
}

func TestPatternAndDiff(t *testing.T) {
	list := events("[INFO] took 3 ms", "[INFO] took 4 ms", "[INFO] took 9 ms", "[ERROR] no route to 10.0.0.1")
	want := []string{"@pattern=[INFO] took <Number-1> ms @ratio=0.75 @sampleCount=3 @severityLabel=Info", "@pattern=[ERROR] no route to <IP-1> @ratio=0.25 @sampleCount=1 @severityLabel=Error"}
	if d := cmp.Diff(want, ask(t, "pattern @message", list)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(want[1:], ask(t, `filter @message like "ERROR" or @message like /INFO/ | pattern @message | filter @severityLabel = "Error" | sort @sampleCount desc | limit 1`, list)); d != "" {
		t.Error(d)
	}
	list[0].Earlier, list[1].Earlier = true, true
	want = []string{
		"@pattern=[INFO] took <Number-1> ms @sampleCount=1 @previousSampleCount=2 @differenceCount=-1 @differenceDescription=50% fewer @ratio=0.5 @severityLabel=Info",
		"@pattern=[ERROR] no route to <IP-1> @sampleCount=1 @previousSampleCount=0 @differenceCount=1 @differenceDescription=new pattern @ratio=0.5 @severityLabel=Error",
	}
	for _, text := range []string{"pattern @message | diff", "diff previousDay", `filter @message like "o" | diff previousWeek | limit 2`} {
		if d := cmp.Diff(want, ask(t, text, list)); d != "" {
			t.Errorf("%s: %s", text, d)
		}
	}
}

func TestEarlier(t *testing.T) {
	const hour = 3600_000
	for text, want := range map[string][2]int64{
		"diff": {base - hour, base - 1}, "diff previousDay": {base - 24*hour, base - 23*hour - 1}, "diff previousWeek": {base - 168*hour, base - 167*hour - 1},
		"pattern @message | diff previousMonth": {base - 31*24*hour, base - 31*24*hour + hour - 1},
	} {
		q, err := logquery.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		from, to, ok := q.Earlier(base, base+hour-1)
		if !ok || [2]int64{from, to} != want {
			t.Errorf("%s: %d to %d, want %v", text, from, to, want)
		}
	}
}

func TestUnnest(t *testing.T) {
	list := events(`{"events":[{"name":"exception"},{"name":"user action"}],"n":1}`, `{"events":"one"}`, `{"n":2}`)
	for text, want := range map[string][]string{
		`fields jsonParse(@message) as j | unnest j.events into event | display event.name, n | sort event.name`:  {"", "event.name=exception n=1", "event.name=user action n=1"},
		`fields jsonParse(@message) as j | unnest j.events into e | filter e.name = "exception" | stats count(*)`: {"count(*)=1"},
		`unnest events into e | stats count(*)`: {"count(*)=3"},
	} {
		if d := cmp.Diff(want, ask(t, text, list)); d != "" {
			t.Errorf("%s: %s", text, d)
		}
	}
}

func TestSubqueriesAndJoins(t *testing.T) {
	list := events(`{"id":"a","status":500}`, `{"id":"b","status":200}`, `{"id":"c","status":503}`)
	others := []string{`{"id":"a","ms":12,"kind":"x"}`, `{"id":"c","ms":30,"kind":"y"}`, `{"id":"c","ms":31,"kind":"y"}`, `{"ms":1}`}
	for text, want := range map[string][]string{
		`filter id in (SOURCE 'db' | filter ms > 20 | fields id) | display id`:                                                   {"id=c"},
		`filter id not in (SOURCE 'db' | fields id) | display id`:                                                                {"id=b"},
		`filter status >= 500 and id in (SOURCE 'db' | stats max(ms) as m by id | filter m = 12 | display id) | display id`:      {"id=a"},
		`filter id in (SOURCE 'db' | sort ms desc | limit 1 | fields id) | display id`:                                           {"id=c"},
		`join left=a right=b where a.id=b.id (SOURCE 'db') | sort b.ms | display a.id, status, a.status, b.ms, b.kind`:           {"a.id=a status=500 a.status=500 b.ms=12 b.kind=x", "a.id=c status=503 a.status=503 b.ms=30 b.kind=y", "a.id=c status=503 a.status=503 b.ms=31 b.kind=y"},
		`join type=left left=a right=b where b.id=a.id (SOURCE 'db' | stats sum(ms) as s by id) | sort a.id | display a.id, b.s`: {"a.id=a b.s=12", "a.id=b", "a.id=c b.s=61"},
		`join type=inner left=a right=b where a.id=b.id (SOURCE 'db' | filter kind = "x") | stats count(*) by b.kind`:            {"b.kind=x count(*)=1"},
	} {
		if d := cmp.Diff(want, ask(t, text, list, others...)); d != "" {
			t.Errorf("%s: %s", text, d)
		}
	}
	q, err := logquery.Parse(`filter id in (SOURCE 'a', "b" | fields id) | join left=l right=r where l.x=r.x (SOURCE 'c')`)
	if err != nil || cmp.Diff([]string{"a", "b", "c"}, q.Sources()) != "" {
		t.Errorf("%v %v", q, err)
	}
}

// TestTransformed: fields are those of the transformed event first, then those of the message.
func TestTransformed(t *testing.T) {
	list := []logquery.Record{
		{Time: base, Message: `{"a":1,"b":2}`, Transformed: `{"a":3,"c":{"d":4}}`}, {Time: base + 1, Message: "x", Failed: "no JSON"},
	}
	if d := cmp.Diff([]string{"a=3 b=2 c.d=4"}, ask(t, "fields a, b, c.d | filter ispresent(a)", list)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"@message=x @transformationError=no JSON"}, ask(t, "fields @message, @transformationError | filter ispresent(@transformationError)", list)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]string{"a": "3", "b": "2", "c.d": "4"}, logquery.Discover(&list[0], 10)); d != "" {
		t.Error(d)
	}
}

func TestCommandsRefused(t *testing.T) {
	for _, text := range []string{
		`pattern`, `diff tomorrow`, `stats count(*) | diff`, `diff | diff`, `pattern @message | limit 1 | diff`, `unnest a`, `unnest a into`, `filterIndex a`, `filterIndex a > 1`, `filterIndex a = b`,
		`filterIndex a = 1 or b = 2`, `filter a in (`, `filter a in ()`, `filter a in (SOURCE )`, `filter a in (SOURCE x)`, `filter a in (SOURCE 'x' | fields a`, `filter a in (SOURCE 'x' | filter b in (SOURCE 'y'))`,
		`filter a in (SOURCE 'x' | diff)`, `join`, `join where a.b=c.d (SOURCE 'x')`, `join left=a right=a where a.b=a.c (SOURCE 'x')`, `join type=full left=a right=b where a.x=b.x (SOURCE 'x')`,
		`join up=a where a.x=b.x (SOURCE 'x')`, `join left=a right=b where a.x=b.x`, `SOURCE 'x' | fields a`, `anomaly`, `lookup x`, `addtotals`, strings.Repeat(`filter a in (SOURCE 'x') | `, 6) + "limit 1", `fields a)`,
	} {
		_, err := logquery.Parse(text)
		var syntax *logquery.SyntaxError
		if !errors.As(err, &syntax) || syntax.Start > syntax.End || syntax.Start > len(text) {
			t.Errorf("%.60s: %v %+v", text, err, syntax)
		}
	}
}

func TestConditions(t *testing.T) {
	for text, want := range map[string]string{
		`filter a = 1 and b.c = "x" and d > 3`: "[{a [n1] false} {b.c [tx] false}]", `fields a as b, a | filter b = 1 and a = 2`: "[{a [n2] false}]", `filter a = 1 or b = 2`: "[]",
		`filter a in [1, "1.0", "x"] | sort a | filter b = 2`: "[{a [n1 n1 tx] false}]", `filterIndex a = "x" | filter b = 1`: "[{a [tx] true} {b [n1] false}]", `parse @message "*" as a | filter a = 1`: "[]",
		`filter a not in [1]`: "[]", `fields jsonParse(@message) as a | filter a.b = 1`: "[]", `filter 5 = a`: "[{a [n5] false}]", `stats count(*) by a | filter a = 1`: "[]",
	} {
		q, err := logquery.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(q.Conditions()); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestConditionsLaw: an event that is in the result meets all conditions.
func TestConditionsLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SampledFrom([]string{`1`, `"1"`, `"1.0"`, `"x"`, `true`, `-0`, `"0"`, `"é"`, `{"a":1}`, `[1]`, `1e3`, `"1000"`, `"0x1"`})
		c := rapid.SampledFrom([]string{`1`, `"1"`, `"1.0"`, `"x"`, `true`, `0`, `"-0"`, `1000`, `"é"`, `"{\"a\":1}"`, `"[1]"`, `"0x1"`, `1e3`})
		message := fmt.Sprintf(`{"a":%s,"b":{"c":%s}}`, v.Draw(t, "a"), v.Draw(t, "c"))
		text := fmt.Sprintf(`filter a = %s and b.c in [%s, %s]`, c.Draw(t, "x"), c.Draw(t, "y"), c.Draw(t, "z"))
		q, err := logquery.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		r := q.Start(logquery.Options{Memory: 1 << 20})
		rec := &logquery.Record{Message: message}
		if err := r.Add(rec); err != nil {
			t.Fatal(err)
		}
		meets := true
		for _, one := range q.Conditions() {
			key, any := logquery.Keys(rec, []string{one.Field})[0], false
			for _, k := range one.Keys {
				any = any || k == key
			}
			meets = meets && any
		}
		if in := r.Matched() == 1; in != meets {
			t.Fatalf("%s on %s: %v, but the conditions say %v", text, message, in, meets)
		}
	})
}
