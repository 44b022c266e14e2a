package schedule

import (
	"strings"
	"time"
)

// dayKind says how days are chosen.
type dayKind uint8

const (
	dayOfMonth     dayKind = iota // days of the month in the set
	lastDay                       // L
	lastWorkday                   // LW
	nearestWorkday                // nW: the weekday nearest to day n, in the same month
	dayOfWeek                     // days of the week in the set, Sunday is 0
	lastDayOfWeek                 // nL: the last such day of the month
	nthDayOfWeek                  // n#m: the m-th such day of the month
)

// days chooses days of a month, by one of the two day fields.
type days struct {
	kind   dayKind
	set    set
	day, n int // of W; of L and #: the weekday, Sunday is 0
}

// parseDays reads the two day fields, of which exactly one is "?".
func parseDays(month, week string) (days, bool) {
	switch {
	case (month == "?") == (week == "?"):
		return days{}, false
	case week == "?":
		return parseDayOfMonth(strings.ToUpper(month))
	}
	return parseDayOfWeek(strings.ToUpper(week))
}

func parseDayOfMonth(text string) (days, bool) {
	switch text {
	case "L":
		return days{kind: lastDay}, true
	case "LW", "WL":
		return days{kind: lastWorkday}, true
	}
	if near, found := strings.CutSuffix(text, "W"); found {
		n, ok := dayField.value(near)
		return days{kind: nearestWorkday, day: n}, ok
	}
	s, ok := dayField.read(text)
	return days{kind: dayOfMonth, set: s}, ok
}

func parseDayOfWeek(text string) (days, bool) {
	if text == "L" { // of the week: Saturday
		text = "7"
	}
	if day, nth, found := strings.Cut(text, "#"); found {
		d, ok := weekdayField.value(day)
		n, fine := number(nth)
		return days{kind: nthDayOfWeek, day: d - 1, n: n}, ok && fine && n >= 1 && n <= 5
	}
	if day, found := strings.CutSuffix(text, "L"); found {
		d, ok := weekdayField.value(day)
		return days{kind: lastDayOfWeek, day: d - 1}, ok
	}
	s, ok := weekdayField.read(text)
	return days{kind: dayOfWeek, set: s}, ok
}

// has says whether the day of a month of so many days, whose first is such a weekday, is chosen.
func (d *days) has(day, length int, first time.Weekday) bool {
	weekday := (int(first) + day - 1) % 7
	switch d.kind {
	case dayOfMonth:
		return d.set.has(day - 1)
	case lastDay:
		return day == length
	case lastWorkday:
		return day == workday(length, length, first)
	case nearestWorkday:
		return d.day <= length && day == workday(d.day, length, first)
	case dayOfWeek:
		return d.set.has(weekday)
	case lastDayOfWeek:
		return weekday == d.day && day+7 > length
	}
	return weekday == d.day && (day-1)/7+1 == d.n
}

// workday returns the day from Monday to Friday that is nearest to a day and in the same month.
func workday(day, length int, first time.Weekday) int {
	switch time.Weekday((int(first) + day - 1) % 7) {
	case time.Saturday:
		if day == 1 {
			return 3
		}
		return day - 1
	case time.Sunday:
		if day == length {
			return day - 2
		}
		return day + 1
	}
	return day
}
