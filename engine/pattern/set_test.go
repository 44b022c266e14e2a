package pattern

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawPattern makes patterns of a small world, so that many match.
func drawPattern(t *rapid.T) string {
	value := rapid.SampledFrom([]string{`"a"`, `"b"`, `"c"`, `1`, `null`, `{"prefix":"a"}`, `{"anything-but":"a"}`, `{"exists":false}`, `{"exists":true}`, `{"equals-ignore-case":"A"}`, `{"wildcard":"*"}`})
	list := rapid.Custom(func(t *rapid.T) string {
		return "[" + strings.Join(rapid.SliceOfN(value, 1, 3).Draw(t, "values"), ",") + "]"
	})
	object := rapid.Custom(func(t *rapid.T) string {
		var fields []string
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"source", "detail-type", "x"}), 1, 3, rapid.ID[string]).Draw(t, "names") {
			fields = append(fields, fmt.Sprintf("%q:%s", name, list.Draw(t, "list")))
		}
		if rapid.Bool().Draw(t, "deep") {
			fields = append(fields, fmt.Sprintf(`"detail":{"k":%s}`, list.Draw(t, "list")))
		}
		return strings.Join(fields, ",")
	})
	text := object.Draw(t, "object")
	if rapid.Bool().Draw(t, "or") {
		text += fmt.Sprintf(`,"$or":[{%s},{%s}]`, object.Draw(t, "one"), object.Draw(t, "other"))
	}
	return "{" + text + "}"
}

func drawEvent(t *rapid.T) string {
	value := rapid.SampledFrom([]string{`"a"`, `"b"`, `"c"`, `1`, `null`, `["a","b"]`, `[]`, `{"y":"a"}`})
	var fields []string
	for _, name := range []string{"source", "detail-type", "x"} {
		if rapid.Bool().Draw(t, "has") {
			fields = append(fields, fmt.Sprintf("%q:%s", name, value.Draw(t, "value")))
		}
	}
	k := value.Draw(t, "k")
	fields = append(fields, rapid.SampledFrom([]string{`"detail":{"k":` + k + `}`, `"detail":[{"k":` + k + `},{"k":"c"}]`, `"detail":1`}).Draw(t, "detail"))
	return "{" + strings.Join(fields, ",") + "}"
}

// TestSetLaw: the index finds what trying every pattern finds.
func TestSetLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var patterns []*Pattern
		for range rapid.IntRange(0, 12).Draw(t, "patterns") {
			p, err := Compile([]byte(drawPattern(t)))
			if err != nil {
				t.Fatal(err)
			}
			patterns = append(patterns, p)
		}
		set := NewSet(append(patterns, nil))
		for range 5 {
			e, err := Decode([]byte(drawEvent(t)))
			if err != nil {
				t.Fatal(err)
			}
			var want []int
			for i, p := range patterns {
				if p.Match(e) {
					want = append(want, i)
				}
			}
			if got := set.Match(e); !slices.Equal(got, want) {
				t.Fatalf("the set finds %v, trying each finds %v", got, want)
			}
		}
	})
}

