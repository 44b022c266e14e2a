package scheduler

import (
	"strings"

	api "vauban/api/scheduler"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

func (s *Service) listSchedules(c *service.Call, in *api.ListSchedulesInput) (*api.ListSchedulesOutput, error) {
	prefix := store.K(c.Account, c.Region)
	if in.GroupName != nil {
		g, err := groupNamed(c.Tx, c.Account, c.Region, *in.GroupName)
		if err != nil {
			return nil, err
		}
		if g == nil {
			return nil, noSuchGroup(*in.GroupName)
		}
		prefix = prefix.With(*in.GroupName)
	}
	out := &api.ListSchedulesOutput{Schedules: []api.ScheduleSummary{}}
	name, state := wire.Text(in.NamePrefix), wire.Text(in.State)
	var err error
	out.NextToken, err = visit(s, c.Tx, schedules, prefix, name+"\n"+state, in.MaxResults, in.NextToken, func(x *Schedule) bool {
		if !strings.HasPrefix(x.Name, name) || state != "" && x.State != state {
			return false
		}
		out.Schedules = append(out.Schedules, api.ScheduleSummary{
			Arn: new(x.arn(c.Partition)), CreationDate: &x.Created, LastModificationDate: &x.Modified, GroupName: &x.Group, Name: &x.Name, State: &x.State,
			Target: &api.TargetSummary{Arn: &x.Target.ARN},
		})
		return true
	})
	return out, err
}

// listGroups lists the default group first, if it has no document that stands in its place.
func (s *Service) listGroups(c *service.Call, in *api.ListScheduleGroupsInput) (*api.ListScheduleGroupsOutput, error) {
	out := &api.ListScheduleGroupsOutput{ScheduleGroups: []api.ScheduleGroupSummary{}}
	prefix, most := wire.Text(in.NamePrefix), in.MaxResults
	if in.NextToken == nil && strings.HasPrefix(defaultGroup, prefix) {
		g, err := groupNamed(c.Tx, c.Account, c.Region, defaultGroup)
		if err != nil {
			return nil, err
		}
		out.ScheduleGroups = append(out.ScheduleGroups, s.shownGroup(c, g))
		if most == nil {
			most = new(int64(maxPage))
		}
		most = new(*most - 1)
	}
	var err error
	out.NextToken, err = visit(s, c.Tx, groups, store.K(c.Account, c.Region), prefix, most, in.NextToken, func(g *Group) bool {
		if g.Name == defaultGroup || !strings.HasPrefix(g.Name, prefix) {
			return false
		}
		out.ScheduleGroups = append(out.ScheduleGroups, s.shownGroup(c, g))
		return true
	})
	return out, err
}
