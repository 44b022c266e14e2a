package cloudwatch

import (
	"errors"
	"slices"
	"strings"
	"time"

	api "vauban/api/cloudwatch"
	"vauban/api/wire"
	"vauban/engine/contributor"
	"vauban/engine/metricmath"
	"vauban/service"
	"vauban/service/cloudwatch/contributors"
	"vauban/service/cloudwatch/series"
	"vauban/store"
)

// Bounds of a report. API reference: "GetInsightRuleReport". User Guide: "Viewing Contributor Insights reports".
const (
	maxReport    = 24 * time.Hour
	maxShown     = 100
	shownOmitted = 10
)

// insightFigures are the metrics of a rule, by name.
func insightFigures() map[string]func(*contributor.Point) float64 {
	return map[string]func(*contributor.Point) float64{
		"UniqueContributors":  func(p *contributor.Point) float64 { return p.Unique },
		"MaxContributorValue": func(p *contributor.Point) float64 { return p.Largest },
		"SampleCount":         func(p *contributor.Point) float64 { return p.Samples },
		"Sum":                 func(p *contributor.Point) float64 { return p.Sum },
		"Minimum":             func(p *contributor.Point) float64 { return p.Min },
		"Maximum":             func(p *contributor.Point) float64 { return p.Max },
		"Average":             func(p *contributor.Point) float64 { return p.Average },
	}
}

func (s *Service) getInsightRuleReport(c *service.Call, in *api.GetInsightRuleReportInput) (*api.GetInsightRuleReportOutput, error) {
	shown, err := checkReport(in)
	if err != nil {
		return nil, err
	}
	x, err := s.looks.Get(c.Tx, insightRules, store.K(c.Account, c.Region, *in.RuleName))
	if store.IsAbsent(err) {
		return nil, noInsight(*in.RuleName)
	}
	if err != nil {
		return nil, err
	}
	start, end := contributors.Minute(*in.StartTime), in.EndTime.Unix()
	r := &contributor.Report{Start: start, Period: *in.Period}
	unlessGone := func(int) error { return c.Err() }
	err = s.counted.Each(c.Tx, x.ID, start, end, unlessGone, func(at int64, sum *contributor.Summary) error {
		r.Add(at, sum)
		return nil
	})
	if err != nil {
		return nil, err
	}
	r.End()
	top := r.Total.Top(shown, wire.Text(in.OrderBy) == "Maximum")
	lines := make([]contributor.Line, len(top))
	for i := range top {
		lines[i].Keys = top[i].Keys
	}
	err = s.counted.Each(c.Tx, x.ID, start, end, unlessGone, func(at int64, sum *contributor.Summary) error {
		r.Draw(lines, at, sum)
		return nil
	})
	return shownReport(x, r, top, lines, in.Metrics), err
}

func noInsight(name string) error {
	return api.ResourceNotFoundException.New("There is no Contributor Insights rule %s.", bounded(name)).With("ResourceId", &name).With("ResourceType", new("InsightRule"))
}

// checkReport reads how many contributors are to be shown.
func checkReport(in *api.GetInsightRuleReportInput) (shown int, err error) {
	shown = shownOmitted
	if in.MaxContributorCount != nil {
		if shown = int(*in.MaxContributorCount); shown < 1 || shown > maxShown {
			return 0, badValue("The parameter MaxContributorCount must be between 1 and %d.", maxShown)
		}
	}
	switch {
	case !in.StartTime.Before(*in.EndTime):
		return 0, badValue("The parameter StartTime must be less than the parameter EndTime.")
	case in.EndTime.Sub(*in.StartTime) > maxReport:
		return 0, badValue("The time from StartTime to EndTime must be 24 hours at most.")
	case *in.Period < 60 || *in.Period%60 != 0 || *in.Period > int64(maxReport.Seconds()):
		return 0, badValue("The parameter Period must be a multiple of 60, and a day at most.")
	}
	if by := wire.Text(in.OrderBy); !slices.Contains([]string{"", "Sum", "Maximum"}, by) {
		return 0, badValue("The value %s for parameter OrderBy is invalid: it must be Sum or Maximum.", bounded(by))
	}
	known := metricmath.InsightMetrics()
	for _, name := range in.Metrics {
		if !slices.Contains(known, name) {
			return 0, badValue("The value %s for parameter Metrics is invalid: there are %s.", bounded(name), strings.Join(known, ", "))
		}
	}
	return shown, nil
}

