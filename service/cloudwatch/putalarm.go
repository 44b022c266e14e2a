package cloudwatch

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	api "vauban/api/cloudwatch"
	"vauban/api/wire"
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

func (s *Service) onPutAlarm(c *service.Call, in *api.PutMetricAlarmInput) ([]service.Question, error) {
	return onPut(c, *in.AlarmName, in.Tags, slices.Concat(in.AlarmActions, in.OKActions, in.InsufficientDataActions))
}

// onPut is the question about an alarm that is to be put, with the keys that its actions and tags are seen by.
func onPut(c *service.Call, name string, tags []api.Tag, actions []string) ([]service.Question, error) {
	q, err := onAlarm(c, name)
	if err != nil {
		return nil, err
	}
	read, err := tagsOf(tags)
	if err != nil {
		return nil, err
	}
	requestTags(&q, read)
	if len(actions) > 0 {
		q.Context["cloudwatch:AlarmActions"] = actions
		q.Multi = append(q.Multi, "cloudwatch:AlarmActions")
	}
	return []service.Question{q}, nil
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
		if a.Tags, err = tagsOf(tags); err != nil {
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

// ruleOf reads when a metric alarm goes off.
func ruleOf(c *service.Call, in *api.PutMetricAlarmInput) (*MetricRule, error) {
	r := &MetricRule{Threshold: in.Threshold, Band: wire.Text(in.ThresholdMetricId), Operator: alarm.Operator(wire.Text(in.ComparisonOperator)), Treatment: wire.Text(in.TreatMissingData), LowSample: wire.Text(in.EvaluateLowSampleCountPercentile)}
	if in.EvaluationPeriods == nil || in.ComparisonOperator == nil {
		return nil, missing("The parameters EvaluationPeriods and ComparisonOperator are required.")
	}
	r.Evaluate = *in.EvaluationPeriods
	if in.DatapointsToAlarm != nil {
		if r.Breaching = *in.DatapointsToAlarm; r.Breaching > r.Evaluate {
			return nil, invalid("The parameter DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
		}
	}
	if err := r.checkWords(); err != nil {
		return nil, err
	}
	var err error
	if len(in.Metrics) > 0 {
		err = r.ofQueries(c, in)
	} else {
		err = r.ofMetric(in)
	}
	if err != nil {
		return nil, err
	}
	if (in.Threshold == nil) == (r.Band == "") || r.Operator.Band() != (r.Band != "") {
		return nil, badCombination("An alarm has a Threshold, or for an anomaly detection band a ThresholdMetricId with a ComparisonOperator for bands.")
	}
	return r, r.checkSpan()
}

func (r *MetricRule) checkWords() error {
	if !slices.Contains([]string{"", "breaching", "notBreaching", "ignore", "missing"}, r.Treatment) {
		return invalid("The value %s is not supported for TreatMissingData parameter. Supported values are [breaching, notBreaching, ignore, missing].", bounded(r.Treatment))
	}
	if !slices.Contains([]string{"", "evaluate", "ignore"}, r.LowSample) {
		return invalid("Option %s is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore.", bounded(r.LowSample))
	}
	return nil
}

// checkSpan: so many periods are at most a day, or a week if they are of an hour and more.
func (r *MetricRule) checkSpan() error {
	switch span := r.Evaluate * r.Period; {
	case r.Period < 3600 && span > day:
		return invalid("Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).")
	case r.Evaluate > 7*day || span > 7*day:
		return invalid("Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800).")
	}
	return nil
}

func (r *MetricRule) ofMetric(in *api.PutMetricAlarmInput) error {
	switch {
	case in.Namespace == nil || in.MetricName == nil || in.Period == nil:
		return missing("An alarm must have Metrics, or a Namespace, a MetricName and a Period.")
	case (in.Statistic == nil) == (in.ExtendedStatistic == nil):
		return badCombination("Exactly one of the parameters Statistic and ExtendedStatistic must be specified.")
	case r.Band != "":
		return badCombination("An alarm with a ThresholdMetricId must have Metrics.")
	}
	var err error
	r.Namespace, r.Name, r.Period, r.Unit = *in.Namespace, *in.MetricName, *in.Period, wire.Text(in.Unit)
	if r.Dimensions, err = dimensionsOf(in.Dimensions); err != nil {
		return err
	}
	r.Statistic, r.Extended = wire.Text(in.Statistic), in.ExtendedStatistic != nil
	if r.Extended {
		r.Statistic = *in.ExtendedStatistic
	}
	if _, err := parseStatistic(r.Statistic); err != nil {
		return err
	}
	return checkAlarmPeriod(r.Period)
}

func checkAlarmPeriod(period int64) error {
	if period == 10 || period == 20 || period == 30 || period > 0 && period%60 == 0 {
		return nil
	}
	return invalid("The period of an alarm must be 10, 20, 30 or a multiple of 60.")
}

// ofQueries reads an alarm on an expression. All its metrics have the same period.
func (r *MetricRule) ofQueries(c *service.Call, in *api.PutMetricAlarmInput) error {
	if in.Namespace != nil || in.MetricName != nil || in.Statistic != nil || in.ExtendedStatistic != nil || in.Period != nil || in.Unit != nil || len(in.Dimensions) > 0 {
		return badCombination("Metrics cannot be used together with Namespace, MetricName, Dimensions, Period, Unit, Statistic or ExtendedStatistic.")
	}
	p, err := newPlan(c.Account, c.Region, "Metrics", in.Metrics)
	if err != nil {
		return err
	}
	measured, returned := 0, 0
	for _, q := range p.queries {
		if q.metric != nil {
			measured++
		}
		if q.returned && q.id != r.Band {
			returned++
		}
		if q.expr != nil && q.expr.Calls("SEARCH") {
			return invalid("Error in expression '%s': SEARCH is not supported on Metric Alarms.", q.id)
		}
		if q.period != 0 && r.Period != 0 && q.period != r.Period {
			return invalid("Metrics list must have the same period.")
		}
		r.Period = max(r.Period, q.period)
	}
	switch {
	case measured > maxInAlarm:
		return invalid("Metrics list must have at most %d metrics.", maxInAlarm)
	case returned != 1:
		return invalid("Exactly one element of the metrics list should return data.")
	case r.Period == 0:
		return invalid("An expression of an alarm without metrics must have a Period.")
	case r.Band != "" && (p.byID[r.Band] == nil || p.byID[r.Band].expr == nil || !p.byID[r.Band].expr.Calls("ANOMALY_DETECTION_BAND")):
		return invalid("ThresholdMetricId %s must be the ID of an expression with ANOMALY_DETECTION_BAND.", bounded(r.Band))
	}
	r.Queries = in.Metrics
	return checkAlarmPeriod(r.Period)
}

// onDelete asks about each alarm by itself.
func onDelete(c *service.Call, in *api.DeleteAlarmsInput) ([]service.Question, error) {
	return onAlarms(c, in.AlarmNames)
}

// deleteAlarms deletes those that exist. One that a composite alarm names stays, unless that goes too.
func (s *Service) deleteAlarms(c *service.Call, in *api.DeleteAlarmsInput) (*api.DeleteAlarmsOutput, error) {
	var going []*Alarm
	composites := 0
	for _, name := range in.AlarmNames {
		a, err := alarms.Get(c.Tx, store.K(c.Account, c.Region, name))
		if store.IsAbsent(err) {
			return nil, api.ResourceNotFound.New("Unable to find the alarm %s.", name)
		}
		if err != nil {
			return nil, err
		}
		if a.Composite != nil {
			composites++
		}
		if !slices.ContainsFunc(going, func(b *Alarm) bool { return b.Name == a.Name }) {
			going = append(going, a)
		}
	}
	if composites > 1 {
		return nil, invalid("You can delete only one composite alarm per operation.")
	}
	for _, a := range going {
		parents, err := parentsOf(c.Tx, c.Account, c.Region, a.Name)
		if err != nil {
			return nil, err
		}
		for _, parent := range parents {
			if !slices.ContainsFunc(going, func(b *Alarm) bool { return b.Name == parent }) {
				return nil, invalid("Cannot delete %s as there are composite alarm(s) depending on it.", a.Name)
			}
		}
	}
	for _, a := range going {
		if err := s.delete(c, a); err != nil {
			return nil, err
		}
	}
	return &api.DeleteAlarmsOutput{}, nil
}

func (s *Service) delete(c *service.Call, a *Alarm) error {
	if err := alarms.Delete(c.Tx, a.key()); err != nil {
		return err
	}
	if err := states.Delete(c.Tx, a.key()); err != nil {
		return err
	}
	if err := addAlarms(c.Tx, a.Account, a.Region, -1); err != nil {
		return err
	}
	return s.configured(c, nil, a)
}
