package cloudwatch

import (
	"slices"
	"time"

	api "vauban/api/cloudwatch"
	"vauban/engine/alarm"
	"vauban/service/cloudwatch/series"
	"vauban/store"
)

// Alarm is what an alarm is defined as. Its state is a document of its own, so that what evaluates alarms reads their definitions only when one has changed.
type Alarm struct {
	Account     string            `json:"account"`
	Region      string            `json:"region"`
	Name        string            `json:"name"`
	Description *string           `json:"description,omitempty"`
	Enabled     bool              `json:"enabled"` // actions are
	OK          []string          `json:"ok,omitempty"`
	Alarm       []string          `json:"alarm,omitempty"`
	NoData      []string          `json:"noData,omitempty"`
	Tags        map[string]string `json:"tags,omitempty"`
	Updated     time.Time         `json:"updated"`

	Metric    *MetricRule    `json:"metric,omitempty"` // of a metric alarm
	Composite *CompositeRule `json:"composite,omitempty"`
}

// MetricRule says when a metric alarm goes off.
type MetricRule struct {
	Namespace  string                `json:"namespace,omitempty"` // of one metric, else Queries
	Name       string                `json:"name,omitempty"`
	Dimensions []series.Dimension    `json:"dimensions,omitempty"`
	Statistic  string                `json:"statistic,omitempty"`
	Extended   bool                  `json:"extended,omitempty"` // Statistic was given as ExtendedStatistic
	Unit       string                `json:"unit,omitempty"`
	Period     int64                 `json:"period"` // also that of Queries, seconds
	Queries    []api.MetricDataQuery `json:"queries,omitempty"`

	Evaluate  int64          `json:"evaluate"`         // N
	Breaching int64          `json:"breach,omitempty"` // M; 0 means N, and was not given
	Threshold *float64       `json:"threshold,omitempty"`
	Band      string         `json:"band,omitempty"` // ID of the query that is the band
	Operator  alarm.Operator `json:"operator"`
	Treatment string         `json:"treatment,omitempty"`
	LowSample string         `json:"lowSample,omitempty"` // "evaluate", "ignore" or ""
}

// CompositeRule says when a composite alarm goes off.
type CompositeRule struct {
	Rule       string `json:"rule"`
	Suppressor string `json:"suppressor,omitempty"` // name or ARN of an alarm
	Wait       int64  `json:"wait,omitempty"`       // seconds
	Extension  int64  `json:"extension,omitempty"`
}

// State is the state of an alarm.
type State struct {
	Account      string      `json:"account"`
	Region       string      `json:"region"`
	Name         string      `json:"name"`
	Value        alarm.State `json:"value"`
	Reason       string      `json:"reason"`
	ReasonData   string      `json:"reasonData,omitempty"`
	Updated      time.Time   `json:"updated"`
	Transitioned time.Time   `json:"transitioned"`

	Suppression *Suppression `json:"suppression,omitempty"`
}

// History is something that happened to an alarm.
type History struct {
	Account string    `json:"account"`
	Region  string    `json:"region"`
	Name    string    `json:"name"`
	Kind    string    `json:"kind"` // "MetricAlarm"
	ID      string    `json:"id"`
	Order   int64     `json:"order"` // among those of one time, on one replica
	Time    time.Time `json:"time"`
	Item    string    `json:"item"` // "StateUpdate"
	Summary string    `json:"summary"`
	Data    string    `json:"data"`
}

// generation counts the changes of all definitions.
type generation struct {
	Number int64 `json:"number"`
}

