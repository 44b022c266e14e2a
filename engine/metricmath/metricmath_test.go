package metricmath

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// world is an Env of some series, whose values are written as in the guide: "-" is missing.
type world struct {
	series map[string]*Series
	order  []string
}

const start = 1704067200 // Monday, 2024-01-01

func newWorld(texts ...string) *world {
	w := &world{series: map[string]*Series{}}
	for _, text := range texts {
		id, values, _ := strings.Cut(text, "=")
		w.series[id] = parsed(values)
		w.series[id].ID = id
		w.order = append(w.order, id)
	}
	return w
}

func parsed(values string) *Series {
	s := &Series{Period: 60}
	for i, f := range strings.Fields(values) {
		var v float64
		if _, err := fmt.Sscan(f, &v); err == nil {
			s.add(start+int64(i)*60, v)
		}
	}
	return s
}

func (w *world) Value(id string) (Value, error) {
	if s := w.series[id]; s != nil {
		return single(s), nil
	}
	return Value{}, errors.New("no such ID: " + id)
}

func (w *world) Metrics() (out []*Series, _ error) {
	for _, id := range w.order {
		out = append(out, w.series[id])
	}
	return out, nil
}

func (w *world) Search(s *Search, stat string, period int64) ([]*Series, error) {
	var out []*Series
	for _, id := range w.order {
		if s.Matches(&Metric{Namespace: "N", Name: id}) {
			out = append(out, w.series[id])
		}
	}
	return out, nil
}

func (w *world) Band(id string, deviations float64) (upper, lower *Series, err error) {
	up, low := like(w.series[id]), like(w.series[id])
	for _, t := range w.series[id].Times {
		up.add(t, deviations)
		low.add(t, -deviations)
	}
	return up, low, nil
}

func (w *world) Insight(rule, metric string, period int64) (*Series, error) {
	if rule != "denied" {
		return nil, errors.New("no such rule: " + rule)
	}
	return w.series["up"], nil
}

// shown writes a value as worlds are written.
func shown(v Value) string {
	if v.Kind == Scalar {
		return fmt.Sprintf("%.6g", v.Number)
	}
	var lines []string
	for _, s := range v.Series {
		var b []string
		for t := int64(start); t < start+300; t += 60 {
			if x, ok := s.at(t); ok {
				b = append(b, fmt.Sprintf("%.6g", x))
			} else {
				b = append(b, "-")
			}
		}
		lines = append(lines, strings.Join(b, " "))
	}
	return strings.Join(lines, " | ")
}

