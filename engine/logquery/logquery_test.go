package logquery_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vauban/engine/logquery"
)

const base = 1767323045000 // 2026-01-02 03:04:05

func run(t testing.TB, text string, messages ...string) []string {
	t.Helper()
	q, err := logquery.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	r := q.Start(logquery.Options{Now: base, Memory: 10 << 20})
	for i, m := range messages {
		if err := r.Add(&logquery.Record{Time: base + int64(i)*1000, Ingested: base, Message: m, Stream: "s", Log: "1:g", Pointer: "p"}); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := r.End()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, row := range rows {
		var cells []string
		for _, c := range row {
			if c.Name != "@ptr" {
				cells = append(cells, c.Name+"="+c.Value)
			}
		}
		out = append(out, strings.Join(cells, " "))
	}
	return out
}

// TestPointerOnce: every event of a result has one pointer, also where the query asks for it.
func TestPointerOnce(t *testing.T) {
	q, err := logquery.Parse("fields @message, @ptr")
	if err != nil {
		t.Fatal(err)
	}
	r := q.Start(logquery.Options{Now: base, Memory: 10 << 20})
	if err := r.Add(&logquery.Record{Time: base, Message: "m", Pointer: "p"}); err != nil {
		t.Fatal(err)
	}
	rows, err := r.End()
	want := [][]logquery.Cell{{{"@message", "m"}, {"@ptr", "p"}}}
	if err != nil || !cmp.Equal(rows, want) {
		t.Errorf("%v, %v", rows, err)
	}
}

func TestQueries(t *testing.T) {
	web := []string{
		`{"path":"/a","status":200,"ms":10,"ip":"10.0.0.1","ok":true,"user":{"name":"ann","roles":["x","y"]}}`,
		`{"path":"/b","status":500,"ms":30,"ip":"10.1.0.1","ok":false}`,
		`{"path":"/a","status":404,"ms":20,"ip":"2001:db8::1"}`,
		`user=bob, method:GET, latency := 12`,
	}
	report := "REPORT RequestId: 7b0b1b2e-0000-4000-8000-000000000001\tDuration: 3.45 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\tInit Duration: 100.5 ms\t\n"
	for _, x := range []struct {
		query string
		on    []string
		want  []string
	}{
		{`fields @timestamp, status | filter status >= 404 | sort status desc`, web, []string{"@timestamp=2026-01-02 03:04:06.000 status=500", "@timestamp=2026-01-02 03:04:07.000 status=404"}},
		{`filter @message like "user="`, web, []string{"@timestamp=2026-01-02 03:04:08.000 @message=" + web[3]}},
		{`fields path | filter ispresent(path)`, web, []string{"path=/a", "path=/b", "path=/a"}}, // the latest first
		{`fields path, ms | filter path = "/a" | limit 1`, web, []string{"path=/a ms=20"}},
		{`stats count(*) as n, sum(ms), avg(ms), min(ms), max(ms), stddev(ms) by path | filter path != "" | sort path`, web, []string{
			"path=/a n=2 sum(ms)=30 avg(ms)=15 min(ms)=10 max(ms)=20 stddev(ms)=5", "path=/b n=1 sum(ms)=30 avg(ms)=30 min(ms)=30 max(ms)=30 stddev(ms)=0",
		}},
		{`stats count(*) by bin(2s)`, web, []string{"bin(2s)=2026-01-02 03:04:04.000 count(*)=1", "bin(2s)=2026-01-02 03:04:06.000 count(*)=2", "bin(2s)=2026-01-02 03:04:08.000 count(*)=1"}},
		{`stats count(ms)/count(*) as share, pct(ms, 50) as p50, count_distinct(path) as d, earliest(path) as e, latest(path) as l`, web, []string{"share=0.75 p50=20 d=2 e=/a l=/a"}},
		{`stats sum(ms) as s by path | stats max(s) as top, count(*)`, web, []string{"top=30 count(*)=3"}},
		{`parse @message "user=*, method:*, latency := *" as user, method, latency | filter latency > 10 | fields user, method, latency`, web, []string{"user=bob method=GET latency=12"}},
		{`parse @message /method:(?<m>[A-Z]+)/ | filter m =~ /^G/ | display m`, web, []string{"m=GET"}},
		{`fields user.name as who, user.roles.1 as role | filter ispresent(who)`, web, []string{"who=ann role=y"}},
		{`fields path | filter ok = 1`, web, []string{"path=/a"}},
		{`fields path | filter status in [404, 500] and not (path like /b$/)`, web, []string{"path=/a"}},
		{`fields path | filter status not in [200, 404] or path not like "/"`, web, []string{"path=/b"}},
		{`fields ip | filter isIpv4InSubnet(ip, "10.0.0.0/16") or isValidIpv6(ip)`, web, []string{"ip=2001:db8::1", "ip=10.0.0.1"}},
		{`fields path | dedup path | filter ispresent(path)`, web, []string{"path=/a", "path=/b"}},
		{`sort ms asc | fields ms | dedup path | limit 2`, web, []string{"", "ms=10"}},
		{`fields concat(toupper(path), "-", strlen(path)) as x, substr("abcdef", 2, 3) as y, replace("aXa", "X", "-") as z, trim("  t ") as t, ltrim("xxa", "x") as l | filter ms = 30`, web,
			[]string{"x=/B-2 y=cde z=a-a t=t l=a"}},
		{`fields 2 ^ 3 as a, 10 % 3 as b, -(1 + 2) * 2 as c, ceil(1.2) as d, floor(-1.2) as e, abs(-2) as f, greatest(1, 3, 2) as g, least(2, 1) as h, sqrt(16) as i, 1 / 0 as j | limit 1`, web[:1],
			[]string{"a=8 b=1 c=-6 d=2 e=-2 f=2 g=3 h=1 i=4"}},
		{`fields datefloor(@timestamp, 1h) as a, dateceil(@timestamp, 1d) as b, fromMillis(0) as c, toMillis(@timestamp) as d, now() as e, datefloor(@timestamp, 1mo) as f`, web[:1],
			[]string{"a=2026-01-02 03:00:00.000 b=2026-01-03 00:00:00.000 c=1970-01-01 00:00:00.000 d=1767323045000 e=1767323045 f=2026-01-01 00:00:00.000"}},
		{`fields coalesce(nothing, "x") as a, isempty(nothing) as b, isblank(" ") as c, strcontains("abc", "b") as d`, web[:1], []string{"a=x b=1 c=1 d=1"}},
		{`fields jsonParse(@message) as j | fields j.user.name as n, j.user.roles[0] as r, jsonStringify(j.user) as s | display n, r, s`, web[:1], []string{`n=ann r=x s={"name":"ann","roles":["x","y"]}`}},
		{`filter @type = "REPORT" | fields @requestId, @duration, @billedDuration, @memorySize, @maxMemoryUsed, @initDuration`, []string{report, "START RequestId: x Version: $LATEST"},
			[]string{"@requestId=7b0b1b2e-0000-4000-8000-000000000001 @duration=3.45 @billedDuration=4 @memorySize=128000000 @maxMemoryUsed=40000000 @initDuration=100.5"}},
		{`fields level, @requestId`, []string{"2026-01-02T03:04:05Z\t7b0b1b2e-0000-4000-8000-000000000001\tINFO\t{\"level\":\"info\"}"}, []string{"level=info @requestId=7b0b1b2e-0000-4000-8000-000000000001"}},
		{"fields `a b` # a comment\n| filter `a b` = 1", []string{`{"a b": 1}`}, []string{"a b=1"}},
		{`stats count(*)`, nil, []string{"count(*)=0"}},
		{`stats count(*) by path`, nil, nil},
	} {
		if d := cmp.Diff(x.want, run(t, x.query, x.on...)); d != "" {
			t.Errorf("%s (-want +got):\n%s", x.query, d)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, text := range []string{
		``, `|`, `fields`, `fields a |`, `fields a b`, `nonsense a`, `unmask @log`, `fields unmask(a)`, `unmask`, `filter`, `filter a =`, `filter a = = b`, `filter (a = 1`, `filter a in 1`, `filter a like 5`, `filter a like /(/`,
		`filter count(*) > 1`, `stats a`, `stats count(`, `stats pct(a)`, `stats pct(a, 101)`, `stats sum(max(a))`, `stats count(*) by`, `limit`, `limit 0`, `limit 10001`, `limit x`, `sort`,
		`parse @message "a * b" as`, `parse @message "a * b *" as x`, `parse @message /a/`, `filter a like /.{0,1000}.{0,1000}x/`, `filter a like /.{0,900}/ or a like /.{0,900}/`, `filter a =~ "a{900}b{900}c{900}"`, `parse @message /(?<x>a{999}b{999}c{9})/`, `parse @message "` + strings.Repeat("a", 2000) + `*" as x`, `parse @message`, `fields strlen()`, `fields nofunction(a)`, `fields "open`, `fields bin(5)`, `fields bin(5x)`,
		`fields a ~ b`, `filter ` + strings.Repeat("(", 100) + `1`, `filter ` + strings.Repeat("not ", 100) + `1`, `filter ` + strings.Repeat("- ", 100) + `1`, `filter 1` + strings.Repeat("^1", 100), strings.Repeat("a", 10_001),
	} {
		_, err := logquery.Parse(text)
		var syntax *logquery.SyntaxError
		if !errors.As(err, &syntax) || syntax.Start > syntax.End || syntax.Start > len(text) {
			t.Errorf("%.60s: %v %+v", text, err, syntax)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	for _, text := range []string{`stats count(*) by @message`, `stats pct(strlen(@message), 50), count_distinct(@message)`, `dedup @message`, `sort @message | filter 1`, `fields @message`} {
		q, err := logquery.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		r := q.Start(logquery.Options{Memory: 100_000})
		for i := 0; err == nil && i < 5000; i++ {
			err = r.Add(&logquery.Record{Time: base, Message: strconv.Itoa(i) + strings.Repeat("x", 50)})
		}
		if err == nil {
			_, err = r.End()
		}
		if !errors.Is(err, logquery.ErrMemory) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestValuesAreWeighed: what a sort or an aggregate keeps of one event counts, and no longer when something else takes its place.
func TestValuesAreWeighed(t *testing.T) {
	ten := "concat(" + strings.Repeat("@message, ", 9) + "@message)"
	for text, want := range map[string]error{
		"stats latest(" + ten + ")": logquery.ErrMemory, "stats sortslast(" + ten + ")": logquery.ErrMemory, "sort " + ten + " | limit 1": logquery.ErrMemory,
		"stats latest(@message)": nil, "stats earliest(@message)": nil, "stats sortslast(@message)": nil,
	} {
		q, err := logquery.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		r := q.Start(logquery.Options{Memory: 100_000})
		for i := 0; err == nil && i < 30; i++ {
			err = r.Add(&logquery.Record{Time: base + int64(i), Message: strconv.Itoa(1000+i) + strings.Repeat("x", 20_000)})
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestStatsLaw: aggregates equal what is computed directly.
func TestStatsLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type event struct {
			K string
			V int
		}
		events := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) event {
			return event{rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "k"), rapid.IntRange(-50, 50).Draw(t, "v")}
		}), 1, 40).Draw(t, "events")
		p := rapid.IntRange(0, 100).Draw(t, "p")
		groups := map[string][]float64{}
		var messages []string
		for _, e := range events {
			groups[e.K] = append(groups[e.K], float64(e.V))
			messages = append(messages, fmt.Sprintf(`{"k":"%s","v":%d}`, e.K, e.V))
		}
		want := map[string]string{}
		for k, vs := range groups {
			sum := 0.0
			set := map[float64]bool{}
			for _, v := range vs {
				sum += v
				set[v] = true
			}
			sorted := slices.Sorted(slices.Values(vs))
			rank := max(int(math.Ceil(float64(p)/100*float64(len(vs)))), 1)
			f := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
			want[k] = fmt.Sprintf("k=%s n=%d s=%s a=%s lo=%s hi=%s p=%s d=%d", k, len(vs), f(sum), f(sum/float64(len(vs))), f(sorted[0]), f(sorted[len(sorted)-1]), f(sorted[rank-1]), len(set))
		}
		q, err := logquery.Parse(fmt.Sprintf(`stats count(*) as n, sum(v) as s, avg(v) as a, min(v) as lo, max(v) as hi, pct(v, %d) as p, count_distinct(v) as d by k`, p))
		if err != nil {
			t.Fatal(err)
		}
		r := q.Start(logquery.Options{Memory: 1 << 20})
		for _, m := range messages {
			if err := r.Add(&logquery.Record{Time: base, Message: m}); err != nil {
				t.Fatal(err)
			}
		}
		rows, err := r.End()
		if err != nil || len(rows) != len(want) {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for _, row := range rows {
			var cells []string
			for _, c := range row {
				cells = append(cells, c.Name+"="+c.Value)
			}
			if got := strings.Join(cells, " "); got != want[row[0].Value] {
				t.Fatalf("got  %s\nwant %s", got, want[row[0].Value])
			}
		}
	})
}

// TestTopLaw: a sort that lets rows go answers what one that holds all does.
func TestTopLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.IntRange(0, 20), 0, 300).Draw(t, "values")
		limit := rapid.IntRange(1, 30).Draw(t, "limit")
		want := slices.Clone(values)
		slices.Sort(want)
		slices.Reverse(want)
		want = want[:min(limit, len(want))]
		q, err := logquery.Parse(fmt.Sprintf(`fields v | sort v desc | limit %d`, limit))
		if err != nil {
			t.Fatal(err)
		}
		r := q.Start(logquery.Options{Memory: 1 << 20})
		for _, v := range values {
			if err := r.Add(&logquery.Record{Time: base, Message: fmt.Sprintf(`{"v":%d}`, v)}); err != nil {
				t.Fatal(err)
			}
		}
		rows, err := r.End()
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for _, row := range rows {
			n, _ := strconv.Atoi(row[0].Value)
			got = append(got, n)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func FuzzQuery(f *testing.F) {
	for _, q := range []string{
		`fields @timestamp, a.b as x | filter x like /a+/ and not (y in [1,"2"]) or -z ^ 2 > 3 | sort x desc, y | limit 5`,
		`parse @message "a=* b=*" as a, b | stats count(*), pct(a, 95), latest(b) by bin(5m), concat(a, b)`, `dedup a | display b[0]`, "fields `x y`, jsonParse(@message).a",
		`filter a.b in (SOURCE 'x' | filter z = 1 | fields b) | join type=left left=l right=r where l.z=r.z (SOURCE 'y') | unnest z into w | display l.a, r.b, w`, `filterIndex a = 1 | pattern @message | diff previousDay`,
	} {
		f.Add(q, `{"a":{"b":1},"z":[1,2]}`)
		f.Add(q, "REPORT RequestId: 1 a=1 b=2\tDuration: 1 ms")
	}
	f.Fuzz(func(t *testing.T, text, message string) {
		q, err := logquery.Parse(text)
		if err != nil {
			return
		}
		r := q.Start(logquery.Options{Now: base, Memory: 1 << 20})
		q.Earlier(base, base+10)
		for _, sub := range r.Subqueries() {
			if sub.Add(&logquery.Record{Time: base, Message: message}) != nil || sub.End() != nil {
				return
			}
		}
		for i := range int64(3) {
			if err := r.Add(&logquery.Record{Time: base + i, Message: message, Stream: "s"}); err != nil {
				return
			}
		}
		_, _ = r.End()
		if r.Matched() > r.Scanned() {
			t.Fatalf("%d of %d", r.Matched(), r.Scanned())
		}
	})
}

func BenchmarkRun(b *testing.B) {
	const m = `{"eventName":"StopLogging","eventSource":"cloudtrail.amazonaws.com","errorCode":"AccessDenied","userIdentity":{"type":"IAMUser","userName":"eve"},"sourceIPAddress":"192.0.2.1"}`
	for _, text := range []string{`filter @message like "Denied" | stats count(*)`, `filter errorCode = "AccessDenied" | stats count(*) by userIdentity.userName, bin(5m)`} {
		q, err := logquery.Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(text, func(b *testing.B) {
			r := q.Start(logquery.Options{Memory: 1 << 30})
			b.SetBytes(int64(len(m)))
			for b.Loop() {
				if err := r.Add(&logquery.Record{Time: base, Message: m}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
