package logs

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	api "vauban/api/logs"
	"vauban/engine/loganomaly"
	"vauban/engine/logpattern"
	"vauban/service"
	"vauban/store"
)

// Anomaly is something unusual that a detector has found. What it shows of events is sealed.
type Anomaly struct {
	Detector string // ID
	ID       string

	PatternID string
	Kind      string
	Priority  string
	First     int64 // milliseconds
	Last      int64
	Histogram map[string]int64 // beginnings of periods, in milliseconds, and events in them
	Baseline  bool             `json:",omitempty"`

	Suppressed   bool      `json:",omitempty"`
	ByPattern    bool      `json:",omitempty"` // the whole pattern is suppressed
	SuppressedAt time.Time `json:",omitzero"`
	Until        time.Time `json:",omitzero"` // of the suppression; zero is for ever

	Sealed []byte
}

var anomalies = &store.Table[Anomaly]{
	Name: "logs.anomaly",
	Key:  func(a *Anomaly) store.Key { return store.K(a.Detector, a.ID) },
}

// evidence is what an anomaly shows of events.
type evidence struct {
	Pattern     logpattern.Pattern
	Description string
	Token       int `json:",omitempty"` // that has a new value
}

const (
	anomalyTable   = "logs.anomaly"
	maxAnomalies   = 1000 // of a detector: the oldest go first
	maxHistogram   = 200
	anomaliesShown = 50
	stillActive    = time.Hour // since it was last seen
)

// suppressed reports whether new occurrences are not reported.
func (a *Anomaly) suppressed(now time.Time) bool {
	return a.Suppressed && (a.Until.IsZero() || now.Before(a.Until))
}

// note adds what a period has.
func (a *Anomaly) note(f *loganomaly.Finding, start, end int64) {
	if a.Histogram == nil {
		a.Histogram = map[string]int64{}
	}
	a.Histogram[strconv.FormatInt(start, 10)] += f.Count
	if len(a.Histogram) > maxHistogram {
		delete(a.Histogram, slices.Min(slices.Collect(maps.Keys(a.Histogram))))
	}
	a.Last, a.Priority = end, f.Priority()
}

func (s *Service) sealEvidence(a *Anomaly, f *loganomaly.Finding) error {
	raw, err := json.Marshal(evidence{f.Pattern, f.Description(), f.Position})
	if err == nil {
		a.Sealed, err = s.Seal.Seal(anomalyTable, store.K(a.Detector, a.ID), raw)
	}
	return err
}

func (s *Service) listAnomalies(c *service.Call, in *api.ListAnomaliesInput) (*api.ListAnomaliesOutput, error) {
	var of []*Detector
	if in.AnomalyDetectorArn != nil {
		d, err := watcher(c)
		if err != nil {
			return nil, err
		}
		of = []*Detector{d}
	} else {
		list, err := anomalyDetectors.List(c.Tx, store.K(c.Account, c.Region), nil, 0)
		if err != nil {
			return nil, err
		}
		of = list.Items
	}
	p, err := s.pageOf(c, "anomalies", in.Limit, anomaliesShown, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.ListAnomaliesOutput{Anomalies: []api.Anomaly{}}
	var last store.Key
	for _, d := range of {
		for a, err := range anomalies.Each(c.Tx, store.K(d.ID)) {
			if err != nil {
				return nil, err
			}
			key := store.K(d.ID, a.ID)
			if p.After != nil && string(key) <= string(p.After) {
				continue
			}
			if in.SuppressionState != nil && (*in.SuppressionState == api.SuppressionStateSuppressed) != a.suppressed(c.Time) {
				continue
			}
			if len(out.Anomalies) == p.Limit {
				out.NextToken, err = p.Token(last)
				return out, err
			}
			one, err := s.anomalyShown(c, d, a)
			if err != nil {
				return nil, err
			}
			out.Anomalies, last = append(out.Anomalies, *one), key
		}
	}
	return out, nil
}

func (s *Service) anomalyShown(c *service.Call, d *Detector, a *Anomaly) (*api.Anomaly, error) {
	raw, err := s.Seal.Open(anomalyTable, store.K(a.Detector, a.ID), a.Sealed)
	if err != nil {
		return nil, fmt.Errorf("anomaly %s: %w", a.ID, err)
	}
	var e evidence
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, fmt.Errorf("anomaly %s: %w", a.ID, err)
	}
	state, hidden := api.StateActive, a.suppressed(c.Time)
	switch {
	case a.Baseline:
		state = api.StateBaseline
	case hidden:
		state = api.StateSuppressed
	}
	out := &api.Anomaly{
		AnomalyId: &a.ID, PatternId: &a.PatternID, AnomalyDetectorArn: new(d.arn()), PatternString: new(e.Pattern.String()), Priority: &a.Priority, FirstSeen: &a.First, LastSeen: &a.Last,
		Description: &e.Description, Active: new(!a.Baseline && c.Time.Sub(time.UnixMilli(a.Last)) < stillActive), State: &state, Histogram: a.Histogram, LogSamples: []api.LogEvent{},
		PatternTokens: tokensShown(&e.Pattern), LogGroupArnList: []string{groupARN(d.Account, d.Region, d.Group)}, Suppressed: &hidden, IsPatternLevelSuppression: new(hidden && a.ByPattern),
	}
	for _, m := range e.Pattern.Samples {
		out.LogSamples = append(out.LogSamples, api.LogEvent{Message: &m, Timestamp: &a.First})
	}
	if hidden {
		out.SuppressedDate = new(a.SuppressedAt.UnixMilli())
		if !a.Until.IsZero() {
			out.SuppressedUntil = new(a.Until.UnixMilli())
		}
	}
	return out, nil
}

