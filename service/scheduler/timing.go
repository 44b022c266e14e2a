package scheduler

import (
	"fmt"
	"time"
	_ "time/tzdata" // zones do not depend on the host

	api "vauban/api/scheduler"
	"vauban/engine/schedule"
)

// late is how long ago a one-time schedule's time, and a StartDate, may be: invocations have a precision of a minute, start dates one of five. User
// guide: "Schedule types in EventBridge Scheduler".
const (
	lateOnce  = time.Minute
	lateStart = 5 * time.Minute
)

// zone is the location of a time zone of the IANA's database.
func zone(name string) (*time.Location, error) {
	loc, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, invalid("Invalid Schedule Expression Timezone %s.", name)
	}
	return loc, nil
}

// check refuses a timing that AWS refuses. former is the timing that it replaces, nil for none.
func (t *Timing) check(now time.Time, former *Timing) error {
	if _, err := schedule.Parse(t.Expression, schedule.Scheduler); err != nil {
		return invalid("%s", err.Error())
	}
	if _, err := zone(t.Zone); err != nil {
		return err
	}
	kept := former != nil && former.Start.Equal(t.Start)
	switch {
	case !t.Start.IsZero() && !kept && t.Start.Before(now.Add(-lateStart)):
		return invalid("The StartDate you specify cannot be earlier than 5 minutes ago.")
	case !t.End.IsZero() && !t.End.After(now):
		return invalid("The EndDate you specify must be in the future.")
	case !t.End.IsZero() && !t.Start.IsZero() && !t.End.After(t.Start):
		return invalid("The StartDate you specify must come before the EndDate.")
	}
	return nil
}

// same says that two timings are due at the same times.
func (t *Timing) same(u *Timing) bool {
	return t.Expression == u.Expression && t.Zone == u.Zone && t.State == u.State && t.Start.Equal(u.Start) && t.End.Equal(u.End)
}

// parsed is the timing as the engine knows it.
func (t *Timing) parsed() (*schedule.Expression, *time.Location, error) {
	e, err := schedule.Parse(t.Expression, schedule.Scheduler)
	if err != nil {
		return nil, nil, fmt.Errorf("the expression %q: %w", t.Expression, err)
	}
	loc, err := zone(t.Zone)
	return e, loc, err
}

// begin finds the first occurrence of a schedule that is new, changed or enabled.
func (x *Schedule) begin(now time.Time) error {
	x.Begin, x.Next = now, time.Time{}
	if !x.Start.IsZero() {
		x.Begin = x.Start
	}
	if x.State != api.ScheduleStateEnabled {
		return nil
	}
	e, loc, err := x.parsed()
	if err != nil {
		return err
	}
	switch {
	case e.Once(): // start and end are not for these
		if at := e.At(loc); at.After(now.Add(-lateOnce)) {
			x.Next = at
		}
		return nil
	case e.Rate() > 0 && x.Begin.After(now.Add(-lateStart)):
		x.Next = x.Begin // at once, or at the start
	case e.Rate() == 0 && x.Begin.After(now):
		x.Next = e.Next(x.Begin.Add(-time.Nanosecond), loc)
	default:
		x.Next = e.Since(x.Begin, now, loc)
	}
	x.bound()
	return nil
}

// advance finds the occurrence after one that was taken. What lies before now is passed over.
func (x *Schedule) advance(now time.Time) error {
	e, loc, err := x.parsed()
	if err != nil {
		return err
	}
	after := x.Next
	if now.After(after) {
		after = now
	}
	x.Next = time.Time{}
	if !e.Once() {
		x.Next = e.Since(x.Begin, after, loc)
		x.bound()
	}
	return nil
}

// bound drops an occurrence after the end.
func (x *Schedule) bound() {
	x.Next = x.Next.UTC()
	if !x.End.IsZero() && x.Next.After(x.End) {
		x.Next = time.Time{}
	}
}
