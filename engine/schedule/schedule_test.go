package schedule

import (
	"testing"
	"time"
	_ "time/tzdata"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]struct{ rules, scheduler bool }{
		"rate(1 minute)": {true, true}, "rate(1 minutes)": {false, true}, "rate(10 minute)": {false, true}, "rate(5 hours)": {true, true},
		"rate(7 days)": {true, true}, "rate(10 seconds)": {}, "rate(10 years)": {}, "rate()": {}, "rate(10)": {}, "rate(10 minutess)": {},
		"rate(foo minutes)": {}, "rate(0 minutes)": {}, "rate(-10 minutes)": {}, "rate(10 MINUTES)": {}, "rate( 10 minutes )": {},
		" rate(10 minutes)": {}, "rate(10 minutes) ": {}, "rate(99999999999999999999 days)": {}, "rate(9223372036854775807 days)": {},
		"rate(+1 minute)": {}, "Rate(1 minute)": {},

		"cron(0 2 ? * SAT *)": {true, true}, "cron(0 12 * * ? *)": {true, true}, "cron(5,35 14 * * ? *)": {true, true},
		"cron(15 10 ? * 6L 2002-2005)": {true, true}, "cron(0 2 ? * SAT#3 *)": {true, true}, "cron(0/5 5 ? JAN 1-5 2022)": {true, true},
		"cron(0/30 20-23 ? * MON-FRI *)": {true, true}, "cron(0 10 L * ? *)": {true, true}, "cron(0 10 LW * ? *)": {true, true},
		"cron(0 10 3W * ? *)": {true, true}, "cron(0 10 ? * L *)": {true, true}, "cron(0 10 ? * fri-mon *)": {true, true},
		"cron(/5 * * * ? *)": {true, true}, "cron(*/7 0-10/2 1,15 jan-mar/2 ? 2024,2026-2030/2)": {true, true},
		"cron(0 0 31 2 ? *)": {true, true},
		"cron(0 1 * * * *)":  {}, "cron(0 1 ? * ? *)": {}, "cron(7 20 * * NOT *)": {}, "cron(INVALID)": {}, "cron(0 dummy ? * MON-FRI *)": {},
		"cron(71 8 1 * ? *)": {}, "cron()": {}, "cron(0 0 1 * ?)": {}, "cron(0 0 1 * ? * *)": {}, "cron(0 24 1 * ? *)": {}, "cron(0 0 0 * ? *)": {},
		"cron(0 0 32 * ? *)": {}, "cron(0 0 ? * 8 *)": {}, "cron(0 0 ? * 0 *)": {}, "cron(0 0 ? 13 1 *)": {}, "cron(0 0 1 * ? 1969)": {},
		"cron(0 0 1 * ? 2200)": {}, "cron(0 0 ? * 2#6 *)": {}, "cron(0 0 ? * 2#0 *)": {}, "cron(0 0 ? * 3#1,6#3 *)": {}, "cron(0 0 L-3 * ? *)": {},
		"cron(0 0 1,L * ? *)": {}, "cron(0 0 W * ? *)": {}, "cron(0/0 * * * ? *)": {}, "cron(0/61 * * * ? *)": {}, "cron(0,,1 * * * ? *)": {},
		"cron(1- * * * ? *)": {}, "cron(-1 * * * ? *)": {}, "cron(? * * * ? *)": {}, "cron(0 0 1 * ? 2030-2020)": {}, "cron(0 0 1 * ? *": {},

		"at(2021-12-31T23:59:59)": {false, true}, "at(2021-12-31)": {}, "at(2021-12-31T23:59:59Z)": {}, "at(2021-02-30T00:00:00)": {},
		"at(2021-12-31T24:00:00)": {}, "at(2021-12-31T23:59:59.5)": {}, "at(1969-12-31T23:59:59)": {}, "": {}, "(": {}, ")": {}, "at()": {}, "every(1 day)": {},
	} {
		if _, err := Parse(text, Rules); (err == nil) != want.rules {
			t.Errorf("rules: %q: %v", text, err)
		} else if err != nil && err.Error() != "Parameter ScheduleExpression is not valid." {
			t.Errorf("rules: %q: %v", text, err)
		}
		if _, err := Parse(text, Scheduler); (err == nil) != want.scheduler {
			t.Errorf("scheduler: %q: %v", text, err)
		} else if err != nil && err.Error() != "Invalid Schedule Expression "+text+"." {
			t.Errorf("scheduler: %q: %v", text, err)
		}
	}
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestNext(t *testing.T) {
	for _, c := range []struct {
		expression, zone, after string
		want                    []string // in UTC
	}{
		{"rate(5 minutes)", "UTC", "2026-01-01T00:00:30Z", []string{"2026-01-01T00:05:30Z", "2026-01-01T00:10:30Z"}},
		{"cron(0 12 * * ? *)", "UTC", "2026-01-01T12:00:00Z", []string{"2026-01-02T12:00:00Z"}},
		{"cron(0 12 * * ? *)", "UTC", "2026-01-01T11:59:59.9Z", []string{"2026-01-01T12:00:00Z"}},
		{"cron(15 10 ? * 6L 2026)", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-30T10:15:00Z", "2026-02-27T10:15:00Z"}},
		{"cron(0 8 ? * 3#2 *)", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-13T08:00:00Z", "2026-02-10T08:00:00Z"}},
		{"cron(0 0 ? 2 1#5 *)", "UTC", "2026-01-01T00:00:00Z", []string{"2032-02-29T00:00:00Z"}},
		{"cron(0 0 L * ? *)", "UTC", "2024-02-01T00:00:00Z", []string{"2024-02-29T00:00:00Z", "2024-03-31T00:00:00Z"}},
		{"cron(0 0 LW * ? *)", "UTC", "2026-01-31T00:00:00Z", []string{"2026-02-27T00:00:00Z"}},
		{"cron(0 0 1W * ? *)", "UTC", "2026-07-15T00:00:00Z", []string{"2026-08-03T00:00:00Z"}},  // 1 August is a Saturday
		{"cron(0 0 15W * ? *)", "UTC", "2026-08-01T00:00:00Z", []string{"2026-08-14T00:00:00Z"}}, // a Saturday
		{"cron(0 0 31W * ? *)", "UTC", "2026-05-01T00:00:00Z", []string{"2026-05-29T00:00:00Z", "2026-07-31T00:00:00Z"}},
		{"cron(0 0 29 2 ? *)", "UTC", "2026-01-01T00:00:00Z", []string{"2028-02-29T00:00:00Z"}},
		{"cron(0 0 ? * FRI-MON *)", "UTC", "2026-01-01T00:00:00Z", []string{"2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z", "2026-01-09T00:00:00Z"}},
		{"cron(0 0 31 2 ? *)", "UTC", "2026-01-01T00:00:00Z", []string{""}},
		{"cron(0 0 1 1 ? 2020)", "UTC", "2026-01-01T00:00:00Z", []string{""}},
		{"cron(0 0 1 1 ? *)", "UTC", "2199-06-01T00:00:00Z", []string{""}},
		{"cron(0 0 1 1 ? *)", "UTC", "1066-06-01T00:00:00Z", []string{"1970-01-01T00:00:00Z"}},

		// 8 March 2026: New York's clocks go from 2:00 to 3:00. 1 November: from 2:00 to 1:00.
		{"cron(30 2 * * ? *)", "America/New_York", "2026-03-07T00:00:00Z", []string{"2026-03-07T07:30:00Z", "2026-03-09T06:30:00Z"}},
		{"cron(30 1 * * ? *)", "America/New_York", "2026-10-31T12:00:00Z", []string{"2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"}},
		{"cron(30 1 * * ? *)", "America/New_York", "2026-11-01T06:00:00Z", []string{"2026-11-02T06:30:00Z"}},
		{"cron(0 9 * * ? *)", "Europe/Berlin", "2026-03-28T00:00:00Z", []string{"2026-03-28T08:00:00Z", "2026-03-29T07:00:00Z"}},
		{"rate(1 day)", "Europe/Berlin", "2026-03-28T08:00:00Z", []string{"2026-03-29T08:00:00Z"}},
		{"cron(0 12 30 12 ? 2011)", "Pacific/Apia", "2011-12-01T00:00:00Z", []string{""}}, // a day that Samoa skipped

		{"at(2026-11-20T13:00:00)", "Asia/Kolkata", "2026-01-01T00:00:00Z", []string{"2026-11-20T07:30:00Z", ""}},
		{"at(2026-03-08T02:30:00)", "America/New_York", "2026-01-01T00:00:00Z", []string{"2026-03-08T07:00:00Z", ""}},
		{"at(2026-11-01T01:30:00)", "America/New_York", "2026-01-01T00:00:00Z", []string{"2026-11-01T05:30:00Z", ""}},
		{"at(2020-01-01T00:00:00)", "UTC", "2026-01-01T00:00:00Z", []string{""}},
	} {
		e, err := Parse(c.expression, Scheduler)
		if err != nil {
			t.Errorf("%s: %v", c.expression, err)
			continue
		}
		after, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			got := e.Next(after, zone(t, c.zone))
			if want == "" {
				if !got.IsZero() {
					t.Errorf("%s after %v: %v, want never", c.expression, after, got)
				}
				break
			}
			if text := got.UTC().Format(time.RFC3339); text != want {
				t.Errorf("%s in %s after %v: %s, want %s", c.expression, c.zone, after, text, want)
			}
			after = got
		}
	}
}

func TestRateCountsFromItsBeginning(t *testing.T) {
	e, err := Parse("rate(3 hours)", Rules)
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Date(2026, 1, 1, 0, 0, 7, 5, time.UTC)
	for after, want := range map[time.Time]time.Time{
		begin.Add(-time.Hour):      begin.Add(3 * time.Hour),
		begin:                      begin.Add(3 * time.Hour),
		begin.Add(3*time.Hour - 1): begin.Add(3 * time.Hour),
		begin.Add(3 * time.Hour):   begin.Add(6 * time.Hour),
		begin.Add(100*time.Hour + 30*time.Minute):      begin.Add(102 * time.Hour),
		time.Date(2199, 12, 31, 23, 0, 0, 0, time.UTC): {},
	} {
		if got := e.Since(begin, after, time.UTC); !got.Equal(want) {
			t.Errorf("after %v: %v, want %v", after, got, want)
		}
	}
	// A beginning so long ago that a time.Duration cannot reach it.
	if got := e.Since(time.Time{}, begin, time.UTC); !got.Equal(time.Date(2026, 1, 1, 3, 0, 0, 0, time.UTC)) {
		t.Errorf("from the year 1: %v", got)
	}
}