func TestExpressions(t *testing.T) {
	w := newWorld("m1=30 20 0 0 -", "m2=20 - 20 - -", "a=1 1 0 0 -", "b=30 - 0 0 30", "c=0 0 20 - 20", "up=1 2 4 - 8", "errors_4xx=1 1 1 1 1", "errors_5xx=2 - 2 2 2", "empty=")
	for expr, want := range map[string]string{
		// Comparison and logic, from the guide's table.
		"m1 < m2": "0 0 1 0 -", "m1 >= 30": "1 0 0 0 -", "m1 > 15 AND m2 > 15": "1 0 0 0 -", "m1 > 15 OR m2 > 15": "1 1 1 0 -", "m1 > 15 && m2 > 15 || 1 > 2": "1 0 0 0 -",
		"m1 == 0": "0 0 1 1 -", "m1 != 0": "1 1 0 0 -", "1 <= 1": "1",
		// IF, from the guide's tables.
		"IF(a, b, c)": "30 0 20 - -", "IF(a, 5, c)": "5 5 20 - -", "IF(a, b, 5)": "30 0 5 5 -", "IF(1, a, b)": "1 1 0 0 -", "IF(0, a, b)": "30 - 0 0 30", "IF(0, a)": "- - - - -",
		"IF(a<1, a)": "- - 0 0 -", "IF(m1<25, 10, 2)": "2 10 10 10 -",
		// Arithmetic. A missing value is 0, and what cannot be divided is dropped.
		"m1 + m2": "50 20 20 0 -", "m1 - m2": "10 20 -20 0 -", "m1 / m2": "1.5 - 0 - -", "-m1": "-30 -20 -0 -0 -", "2 * a + 1": "3 3 1 1 -", "2 ^ 3 ^ 2": "512", "-2 ^ 2": "-4",
		"(1 + 2) * 3": "9", "7 - 2 - 1": "4", "8 / 4 / 2": "1", "1e3 + .5": "1000.5", "m1*[a, c]": "30 20 0 0 - | 0 0 0 0 0", "[a, c] + [1*a, c]": "2 2 0 0 - | 0 0 40 - 40", "[a,c]/2": "0.5 0.5 0 0 - | 0 0 10 - 10",
		// Aggregation.
		"AVG(up)": "3.75", "SUM(up)": "15", "MIN(up)": "1", "MAX(up)": "8", "DATAPOINT_COUNT(up)": "4", "STDDEV(up)": "2.68095", "m1 - MIN(m1)": "30 20 0 0 -",
		"SUM([a, b])": "31 1 0 0 30", "AVG([a, b])": "15.5 0.5 0 0 15", "MIN([a, b])": "1 1 0 0 30", "MAX([a, b])": "30 1 0 0 30", "DATAPOINT_COUNT([a, b])": "2 1 2 2 1", "STDDEV([a, b])": "14.5 0 0 0 0",
		"METRIC_COUNT(METRICS())": "9", `METRIC_COUNT(METRICS("errors"))`: "2", "SUM([METRICS('4xx'), METRICS('5xx')])": "3 1 3 3 3", "SUM(METRICS('errors'))/100": "0.03 0.01 0.03 0.03 0.03",
		// Series.
		"DIFF(up)": "- 1 2 - 4", "DIFF_TIME(up)": "- 60 60 - 120", "RATE(up)*60": "- 1 2 - 2", "RUNNING_SUM(up)": "1 3 7 - 15", "PERIOD(m1)": "60", "m1/PERIOD(m1)": "0.5 0.333333 0 0 -",
		"FILL(up, 0)": "1 2 4 0 8", "FILL(up, REPEAT)": "1 2 4 4 8", "FILL(up, LINEAR)": "1 2 4 6 8", "FILL(up, m1)": "1 2 4 0 8", "FILL([m2, b], REPEAT)": "20 20 20 20 20 | 30 30 0 0 30", "FILL(m2, MIN(up))": "20 1 20 1 1",
		"ABS(-up)": "1 2 4 - 8", "CEIL(up/3)": "1 1 2 - 3", "FLOOR(up/3)": "0 0 1 - 2", "LOG10(up*0+100)": "2 2 2 - 2", "LOG(up*0)": "- - - - -", "LOG(1)": "0",
		"TIME_SERIES(5)": "5 5 5 5 5", "TIME_SERIES(MAX(up))": "8 8 8 8 8", "MINUTE(up)": "0 1 2 3 4", "HOUR(up)": "0 0 0 0 0", "DAY(up)": "1 1 1 1 1", "DATE(up)": "1 1 1 1 1", "MONTH(up)": "1 1 1 1 1", "YEAR(up)": "2024 2024 2024 2024 2024",
		"EPOCH(up) - 1704067200": "0 60 120 180 240", "IF(DAY(m1)<6, m1)": "30 20 0 0 0",
		// Arrays.
		"SORT([a, b, c], MAX, DESC)": "30 - 0 0 30 | 0 0 20 - 20 | 1 1 0 0 -", "SORT([b, a], AVG, ASC, 1)": "1 1 0 0 -", "SLICE([a, b, c], 1)": "30 - 0 0 30 | 0 0 20 - 20", "SLICE([a, b, c], 0, 1)": "1 1 0 0 -", "SLICE([a], 5, 9)": "", "SLICE([a,b], 1, 0)": "",
		"FIRST([a, b])": "1 1 0 0 -", "LAST([a, b])": "30 - 0 0 30", "REMOVE_EMPTY([empty, a])": "1 1 0 0 -", "SORT([empty, a], SUM, DESC)": "1 1 0 0 - | - - - - -", "SUM([])": "- - - - -",
		"ANOMALY_DETECTION_BAND(a)": "2 2 2 2 - | -2 -2 -2 -2 -", "LAST(ANOMALY_DETECTION_BAND(a, 3))": "-3 -3 -3 -3 -", "SEARCH('MetricName=errors', 'Sum', 60)": "1 1 1 1 1 | 2 - 2 2 2", "SUM(SEARCH('errors', 'Sum', 60))": "3 1 3 3 3",
		`INSIGHT_RULE_METRIC("denied", "UniqueContributors") * 2`: "2 4 8 - 16", "INSIGHT_RULE_METRIC('denied', 'Sum') / 2": "0.5 1 2 - 4",
	} {
		e, err := Parse(expr)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		v, err := e.Eval(w, Range{Start: start, End: start + 300, Period: 60})
		if err != nil {
			t.Errorf("%s: %v", expr, err)
		} else if got := shown(v); got != want {
			t.Errorf("%s is %s, want %s", expr, got, want)
		}
	}
}

