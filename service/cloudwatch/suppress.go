package cloudwatch

import (
	"time"

	api "vauban/api/cloudwatch"
	"vauban/engine/alarm"
	"vauban/store"
)

// Suppression is that the actions of a composite alarm's state wait, or do not take place. API reference: "PutCompositeAlarm", ActionsSuppressor.
type Suppression struct {
	By    string    `json:"by"`              // "WaitPeriod", "Alarm" or "ExtensionPeriod"
	Until time.Time `json:"until,omitempty"` // of a period
	Old   State     `json:"old"`             // before the change whose actions wait
}

func (x *Suppression) reason() string { return "Actions suppressed by " + x.By }

// suppress holds the actions of a change back, if the suppressor says so.
func (s *Service) suppress(tx store.Tx, c *change, now time.Time) (held bool, err error) {
	on, err := suppressing(tx, c.Alarm)
	if err != nil {
		return false, err
	}
	x := &Suppression{By: api.ActionsSuppressedByAlarm, Old: *c.old}
	x.Old.Suppression = nil
	switch wait := time.Duration(c.Composite.Wait) * time.Second; {
	case on:
	case wait > 0:
		x.By, x.Until = api.ActionsSuppressedByWaitPeriod, now.Add(wait)
	default:
		c.state.Suppression = nil
		return false, nil
	}
	c.state.Suppression = x
	return true, nil
}

// suppressing reports whether the suppressor of the alarm is in ALARM.
func suppressing(tx store.Tx, a *Alarm) (bool, error) {
	st, err := states.Get(tx, store.K(a.Account, a.Region, plainName(a.Composite.Suppressor)))
	if store.IsAbsent(err) {
		return false, nil
	}
	return err == nil && st.Value == alarm.Alarm, err
}

// resume goes on with actions that are held back: they take place when nothing holds them any more. It reports whether something has changed.
func (s *Service) resume(tx store.Tx, a *Alarm, st *State, now time.Time) (bool, error) {
	x := st.Suppression
	if x == nil {
		return false, nil
	}
	on, err := suppressing(tx, a)
	if err != nil {
		return false, err
	}
	next := *x
	over := false
	switch {
	case on && x.By == api.ActionsSuppressedByAlarm:
		return false, nil
	case on:
		next.By, next.Until = api.ActionsSuppressedByAlarm, time.Time{}
	case x.By == api.ActionsSuppressedByAlarm && a.Composite.Extension > 0:
		next.By, next.Until = api.ActionsSuppressedByExtensionPeriod, now.Add(time.Duration(a.Composite.Extension)*time.Second)
	case x.By == api.ActionsSuppressedByAlarm, !now.Before(x.Until):
		over = true
	default:
		return false, nil
	}
	st.Suppression = &next
	if over {
		st.Suppression = nil
		if err := s.sendActions(tx, &change{Alarm: a, old: &x.Old, state: st}); err != nil {
			return false, err
		}
	}
	return true, states.Update(tx, st)
}
