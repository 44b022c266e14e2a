package cloudwatch

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	api "vauban/api/cloudwatch"
	"vauban/engine/alarm"
	"vauban/service"
	"vauban/store"
)

func (s *Service) alarmOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPutMetricAlarm, s.onPutAlarm, s.putMetricAlarm),
		service.Writes(api.OpDeleteAlarms, onDelete, s.deleteAlarms),
		service.Reads(api.OpDescribeAlarms, onDescribe, s.describeAlarms),
		service.Reads(api.OpDescribeAlarmsForMetric, onAny[api.DescribeAlarmsForMetricInput], s.describeForMetric),
	}
}

// onPutAlarm asks for the reports of the rules that the alarm reads too: its state tells what they have counted.
func (s *Service) onPutAlarm(c *service.Call, in *api.PutMetricAlarmInput) ([]service.Question, error) {
	qs, err := onPut(c, *in.AlarmName, in.Tags, slices.Concat(in.AlarmActions, in.OKActions, in.InsufficientDataActions))
	if err != nil {
		return nil, err
	}
	reports, err := onReports(c, in.Metrics)
	return append(qs, reports...), err
}

// onPut are the questions about an alarm that is to be put, with the keys that its actions and tags are seen by.
func onPut(c *service.Call, name string, tags []api.Tag, actions []string) ([]service.Question, error) {
	q, err := onAlarm(c, name)
	if err != nil {
		return nil, err
	}
	if len(actions) > 0 {
		q.Context["cloudwatch:AlarmActions"] = actions
		q.Multi = append(q.Multi, "cloudwatch:AlarmActions")
	}
	return askTags([]service.Question{q}, tags)
}

// askTags gives the question about what is to be put the keys that its tags are seen by, and asks whether it may have tags.
func askTags(qs []service.Question, tags []api.Tag) ([]service.Question, error) {
	read, err := withTags(nil, tags)
	if err != nil {
		return nil, err
	}
	service.RequestTags(qs[0].Context, service.TagMap(read))
	if len(read) > 0 {
		q := qs[0]
		q.Action = "cloudwatch:TagResource"
		qs = append(qs, q)
	}
	return qs, nil
}

// Bounds of an alarm. API reference: "PutMetricAlarm".
const (
	maxInAlarm = 10 // metrics
	day        = 86400
	maxPerCall = 100
)

func (s *Service) putMetricAlarm(c *service.Call, in *api.PutMetricAlarmInput) (*api.PutMetricAlarmOutput, error) {
	switch {
	case in.EvaluationCriteria != nil:
		return nil, notBuilt("EvaluationCriteria")
	case in.EvaluationInterval != nil:
		return nil, notBuilt("EvaluationInterval")
	case in.EvaluationWindow != nil:
		return nil, notBuilt("EvaluationWindow")
	}
	a := &Alarm{Name: *in.AlarmName, Description: in.AlarmDescription, Enabled: in.ActionsEnabled == nil || *in.ActionsEnabled, OK: in.OKActions, Alarm: in.AlarmActions, NoData: in.InsufficientDataActions}
	rule, err := ruleOf(c, in)
	if err != nil {
		return nil, err
	}
	a.Metric = rule
	return &api.PutMetricAlarmOutput{}, s.put(c, a, in.Tags)
}

// put stores the definition of an alarm, and for a new one its first state.
func (s *Service) put(c *service.Call, a *Alarm, tags []api.Tag) error {
	a.Account, a.Region, a.Updated = c.Account, c.Region, c.Time
	if !utf8.ValidString(a.Name) || strings.ContainsFunc(a.Name, unicode.IsControl) || strings.TrimSpace(a.Name) == "" {
		return invalid("The value %q for parameter AlarmName is invalid: it must be of UTF-8 characters that are no control characters.", bounded(a.Name))
	}
	for _, action := range slices.Concat(a.OK, a.Alarm, a.NoData) {
		if err := checkAction(c, action); err != nil {
			return err
		}
	}
	have, err := alarms.Get(c.Tx, a.key())
	switch {
	case store.IsAbsent(err):
		if a.Tags, err = withTags(nil, tags); err != nil {
			return err
		}
		if err := addAlarms(c.Tx, a.Account, a.Region, 1); err != nil {
			return err
		}
		first := &State{Account: a.Account, Region: a.Region, Name: a.Name, Value: alarm.InsufficientData, Reason: "Unchecked: Initial alarm creation", Updated: c.Time, Transitioned: c.Time}
		err = states.Insert(c.Tx, first)
	case err != nil:
	case have.kind() != a.kind():
		return invalid("An alarm of another type has the name %s already.", a.Name)
	default:
		a.Tags = have.Tags // those of the call are for new alarms only
	}
	if err != nil {
		return err
	}
	if err := s.configured(c, a, have); err != nil {
		return err
	}
	return alarms.Put(c.Tx, a)
}

// configured notes that a definition has changed, for the evaluation, the history and the event bus. before or after is nil.
func (s *Service) configured(c *service.Call, after, before *Alarm) error {
	a, what, operation := after, "updated", "update"
	switch {
	case after == nil:
		a, what, operation = before, "deleted", "delete"
	case before == nil:
		what, operation = "created", "create"
	}
	s.fresh.noteAlarm(string(a.key()))
	if err := changed(c.Tx); err != nil {
		return err
	}
	if err := s.remember(c.Tx, a, c.Time, api.HistoryItemTypeConfigurationUpdate, fmt.Sprintf("Alarm %q %s", a.Name, what), configurationData(a, what)); err != nil {
		return err
	}
	return s.sendConfiguration(c, a, before, operation)
}