func TestBadExpressions(t *testing.T) {
	w := newWorld("m1=1 2", "m2=3 4")
	for _, expr := range []string{"", "(", "m1 +", "+ m1", "m1 m2", "[m1", "[1]", "AVG", "AVG()", "AVG(m1, m2)", "avg(m1)", "NOPE(m1)", "SUM(1)", "M1", "'x'", "m1 + 'x'", "METRICS(m1)", "PERIOD(m1+m2)", "PERIOD(5)",
		"SORT([m1], MEDIAN, ASC)", "SORT([m1], AVG, UP)", "SLICE(m1)", "SLICE(1, 2)", "IF(m1)", "IF([m1, m2], 1, 2)", "SEARCH(m1, 'Sum')", "SEARCH('x', 'Sum', 0)", "SEARCH('(x', 'Sum', 60)", "FILL(m1, [m1, m2])", "FILL(m1, ASC)",
		"TIME_SERIES(m1)", "DAY(5)", "[m1,m2]+[m1]", "ANOMALY_DETECTION_BAND([m1])", "ANOMALY_DETECTION_BAND(m1, 0)", "INSIGHT_RULE_METRIC('a', 'b')", "INSIGHT_RULE_METRIC(m1, 'Sum')", "INSIGHT_RULE_METRIC('', 'Sum')", "INSIGHT_RULE_METRIC('none', 'Sum')", "SELECT AVG(x) FROM y", "nobody", "1.2.3", "m1 = 2", "m1 & m2", "m1 ! m2",
		strings.Repeat("(", 500) + "m1", strings.Repeat("-", 500) + "m1", strings.Repeat("m1+", 450) + "m1", strings.Repeat(" ", maxText) + "m1"} {
		e, err := Parse(expr)
		if err == nil {
			_, err = e.Eval(w, Range{Start: start, End: start + 300, Period: 60})
		}
		if err == nil {
			t.Errorf("%.60q is an expression", expr)
		}
	}
}

