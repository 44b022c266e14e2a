package scheduler

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	api "vauban/api/scheduler"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

func (s *Service) scheduleOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpCreateSchedule, onSet(s, func(in *api.CreateScheduleInput) *settings { return (*settings)(in) }), s.createSchedule),
		service.Acts(api.OpUpdateSchedule, onSet(s, func(in *api.UpdateScheduleInput) *settings { return (*settings)(in) }), s.updateSchedule),
		service.Writes(api.OpDeleteSchedule, on(s, func(in *api.DeleteScheduleInput) (group, name *string) { return in.GroupName, in.Name }), s.deleteSchedule),
		service.Acts(api.OpGetSchedule, on(s, func(in *api.GetScheduleInput) (group, name *string) { return in.GroupName, in.Name }), s.getSchedule),
		service.Reads(api.OpListSchedules, onAny[api.ListSchedulesInput], s.listSchedules),
	}
}

// settings are what both operations set: an update replaces all of a schedule.
type settings api.CreateScheduleInput

func (s *Service) createSchedule(c *service.Call, in *api.CreateScheduleInput) (*api.CreateScheduleOutput, error) {
	set := (*settings)(in)
	out := &api.CreateScheduleOutput{ScheduleArn: new(scheduleARN(c.Partition, c.Account, c.Region, groupOf(in.GroupName), *in.Name))}
	request := digest(in)
	taken := func() (again bool, err error) {
		f := foundIn(c)
		switch {
		case f.group == nil:
			return false, noSuchGroup(groupOf(in.GroupName))
		case f.group.State == api.ScheduleGroupStateDeleting:
			return false, api.ConflictException.New("Schedule group %s is being deleted.", f.group.Name)
		case f.schedule == nil:
			return false, nil
		case repeated(f.schedule.Token, f.schedule.Request, in.ClientToken, request):
			return true, nil
		}
		return false, api.ConflictException.New("Schedule %s already exists.", *in.Name)
	}
	if again, err := taken(); again || err != nil {
		return out, err
	}
	x, err := s.made(c, set, nil)
	if err != nil {
		return nil, err
	}
	x.Created, x.Token, x.Request = c.Time, wire.Text(in.ClientToken), request
	c.Record().Response = out
	return out, c.Commit(func(tx store.Tx) error {
		if again, err := taken(); again || err != nil {
			return err
		}
		if err := x.begin(c.Time); err != nil {
			return err
		}
		return put(tx, x, time.Time{})
	})
}

func (s *Service) updateSchedule(c *service.Call, in *api.UpdateScheduleInput) (*api.UpdateScheduleOutput, error) {
	set := (*settings)(in)
	x, err := foundSchedule(c, in.Name)
	if err != nil {
		return nil, err
	}
	made, err := s.made(c, set, &x.Timing)
	if err != nil {
		return nil, err
	}
	out := &api.UpdateScheduleOutput{ScheduleArn: new(made.arn(c.Partition))}
	c.Record().Response = out
	return out, c.Commit(func(tx store.Tx) error {
		x, err := foundSchedule(c, in.Name)
		if err != nil {
			return err
		}
		now := *made
		now.Created, now.Token, now.Request, now.Begin, now.Next = x.Created, x.Token, x.Request, x.Begin, x.Next
		if !now.same(&x.Timing) {
			if err := now.begin(c.Time); err != nil {
				return err
			}
		}
		return put(tx, &now, x.Next)
	})
}

func foundSchedule(c *service.Call, name *string) (*Schedule, error) {
	if x := foundIn(c).schedule; x != nil {
		return x, nil
	}
	return nil, noSuchSchedule(wire.Text(name))
}

// made is the schedule that is asked for: checked, its role assumed once to see that this can be done, its input encrypted.
func (s *Service) made(c *service.Call, in *settings, former *Timing) (*Schedule, error) {
	x := &Schedule{
		Account: c.Account, Region: c.Region, Group: groupOf(in.GroupName), Name: *in.Name, Modified: c.Time, Description: wire.Text(in.Description),
		Timing: Timing{Expression: *in.ScheduleExpression, Zone: "UTC", State: api.ScheduleStateEnabled},
		After:  api.ActionAfterCompletionNone,
	}
	for _, set := range []struct {
		to   *string
		from *string
	}{{&x.Zone, in.ScheduleExpressionTimezone}, {&x.State, in.State}, {&x.After, in.ActionAfterCompletion}} {
		if set.from != nil {
			*set.to = *set.from
		}
	}
	for _, set := range []struct {
		to   *time.Time
		from *time.Time
	}{{&x.Start, in.StartDate}, {&x.End, in.EndDate}} {
		if set.from != nil {
			*set.to = set.from.UTC()
		}
	}
	if err := x.check(c.Time, former); err != nil {
		return nil, err
	}
	switch w := in.FlexibleTimeWindow; {
	case *w.Mode == api.FlexibleTimeWindowModeFlexible && w.MaximumWindowInMinutes == nil:
		return nil, invalid("MaximumWindowInMinutes must be provided when the mode of the flexible time window is FLEXIBLE.")
	case *w.Mode == api.FlexibleTimeWindowModeOff && w.MaximumWindowInMinutes != nil:
		return nil, invalid("MaximumWindowInMinutes must not be provided when the mode of the flexible time window is OFF.")
	case w.MaximumWindowInMinutes != nil:
		x.Window = *w.MaximumWindowInMinutes
	}
	t, err := s.targetOf(c, in.Target)
	if err != nil {
		return nil, err
	}
	x.Target = *t
	if err := s.checkRole(c, x); err != nil {
		return nil, err
	}
	return x, s.lock(c, x, wire.Text(in.KmsKeyArn))
}

func (s *Service) deleteSchedule(c *service.Call, in *api.DeleteScheduleInput) (*api.DeleteScheduleOutput, error) {
	x, err := foundSchedule(c, in.Name)
	if err != nil {
		return nil, err
	}
	return &api.DeleteScheduleOutput{}, remove(c.Tx, x)
}

func (s *Service) getSchedule(c *service.Call, in *api.GetScheduleInput) (*api.GetScheduleOutput, error) {
	x, err := foundSchedule(c, in.Name)
	if err != nil {
		return nil, err
	}
	open := *x
	if err := s.unlock(c, service.AsCaller(principal), &open); err != nil {
		return nil, ofKMS(err)
	}
	out := &api.GetScheduleOutput{
		Arn: new(x.arn(c.Partition)), Name: &x.Name, GroupName: &x.Group, Description: wire.Optional(open.Description), State: &x.State,
		ScheduleExpression: &x.Expression, ScheduleExpressionTimezone: &x.Zone, StartDate: when(x.Start), EndDate: when(x.End),
		ActionAfterCompletion: &x.After, CreationDate: &x.Created, LastModificationDate: &x.Modified, Target: open.Target.shown(),
		FlexibleTimeWindow: &api.FlexibleTimeWindow{Mode: new(api.FlexibleTimeWindowModeOff)},
	}
	if x.Window > 0 {
		out.FlexibleTimeWindow = &api.FlexibleTimeWindow{Mode: new(api.FlexibleTimeWindowModeFlexible), MaximumWindowInMinutes: &x.Window}
	}
	if x.Lock != nil {
		out.KmsKeyArn = &x.Lock.Key
	}
	return out, nil
}

// digest tells requests apart.
func digest(in any) string {
	b, err := json.Marshal(in)
	if err != nil {
		return "" // never equal: see repeated
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// repeated says that a request is one that was made before, and answered perhaps without the client's getting to know.
func repeated(token, request string, again *string, now string) bool {
	return again != nil && *again == token && request != "" && request == now
}
