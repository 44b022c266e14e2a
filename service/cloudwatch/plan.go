package cloudwatch

import (
	"strings"

	api "vauban/api/cloudwatch"
	"vauban/api/wire"
	"vauban/engine/metric"
	"vauban/engine/metricmath"
	"vauban/service/cloudwatch/series"
)

// query is one MetricDataQuery, read: a metric or an expression.
type query struct {
	id       string
	label    *string
	returned bool
	period   int64 // of a metric, or what an expression was given; 0 for none
	span     int64 // the period that it is computed with: see periodOf

	metric *series.Metric
	stat   metric.Statistic
	unit   string

	expr *metricmath.Expr
}

// plan is queries that may name each other.
type plan struct {
	queries []*query
	byID    map[string]*query
}

const maxQueries = 500

// newPlan reads queries. at names the parameter in errors, "MetricDataQueries".
func newPlan(account, region, at string, in []api.MetricDataQuery) (*plan, error) {
	if len(in) > maxQueries {
		return nil, invalid("The collection %s must not have a size greater than %d.", at, maxQueries)
	}
	p := &plan{byID: map[string]*query{}}
	for i := range in {
		q, err := newQuery(account, region, &in[i])
		if err != nil {
			return nil, err
		}
		if p.byID[q.id] != nil {
			return nil, invalid("The values for parameter id in MetricDataQuery are not unique.")
		}
		p.queries = append(p.queries, q)
		p.byID[q.id] = q
	}
	return p, p.check()
}

func newQuery(account, region string, in *api.MetricDataQuery) (*query, error) {
	q := &query{id: *in.Id, label: in.Label, returned: in.ReturnData == nil || *in.ReturnData}
	if in.Period != nil {
		q.period = *in.Period
	}
	switch {
	case !isID(q.id):
		return nil, invalid("Invalid metrics list: Id %s must begin with a lowercase letter and hold letters, digits and underscores.", bounded(q.id))
	case in.AccountId != nil && *in.AccountId != account:
		return nil, notBuilt("AccountId of another account")
	case (in.MetricStat == nil) == (in.Expression == nil):
		return nil, invalid("Exactly one of MetricStat and Expression must be specified for MetricDataQuery %s.", q.id)
	case in.Expression != nil:
		return q, q.express(*in.Expression)
	}
	return q, q.measure(account, region, in.MetricStat)
}

func isID(id string) bool {
	return id[0] >= 'a' && id[0] <= 'z' && strings.Trim(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

func (q *query) express(text string) (err error) {
	if q.period != 0 {
		if err := checkPeriod(q.period); err != nil {
			return err
		}
	}
	if q.expr, err = metricmath.Parse(text); err != nil {
		return invalid("Error in expression '%s': %s", q.id, err)
	}
	return nil
}

func (q *query) measure(account, region string, in *api.MetricStat) error {
	if in.Metric.Namespace == nil || in.Metric.MetricName == nil {
		return invalid("MetricDataQuery %s must have a Namespace and a MetricName.", q.id)
	}
	dims, err := dimensionsOf(in.Metric.Dimensions)
	if err != nil {
		return err
	}
	if q.stat, err = metric.ParseStatistic(*in.Stat); err != nil {
		return badStatistic(*in.Stat)
	}
	q.metric = &series.Metric{Account: account, Region: region, Namespace: *in.Metric.Namespace, Name: *in.Metric.MetricName, Dimensions: dims}
	q.unit, q.period = wire.Text(in.Unit), *in.Period
	return checkPeriod(q.period)
}

// check looks at what the queries say of each other.
func (p *plan) check() error {
	for _, q := range p.queries {
		if q.expr == nil {
			continue
		}
		for _, id := range q.expr.IDs() {
			if p.byID[id] == nil {
				return invalid("Error in expression '%s': there is no metric or expression with the ID %s.", q.id, bounded(id))
			}
		}
	}
	state := map[string]int{}
	for _, q := range p.queries {
		if err := p.circle(q, state); err != nil {
			return err
		}
	}
	return nil
}

// circle refuses an expression that depends on itself. Visited queries are 1 while they are looked into and 2 afterwards, when their span is known.
func (p *plan) circle(q *query, state map[string]int) error {
	switch state[q.id] {
	case 1:
		return invalid("Error in expression '%s': it depends on itself.", q.id)
	case 2:
		return nil
	}
	state[q.id] = 1
	span := int64(0)
	if q.expr != nil {
		for _, id := range q.expr.IDs() {
			if err := p.circle(p.byID[id], state); err != nil {
				return err
			}
			span = max(span, p.byID[id].span)
		}
	}
	q.span = p.periodOf(q, span)
	state[q.id] = 2
	return nil
}

// periodOf is the period of a query: for an expression, the largest of what it names, unless it was given one. It is worked out once for each, since the paths
// through expressions that name each other are more than can be walked.
func (p *plan) periodOf(q *query, named int64) int64 {
	period := q.period
	if period == 0 {
		period = named
	}
	if period == 0 {
		for _, m := range p.queries {
			period = max(period, m.period)
		}
	}
	return max(period, 1)
}

// watched are the metrics of the plan, in order.
func (p *plan) watched() (out []series.ID) {
	for _, q := range p.queries {
		if q.metric != nil {
			out = append(out, q.metric.ID())
		}
	}
	return out
}