// The tables. They are values that nothing changes.
var (
	alarms = &store.Table[Alarm]{
		Name: "cloudwatch.alarm", Key: (*Alarm).key,
		Refs: map[string]func(*Alarm) []store.Key{"series": (*Alarm).watched, "child": (*Alarm).children},
	}
	states    = &store.Table[State]{Name: "cloudwatch.state", Key: func(s *State) store.Key { return store.K(s.Account, s.Region, s.Name) }}
	histories = &store.Table[History]{
		Name: "cloudwatch.history", Key: func(h *History) store.Key { return store.K(h.Account, h.Region, -h.Time.UnixNano(), -h.Order, h.ID) }, // the newest first
		Refs: map[string]func(*History) []store.Key{"alarm": func(h *History) []store.Key { return []store.Key{store.K(h.Account, h.Region, h.Name)} }},
	}
	generations = &store.Table[generation]{Name: "cloudwatch.generation", Key: func(*generation) store.Key { return store.K("alarms") }}
)

func (a *Alarm) key() store.Key { return store.K(a.Account, a.Region, a.Name) }

// ARN names the alarm.
func (a *Alarm) ARN() string { return alarmARN(a.Account, a.Region, a.Name) }

// kind is the alarm's type as the API names it.
func (a *Alarm) kind() string {
	if a.Composite != nil {
		return api.AlarmTypeCompositeAlarm
	}
	return api.AlarmTypeMetricAlarm
}

// watched are the series of which a metric alarm of one metric tells.
func (a *Alarm) watched() []store.Key {
	if a.Metric == nil || a.Metric.Name == "" {
		return nil
	}
	id := a.series().ID()
	return []store.Key{store.K(id[:])}
}

// children are the alarms that a composite alarm depends on, its suppressor among them.
func (a *Alarm) children() (out []store.Key) {
	if a.Composite == nil {
		return nil
	}
	rule, err := alarm.ParseRule(a.Composite.Rule)
	if err != nil {
		return nil // was never accepted
	}
	names := rule.Names
	if a.Composite.Suppressor != "" {
		names = append(names, a.Composite.Suppressor)
	}
	for _, name := range names {
		key := store.K(a.Account, a.Region, plainName(name))
		if !slices.ContainsFunc(out, func(k store.Key) bool { return k.Compare(key) == 0 }) {
			out = append(out, key)
		}
	}
	return out
}

// series is the metric of an alarm of one.
func (a *Alarm) series() *series.Metric {
	return &series.Metric{Account: a.Account, Region: a.Region, Namespace: a.Metric.Namespace, Name: a.Metric.Name, Dimensions: a.Metric.Dimensions}
}

// threshold is M of N.
func (m *MetricRule) threshold() alarm.Threshold {
	t := alarm.Threshold{Evaluate: int(m.Evaluate), Alarm: int(m.Breaching), Treatment: alarm.Treatment(m.Treatment)}
	if t.Alarm == 0 {
		t.Alarm = t.Evaluate
	}
	if t.Treatment == "" {
		t.Treatment = alarm.Missing
	}
	return t
}

// count is how many alarms an account has in a region.
type count struct {
	Account string `json:"account"`
	Region  string `json:"region"`
	Alarms  int    `json:"alarms"`
}

var counts = &store.Table[count]{Name: "cloudwatch.count", Key: func(c *count) store.Key { return store.K(c.Account, c.Region) }}

// maxAlarms is how many alarms an account has in a region at most. User Guide: "CloudWatch service quotas".
const maxAlarms = 5000

// addAlarms adds to the count.
func addAlarms(tx store.Tx, account, region string, n int) error {
	c := &count{Account: account, Region: region}
	have, err := counts.Get(tx, counts.Key(c))
	if err != nil && !store.IsAbsent(err) {
		return err
	}
	if have != nil {
		c = have
	}
	if c.Alarms += n; n > 0 && c.Alarms > maxAlarms {
		return api.LimitExceededFault.New("The maximum number of alarms is reached: an account can have %d in a region.", maxAlarms)
	}
	return counts.Put(tx, c)
}

// changed says that a definition has.
func changed(tx store.Tx) error {
	g, err := generations.Get(tx, generations.Key(nil))
	if store.IsAbsent(err) {
		return generations.Insert(tx, &generation{Number: 1})
	}
	if err != nil {
		return err
	}
	g.Number++
	return generations.Update(tx, g)
}
