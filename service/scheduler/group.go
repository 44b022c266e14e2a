package scheduler

import (
	"time"

	api "vauban/api/scheduler"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Group holds schedules.
type Group struct {
	Account, Region, Name string
	State                 string
	Created               time.Time         `json:",omitzero"`
	Modified              time.Time         `json:",omitzero"`
	Tags                  map[string]string `json:",omitempty"`
	Token                 string            `json:",omitempty"` // ClientToken of its creation
	Request               string            `json:",omitempty"`
}

var groups = &store.Table[Group]{
	Name: "scheduler.group",
	Key:  func(g *Group) store.Key { return store.K(g.Account, g.Region, g.Name) },
	Refs: map[string]func(*Group) []store.Key{"deleting": func(g *Group) []store.Key {
		if g.State != api.ScheduleGroupStateDeleting {
			return nil
		}
		return []store.Key{store.K("all")}
	}},
}

// defaultGroup is there in every account and region. It has a document once it has tags.
const defaultGroup = "default"

// maxGroups is the quota of a region. User guide: "Quotas for Amazon EventBridge Scheduler".
const maxGroups = 500

func groupARN(partition, account, region, name string) string {
	return "arn:" + partition + ":scheduler:" + region + ":" + account + ":schedule-group/" + name
}

// groupNamed returns a group, nil when there is none.
func groupNamed(tx store.Tx, account, region, name string) (*Group, error) {
	g, err := groups.Get(tx, store.K(account, region, name))
	switch {
	case err == nil:
		return g, nil
	case !store.IsAbsent(err):
		return nil, err
	case name == defaultGroup:
		return &Group{Account: account, Region: region, Name: name, State: api.ScheduleGroupStateActive}, nil
	}
	return nil, nil
}

func groupOf(name *string) string {
	if name == nil {
		return defaultGroup
	}
	return *name
}

func (s *Service) groupOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateScheduleGroup, s.onNewGroup, s.createGroup),
		service.Writes(api.OpDeleteScheduleGroup, onGroup(s, func(in *api.DeleteScheduleGroupInput) *string { return in.Name }), s.deleteGroup),
		service.Reads(api.OpGetScheduleGroup, onGroup(s, func(in *api.GetScheduleGroupInput) *string { return in.Name }), s.getGroup),
		service.Reads(api.OpListScheduleGroups, onAny[api.ListScheduleGroupsInput], s.listGroups),
	}
}

func (s *Service) createGroup(c *service.Call, in *api.CreateScheduleGroupInput) (*api.CreateScheduleGroupOutput, error) {
	name := *in.Name
	out := &api.CreateScheduleGroupOutput{ScheduleGroupArn: new(groupARN(c.Partition, c.Account, c.Region, name))}
	request := digest(in)
	if g := foundIn(c).group; g != nil {
		if repeated(g.Token, g.Request, in.ClientToken, request) {
			return out, nil
		}
		return nil, api.ConflictException.New("Schedule group %s already exists.", name)
	}
	if n, err := groups.Count(c.Tx, store.K(c.Account, c.Region), maxGroups); err != nil {
		return nil, err
	} else if n >= maxGroups {
		return nil, api.ServiceQuotaExceededException.New("The account has %d schedule groups in this region; it cannot have more.", n)
	}
	tags, err := withTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	return out, groups.Insert(c.Tx, &Group{
		Account: c.Account, Region: c.Region, Name: name, State: api.ScheduleGroupStateActive, Created: c.Time, Modified: c.Time, Tags: tags,
		Token: wire.Text(in.ClientToken), Request: request,
	})
}

// deleteGroup deletes a group that is empty. One that is not is marked, and a job deletes its schedules before it.
func (s *Service) deleteGroup(c *service.Call, in *api.DeleteScheduleGroupInput) (*api.DeleteScheduleGroupOutput, error) {
	g := foundIn(c).group
	switch {
	case *in.Name == defaultGroup:
		return nil, invalid("The default schedule group cannot be deleted.")
	case g == nil:
		return nil, noSuchGroup(*in.Name)
	}
	n, err := schedules.Count(c.Tx, store.K(g.Account, g.Region, g.Name), 1)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return &api.DeleteScheduleGroupOutput{}, groups.Delete(c.Tx, groups.Key(g))
	}
	g.State, g.Modified = api.ScheduleGroupStateDeleting, c.Time
	return &api.DeleteScheduleGroupOutput{}, groups.Update(c.Tx, g)
}

func (s *Service) getGroup(c *service.Call, in *api.GetScheduleGroupInput) (*api.GetScheduleGroupOutput, error) {
	g := foundIn(c).group
	if g == nil {
		return nil, noSuchGroup(*in.Name)
	}
	x := s.shownGroup(c, g)
	return &api.GetScheduleGroupOutput{Arn: x.Arn, CreationDate: x.CreationDate, LastModificationDate: x.LastModificationDate, Name: x.Name, State: x.State}, nil
}

func (s *Service) shownGroup(c *service.Call, g *Group) api.ScheduleGroupSummary {
	return api.ScheduleGroupSummary{
		Arn: new(groupARN(c.Partition, g.Account, g.Region, g.Name)), CreationDate: when(g.Created), LastModificationDate: when(g.Modified), Name: &g.Name, State: &g.State,
	}
}

// when is a time that may not be set.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// sweepBatch is how many schedules of a deleted group go in one transaction.
const sweepBatch = 100

// sweepGroups deletes what groups that are being deleted hold, and then them.
func (s *Service) sweepGroups(w *service.Work) error {
	for more := true; more; {
		err := s.write(w, func(tx store.Tx) error {
			list, err := groups.ListRef(tx, "deleting", store.K("all"), nil, 1)
			if more = err == nil && len(list.Items) > 0; !more {
				return err
			}
			return sweepGroup(tx, list.Items[0])
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func sweepGroup(tx store.Tx, g *Group) error {
	list, err := schedules.List(tx, store.K(g.Account, g.Region, g.Name), nil, sweepBatch)
	if err != nil {
		return err
	}
	for _, x := range list.Items {
		if err := remove(tx, x); err != nil {
			return err
		}
	}
	if list.Next == nil {
		return groups.Delete(tx, groups.Key(g))
	}
	return nil
}
