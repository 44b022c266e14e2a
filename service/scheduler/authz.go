package scheduler

import (
	api "vauban/api/scheduler"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/store"
)

const (
	typeSchedule = "AWS::Scheduler::Schedule"
	typeGroup    = "AWS::Scheduler::ScheduleGroup"
)

// found is what the rule of a call has found. A stranger is refused before.
type found struct {
	group    *Group
	schedule *Schedule
}

func foundIn(c *service.Call) found {
	f, _ := c.Found.(found)
	return f
}

func onAny[In any](*service.Call, *In) ([]service.Question, error) {
	return []service.Question{{Resource: "*"}}, nil
}

// onSchedule is the question about a schedule, which has the tags of its group.
func (s *Service) onSchedule(c *service.Call, group, name string) (service.Question, error) {
	q := service.Question{Resource: scheduleARN(c.Partition, c.Account, c.Region, group, name), ResourceType: typeSchedule, Context: map[string][]string{}}
	g, err := groupNamed(c.Tx, c.Account, c.Region, group)
	if err != nil {
		return q, err
	}
	f := found{group: g}
	if g != nil {
		service.ResourceTags(q.Context, service.TagMap(g.Tags))
		f.schedule, err = schedules.Get(c.Tx, store.K(c.Account, c.Region, group, name))
		if err != nil && !store.IsAbsent(err) {
			return q, err
		}
	}
	c.Found = f
	return q, nil
}

// on makes the resource rule of an operation on a schedule.
func on[In any](s *Service, named func(*In) (group, name *string)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		group, name := named(in)
		q, err := s.onSchedule(c, groupOf(group), wire.Text(name))
		return []service.Question{q}, err
	}
}

// onSet is the rule of an operation that sets a schedule's target, with the role that is passed.
func onSet[In any](s *Service, of func(*In) *settings) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		set := of(in)
		q, err := s.onSchedule(c, groupOf(set.GroupName), wire.Text(set.Name))
		return []service.Question{q, service.PassRole(wire.Text(set.Target.RoleArn), principal, nil)}, err
	}
}

func (s *Service) onGroupNamed(c *service.Call, name string) (service.Question, error) {
	q := service.Question{Resource: groupARN(c.Partition, c.Account, c.Region, name), ResourceType: typeGroup, Context: map[string][]string{}}
	g, err := groupNamed(c.Tx, c.Account, c.Region, name)
	if err != nil {
		return q, err
	}
	if g != nil {
		service.ResourceTags(q.Context, service.TagMap(g.Tags))
	}
	c.Found = found{group: g}
	return q, nil
}

func onGroup[In any](s *Service, name func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		q, err := s.onGroupNamed(c, wire.Text(name(in)))
		return []service.Question{q}, err
	}
}

func (s *Service) onNewGroup(c *service.Call, in *api.CreateScheduleGroupInput) ([]service.Question, error) {
	q, err := s.onGroupNamed(c, wire.Text(in.Name))
	service.RequestTags(q.Context, service.Tags(in.Tags))
	questions := []service.Question{q}
	if len(in.Tags) > 0 {
		q.Action = "scheduler:TagResource"
		questions = append(questions, q)
	}
	return questions, err
}

// onTagged is the question about the group of an ARN, which must be one of the caller's account and region.
func (s *Service) onTagged(c *service.Call, text *string) (service.Question, error) {
	a, err := arn.Parse(wire.Text(text))
	const kind = "schedule-group/"
	if err != nil || a.Account != c.Account || a.Region != c.Region || len(a.Resource) <= len(kind) {
		return service.Question{}, invalid("Provided Arn is not in correct format.")
	}
	return s.onGroupNamed(c, a.Resource[len(kind):])
}
