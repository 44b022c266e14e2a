package cloudwatch

import (
	"slices"

	api "vauban/api/cloudwatch"
	"vauban/api/wire"
	"vauban/engine/alarm"
	"vauban/service"
)

// maxElements is how many metrics and expressions an alarm has at most. API reference: "PutMetricAlarm".
const maxElements = 20

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
	if len(in.Metrics) > maxElements {
		return invalid("The collection Metrics must not have a size greater than %d.", maxElements)
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
		if q.expr != nil && q.expr.Calls("INSIGHT_RULE_METRIC") && q.span%60 != 0 {
			return invalid("Error in expression '%s': %v", q.id, errPeriod)
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
