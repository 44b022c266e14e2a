package cloudwatch

import (
	"context"
	"slices"
	"sync"

	"vauban/engine/alarm"
	"vauban/engine/metric"
	"vauban/service/cloudwatch/series"
	"vauban/store"
)

// watch is an alarm made ready to be evaluated.
type watch struct {
	*Alarm
	key  string
	step int64 // seconds between evaluations

	stat metric.Statistic // of an alarm on one metric
	id   series.ID
	plan *plan // of one on expressions

	insights bool // an expression reads what a rule of Contributor Insights has counted

	rule     *alarm.Rule // of a composite alarm
	children []string    // keys of the alarms in it, its suppressor included
}

// book holds all alarms made ready, as of a generation of definitions.
type book struct {
	mu   sync.Mutex
	page *page
}

// page is what a book says at one generation. It is not changed.
type page struct {
	generation int64
	watches    []*watch
	byKey      map[string]*watch
	bySeries   map[series.ID][]*watch
	parents    map[string][]*watch // composite alarms, by the key of an alarm in them
}

// read returns the present page. It reads definitions when one has changed.
func (b *book) read(ctx context.Context, db store.DB) (*page, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var fresh *page
	err := db.Read(ctx, func(tx store.Tx) (err error) {
		fresh, err = pageOf(tx, b.page)
		return err
	})
	if err == nil {
		b.page = fresh
	}
	return fresh, err
}

func pageOf(tx store.Tx, last *page) (*page, error) {
	p := &page{byKey: map[string]*watch{}, bySeries: map[series.ID][]*watch{}, parents: map[string][]*watch{}}
	g, err := generations.Get(tx, generations.Key(nil))
	if err != nil && !store.IsAbsent(err) {
		return nil, err
	}
	if g != nil {
		p.generation = g.Number
	}
	if last != nil && last.generation == p.generation {
		return last, nil
	}
	for a, err := range alarms.Each(tx, nil) {
		if err != nil {
			return nil, err
		}
		w, err := ready(a)
		if err != nil {
			return nil, err
		}
		p.add(w)
	}
	return p, nil
}

func (p *page) add(w *watch) {
	p.watches = append(p.watches, w)
	p.byKey[w.key] = w
	for _, id := range w.ids() {
		p.bySeries[id] = append(p.bySeries[id], w)
	}
	for _, child := range w.children {
		p.parents[child] = append(p.parents[child], w)
	}
}

// ids are the series that the alarm watches. One that reads what rules have counted is evaluated by the clock alone: whoever puts samples could have it read again and again.
func (w *watch) ids() []series.ID {
	switch {
	case w.insights:
		return nil
	case w.plan != nil:
		return w.plan.watched()
	case w.Metric != nil:
		return []series.ID{w.id}
	}
	return nil
}

// ready compiles a definition. What was accepted compiles.
func ready(a *Alarm) (*watch, error) {
	w := &watch{Alarm: a, key: string(a.key())}
	var err error
	switch {
	case a.Composite != nil:
		if w.rule, err = alarm.ParseRule(a.Composite.Rule); err != nil {
			return nil, err
		}
		for _, key := range a.children() {
			w.children = append(w.children, string(key))
		}
		return w, nil
	case len(a.Metric.Queries) > 0:
		if w.plan, err = newPlan(a.Account, a.Region, "Metrics", a.Metric.Queries); err != nil {
			return nil, err
		}
		w.insights = slices.ContainsFunc(w.plan.queries, func(q *query) bool { return q.expr != nil && q.expr.Calls("INSIGHT_RULE_METRIC") })
	default:
		w.id = a.series().ID()
		w.stat, err = metric.ParseStatistic(a.Metric.Statistic)
	}
	switch period := a.Metric.Period; {
	case period < 60:
		w.step = 10
	case period < 3600:
		w.step = 60
	default:
		w.step = 300
	}
	return w, err
}

// plainName is the name of an alarm that is given by name or by ARN.
func plainName(text string) string {
	if _, _, name, ok := parseAlarmARN(text); ok {
		return name
	}
	return text
}