// TestWork: the points of all expressions of a request count together, and what would make too many makes none.
func TestWork(t *testing.T) {
	eval := func(text string, r Range) error {
		e, err := Parse(text)
		if err == nil {
			_, err = e.Eval(newWorld("m1=1 2", "none="), r)
		}
		return err
	}
	shared := Range{Start: start, End: start + 300, Period: 60, Work: new(int)}
	if err := eval("m1 + 1", shared); err != nil || *shared.Work != 2 {
		t.Errorf("%d points, %v", *shared.Work, err)
	}
	*shared.Work = maxWork - 3
	if err := eval("m1 + 1", shared); err != nil {
		t.Error(err)
	}
	if err := eval("m1 + 1", shared); err == nil {
		t.Error("another expression of the request begins anew")
	}
	for _, text := range []string{"FILL([none, none, none], 0)", "TIME_SERIES(1) + [none, none, none]"} {
		r := Range{Start: start, End: start + 300, Period: 60, Work: new(maxWork - 14)}
		if err := eval(text, r); err == nil {
			t.Errorf("%s makes 15 points and more where 14 are left", text)
		} else if *r.Work > maxWork {
			t.Errorf("%s made its points before it was refused", text)
		}
	}
}

// TestRefusedByName: what CloudWatch has and this does not is told from what does not exist.
func TestRefusedByName(t *testing.T) {
	for _, expr := range []string{"LAMBDA('f')", "SERVICE_QUOTA(m1)", "SELECT AVG(x) FROM y"} {
		if _, err := Parse(expr); err == nil || !strings.Contains(err.Error(), "not built") {
			t.Errorf("%s: %v", expr, err)
		}
	}
}

// TestRules: an expression tells which rules of Contributor Insights it asks for.
func TestRules(t *testing.T) {
	e, err := Parse("INSIGHT_RULE_METRIC('b', 'Sum') / INSIGHT_RULE_METRIC('a', 'Sum') + INSIGHT_RULE_METRIC('b', 'Maximum')")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(e.Rules(), " "); got != "b a" {
		t.Errorf("rules: %s", got)
	}
}

