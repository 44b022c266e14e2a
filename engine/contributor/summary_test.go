package contributor

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestFewAreExact: as long as there are no more contributors than a summary keeps, all figures are what adding up gives, however it was cut into parts that were
// written, read and merged.
func TestFewAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := []*Summary{NewSummary(1)}
		want, sum, samples := map[string]float64{}, 0.0, 0
		least, largest := math.Inf(1), math.Inf(-1)
		for range rapid.IntRange(1, 300).Draw(t, "contributions") {
			keys := []string{fmt.Sprint(rapid.IntRange(0, 40).Draw(t, "key")), rapid.SampledFrom([]string{"", "\x00", "\x01", "a\x00"}).Draw(t, "second")}
			v := float64(rapid.IntRange(-5, 100).Draw(t, "value"))
			want[fmt.Sprintf("%q", keys)] += v
			sum, samples, least, largest = sum+v, samples+1, min(least, v), max(largest, v)
			parts[len(parts)-1].Add(keys, v)
			if rapid.Bool().Draw(t, "cut") {
				parts = append(parts, NewSummary(1))
			}
		}
		all := NewSummary(1)
		for _, p := range parts {
			all.Merge(again(t, p))
		}
		if all.Sum != sum || all.Samples != float64(samples) || all.Min != least || all.Max != largest || all.Unique() != float64(len(want)) {
			t.Fatalf("%+v, want %v of %d, %v to %v, %d contributors", all, sum, samples, least, largest, len(want))
		}
		most := math.Inf(-1)
		for _, e := range all.Top(1000, false) {
			if id := fmt.Sprintf("%q", e.Keys); want[id] != e.Value {
				t.Fatalf("%s has %v, want %v", id, e.Value, want[id])
			}
			most = max(most, e.Value)
		}
		if all.Largest() != most || all.Len() != len(want) {
			t.Fatalf("the largest is %v, want %v; %d contributors, want %d", all.Largest(), most, all.Len(), len(want))
		}
	})
}

// again is a summary that was written and read.
func again(t interface{ Fatal(...any) }, s *Summary) *Summary {
	out, rest, err := Read(s.Append(nil))
	if err != nil || len(rest) != 0 {
		t.Fatal(err, len(rest))
	}
	return out
}

// TestManyAreBounded: of far more contributors than are kept, whoever has more than its share is kept, nobody is told to have more than it has, and their number
// is estimated.
func TestManyAreBounded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint32().Draw(t, "seed")
		heavy := rapid.IntRange(1, 20).Draw(t, "heavy")
		n := rapid.IntRange(3000, 9000).Draw(t, "light")
		parts := []*Summary{NewSummary(1), NewSummary(1), NewSummary(1)}
		want, total := map[string]float64{}, 0.0
		add := func(i int, id string) {
			want[id]++
			total++
			parts[i%len(parts)].Add([]string{id}, 1)
		}
		for i := range n {
			seed = seed*1664525 + 1013904223
			add(int(seed>>16), fmt.Sprintf("light-%d", i))
			add(int(seed>>20), fmt.Sprintf("heavy-%d", i%heavy))
		}
		all := NewSummary(1)
		for _, p := range parts {
			all.Merge(again(t, p))
		}
		all = again(t, all)
		if all.Len() > MaxContributors || all.Sum != total {
			t.Fatalf("%d are kept, of %v", all.Len(), all.Sum)
		}
		for _, e := range all.Top(MaxContributors, false) {
			if e.Value > want[e.Keys[0]] {
				t.Fatalf("%v is told to have %v, and has %v", e.Keys, e.Value, want[e.Keys[0]])
			}
		}
		for id, v := range want {
			if _, kept := all.Of([]string{id}); !kept && v > total/(MaxContributors+1) {
				t.Fatalf("%s has %v of %v, and is forgotten", id, v, total)
			}
		}
		if got := all.Unique(); math.Abs(got-float64(len(want))) > 0.08*float64(len(want)) {
			t.Fatalf("%v contributors, want about %d", got, len(want))
		}
	})
}

// TestBytesAreBounded: long keys leave room for fewer contributors.
func TestBytesAreBounded(t *testing.T) {
	s := NewSummary(1)
	for i := range 2000 {
		keys := make([]string, maxKeys)
		for k := range keys {
			keys[k] = fmt.Sprintf("%0*d", maxValue, i)
		}
		s.Add(keys, float64(1+i%2))
	}
	if size := len(s.Append(nil)); size > MaxBytes+MaxBytes/4+registers {
		t.Errorf("a summary has %d bytes", size)
	}
	if s.Len() == 0 || s.Len() > MaxBytes/(maxKeys*maxValue) {
		t.Errorf("%d contributors are kept", s.Len())
	}
}

