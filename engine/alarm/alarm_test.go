package alarm

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func points(text string) (out []Point) {
	for _, f := range strings.Fields(text) {
		out = append(out, map[string]Point{"-": Absent, "0": Within, "X": Beyond}[f])
	}
	return out
}

// retain is a verdict that leaves the alarm in its state.
const retain State = ""

// TestMissingData is the tables of "How alarm state is evaluated when data is missing", of the present guide and of the one before, whose further rows still hold.
func TestMissingData(t *testing.T) {
	const none = InsufficientData
	for _, x := range []struct {
		m, n   int
		points string
		filled int
		want   [4]State // missing, ignore, breaching, notBreaching
	}{
		{3, 3, "0 - X - X", 0, [4]State{OK, OK, OK, OK}},
		{3, 3, "0 - - - -", 2, [4]State{OK, OK, OK, OK}},
		{3, 3, "- - - - -", 3, [4]State{none, retain, Alarm, OK}},
		{3, 3, "0 X X - X", 0, [4]State{Alarm, Alarm, Alarm, Alarm}},
		{3, 3, "- - X - -", 2, [4]State{Alarm, retain, Alarm, OK}},
		{3, 3, "- - - - X", 2, [4]State{none, retain, Alarm, OK}},
		{3, 3, "X - - - -", 2, [4]State{Alarm, retain, Alarm, OK}},
		{2, 3, "0 - X - X", 0, [4]State{Alarm, Alarm, Alarm, Alarm}},
		{2, 3, "0 0 X 0 X", 0, [4]State{Alarm, Alarm, Alarm, Alarm}},
		{2, 3, "0 - X - -", 1, [4]State{OK, OK, Alarm, OK}},
		{2, 3, "- - - - 0", 2, [4]State{OK, OK, Alarm, OK}},
		{2, 3, "- - - X -", 2, [4]State{Alarm, retain, Alarm, OK}},
		{2, 3, "- - - - X", 2, [4]State{none, retain, Alarm, OK}},
	} {
		for i, treatment := range []Treatment{Missing, Ignore, Breaching, NotBreaching} {
			got := Threshold{x.n, x.m, treatment}.Decide(points(x.points))
			if got.State != x.want[i] || got.Filled != x.filled {
				t.Errorf("%d of %d, %s, %s: %q with %d filled, want %q with %d", x.m, x.n, x.points, treatment, got.State, got.Filled, x.want[i], x.filled)
			}
		}
	}
}

// TestLaws: without gaps the treatment says nothing, and to say that missing points breach never makes an alarm quieter.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "n")
		m := rapid.IntRange(1, n).Draw(t, "m")
		list := rapid.SliceOfN(rapid.SampledFrom([]Point{Absent, Within, Beyond}), n, n+4).Draw(t, "points")
		verdict := map[Treatment]Verdict{}
		for _, x := range []Treatment{Missing, Ignore, Breaching, NotBreaching} {
			verdict[x] = Threshold{n, m, x}.Decide(list)
		}
		if verdict[NotBreaching].State == Alarm && verdict[Breaching].State != Alarm {
			t.Fatal("what is within does not breach, and what is beyond does")
		}
		real := 0
		for _, p := range list {
			if p != Absent {
				real++
			}
		}
		for x, v := range verdict {
			if real >= n && v.State != verdict[Missing].State {
				t.Fatalf("%s matters though nothing is missing", x)
			}
			if len(v.Used)+v.Filled != n || len(v.Used) != min(real, n) {
				t.Fatalf("%s: %d used and %d filled of %d, %d real", x, len(v.Used), v.Filled, n, real)
			}
		}
	})
}

func TestRule(t *testing.T) {
	states := map[string]State{"a": Alarm, "b": OK, "c": InsufficientData, "two words": Alarm, "arn:aws:cloudwatch:us-east-1:111122223333:alarm:x": Alarm}
	for _, x := range []struct {
		rule string
		want bool
	}{
		{"ALARM(a)", true}, {"ALARM(b)", false}, {"OK(b)", true}, {"INSUFFICIENT_DATA(c)", true}, {"OK(gone)", false}, {"TRUE", true}, {"FALSE", false},
		{"ALARM(a) AND OK(b)", true}, {"ALARM(a) AND ALARM(b)", false}, {"ALARM(b) OR ALARM(a)", true}, {"NOT ALARM(b)", true}, {"NOT NOT ALARM(a)", true},
		{"TRUE OR FALSE AND FALSE", true}, {"(TRUE OR FALSE) AND FALSE", false}, {"NOT (ALARM(a) AND OK(b))", false}, {"NOT FALSE AND FALSE", false},
		{`ALARM("two words")`, true}, {`ALARM('two words')`, true}, {"ALARM(arn:aws:cloudwatch:us-east-1:111122223333:alarm:x)", true}, {"  ALARM\n(\ta )\r\n", true},
		{"AT_LEAST(2, ALARM, (a, b, \"two words\"))", true}, {"AT_LEAST(3, ALARM, (a, b, c))", false}, {"AT_LEAST(50%, NOT OK, (a, b))", true}, {"AT_LEAST(51%, NOT OK, (a, b))", false},
	} {
		r, err := ParseRule(x.rule)
		if err != nil {
			t.Errorf("%s: %v", x.rule, err)
			continue
		}
		if got := r.Holds(func(name string) State { return states[name] }); got != x.want {
			t.Errorf("%s is %v", x.rule, got)
		}
	}
}

func TestBadRule(t *testing.T) {
	for _, text := range []string{"", "ALARM", "ALARM(", "ALARM()", "ALARM(a", "alarm(a)", "ALARM(a) ALARM(b)", "ALARM(a) AND", "(ALARM(a)", "ALARM(a))", "NOT", `ALARM("a)`, "ALARM(a b)",
		"AT_LEAST(0, ALARM, (a))", "AT_LEAST(2, ALARM, (a))", "AT_LEAST(1, BAD, (a))", "AT_LEAST(1, ALARM, ())", "AT_LEAST(101%, OK, (a))", "AND", "TRUE AND OR TRUE",
		strings.Repeat("(", 1000) + "TRUE", strings.Repeat("NOT ", 1000) + "TRUE", strings.Repeat("TRUE OR ", 600) + "TRUE", strings.Repeat(" ", maxRule) + "TRUE"} {
		if _, err := ParseRule(text); err == nil {
			t.Errorf("%.60q is a rule", text)
		}
	}
}

func FuzzParseRule(f *testing.F) {
	for _, s := range []string{"ALARM(a) AND NOT (OK(b) OR TRUE)", `AT_LEAST(50%, NOT OK, (a, "b c"))`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRule(text)
		if err != nil {
			return
		}
		r.Holds(func(string) State { return OK })
		if len(r.Names) > maxNames {
			t.Errorf("%d names", len(r.Names))
		}
	})
}
