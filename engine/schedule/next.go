package schedule

import (
	"cmp"
	"time"
)

// Next returns the first occurrence after a time, on the clocks of the zone; zero when there is none. A rate counts from that time: see [Expression.Since].
//
// Clocks that change: a cron time that they skip does not occur, one that they show twice occurs once, the first time. A one-time schedule at a time that
// they skip is due when they have skipped it. EventBridge Scheduler User Guide: "Daylight savings time on EventBridge Scheduler".
func (e *Expression) Next(after time.Time, loc *time.Location) time.Time {
	return e.Since(after, after, loc)
}

// Since is Next for a rate that counts from its beginning: the times begin, begin + rate, begin + 2 rates ... of which it returns the first after a time,
// but never the beginning itself.
func (e *Expression) Since(begin, after time.Time, loc *time.Location) time.Time {
	switch {
	case e.cron != nil:
		return e.cron.next(after, loc)
	case e.every == 0:
		if at := e.At(loc); at.After(after) {
			return at
		}
		return time.Time{}
	case after.Before(begin):
		after = begin
	}
	// In whole seconds, as a time.Duration would overflow after 292 years.
	period := int64(e.every / time.Second)
	since := (after.Unix() - begin.Unix()) / period * period
	at := time.Unix(begin.Unix()+since, int64(begin.Nanosecond())).In(loc)
	for !at.After(after) {
		at = at.Add(e.every)
	}
	if at.Year() > lastYear {
		return time.Time{}
	}
	return at
}

// At returns the time of a one-time schedule.
func (e *Expression) At(loc *time.Location) time.Time {
	t, skipped := e.once.first(loc)
	if !skipped {
		return t
	}
	start, end := t.ZoneBounds()
	if e.once.before(wallOf(t)) {
		return start
	}
	return end
}

// next walks over the calendar in the order of the clocks' readings: years, months and days that are chosen, then their hours and minutes. It ends with
// the last year, so that a date which never comes costs no more than a pass over the calendar.
func (c *cron) next(after time.Time, loc *time.Location) time.Time {
	local := after.In(loc)
	if y := local.Year(); y < firstYear {
		local = time.Date(firstYear, 1, 1, 0, 0, 0, 0, loc)
	}
	from := wallOf(local)
	from.sec = 0
	for y := from.year; y <= lastYear; y++ {
		if !c.years.has(y - firstYear) {
			continue
		}
		for m := time.January; m <= time.December; m++ {
			if !c.months.has(int(m)-1) || y == from.year && m < from.month {
				continue
			}
			if t := c.inMonth(y, m, from, after, loc); !t.IsZero() {
				return t
			}
		}
	}
	return time.Time{}
}

func (c *cron) inMonth(y int, m time.Month, from wall, after time.Time, loc *time.Location) time.Time {
	first := time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
	length := first.AddDate(0, 1, -1).Day()
	for d := 1; d <= length; d++ {
		if !c.days.has(d, length, first.Weekday()) {
			continue
		}
		if t := c.inDay(wall{year: y, month: m, day: d}, from, after, loc); !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

func (c *cron) inDay(w, from wall, after time.Time, loc *time.Location) time.Time {
	for w.hour = range 24 {
		for w.min = range 60 {
			if !c.hours.has(w.hour) || !c.minutes.has(w.min) || w.before(from) {
				continue
			}
			if t, skipped := w.first(loc); !skipped && t.After(after) {
				return t
			}
		}
	}
	return time.Time{}
}

// wall is what a clock shows.
type wall struct {
	year      int
	month     time.Month
	day       int
	hour, min int
	sec       int
}

func (w wall) before(v wall) bool {
	return cmp.Or(cmp.Compare(w.year, v.year), cmp.Compare(w.month, v.month), cmp.Compare(w.day, v.day),
		cmp.Compare(w.hour, v.hour), cmp.Compare(w.min, v.min), cmp.Compare(w.sec, v.sec)) < 0
}

func wallOf(t time.Time) wall {
	y, m, d := t.Date()
	return wall{y, m, d, t.Hour(), t.Minute(), t.Second()}
}

// first returns the first time at which the clocks of the zone show w. If they never do, it returns a time on either side of the gap.
func (w wall) first(loc *time.Location) (t time.Time, skipped bool) {
	t = time.Date(w.year, w.month, w.day, w.hour, w.min, w.sec, 0, loc)
	if wallOf(t) != w {
		return t, true
	}
	start, _ := t.ZoneBounds()
	if start.IsZero() {
		return t, false
	}
	// time.Date does not say which of two it returns: look before the last change of the clocks, where they may have shown the same.
	_, now := t.Zone()
	_, before := start.Add(-time.Nanosecond).Zone()
	if earlier := t.Add(time.Duration(now-before) * time.Second); earlier.Before(start) && wallOf(earlier) == w {
		return earlier, false
	}
	return t, false
}
