package loganomaly_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"vauban/engine/loganomaly"
)

func period(m *loganomaly.Model, messages ...string) (out []string) {
	w := m.Begin()
	for _, s := range messages {
		w.Add(s)
	}
	for _, f := range w.End(false) {
		out = append(out, fmt.Sprintf("%s %s: %s", f.Priority(), f.Kind, f.Pattern.String()))
	}
	return out
}

func repeat(n int, format string) (out []string) {
	for i := range n {
		out = append(out, fmt.Sprintf(format, i%3))
	}
	return out
}

// trained is a model that has seen many quiet periods.
func trained(t *testing.T) *loganomaly.Model {
	m := &loganomaly.Model{}
	for i := range 15 {
		if out := period(m, repeat(20+i%3, "[INFO] answered 20%d in time")...); out != nil {
			t.Fatalf("period %d: %v", i, out)
		}
	}
	raw, err := json.Marshal(m) // models are kept as JSON
	if err != nil {
		t.Fatal(err)
	}
	back := &loganomaly.Model{}
	if err := json.Unmarshal(raw, back); err != nil {
		t.Fatal(err)
	}
	return back
}

func TestFindings(t *testing.T) {
	quiet := repeat(21, "[INFO] answered 20%d in time")
	for name, x := range map[string]struct{ in, want []string }{
		"nothing":     {quiet, nil},
		"new pattern": {append([]string{"[ERROR] disk /dev/sda is full"}, quiet...), []string{"HIGH new pattern: [ERROR] disk /dev/sda is full"}},
		"frequent":    {repeat(300, "[INFO] answered 20%d in time"), []string{"MEDIUM more frequent: [INFO] answered <Number-1> in time"}},
		"stopped":     {nil, []string{"MEDIUM stopped: [INFO] answered <Number-1> in time"}},
		"new value":   {append([]string{"[INFO] answered 500 in time"}, quiet...), []string{"LOW new value: [INFO] answered <Number-1> in time"}},
	} {
		if got := period(trained(t), x.in...); !slices.Equal(got, x.want) {
			t.Errorf("%s: %q, want %q", name, got, x.want)
		}
	}
}

// TestOnceOnly: what was found is known afterwards.
func TestOnceOnly(t *testing.T) {
	m := trained(t)
	quiet := repeat(21, "[INFO] answered 20%d in time")
	for i, want := range []int{1, 0, 0} {
		if got := period(m, append([]string{"[WARN] retry"}, quiet...)...); len(got) != want {
			t.Errorf("period %d: %q", i, got)
		}
	}
}

// TestUntrained: a model that has seen little finds nothing.
func TestUntrained(t *testing.T) {
	m := &loganomaly.Model{}
	for i := range 5 {
		if got := period(m, fmt.Sprintf("%c first", 'a'+i)); got != nil {
			t.Errorf("%q", got)
		}
	}
}

// TestGrows: a word that turns out to vary is no new pattern each time.
func TestGrows(t *testing.T) {
	m := trained(t)
	quiet := repeat(21, "[INFO] answered 20%d in time")
	for i, want := range []int{1, 1, 0, 0, 0} {
		user := []string{"ann", "bob", "cid", "dan", "eve"}[i]
		if got := period(m, append([]string{"user " + user + " has logged in"}, quiet...)...); len(got) != want {
			t.Errorf("%s: %q", user, got)
		}
	}
}