func shownReport(x *look, r *contributor.Report, top []*contributor.Contributor, lines []contributor.Line, metrics []string) *api.GetInsightRuleReportOutput {
	statistic := "Count"
	out := &api.GetInsightRuleReportOutput{
		AggregationStatistic: &statistic, AggregateValue: &r.Total.Sum, ApproximateUniqueCount: new(int64(r.Total.Unique())),
		Contributors: []api.InsightRuleContributor{}, MetricDatapoints: []api.InsightRuleMetricDatapoint{},
	}
	if x.rule != nil {
		out.KeyLabels = x.rule.Keys
		if x.rule.Sum {
			statistic = "Sum"
		}
	}
	for i := range top {
		shown := api.InsightRuleContributor{Keys: top[i].Keys, ApproximateAggregateValue: &top[i].Value, Datapoints: []api.InsightRuleContributorDatapoint{}}
		for n, t := range lines[i].Times {
			shown.Datapoints = append(shown.Datapoints, api.InsightRuleContributorDatapoint{Timestamp: new(time.Unix(t, 0).UTC()), ApproximateValue: &lines[i].Values[n]})
		}
		out.Contributors = append(out.Contributors, shown)
	}
	for i := range r.Points {
		if len(metrics) > 0 {
			out.MetricDatapoints = append(out.MetricDatapoints, shownPoint(&r.Points[i], metrics))
		}
	}
	return out
}

func shownPoint(p *contributor.Point, metrics []string) api.InsightRuleMetricDatapoint {
	d := api.InsightRuleMetricDatapoint{Timestamp: new(time.Unix(p.Time, 0).UTC())}
	for name, to := range map[string]**float64{
		"UniqueContributors": &d.UniqueContributors, "MaxContributorValue": &d.MaxContributorValue, "SampleCount": &d.SampleCount, "Sum": &d.Sum,
		"Minimum": &d.Minimum, "Maximum": &d.Maximum, "Average": &d.Average,
	} {
		if slices.Contains(metrics, name) {
			*to = new(insightFigures()[name](p))
		}
	}
	return d
}

// errPeriod is what an expression with a period of less than a minute is told.
var errPeriod = errors.New("the period of INSIGHT_RULE_METRIC must be a multiple of 60")

// pointsOf names the figures of a rule over the range of an execution.
type pointsOf struct {
	rule   string // its ID
	period int64
}

// insightPoints are the figures of a rule, which are read once however many expressions ask for them. What is opened counts against the budget.
func (x *execution) insightPoints(rule *look, period int64) ([]contributor.Point, error) {
	if period%60 != 0 {
		return nil, errPeriod
	}
	of := pointsOf{rule.ID, period}
	if points, ok := x.points[of]; ok {
		return points, nil
	}
	start := x.start(period)
	r := &contributor.Report{Start: start, Period: period}
	err := x.Service.counted.Each(x.tx, rule.ID, start, x.end(period), x.spend, func(at int64, sum *contributor.Summary) error {
		r.Add(at, sum)
		return nil
	})
	if err != nil {
		return nil, err
	}
	r.End()
	if x.points == nil {
		x.points = map[pointsOf][]contributor.Point{}
	}
	x.points[of] = r.Points
	return r.Points, nil
}

// spend takes the cost of reading what a rule has counted off the budget.
func (x *execution) spend(cost int) error {
	if err := x.ctx.Err(); err != nil {
		return err
	}
	if *x.insights -= cost; *x.insights < 0 {
		return series.ErrBudget
	}
	return nil
}
