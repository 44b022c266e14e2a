package cloudwatch

import (
	"context"
	"errors"
	"time"

	"vauban/engine/alarm"
	"vauban/engine/metric"
	"vauban/engine/metricmath"
	"vauban/service/cloudwatch/series"
	"vauban/store"
)

// outcome is what an evaluation of a metric alarm came to.
type outcome struct {
	state alarm.State // "" leaves the alarm as it is
	words func() (reason, data string)
	late  bool // it is to be evaluated when its account may read more
}

// because is the words of a reason that is at hand.
func because(reason, data string) func() (string, string) {
	return func() (string, string) { return reason, data }
}

// extra is how many periods an evaluation looks further back than the alarm asks for. User Guide: "Configuring how CloudWatch alarms treat missing data", whose
// tables retrieve five data points for three.
const extra = 2

// point is a datapoint of an alarm.
type point struct {
	start        int64
	kind         alarm.Point
	value        float64
	samples      float64 // 0 when not known
	lower, upper float64 // of a band
}

// evaluate decides the state of a metric alarm at a time.
func (s *Service) evaluate(ctx context.Context, tx store.Tx, w *watch, now time.Time) (*outcome, error) {
	if w.plan != nil {
		return s.evaluateQueries(ctx, tx, w, now)
	}
	m := w.Metric
	end := now.Unix() - now.Unix()%w.step
	periods := m.Evaluate + extra
	grain := w.step
	if m.Period%grain != 0 {
		grain = m.Period
	}
	// What came in the step that is not over yet is read with the rest.
	start := end - periods*m.Period
	bins, err := s.series.Read(tx, w.id, series.Query{Unit: m.Unit, Period: grain, Start: start, End: end + w.step}, now)
	if err != nil {
		return nil, err
	}
	if early := w.points(bins, end+w.step, periods); w.certain(bins, end+w.step, early) {
		if v := m.threshold().Decide(kinds(early)); v.State == alarm.Alarm {
			return w.tell(early, v, now), nil
		}
	}
	return w.decide(w.points(bins, end, periods), now), nil
}

// points makes datapoints of the periods up to end, the oldest first.
func (w *watch) points(bins []series.Bin, end, periods int64) []point {
	m := w.Metric
	start := end - periods*m.Period
	merged := make([]metric.Bucket, periods)
	for i := range bins {
		if at := bins[i].Start; at >= start && at < end {
			merged[(at-start)/m.Period].Merge(&bins[i].Bucket)
		}
	}
	out := make([]point, periods)
	for i := range merged {
		out[i].start = start + int64(i)*m.Period
		v, ok := w.stat.Of(&merged[i])
		if !ok {
			continue
		}
		out[i].value, out[i].samples = v, merged[i].Count
		out[i].kind = alarm.Within
		if m.Operator.Breaches(v, *m.Threshold, *m.Threshold) {
			out[i].kind = alarm.Beyond
		}
	}
	return out
}

// certain reports whether the last of the points, whose period is not over, breaches whatever more samples come.
func (w *watch) certain(bins []series.Bin, end int64, points []point) bool {
	m := w.Metric
	if points[len(points)-1].kind != alarm.Beyond {
		return false
	}
	if w.stat.Positive() {
		for i := range bins {
			if at := bins[i].Start; at >= end-m.Period && at < end && bins[i].Min < 0 {
				return false
			}
		}
	}
	return m.Operator.Up() && w.stat.Grows() || m.Operator.Down() && w.stat.Shrinks()
}

func kinds(points []point) []alarm.Point {
	out := make([]alarm.Point, len(points))
	for i := range points {
		out[i] = points[i].kind
	}
	return out
}

// decide is the state by the points, unless there are too few samples for a percentile.
func (w *watch) decide(points []point, now time.Time) *outcome {
	v := w.Metric.threshold().Decide(kinds(points))
	if w.Metric.LowSample == "ignore" && w.few(points, v.Used) {
		return &outcome{}
	}
	return w.tell(points, v, now)
}

