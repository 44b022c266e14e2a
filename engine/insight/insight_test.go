package insight_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"vauban/engine/insight"
)

func TestUnusual(t *testing.T) {
	const week = 7 * 24 * 60
	tests := []struct {
		name           string
		baseline       insight.Baseline
		count, minutes int64
		want           bool
	}{
		{"the first calls ever, few", insight.Baseline{Minutes: week}, 9, 5, false},
		{"the first calls ever, many", insight.Baseline{Minutes: week}, 20, 5, true},
		{"some a day, now twenty at once", insight.Baseline{Count: 7 * 5, Minutes: week}, 20, 5, true},
		{"one a minute, now one a minute", insight.Baseline{Count: week, Minutes: week}, 5, 5, false},
		{"one a minute, now two a minute", insight.Baseline{Count: week, Minutes: week}, 10, 5, false},
		{"one a minute, now ten a minute", insight.Baseline{Count: week, Minutes: week}, 50, 5, true},
		{"a hundred a minute, now two hundred", insight.Baseline{Count: 100 * week, Minutes: week}, 1000, 5, false},
		{"a hundred a minute, now four hundred", insight.Baseline{Count: 100 * week, Minutes: week}, 2000, 5, true},
		{"a minute of history proves nothing", insight.Baseline{Minutes: 1}, 40, 5, false},
	}
	for _, tt := range tests {
		if got := tt.baseline.Unusual(tt.count, tt.minutes); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func baselines(t *rapid.T) insight.Baseline {
	return insight.Baseline{Count: rapid.Int64Range(0, 1_000_000).Draw(t, "count"), Minutes: rapid.Int64Range(1, 7*24*60).Draw(t, "minutes")}
}

// TestLaws: what is no more than usual is never unusual; more calls are never less unusual, and a busier or shorter baseline never makes them more unusual.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, minutes := baselines(t), rapid.Int64Range(1, 60).Draw(t, "window")
		n := rapid.Int64Range(0, 1_000_000).Draw(t, "calls")
		if usual := int64(math.Ceil(b.Average() * float64(minutes))); b.Unusual(min(n, usual), minutes) {
			t.Errorf("%d calls in %d minutes are unusual after %+v", min(n, usual), minutes, b)
		}
		more := n + rapid.Int64Range(0, 1000).Draw(t, "more")
		if b.Unusual(n, minutes) && !b.Unusual(more, minutes) {
			t.Errorf("%d calls are unusual, %d are not", n, more)
		}
		busier := insight.Baseline{Count: b.Count + rapid.Int64Range(0, 1000).Draw(t, "busier"), Minutes: b.Minutes}
		shorter := insight.Baseline{Count: b.Count, Minutes: max(1, b.Minutes-rapid.Int64Range(0, 1000).Draw(t, "shorter"))}
		if busier.Unusual(n, minutes) && !b.Unusual(n, minutes) || shorter.Unusual(n, minutes) && !b.Unusual(n, minutes) {
			t.Errorf("%d calls in %d minutes: usual after %+v, unusual after %+v or %+v", n, minutes, b, busier, shorter)
		}
	})
}

// TestSteadyStreams: calls at a constant rate are never unusual in any window, whatever the rate and however long the baseline.
func TestSteadyStreams(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		perMinute := rapid.Float64Range(0, 1000).Draw(t, "rate")
		minutes, window := rapid.Int64Range(1, 10_000).Draw(t, "minutes"), rapid.Int64Range(1, 60).Draw(t, "window")
		calls := func(from, to int64) int64 { return int64(perMinute*float64(to)) - int64(perMinute*float64(from)) }
		b := insight.Baseline{Count: calls(0, minutes), Minutes: minutes}
		if n := calls(minutes, minutes+window); b.Unusual(n, window) {
			t.Errorf("%d calls in %d minutes are unusual after %+v", n, window, b)
		}
	})
}