func TestReport(t *testing.T) {
	r := &Report{Start: 600, Period: 120}
	draw := []Line{{Keys: []string{"a"}}, {Keys: []string{"c"}}}
	for i, adds := range []map[string]float64{{"a": 3, "b": 1}, {"a": 3}, {"c": 5}, {}, {"b": 2, "a": 1}} {
		s := NewSummary(1)
		for k, v := range adds {
			s.Add([]string{k}, v)
		}
		if s.Len() > 0 {
			r.Add(600+int64(i)*60, s)
			r.Draw(draw, 600+int64(i)*60, s)
		}
	}
	r.End()
	want := []Point{
		{Time: 600, Samples: 3, Sum: 7, Min: 1, Max: 3, Average: 7.0 / 3, Largest: 6, Unique: 2},
		{Time: 720, Samples: 1, Sum: 5, Min: 5, Max: 5, Average: 5, Largest: 5, Unique: 1},
		{Time: 840, Samples: 2, Sum: 3, Min: 1, Max: 2, Average: 1.5, Largest: 2, Unique: 2},
	}
	if fmt.Sprint(r.Points) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", r.Points, want)
	}
	if got := fmt.Sprint(draw); got != "[{[a] [600 840] [6 1]} {[c] [720] [5]}]" {
		t.Errorf("lines: %s", got)
	}
	names := func(peak bool) (out []string) {
		for _, c := range r.Total.Top(10, peak) {
			out = append(out, fmt.Sprintf("%s %v/%v", c.Keys[0], c.Value, c.Peak))
		}
		return out
	}
	if got := fmt.Sprint(names(false), names(true)); got != "[a 7/6 c 5/5 b 3/2] [a 7/6 c 5/5 b 3/2]" {
		t.Errorf("top: %s", got)
	}
	s := NewSummary(1)
	for range 3 {
		s.Add([]string{"steady"}, 2)
	}
	r.Total.Merge(s) // whose peak is no period's
	if got := r.Total.Top(1, true)[0].Keys[0]; got != "a" {
		t.Errorf("%s has the highest peak", got)
	}
	empty := &Report{Period: 60}
	if empty.End(); empty.Total.Sum != 0 || len(empty.Points) != 0 || empty.Total.Unique() != 0 || len(empty.Total.Top(3, true)) != 0 {
		t.Errorf("of nothing: %+v", empty)
	}
}

// FuzzRead: no bytes make reading panic or take more than they are.
func FuzzRead(f *testing.F) {
	s := NewSummary(1)
	s.Add([]string{"a", "b"}, 2)
	f.Add(s.Append(nil))
	for i := range 3 * MaxContributors {
		s.Add([]string{fmt.Sprint(i)}, 1)
	}
	f.Add(s.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, rest, err := Read(b)
		if err == nil && (len(rest) > len(b) || s.Len() > len(b)) {
			t.Errorf("%d contributors of %d bytes", s.Len(), len(b))
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	denied := contributing(`["$.userIdentity.arn","$.eventName"]`, "", `{"Match":"$.errorCode","IsPresent":true}`)
	const event = `{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::111122223333:user/eve","accountId":"111122223333","userName":"eve"},"eventTime":"2026-01-02T03:04:05Z","eventSource":"iam.amazonaws.com","eventName":"GetUser","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.1","userAgent":"aws-cli/2","requestParameters":null,"responseElements":null,"requestID":"7b0b1b2e-0000-4000-8000-000000000001","eventID":"7b0b1b2e-0000-4000-8000-000000000002","eventType":"AwsApiCall"%s}`
	for name, x := range map[string]struct{ text, message string }{
		"counts":  {rule("Contribution", denied), fmt.Sprintf(event, `,"errorCode":"AccessDenied","errorMessage":"not authorized"`)},
		"passes":  {rule("Contribution", denied), fmt.Sprintf(event, "")},
		"columns": {rule("LogFormat", `"CLF"`, "Contribution", contributing(`["1"]`, "", `{"Match":"6","GreaterThan":399}`)), `192.0.2.7 - bob [10/Oct/2026:13:55:36 +0000] "GET /a HTTP/1.1" 404 123`},
	} {
		b.Run(name, func(b *testing.B) {
			r, err := Parse(x.text)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(x.message)))
			s := NewSummary(1)
			for b.Loop() {
				if keys, v, ok := r.Match(NewEvent(x.message)); ok {
					s.Add(keys, v)
				}
			}
		})
	}
}
