package cloudwatch

import (
	"fmt"
	"slices"
	"time"

	api "vauban/api/cloudwatch"
	"vauban/api/wire"
	"vauban/engine/alarm"
	"vauban/service"
	"vauban/store"
)

func (s *Service) compositeOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPutCompositeAlarm, func(c *service.Call, in *api.PutCompositeAlarmInput) ([]service.Question, error) {
			return onPut(c, *in.AlarmName, in.Tags, slices.Concat(in.AlarmActions, in.OKActions, in.InsufficientDataActions))
		}, s.putCompositeAlarm),
	}
}

func (s *Service) putCompositeAlarm(c *service.Call, in *api.PutCompositeAlarmInput) (*api.PutCompositeAlarmOutput, error) {
	a := &Alarm{Name: *in.AlarmName, Description: in.AlarmDescription, Enabled: in.ActionsEnabled == nil || *in.ActionsEnabled, OK: in.OKActions, Alarm: in.AlarmActions, NoData: in.InsufficientDataActions}
	a.Account, a.Region = c.Account, c.Region
	r := &CompositeRule{Rule: *in.AlarmRule, Suppressor: wire.Text(in.ActionsSuppressor)}
	a.Composite = r
	switch {
	case r.Suppressor == "" && (in.ActionsSuppressorWaitPeriod != nil || in.ActionsSuppressorExtensionPeriod != nil):
		return nil, invalid("ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod can only be specified with ActionsSuppressor.")
	case r.Suppressor != "" && (in.ActionsSuppressorWaitPeriod == nil || in.ActionsSuppressorExtensionPeriod == nil):
		return nil, invalid("ActionsSuppressor requires ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod.")
	case r.Suppressor != "":
		r.Wait, r.Extension = *in.ActionsSuppressorWaitPeriod, *in.ActionsSuppressorExtensionPeriod
		if r.Wait < 0 || r.Extension < 0 || r.Wait > day || r.Extension > day {
			return nil, invalid("ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod must be between 0 and %d.", day)
		}
	}
	if err := checkRule(c, a); err != nil {
		return nil, err
	}
	return &api.PutCompositeAlarmOutput{}, s.put(c, a, in.Tags)
}

// checkRule refuses a rule that cannot be read, names alarms that are not there, or depends on itself.
func checkRule(c *service.Call, a *Alarm) error {
	rule, err := alarm.ParseRule(a.Composite.Rule)
	if err != nil {
		return invalid("AlarmRule is not valid: %s.", err)
	}
	names := rule.Names
	if a.Composite.Suppressor != "" {
		names = append(slices.Clone(names), a.Composite.Suppressor)
	}
	for _, name := range names {
		if account, region, _, ok := parseAlarmARN(name); ok && (account != c.Account || region != c.Region) {
			return invalid("Could not save the composite alarm as the alarm %s is of another account or region, which is not built in this version of Vauban.", bounded(name))
		}
		if plainName(name) == a.Name {
			return invalid("Could not save the composite alarm as it depends on itself.")
		}
		has, err := alarms.Has(c.Tx, store.K(c.Account, c.Region, plainName(name)))
		if err != nil {
			return err
		}
		if !has {
			return invalid("Could not save the composite alarm as alarms [%s] in the alarm rule do not exist", bounded(plainName(name)))
		}
	}
	above, err := reaches(c.Tx, a, names)
	if err == nil && above {
		err = invalid("Could not save the composite alarm as a dependency cycle exists: an alarm in its rule depends on it.")
	}
	return err
}

// parentsOf are the names of the composite alarms that depend on an alarm.
func parentsOf(tx store.Tx, account, region, name string) (out []string, err error) {
	for a, err := range alarms.EachRef(tx, "child", store.K(account, region, name)) {
		if err != nil {
			return nil, err
		}
		out = append(out, a.Name)
	}
	return out, nil
}

// reaches reports whether one of the alarms depends on the alarm.
func reaches(tx store.Tx, a *Alarm, names []string) (bool, error) {
	seen, next := map[string]bool{}, []string{a.Name}
	for len(next) > 0 {
		parents, err := parentsOf(tx, a.Account, a.Region, next[0])
		if err != nil {
			return false, err
		}
		next = next[1:]
		for _, parent := range parents {
			if slices.ContainsFunc(names, func(x string) bool { return plainName(x) == parent }) {
				return true, nil
			}
			if !seen[parent] {
				seen[parent] = true
				next = append(next, parent)
			}
		}
	}
	return false, nil
}

// child is an alarm in a composite one that has changed.
type child struct {
	arn   string
	state alarm.State
	at    time.Time
}

// evaluateComposite decides the state of a composite alarm by those of its alarms. children are those that the change is told by: the latest to change.
func evaluateComposite(tx store.Tx, w *watch) (*outcome, []child, error) {
	found := map[string]*State{}
	for _, name := range w.rule.Names {
		s, err := states.Get(tx, store.K(w.Account, w.Region, plainName(name)))
		if err != nil && !store.IsAbsent(err) {
			return nil, nil, err
		}
		if s != nil {
			found[name] = s
		}
	}
	o := &outcome{state: alarm.OK}
	holds := w.rule.Holds(func(name string) alarm.State {
		if s := found[name]; s != nil {
			return s.Value
		}
		return ""
	})
	if holds {
		o.state = alarm.Alarm
	}
	var last *State
	for _, s := range found {
		if last == nil || s.Transitioned.After(last.Transitioned) || s.Transitioned.Equal(last.Transitioned) && s.Name < last.Name {
			last = s
		}
	}
	if last == nil {
		o.words = because(fmt.Sprintf("The rule is %t by itself", holds), "")
		return o, nil, nil
	}
	latest := child{alarmARN(last.Account, last.Region, last.Name), last.Value, last.Transitioned}
	reason := fmt.Sprintf("%s transitioned to %s at %s", latest.arn, latest.state, latest.at.UTC().Format("Monday 02 January, 2006 15:04:05 MST"))
	type state struct {
		Value alarm.State `json:"value"`
		Time  string      `json:"timestamp"`
	}
	type triggering struct {
		ARN   string `json:"arn"`
		State state  `json:"state"`
	}
	o.words = because(reason, document(map[string]any{"triggeringAlarms": []triggering{{latest.arn, state{latest.state, stamp(latest.at)}}}}))
	return o, []child{latest}, nil
}
