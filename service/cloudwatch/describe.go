package cloudwatch

import (
	"slices"
	"strings"

	api "vauban/api/cloudwatch"
	"vauban/api/wire"
	"vauban/engine/alarm"
	"vauban/service"
	"vauban/store"
)

// onDescribe asks about the alarms that are named, or about all.
func onDescribe(c *service.Call, in *api.DescribeAlarmsInput) ([]service.Question, error) {
	return onAlarms(c, in.AlarmNames)
}

func (s *Service) describeAlarms(c *service.Call, in *api.DescribeAlarmsInput) (*api.DescribeAlarmsOutput, error) {
	d, err := newDescription(c, in)
	if err != nil {
		return nil, err
	}
	after, err := afterOf(in.NextToken)
	if err != nil {
		return nil, err
	}
	found, next, err := d.find(c, after)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeAlarmsOutput{MetricAlarms: []api.MetricAlarm{}, CompositeAlarms: []api.CompositeAlarm{}, NextToken: tokenOf(next)}
	for _, x := range found {
		if x.alarm.Composite != nil {
			out.CompositeAlarms = append(out.CompositeAlarms, shownComposite(x.alarm, x.state))
		} else {
			out.MetricAlarms = append(out.MetricAlarms, shownMetric(x.alarm, x.state))
		}
	}
	return out, nil
}

// described is an alarm with its state.
type described struct {
	alarm *Alarm
	state *State
}

// find returns a page of alarms. Those that are named are all on one.
func (d *description) find(c *service.Call, after store.Key) (out []described, next store.Key, err error) {
	take := func(a *Alarm) (bool, error) {
		if !d.wants(a) {
			return true, nil
		}
		if len(out) == d.most {
			return false, nil
		}
		s, err := states.Get(c.Tx, a.key())
		if err == nil && (d.state == "" || s.Value == d.state) {
			out = append(out, described{a, s})
		}
		return err == nil, err
	}
	if d.names != nil {
		for _, name := range slices.Compact(slices.Sorted(slices.Values(d.names))) {
			a, err := alarms.Get(c.Tx, store.K(c.Account, c.Region, name))
			if store.IsAbsent(err) {
				continue
			}
			if err == nil {
				_, err = take(a)
			}
			if err != nil {
				return nil, nil, err
			}
		}
		return out, nil, nil
	}
	var bad error
	next, err = store.Visit(c.Tx, alarms, store.K(c.Account, c.Region), after, func(a *Alarm) (took bool) {
		took, bad = take(a)
		return took
	})
	if err == nil {
		err = bad
	}
	return out, next, err
}

// largestAnswer bounds an answer that has one page.
const largestAnswer = 1000

// description says which alarms are to be described.
type description struct {
	kinds  []string
	names  []string // nil means all
	prefix string
	action string
	state  alarm.State
	most   int
}

func newDescription(c *service.Call, in *api.DescribeAlarmsInput) (*description, error) {
	d := &description{kinds: in.AlarmTypes, names: in.AlarmNames, prefix: wire.Text(in.AlarmNamePrefix), action: wire.Text(in.ActionPrefix), state: alarm.State(wire.Text(in.StateValue)), most: limitOf(in.MaxRecords, 100)}
	if in.MaxRecords == nil {
		d.most = 50
	}
	if len(in.AlarmNames) > 0 || in.ChildrenOfAlarmName != nil || in.ParentsOfAlarmName != nil {
		d.most = largestAnswer
	}
	switch {
	case d.prefix != "" && d.names != nil:
		return nil, badCombination("AlarmNamePrefix and AlarmNames cannot be specified together.")
	case in.ChildrenOfAlarmName != nil || in.ParentsOfAlarmName != nil:
		return d, d.family(c, in)
	case len(d.kinds) == 0 && d.names == nil:
		d.kinds = []string{api.AlarmTypeMetricAlarm} // composite alarms only when they are asked for
	}
	if len(d.kinds) == 0 {
		d.kinds = []string{api.AlarmTypeMetricAlarm}
	}
	return d, nil
}

// family asks for the alarms that a composite one names, or for the composite ones that name an alarm.
func (d *description) family(c *service.Call, in *api.DescribeAlarmsInput) error {
	if d.names != nil || d.prefix != "" || d.action != "" || d.state != "" || in.ChildrenOfAlarmName != nil && in.ParentsOfAlarmName != nil {
		return badCombination("ChildrenOfAlarmName and ParentsOfAlarmName can only be specified alone.")
	}
	d.kinds = []string{api.AlarmTypeMetricAlarm, api.AlarmTypeCompositeAlarm}
	d.names = []string{}
	if in.ParentsOfAlarmName != nil {
		parents, err := parentsOf(c.Tx, c.Account, c.Region, *in.ParentsOfAlarmName)
		d.names = append(d.names, parents...)
		return err
	}
	a, err := alarms.Get(c.Tx, store.K(c.Account, c.Region, *in.ChildrenOfAlarmName))
	if store.IsAbsent(err) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, key := range a.children() {
		if parts, err := store.Decode(key); err == nil && len(parts) == 3 {
			d.names = append(d.names, parts[2].(string))
		}
	}
	return nil
}

func (d *description) wants(a *Alarm) bool {
	acts := func(list []string) bool {
		return slices.ContainsFunc(list, func(x string) bool { return strings.HasPrefix(x, d.action) })
	}
	return slices.Contains(d.kinds, a.kind()) && strings.HasPrefix(a.Name, d.prefix) &&
		(d.action == "" || acts(a.Alarm) || acts(a.OK) || acts(a.NoData))
}

func (s *Service) describeForMetric(c *service.Call, in *api.DescribeAlarmsForMetricInput) (*api.DescribeAlarmsForMetricOutput, error) {
	dims, err := dimensionsOf(in.Dimensions)
	if err != nil {
		return nil, err
	}
	like := &Alarm{Account: c.Account, Region: c.Region, Metric: &MetricRule{Namespace: *in.Namespace, Name: *in.MetricName, Dimensions: dims}}
	out := &api.DescribeAlarmsForMetricOutput{MetricAlarms: []api.MetricAlarm{}}
	for a, err := range alarms.EachRef(c.Tx, "series", like.watched()[0]) {
		if err != nil {
			return nil, err
		}
		m := a.Metric
		stat := wire.Text(in.Statistic)
		if in.ExtendedStatistic != nil {
			stat = *in.ExtendedStatistic
		}
		if stat != "" && stat != m.Statistic || in.Period != nil && *in.Period != m.Period || in.Unit != nil && *in.Unit != m.Unit {
			continue
		}
		st, err := states.Get(c.Tx, a.key())
		if err != nil {
			return nil, err
		}
		out.MetricAlarms = append(out.MetricAlarms, shownMetric(a, st))
	}
	return out, nil
}