func TestTokens(t *testing.T) {
	for name, want := range map[string]string{"CustomCount1": "Custom Count 1", "SDBFailure": "SDB Failure", "Project2-trial333": "Project 2 trial 333", "Network-Errors_2": "Network Errors 2", "COUNT": "COUNT", "couNT": "cou NT", "i-0ab": "i 0 ab", "--": ""} {
		var got []string
		for _, x := range tokens(name) {
			got = append(got, x.text)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestSearch(t *testing.T) {
	cpu := &Metric{"AWS/EC2", "CPUUtilization", []Dimension{{"InstanceId", "i-123"}}}
	micro := &Metric{"AWS/EC2", "NetworkPacketsIn", []Dimension{{"InstanceType", "t2.micro"}}}
	custom := &Metric{"Mine", "CustomCount1", nil}
	strange := &Metric{"My Namespace", `Europe\France Traffic(Network)`, []Dimension{{"Dimension@Name", "ProjectA"}}}
	all := []*Metric{cpu, micro, custom, strange}
	for query, want := range map[string][]*Metric{
		`{AWS/EC2,InstanceId} MetricName="CPUUtilization"`: {cpu}, `{AWS/EC2,InstanceId}`: {cpu}, `{AWS/EC2}`: {cpu, micro}, `{AWS/EC2,InstanceId,InstanceType}`: nil, `{Mine}, count`: {custom},
		"count": {custom}, "Count": {custom}, "COUNT": {custom}, "couNT": nil, "CustomCount": {custom}, "Count1": {custom}, "customcount": nil, "count1": nil, `"CustomCount1"`: {custom}, `"customcount1"`: nil, `"Custom"`: nil,
		"InstanceType=micro": {micro}, `InstanceType="t2.micro" Namespace="AWS/EC2"`: {micro}, "NOT Namespace=AWS": {custom, strange}, "network packets": {micro}, "network AND packets": {micro}, "network/packets": {micro}, "network OR count": {micro, custom, strange},
		`EC2 NOT "i-123"`: {micro}, "(EC2 OR Mine) AND (Count OR CPU)": {cpu, custom}, `"Europe\\France Traffic\(Network\)"`: {strange}, `{"My Namespace", "Dimension@Name"} ProjectA`: {strange}, `MetricName="CPUUtilization" OR (Custom AND (Count OR nothing))`: {cpu, custom},
	} {
		s, err := ParseSearch(query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		var got []*Metric
		for _, m := range all {
			if s.Matches(m) {
				got = append(got, m)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s finds %v", query, got)
		}
	}
	for _, query := range []string{"", "{", "{}", "{a,}", "(a", "a)", `"a`, "a=", "=a", "NOT", "a OR", "a AND", "--", strings.Repeat("(", 200) + "a", strings.Repeat("a ", 600)} {
		if _, err := ParseSearch(query); err == nil {
			t.Errorf("%.40q is a search", query)
		}
	}
}

// TestLaws: FILL leaves no gap, sums of DIFF and RUNNING_SUM undo each other, and SORT only reorders.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := "m="
		for range 5 {
			text += rapid.SampledFrom([]string{"- ", "1 ", "2.5 ", "-3 ", "0 "}).Draw(t, "v")
		}
		w := newWorld(text)
		eval := func(expr string) Value {
			e, err := Parse(expr)
			if err != nil {
				t.Fatal(err)
			}
			v, err := e.Eval(w, Range{Start: start, End: start + 300, Period: 60})
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		if v := eval("FILL(m, 7)"); len(v.Series[0].Times) != 5 {
			t.Fatalf("a gap: %s", shown(v))
		}
		a, b := eval("DIFF(RUNNING_SUM(m))").Series[0], w.series["m"]
		for i, at := range a.Times {
			if v, _ := b.at(at); math.Abs(v-a.Values[i]) > 1e-9 {
				t.Fatalf("%s is not %s", shown(single(a)), text)
			}
		}
		if v := eval("METRIC_COUNT(SORT([m, -m, 2*m], SUM, ASC))"); v.Number != 3 {
			t.Fatal("SORT lost some")
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"SUM([m1,m2])/2 > 5 AND m1 != 3", "IF(FIRST(SORT(METRICS(), AVG, DESC))>100, 1, 0)", `SEARCH('{N,d} a=b OR NOT "c\\"', 'Sum', 300)`, "FILL(m1, REPEAT)^-2e3", "SLICE(METRICS('m'),0,1)"} {
		f.Add(s)
	}
	w := newWorld("m1=1 - 3", "m2=- 2 3")
	f.Fuzz(func(t *testing.T, text string) {
		e, err := Parse(text)
		if err != nil {
			return
		}
		v, err := e.Eval(w, Range{Start: start, End: start + 300, Period: 60})
		if err != nil {
			return
		}
		for _, s := range v.Series {
			if len(s.Times) != len(s.Values) {
				t.Errorf("%d times and %d values", len(s.Times), len(s.Values))
			}
			for i, x := range s.Values {
				if math.IsNaN(x) || math.IsInf(x, 0) || i > 0 && s.Times[i] <= s.Times[i-1] {
					t.Errorf("%q: point %d of %v", text, i, s)
				}
			}
		}
	})
}

func FuzzSearch(f *testing.F) {
	for _, s := range []string{`{AWS/EC2,InstanceId} MetricName="CPUUtilization" NOT (a OR b)`, "couNT", `"a\"b"`} {
		f.Add(s)
	}
	m := &Metric{"AWS/EC2", "CPUUtilization", []Dimension{{"InstanceId", "i-123"}}}
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ParseSearch(text); err == nil {
			s.Matches(m)
		}
	})
}

func ExampleExpr_Eval() {
	e, err := Parse("100 * SUM(METRICS('errors')) / requests")
	if err != nil {
		panic(err)
	}
	v, err := e.Eval(newWorld("errors1=1 2 0 0 1", "errors2=0 3 - 0 1", "requests=10 10 10 - 8"), Range{Start: start, End: start + 300, Period: 60})
	fmt.Println(shown(v), err)
	// Output: 10 50 0 - 25 <nil>
}
