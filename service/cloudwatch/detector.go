package cloudwatch

import (
	"slices"
	"time"

	api "vauban/api/cloudwatch"
	"vauban/api/wire"
	"vauban/service"
	"vauban/service/cloudwatch/series"
	"vauban/store"
)

// Detector says how the model of a metric is trained. A band needs none: without one, all two weeks count, in UTC.
type Detector struct {
	Metric   series.Metric `json:"metric"`
	Stat     string        `json:"stat"`
	Excluded []span        `json:"excluded,omitempty"`
	Zone     string        `json:"zone,omitempty"`
	Put      time.Time     `json:"put,omitzero"`
	Trained  time.Time     `json:"trained,omitzero"` // zero until it was, as it is now
	Points   int           `json:"points,omitempty"` // that it was trained on
}

type span struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

var detectors = &store.Table[Detector]{Name: "cloudwatch.detector", Key: func(d *Detector) store.Key { return detectorKey(&d.Metric, d.Stat) }}

func detectorKey(m *series.Metric, stat string) store.Key {
	id := m.ID()
	return store.K(m.Account, m.Region, m.Namespace, m.Name, id[:], stat)
}

// zone is where the hours of the week are counted. A detector that is nil has none of its own.
func (d *Detector) zone() *time.Location {
	if d != nil && d.Zone != "" {
		if zone, err := time.LoadLocation(d.Zone); err == nil {
			return zone
		}
	}
	return time.UTC
}

func (d *Detector) excludes(t int64) bool {
	return d != nil && slices.ContainsFunc(d.Excluded, func(x span) bool { return t >= x.Start.Unix() && t < x.End.Unix() })
}

func (s *Service) detectorOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPutAnomalyDetector, onAny[api.PutAnomalyDetectorInput], s.putDetector),
		service.Writes(api.OpDeleteAnomalyDetector, onAny[api.DeleteAnomalyDetectorInput], s.deleteDetector),
		service.Reads(api.OpDescribeAnomalyDetectors, onAny[api.DescribeAnomalyDetectorsInput], s.describeDetectors),
	}
}

// detectorOf is the metric that a detector is of. The parameters stand in two places.
func detectorOf(c *service.Call, one *api.SingleMetricAnomalyDetector, namespace, name, stat *string, dims []api.Dimension, math *api.MetricMathAnomalyDetector) (*Detector, error) {
	if math != nil {
		return nil, notBuilt("MetricMathAnomalyDetector")
	}
	if one != nil {
		if namespace != nil || name != nil || stat != nil || len(dims) > 0 {
			return nil, badCombination("SingleMetricAnomalyDetector cannot be used together with Namespace, MetricName, Dimensions or Stat.")
		}
		if one.AccountId != nil && *one.AccountId != c.Account {
			return nil, notBuilt("AccountId of another account")
		}
		namespace, name, stat, dims = one.Namespace, one.MetricName, one.Stat, one.Dimensions
	}
	if namespace == nil || name == nil || stat == nil {
		return nil, missing("A detector must have a Namespace, a MetricName and a Stat.")
	}
	if _, err := parseStatistic(*stat); err != nil {
		return nil, err
	}
	read, err := dimensionsOf(dims)
	return &Detector{Metric: series.Metric{Account: c.Account, Region: c.Region, Namespace: *namespace, Name: *name, Dimensions: read}, Stat: *stat}, err
}

// maxExcluded bounds the ranges, which training compares every point with.
const maxExcluded = 100

func (s *Service) putDetector(c *service.Call, in *api.PutAnomalyDetectorInput) (*api.PutAnomalyDetectorOutput, error) {
	d, err := detectorOf(c, in.SingleMetricAnomalyDetector, in.Namespace, in.MetricName, in.Stat, in.Dimensions, in.MetricMathAnomalyDetector)
	if err != nil {
		return nil, err
	}
	if m := in.MetricCharacteristics; m != nil && m.PeriodicSpikes != nil && *m.PeriodicSpikes {
		return nil, notBuilt("MetricCharacteristics.PeriodicSpikes")
	}
	if f := in.Configuration; f != nil {
		if len(f.ExcludedTimeRanges) > maxExcluded {
			return nil, badValue("A detector can have %d excluded time ranges at most.", maxExcluded)
		}
		for _, r := range f.ExcludedTimeRanges {
			if !r.StartTime.Before(*r.EndTime) {
				return nil, badValue("The StartTime of an excluded time range must be before its EndTime.")
			}
			d.Excluded = append(d.Excluded, span{*r.StartTime, *r.EndTime})
		}
		if d.Zone = wire.Text(f.MetricTimezone); d.Zone != "" {
			if _, err := time.LoadLocation(d.Zone); err != nil {
				return nil, badValue("%s is not a time zone that this server knows.", bounded(d.Zone))
			}
		}
	}
	if err := roomForDetector(c, d); err != nil {
		return nil, err
	}
	d.Put = c.Time
	s.bands.forget(&d.Metric)
	return &api.PutAnomalyDetectorOutput{}, detectors.Put(c.Tx, d)
}

