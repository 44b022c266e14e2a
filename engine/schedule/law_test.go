package schedule

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawn is one field as text and as what it means.
type drawn struct {
	text string
	has  func(int) bool
}

func draw(t *rapid.T, name string, least, most int) drawn {
	switch rapid.IntRange(0, 3).Draw(t, name+"Form") {
	case 0:
		return drawn{"*", func(int) bool { return true }}
	case 1:
		list := rapid.SliceOfN(rapid.IntRange(least, most), 1, 3).Draw(t, name)
		return drawn{strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ","), "[]"), func(v int) bool { return slices.Contains(list, v) }}
	case 2:
		a, b := rapid.IntRange(least, most).Draw(t, name), rapid.IntRange(least, most).Draw(t, name+"To")
		return drawn{fmt.Sprintf("%d-%d", a, b), func(v int) bool {
			if a <= b {
				return v >= a && v <= b
			}
			return v >= a || v <= b
		}}
	}
	a, step := rapid.IntRange(least, most).Draw(t, name), rapid.IntRange(1, most-least+1).Draw(t, name+"Step")
	return drawn{fmt.Sprintf("%d/%d", a, step), func(v int) bool { return v >= a && (v-a)%step == 0 }}
}

// drawDay draws a day field by its meaning for one date, without the calendar arithmetic of the package.
func drawDay(t *rapid.T) (month, week string, has func(time.Time) bool) {
	last := func(d time.Time) bool { return d.AddDate(0, 0, 1).Day() == 1 }
	switch rapid.IntRange(0, 4).Draw(t, "dayForm") {
	case 0:
		d := draw(t, "day", 1, 31)
		return d.text, "?", func(d2 time.Time) bool { return d.has(d2.Day()) }
	case 1:
		d := draw(t, "weekday", 1, 7)
		return "?", d.text, func(d2 time.Time) bool { return d.has(int(d2.Weekday()) + 1) }
	case 2:
		return "L", "?", last
	case 3:
		w := rapid.IntRange(1, 7).Draw(t, "lastWeekday")
		return "?", fmt.Sprintf("%dL", w), func(d time.Time) bool {
			return int(d.Weekday())+1 == w && d.AddDate(0, 0, 7).Month() != d.Month()
		}
	}
	w, n := rapid.IntRange(1, 7).Draw(t, "weekday"), rapid.IntRange(1, 5).Draw(t, "nth")
	return "?", fmt.Sprintf("%d#%d", w, n), func(d time.Time) bool {
		before := 0
		for x := d; x.Month() == d.Month(); x = x.AddDate(0, 0, -7) {
			before++
		}
		return int(d.Weekday())+1 == w && before == n
	}
}

// TestNextIsBruteForce looks at every minute, also across the changes of clocks.
func TestNextIsBruteForce(t *testing.T) {
	zones := []*time.Location{
		time.UTC, zone(t, "America/New_York"), zone(t, "Europe/Berlin"), zone(t, "Australia/Lord_Howe"), zone(t, "Pacific/Apia"), zone(t, "Asia/Kathmandu"),
	}
	begins := []time.Time{
		time.Date(2026, 3, 7, 20, 0, 0, 0, time.UTC), time.Date(2026, 10, 31, 20, 0, 0, 0, time.UTC), time.Date(2026, 3, 28, 20, 0, 0, 0, time.UTC),
		time.Date(2026, 10, 24, 20, 0, 0, 0, time.UTC), time.Date(2026, 4, 4, 10, 0, 0, 0, time.UTC), time.Date(2011, 12, 29, 20, 0, 0, 0, time.UTC),
		time.Date(2024, 2, 27, 0, 0, 0, 0, time.UTC),
	}
	rapid.Check(t, func(t *rapid.T) {
		minute, hour, month := draw(t, "minute", 0, 59), draw(t, "hour", 0, 23), draw(t, "month", 1, 12)
		day, week, isDay := drawDay(t)
		text := fmt.Sprintf("cron(%s %s %s %s %s *)", minute.text, hour.text, day, month.text, week)
		e, err := Parse(text, Rules)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		loc := rapid.SampledFrom(zones).Draw(t, "zone")
		after := rapid.SampledFrom(begins).Draw(t, "begin").Add(time.Duration(rapid.IntRange(0, 24*3600).Draw(t, "seconds")) * time.Second)

		const span = 3 * 24 * time.Hour
		shown := map[string]bool{} // what the clocks have shown, from a day before
		var want time.Time
		for at := after.Truncate(time.Minute).Add(-25 * time.Hour); at.Before(after.Add(span)); at = at.Add(time.Minute) {
			local := at.In(loc)
			reading := local.Format("02 15:04")
			again := shown[reading]
			shown[reading] = true
			date := time.Date(local.Year(), local.Month(), local.Day(), 12, 0, 0, 0, time.UTC)
			if at.After(after) && !again && minute.has(local.Minute()) && hour.has(local.Hour()) && month.has(int(local.Month())) && isDay(date) {
				want = at
				break
			}
		}
		got := e.Next(after, loc)
		if want.IsZero() && !got.IsZero() && got.Before(after.Add(span)) || !want.IsZero() && !got.Equal(want) {
			t.Fatalf("%s in %v after %v: %v, by brute force %v", text, loc, after.In(loc), got, want.In(loc))
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"rate(5 minutes)", "cron(0/5 8-17 ? * MON-FRI *)", "cron(15 10 ? * 6L 2002-2005)", "cron(0 0 15W * ? *)", "at(2026-11-20T13:00:00)"} {
		f.Add(text, int64(1_790_000_000))
	}
	loc := zone(f, "America/New_York")
	f.Fuzz(func(t *testing.T, text string, unix int64) {
		for _, d := range []Dialect{Rules, Scheduler} {
			e, err := Parse(text, d)
			if err != nil {
				continue
			}
			after := time.Unix(unix%8_000_000_000, 0)
			if at := e.Next(after, loc); !at.IsZero() && !at.After(after) {
				t.Fatalf("%q after %v: %v", text, after, at)
			}
		}
	})
}