func tokensShown(p *logpattern.Pattern) []api.PatternToken {
	out := []api.PatternToken{}
	n := 0
	for i := range p.Tokens {
		t := &p.Tokens[i]
		if t.Kind == "" {
			out = append(out, api.PatternToken{IsDynamic: new(false), TokenString: &t.Text, DynamicTokenPosition: new(int64(0))})
			continue
		}
		n++
		counts := map[string]int64{}
		if n <= len(p.Values) {
			for v, c := range p.Values[n-1] {
				counts[v] = int64(c)
			}
		}
		out = append(out, api.PatternToken{
			IsDynamic: new(true), DynamicTokenPosition: new(int64(n)), TokenString: new("<" + t.Kind + "-" + strconv.Itoa(n) + ">"), InferredTokenName: &t.Kind, Enumerations: counts,
		})
	}
	return out
}

// updateAnomaly suppresses an anomaly or all of a pattern, ends that, or makes the anomaly part of what is usual. API reference: "UpdateAnomaly".
func (s *Service) updateAnomaly(c *service.Call, in *api.UpdateAnomalyInput) (*api.UpdateAnomalyOutput, error) {
	d, err := watcher(c)
	if err != nil {
		return nil, err
	}
	if (in.AnomalyId == nil) == (in.PatternId == nil) {
		return nil, invalid("Specify either anomalyId or patternId.")
	}
	until, err := suppressionEnd(c.Time, in)
	if err != nil {
		return nil, err
	}
	found := 0
	for a, err := range anomalies.Each(c.Tx, store.K(d.ID)) {
		if err != nil {
			return nil, err
		}
		if in.AnomalyId != nil && a.ID != *in.AnomalyId || in.PatternId != nil && a.PatternID != *in.PatternId {
			continue
		}
		found++
		if in.Baseline != nil {
			a.Baseline = *in.Baseline
		}
		a.Suppressed, a.ByPattern, a.SuppressedAt, a.Until = in.SuppressionType != nil, in.PatternId != nil, c.Time, until
		if err := anomalies.Update(c.Tx, a); err != nil {
			return nil, err
		}
	}
	if found == 0 {
		return nil, api.ResourceNotFoundException.New("The specified anomaly or pattern does not exist.")
	}
	return &api.UpdateAnomalyOutput{}, nil
}

var suppressionUnits = map[string]time.Duration{
	api.SuppressionUnitSeconds: time.Second, api.SuppressionUnitMinutes: time.Minute, api.SuppressionUnitHours: time.Hour,
}

func suppressionEnd(now time.Time, in *api.UpdateAnomalyInput) (time.Time, error) {
	if in.SuppressionType == nil || *in.SuppressionType == api.SuppressionTypeInfinite {
		return time.Time{}, nil
	}
	p := in.SuppressionPeriod
	if p == nil || p.Value == nil || p.SuppressionUnit == nil || *p.Value < 1 || *p.Value > 1e6 {
		return time.Time{}, invalid("A LIMITED suppression must have a suppressionPeriod with a value and a unit.")
	}
	return now.Add(time.Duration(*p.Value) * suppressionUnits[*p.SuppressionUnit]), nil
}
