package logs

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"vauban/engine/logfilter"

	api "vauban/api/logs"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// MetricFilter makes values of a metric of events that match.
type MetricFilter struct {
	Account, Region, Group, Name string

	Pattern    string
	Metric     string
	Namespace  string
	Value      string            // a number, or a reference such as $.latency
	Default    *float64          `json:",omitempty"`
	Dimensions map[string]string `json:",omitempty"` // names to references
	Unit       string            `json:",omitempty"`
	Made       bool              `json:",omitempty"` // it sees what a transformer has made of events
	Created    time.Time
}

var metricFilters = &store.Table[MetricFilter]{
	Name: "logs.metricfilter",
	Key:  func(f *MetricFilter) store.Key { return store.K(f.Account, f.Region, f.Group, f.Name) },
}

// Quotas. User Guide: "CloudWatch Logs quotas".
const (
	maxMetricFilters = 100
	maxDimensions    = 3
	maxRegexFilters  = 5 // of a group, metric and subscription filters together
)

func (s *Service) metricFilterOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPutMetricFilter, onGroup(s, func(in *api.PutMetricFilterInput) (a, b *string) { return in.LogGroupName, nil }), s.putMetricFilter),
		service.Writes(api.OpDeleteMetricFilter, onGroup(s, func(in *api.DeleteMetricFilterInput) (a, b *string) { return in.LogGroupName, nil }), s.deleteMetricFilter),
		service.Reads(api.OpDescribeMetricFilters, s.onMetricFilters, s.describeMetricFilters),
		service.Reads(api.OpTestMetricFilter, onAny[api.TestMetricFilterInput], s.testMetricFilter).WithoutState(),
	}
}

func (s *Service) onMetricFilters(c *service.Call, in *api.DescribeMetricFiltersInput) ([]service.Question, error) {
	if in.LogGroupName == nil {
		return onGroups(c, in)
	}
	q, err := s.ask(c, *in.LogGroupName, "")
	return []service.Question{q}, err
}

func (s *Service) putMetricFilter(c *service.Call, in *api.PutMetricFilterInput) (*api.PutMetricFilterOutput, error) {
	g, err := s.standardGroup(c)
	if err != nil {
		return nil, err
	}
	switch {
	case len(in.EmitSystemFieldDimensions) > 0:
		return nil, notBuilt("emitSystemFieldDimensions")
	case in.FieldSelectionCriteria != nil:
		return nil, notBuilt("fieldSelectionCriteria")
	}
	t := &in.MetricTransformations[0]
	f := &MetricFilter{
		Account: g.Account, Region: g.Region, Group: g.Name, Name: *in.FilterName, Pattern: *in.FilterPattern, Metric: *t.MetricName, Namespace: *t.MetricNamespace,
		Value: *t.MetricValue, Default: t.DefaultValue, Dimensions: t.Dimensions, Unit: wire.Text(t.Unit), Created: c.Time, Made: in.ApplyOnTransformedLogs != nil && *in.ApplyOnTransformedLogs,
	}
	if err := s.checkMetricFilter(f); err != nil {
		return nil, err
	}
	if err := s.filterRoom(c, g, f.Name, f.Pattern, true, maxMetricFilters); err != nil {
		return nil, err
	}
	return &api.PutMetricFilterOutput{}, metricFilters.Put(c.Tx, f)
}

func (s *Service) checkMetricFilter(f *MetricFilter) error {
	p, err := s.patterns.compile(f.Pattern)
	if err != nil {
		return err
	}
	if strings.HasPrefix(f.Namespace, "AWS/") {
		return invalid("Invalid metric transformation: the namespace must not begin with AWS/.")
	}
	if _, ok := literal(f.Value); !ok {
		if _, err := p.Refer(f.Value); err != nil {
			return invalid("Invalid metric transformation: the metric value must be a number, or a value of the filter pattern such as $.latency.")
		}
	}
	switch {
	case len(f.Dimensions) > maxDimensions:
		return invalid("Invalid metric transformation: a metric can have %d dimensions at most.", maxDimensions)
	case len(f.Dimensions) > 0 && f.Default != nil:
		return invalid("Invalid metric transformation: dimensions and default value are mutually exclusive properties.")
	}
	for _, name := range slices.Sorted(maps.Keys(f.Dimensions)) {
		if _, err := p.Refer(f.Dimensions[name]); err != nil {
			return invalid("Invalid metric transformation: the dimension %s must be a value of the filter pattern such as $.code.", bounded(name, 255))
		}
	}
	return nil
}

func literal(text string) (float64, bool) {
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && !strings.HasPrefix(text, "$") && f-f == 0
}

// filterRoom refuses a further filter, metric or subscription, of a group that has as many as it can have, or as many with regular expressions.
func (s *Service) filterRoom(c *service.Call, g *Group, name, pattern string, metric bool, most int) error {
	metrics, subs, err := filtersOf(c.Tx, g)
	if err != nil {
		return err
	}
	n, texts := 0, []string(nil)
	other := func(isMetric bool, otherName, text string) {
		if isMetric != metric || otherName != name {
			texts = append(texts, text)
			if isMetric == metric {
				n++
			}
		}
	}
	for _, f := range metrics {
		other(true, f.Name, f.Pattern)
	}
	for _, f := range subs {
		other(false, f.Name, f.Pattern)
	}
	regexes := 0
	for _, text := range append(texts, pattern) {
		p, err := s.patterns.compile(text)
		if err != nil {
			return err
		}
		regexes += min(p.Regexes(), 1)
	}
	if n >= most || regexes > maxRegexFilters {
		return api.LimitExceededException.New("Resource limit exceeded.")
	}
	return nil
}

