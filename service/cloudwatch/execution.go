package cloudwatch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"vauban/engine/contributor"
	"vauban/engine/metricmath"
	"vauban/service/cloudwatch/series"
	"vauban/store"
)

// execution computes a plan over a time range, on one snapshot. It is what expressions see of the world.
type execution struct {
	*Service
	tx         store.Tx
	now        time.Time
	account    string
	region     string
	plan       *plan
	start, end func(period int64) int64
	done       map[string]metricmath.Value
	broken     error // of the store: no fault of an expression
	inTurn     bool  // models are trained as alarms may
	budget     *int  // buckets that may yet be read, and series be looked at; nil means all
	work       int   // points that all expressions have made

	ctx      context.Context
	insights *int // what may yet be read of what rules of Contributor Insights have counted
	points   map[pointsOf][]contributor.Point
}

// failed notes an error of the store.
func (x *execution) failed(err error) error {
	if err != nil && !errors.Is(err, series.ErrBudget) {
		x.broken = err
	}
	return err
}

var _ metricmath.Env = (*execution)(nil)

// Value implements [metricmath.Env].
func (x *execution) Value(id string) (metricmath.Value, error) {
	if v, ok := x.done[id]; ok {
		return v, nil
	}
	q := x.plan.byID[id]
	if q == nil {
		return metricmath.Value{}, fmt.Errorf("there is no metric or expression with the ID %s", id)
	}
	v, err := x.compute(q)
	if err == nil {
		x.done[id] = v
	}
	return v, err
}

func (x *execution) compute(q *query) (metricmath.Value, error) {
	if q.metric != nil {
		s, err := x.read(q)
		return metricmath.Value{Kind: metricmath.Single, Series: []*metricmath.Series{s}}, err
	}
	return q.expr.Eval(x, metricmath.Range{Start: x.start(q.span), End: x.end(q.span), Period: q.span, Work: &x.work})
}

// read reads a metric's statistic.
func (x *execution) read(q *query) (*metricmath.Series, error) {
	out := &metricmath.Series{ID: q.id, Label: q.metric.Name, Period: q.period}
	bins, err := x.series.Read(x.tx, q.metric.ID(), series.Query{Unit: q.unit, Period: q.period, Start: x.start(q.period), End: x.end(q.period), Budget: x.budget}, x.now)
	for i := range bins {
		if v, ok := q.stat.Of(&bins[i].Bucket); ok {
			out.Times = append(out.Times, bins[i].Start)
			out.Values = append(out.Values, v)
		}
	}
	return out, x.failed(err)
}

// Metrics implements [metricmath.Env].
func (x *execution) Metrics() ([]*metricmath.Series, error) {
	var out []*metricmath.Series
	for _, q := range x.plan.queries {
		if q.metric == nil {
			continue
		}
		v, err := x.Value(q.id)
		if err != nil {
			return nil, err
		}
		out = append(out, v.Series...)
	}
	return out, nil
}

// Bounds of a search.
const (
	maxFound    = 500
	maxSearched = 100_000
)

// Search implements [metricmath.Env]. It finds metrics to which something came in the last two weeks.
func (x *execution) Search(s *metricmath.Search, statistic string, period int64) ([]*metricmath.Series, error) {
	if err := checkPeriod(period); err != nil {
		return nil, err
	}
	stat, err := parseStatistic(statistic)
	if err != nil {
		return nil, err
	}
	var found []*series.Series
	seen, since := 0, x.now.Add(-oldest)
	_, err = x.series.List(x.tx, x.account, x.region, s.Namespace, "", nil, func(m *series.Series) bool {
		seen++
		if x.budget != nil {
			if *x.budget--; *x.budget < 0 {
				return false
			}
		}
		if !m.Last.Before(since) && s.Matches(searched(m)) {
			found = append(found, m)
		}
		return len(found) < maxFound && seen < maxSearched
	})
	if x.failed(err) != nil {
		return nil, err
	}
	if x.budget != nil && *x.budget < 0 {
		return nil, series.ErrBudget
	}
	var out []*metricmath.Series
	for _, m := range found {
		v, err := x.read(&query{metric: &m.Metric, stat: stat, period: period})
		if err != nil {
			return nil, err
		}
		v.Label = labelOf(m)
		out = append(out, v)
	}
	return out, nil
}

func searched(m *series.Series) *metricmath.Metric {
	out := &metricmath.Metric{Namespace: m.Namespace, Name: m.Name}
	for _, d := range m.Dimensions {
		out.Dimensions = append(out.Dimensions, metricmath.Dimension(d))
	}
	return out
}

// labelOf tells a metric that was found from the others.
func labelOf(m *series.Series) string {
	words := []string{m.Name}
	for _, d := range m.Dimensions {
		words = append(words, d.Value)
	}
	return strings.Join(words, " ")
}

// Band implements [metricmath.Env].
func (x *execution) Band(id string, deviations float64) (upper, lower *metricmath.Series, err error) {
	q := x.plan.byID[id]
	if q == nil || q.metric == nil {
		return nil, nil, errors.New("ANOMALY_DETECTION_BAND wants the ID of a metric")
	}
	var m *model
	if x.inTurn {
		m, err = x.modelInTurn(x.tx, q, x.now, x.start(q.period))
	} else {
		m, err = x.model(x.tx, q, x.now, x.start(q.period), x.budget)
	}
	if x.failed(err) != nil {
		return nil, nil, err
	}
	upper = &metricmath.Series{Label: q.metric.Name + " high", Period: q.period}
	lower = &metricmath.Series{Label: q.metric.Name + " low", Period: q.period}
	for t := x.start(q.period); m != nil && t < x.end(q.period); t += q.period {
		mean, deviation := m.expect(t)
		upper.Times, upper.Values = append(upper.Times, t), append(upper.Values, mean+deviations*deviation)
		lower.Times, lower.Values = append(lower.Times, t), append(lower.Values, mean-deviations*deviation)
	}
	return upper, lower, nil
}

// Insight implements [metricmath.Env].
func (x *execution) Insight(rule, name string, period int64) (*metricmath.Series, error) {
	found, err := x.looks.Get(x.tx, insightRules, store.K(x.account, x.region, rule))
	if store.IsAbsent(err) {
		return nil, fmt.Errorf("there is no Contributor Insights rule %s", bounded(rule))
	}
	if err != nil {
		return nil, x.failed(err)
	}
	points, err := x.insightPoints(found, period)
	if errors.Is(err, errPeriod) {
		return nil, err
	}
	out := &metricmath.Series{Label: rule + " " + name, Period: period}
	figure := insightFigures()[name]
	for i := range points {
		out.Times, out.Values = append(out.Times, points[i].Time), append(out.Values, figure(&points[i]))
	}
	return out, x.failed(err)
}