// maxDetectors bounds what is trained for an account in a region.
const maxDetectors = 1000

func roomForDetector(c *service.Call, d *Detector) error {
	has, err := detectors.Has(c.Tx, detectors.Key(d))
	if err != nil || has {
		return err
	}
	count, err := detectors.Count(c.Tx, store.K(c.Account, c.Region), maxDetectors)
	if err == nil && count >= maxDetectors {
		return api.LimitExceededException.New("An account can have %d anomaly detectors in a region.", maxDetectors)
	}
	return err
}

func (s *Service) deleteDetector(c *service.Call, in *api.DeleteAnomalyDetectorInput) (*api.DeleteAnomalyDetectorOutput, error) {
	if in.AnomalyDetectorId != nil {
		return nil, notBuilt("AnomalyDetectorId")
	}
	d, err := detectorOf(c, in.SingleMetricAnomalyDetector, in.Namespace, in.MetricName, in.Stat, in.Dimensions, in.MetricMathAnomalyDetector)
	if err != nil {
		return nil, err
	}
	err = detectors.Delete(c.Tx, detectors.Key(d))
	if store.IsAbsent(err) {
		return nil, api.ResourceNotFoundException.New("The anomaly detector does not exist.")
	}
	s.bands.forget(&d.Metric)
	return &api.DeleteAnomalyDetectorOutput{}, err
}

// describeDetectors lists detectors with what came of their last training. It trains none.
func (s *Service) describeDetectors(c *service.Call, in *api.DescribeAnomalyDetectorsInput) (*api.DescribeAnomalyDetectorsOutput, error) {
	after, err := afterOf(in.NextToken)
	if err != nil {
		return nil, err
	}
	if len(in.AnomalyDetectorIds) > 0 {
		return nil, notBuilt("AnomalyDetectorIds")
	}
	out := &api.DescribeAnomalyDetectorsOutput{AnomalyDetectors: []api.AnomalyDetector{}}
	if len(in.AnomalyDetectorTypes) > 0 && !slices.Contains(in.AnomalyDetectorTypes, api.AnomalyDetectorTypeSingleMetric) {
		return out, nil
	}
	dims, err := dimensionsOf(in.Dimensions)
	if err != nil {
		return nil, err
	}
	var list []*Detector
	most := limitOf(in.MaxResults, 25)
	next, err := store.Visit(c.Tx, detectors, store.K(c.Account, c.Region), after, func(d *Detector) bool {
		if len(list) == most {
			return false
		}
		if (in.Namespace == nil || *in.Namespace == d.Metric.Namespace) && (in.MetricName == nil || *in.MetricName == d.Metric.Name) &&
			!slices.ContainsFunc(dims, func(x series.Dimension) bool { return !slices.Contains(d.Metric.Dimensions, x) }) {
			list = append(list, d)
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	for _, d := range list {
		out.AnomalyDetectors = append(out.AnomalyDetectors, *d.shown())
	}
	out.NextToken = tokenOf(next)
	return out, nil
}

func (d *Detector) shown() *api.AnomalyDetector {
	state := d.state()
	dims := shownDimensions(d.Metric.Dimensions)
	out := &api.AnomalyDetector{
		Namespace: &d.Metric.Namespace, MetricName: &d.Metric.Name, Dimensions: dims, Stat: &d.Stat, StateValue: &state,
		SingleMetricAnomalyDetector: &api.SingleMetricAnomalyDetector{AccountId: &d.Metric.Account, Namespace: &d.Metric.Namespace, MetricName: &d.Metric.Name, Dimensions: dims, Stat: &d.Stat},
	}
	if d.Zone != "" || len(d.Excluded) > 0 {
		out.Configuration = &api.AnomalyDetectorConfiguration{MetricTimezone: wire.Optional(d.Zone)}
		for _, x := range d.Excluded {
			out.Configuration.ExcludedTimeRanges = append(out.Configuration.ExcludedTimeRanges, api.Range{StartTime: &x.Start, EndTime: &x.End})
		}
	}
	return out
}