// filtersOf are the filters of a group.
func filtersOf(tx store.Tx, g *Group) ([]*MetricFilter, []*Subscription, error) {
	metrics, err := metricFilters.List(tx, groups.Key(g), nil, 0)
	if err != nil {
		return nil, nil, err
	}
	subs, err := subscriptions.List(tx, groups.Key(g), nil, 0)
	return metrics.Items, subs.Items, err
}

func (s *Service) deleteMetricFilter(c *service.Call, in *api.DeleteMetricFilterInput) (*api.DeleteMetricFilterOutput, error) {
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	err = metricFilters.Delete(c.Tx, groups.Key(g).With(*in.FilterName))
	if store.IsAbsent(err) {
		return nil, api.ResourceNotFoundException.New("The specified metric filter does not exist.")
	}
	return &api.DeleteMetricFilterOutput{}, err
}

func (s *Service) describeMetricFilters(c *service.Call, in *api.DescribeMetricFiltersInput) (*api.DescribeMetricFiltersOutput, error) {
	if (in.MetricName == nil) != (in.MetricNamespace == nil) {
		return nil, invalid("MetricName and MetricNamespace must be specified together.")
	}
	prefix := store.K(c.Account, c.Region)
	if in.LogGroupName != nil {
		g, err := s.group(c)
		if err != nil {
			return nil, err
		}
		prefix = groups.Key(g)
	}
	p, err := s.pageOf(c, "metricfilters", in.Limit, groupsDescribed, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeMetricFiltersOutput{MetricFilters: []api.MetricFilter{}}
	out.NextToken, err = visit(s, c, p, metricFilters, prefix, func(f *MetricFilter) (bool, error) {
		if !strings.HasPrefix(f.Name, wire.Text(in.FilterNamePrefix)) || in.MetricName != nil && (f.Metric != *in.MetricName || f.Namespace != *in.MetricNamespace) {
			return false, nil
		}
		out.MetricFilters = append(out.MetricFilters, f.shown())
		return true, nil
	})
	return out, err
}

func (f *MetricFilter) shown() api.MetricFilter {
	return api.MetricFilter{
		FilterName: &f.Name, FilterPattern: &f.Pattern, LogGroupName: &f.Group, CreationTime: new(f.Created.UnixMilli()), ApplyOnTransformedLogs: new(f.Made),
		MetricTransformations: []api.MetricTransformation{{
			MetricName: &f.Metric, MetricNamespace: &f.Namespace, MetricValue: &f.Value, DefaultValue: f.Default, Dimensions: f.Dimensions, Unit: wire.Optional(f.Unit),
		}},
	}
}

func (s *Service) testMetricFilter(c *service.Call, in *api.TestMetricFilterInput) (*api.TestMetricFilterOutput, error) {
	size := 0
	for _, m := range in.LogEventMessages {
		if size += len(m) + overhead; size > maxBatch {
			return nil, invalid("The log event messages must have %d bytes at most together, which is what PutLogEvents takes.", maxBatch)
		}
	}
	p, err := s.patterns.compile(*in.FilterPattern)
	if err != nil {
		return nil, err
	}
	out := &api.TestMetricFilterOutput{Matches: []api.MetricFilterMatchRecord{}}
	for i, m := range in.LogEventMessages {
		if err := c.Err(); err != nil {
			return nil, err
		}
		if values, ok := p.Test(m); ok {
			out.Matches = append(out.Matches, api.MetricFilterMatchRecord{EventNumber: new(int64(i + 1)), EventMessage: &m, ExtractedValues: values})
		}
	}
	return out, nil
}

// values are what the filter makes of events. Without a match there is the default value, once.
func (s *Service) values(f *MetricFilter, events []Event) ([]service.Measurement, error) {
	p, err := s.patterns.compile(f.Pattern)
	if err != nil {
		return nil, err
	}
	var out []service.Measurement
	matched := false
	for i := range events {
		e := &events[i]
		if !p.Match(e.text(f.Made)) {
			continue
		}
		matched = true
		if m, ok := f.measure(p, e); ok {
			out = append(out, m)
		}
	}
	if !matched && f.Default != nil {
		out = append(out, f.measurement(*f.Default, events[len(events)-1].Time))
	}
	return out, nil
}

func (f *MetricFilter) measurement(value float64, at int64) service.Measurement {
	unit := f.Unit
	if unit == "" {
		unit = api.StandardUnitNone
	}
	return service.Measurement{Account: f.Account, Region: f.Region, Namespace: f.Namespace, Name: f.Metric, Value: value, Unit: unit, Time: time.UnixMilli(at).UTC()}
}

// measure is the value of an event that matches. There is none where the event has no number; a dimension that the event does not have is left out of the
// metric with all others. User Guide: "Publishing dimensions with metrics".
func (f *MetricFilter) measure(p *logfilter.Pattern, e *Event) (m service.Measurement, ok bool) {
	value, ok := literal(f.Value)
	if !ok {
		ref, err := p.Refer(f.Value)
		if err != nil {
			return m, false
		}
		text, _ := p.Value(e.text(f.Made), ref)
		if value, ok = literal(text); !ok {
			return m, false
		}
	}
	m = f.measurement(value, e.Time)
	for _, name := range slices.Sorted(maps.Keys(f.Dimensions)) {
		ref, err := p.Refer(f.Dimensions[name])
		if err != nil {
			return m, false
		}
		text, ok := p.Value(e.text(f.Made), ref)
		if !ok || text == "" {
			m.Dimensions = nil
			return m, true
		}
		m.Dimensions = append(m.Dimensions, service.Dimension{Name: name, Value: text})
	}
	return m, true
}