// few reports whether a point that counted has fewer samples than its percentile wants. User Guide: "Percentile-based alarms and low data samples".
func (w *watch) few(points []point, used []int) bool {
	share, ok := w.stat.Percentile()
	if !ok {
		return false
	}
	if share >= 0.5 {
		share = 1 - share
	}
	for _, i := range used {
		if points[i].samples < 10/share-1e-6 {
			return true
		}
	}
	return false
}

// evaluateQueries decides the state of an alarm on an expression.
func (s *Service) evaluateQueries(ctx context.Context, tx store.Tx, w *watch, now time.Time) (*outcome, error) {
	left := alarmReads
	if w.insights && !s.rounds.reads.may(w.Account, now) {
		return &outcome{late: true}, nil
	}
	m := w.Metric
	end := now.Unix() - now.Unix()%w.step
	start := end - (m.Evaluate+extra)*m.Period
	x := &execution{
		Service: s, tx: tx, now: now, account: w.Account, region: w.Region, plan: w.plan, done: map[string]metricmath.Value{}, inTurn: true,
		start: func(int64) int64 { return start }, end: func(int64) int64 { return end },
		ctx: ctx, insights: &left,
	}
	points, err := w.queried(x, start)
	s.rounds.reads.spend(w.Account, alarmReads-left)
	switch {
	case errors.Is(x.broken, errUntrained):
		s.untrained.note(w.Account, w.key)
		return &outcome{}, nil // as it is, until its next turn
	case x.broken != nil:
		return nil, x.broken
	case errors.Is(err, series.ErrBudget):
		return &outcome{state: alarm.InsufficientData, words: because("Insufficient Data: the alarm reads more of what Contributor Insights rules have counted than an alarm may. Let it name fewer rules, or span less time.", "")}, nil
	case err != nil:
		return &outcome{state: alarm.InsufficientData, words: because("Insufficient Data: "+err.Error(), "")}, nil
	}
	return w.decide(points, now), nil
}

// queried makes datapoints of the query that returns data, and of the band.
func (w *watch) queried(x *execution, start int64) ([]point, error) {
	m := w.Metric
	var watched, lower, upper *metricmath.Series
	for _, q := range w.plan.queries {
		if !q.returned && q.id != m.Band {
			continue
		}
		v, err := x.Value(q.id)
		switch {
		case err != nil:
			return nil, err
		case q.id == m.Band && len(v.Series) == 2:
			upper, lower = v.Series[0], v.Series[1]
		case q.id == m.Band:
			return nil, errors.New("the band has not two time series")
		case v.Kind == metricmath.Scalar || len(v.Series) != 1:
			return nil, errors.New("the expression does not come to one time series")
		default:
			watched = v.Series[0]
		}
	}
	if watched == nil {
		return nil, errors.New("no query returns data")
	}
	out := make([]point, m.Evaluate+extra)
	for i := range out {
		out[i].start = start + int64(i)*m.Period
	}
	for i, t := range watched.Times {
		n := (t - start) / m.Period
		if t < start || n >= int64(len(out)) {
			continue
		}
		p := &out[n]
		p.value = watched.Values[i]
		if m.Band != "" {
			up, ok := valueAt(upper, t)
			low, ok2 := valueAt(lower, t)
			if !ok || !ok2 {
				continue // nothing is expected yet
			}
			p.lower, p.upper = low, up
		} else {
			p.lower, p.upper = *m.Threshold, *m.Threshold
		}
		p.kind = alarm.Within
		if m.Operator.Breaches(p.value, p.lower, p.upper) {
			p.kind = alarm.Beyond
		}
	}
	return out, nil
}

func valueAt(s *metricmath.Series, t int64) (float64, bool) {
	for i, at := range s.Times {
		if at == t {
			return s.Values[i], true
		}
	}
	return 0, false
}