// TestSetWithin: a pattern that would take too long is given up, which is said, and takes nothing from the others.
func TestSetWithin(t *testing.T) {
	costly, err := Compile([]byte(`{"detail":{"k":[{"wildcard":"*x*y"},{"suffix":"z"}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	cheap, err := Compile([]byte(`{"detail":{"name":["me"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	set := NewSet([]*Pattern{costly, costly, cheap})
	e, err := Decode([]byte(`{"detail":{"k":["` + strings.Repeat(`a","`, 1000) + `z"],"name":"me"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got, enough := set.MatchWithin(e, 100_000); !enough || !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("with many steps: %v, %t", got, enough)
	}
	if got, enough := set.MatchWithin(e, 100); enough || !slices.Equal(got, []int{2}) {
		t.Errorf("with few steps: %v, %t", got, enough)
	}
}

// TestCostlyMatches: what grows with the square of an event or with a list of the pattern ends, and what was not looked at is not claimed to be absent.
func TestCostlyMatches(t *testing.T) {
	objects := `{"a":[` + strings.Repeat(`{},`, 20_000) + `{}]}`
	names := `"n` + strings.Join(strings.Fields(strings.Repeat("x ", 2000)), `","n`) + `"`
	for name, c := range map[string]struct{ pattern, event string }{
		"absence in each element":    {`{"a":{"b":[{"exists":false}],"c":["x"]}}`, objects},
		"absence behind all":         {`{"$or":[{"a":{"b":{"c":[{"exists":false}]}},"z":["x"]},{"y":["x"]}]}`, objects},
		"a list that nothing may be": {`{"a":{"b":[{"anything-but":{"suffix":[` + names + `]}},"x"]}}`, `{"a":{"b":[` + strings.Repeat(`"nx",`, 2000) + `"nx"]}}`},
	} {
		p, err := Compile([]byte(c.pattern))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		e, err := Decode([]byte(c.event))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, enough := NewSet([]*Pattern{p}).MatchWithin(e, 3000)
		if enough || len(got) > 0 {
			t.Errorf("%s: %v, %t", name, got, enough)
		}
	}
	e, err := Decode([]byte(objects))
	if err != nil {
		t.Fatal(err)
	}
	f, err := CompileFilter([]byte(`{"a":{"b":[{"exists":false}],"c":["x"]}}`), true)
	if err != nil {
		t.Fatal(err)
	}
	own := e.within(filterSteps)
	if f.root.match(own, own.root) || own.took < filterSteps || own.took > 2*filterSteps {
		t.Errorf("a filter policy took %d steps", own.took)
	}
}

func TestStrings(t *testing.T) {
	p, err := Compile([]byte(`{"source":["aws.s3","aws.ec2"],"detail":{"service":["A",{"prefix":"B"}],"code":["x"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Strings("source"); !slices.Equal(got, []string{"aws.s3", "aws.ec2"}) {
		t.Error(got)
	}
	if got := p.Strings("detail", "code"); !slices.Equal(got, []string{"x"}) {
		t.Error(got)
	}
	if got := p.Strings("detail", "service"); got != nil {
		t.Error(got)
	}
}

// thousand are rules as an organisation has them: of many services, some with exact fields, prefixes, numbers and wildcards behind them.
func thousand(b *testing.B) *Set {
	kinds := []string{
		`{"source":["aws.service%d"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventName":["Stop%[1]d","Delete%[1]d"]}}`,
		`{"source":["app.team%d"],"detail":{"amount":[{"numeric":[">",100]}],"state":[{"anything-but":["done","failed"]}]}}`,
		`{"source":["aws.s3"],"detail-type":["Object Created"],"detail":{"bucket":{"name":["bucket-%d"]},"object":{"key":[{"prefix":"in/"}]}}}`,
		`{"source":["aws.s3"],"detail":{"bucket":{"name":["bucket-%d"]},"object":{"key":[{"wildcard":"*/logs/*.gz"}]}}}`,
		`{"detail-type":["Order"],"detail":{"id":[{"prefix":"customer-%d-"}]}}`,
	}
	var patterns []*Pattern
	for i := range 1000 {
		p, err := Compile([]byte(fmt.Sprintf(kinds[i%len(kinds)], i)))
		if err != nil {
			b.Fatal(err)
		}
		patterns = append(patterns, p)
	}
	return NewSet(patterns)
}

// BenchmarkThousandRules matches events of 1 kB against 1,000 rules, decoding included.
func BenchmarkThousandRules(b *testing.B) {
	set := thousand(b)
	pad := strings.Repeat("x", 600)
	var events [][]byte
	for i := range 50 {
		events = append(events, []byte(fmt.Sprintf(`{"version":"0","id":"7bf73129-1428-4cd3-a780-95db273d1602","detail-type":"Object Created","source":"aws.s3","account":"123456789012",`+
			`"time":"2026-01-02T03:04:05Z","region":"us-east-1","resources":["arn:aws:s3:::bucket-%d"],"detail":{"version":"0","bucket":{"name":"bucket-%d"},"object":{"key":"in/logs/%d.gz","size":%d,"etag":"b1946ac92492d2347c6235b4d2611184"},`+
			`"request-id":"N4N7GDK58NMKJ12R","requester":"123456789012","reason":"PutObject","pad":%q}}`, i*5+2, i*5+2, i, i, pad)))
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		e, err := Decode(events[n%len(events)])
		if err != nil {
			b.Fatal(err)
		}
		if got := set.Match(e); len(got) != 1 {
			b.Fatalf("matched %v", got)
		}
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
}
