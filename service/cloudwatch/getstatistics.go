package cloudwatch

import (
	"maps"
	"slices"
	"time"

	api "vauban/api/cloudwatch"
	"vauban/api/wire"
	"vauban/engine/metric"
	"vauban/service"
	"vauban/service/cloudwatch/series"
)

// maxDatapoints is what GetMetricStatistics answers at most.
const maxDatapoints = 1440

func (s *Service) getMetricStatistics(c *service.Call, in *api.GetMetricStatisticsInput) (*api.GetMetricStatisticsOutput, error) {
	stats, err := askedStatistics(in)
	if err != nil {
		return nil, err
	}
	dims, err := dimensionsOf(in.Dimensions)
	if err != nil {
		return nil, err
	}
	if !in.StartTime.Before(*in.EndTime) {
		return nil, badValue("The parameter StartTime must be less than the parameter EndTime.")
	}
	if err := checkPeriod(*in.Period); err != nil {
		return nil, err
	}
	start, end := roundedStart(*in.StartTime, *in.Period, c.Time), in.EndTime.Unix()
	if n := (end - start) / *in.Period; n > maxDatapoints {
		return nil, badCombination("You have requested up to %d datapoints, which exceeds the limit of %d. You may reduce the datapoints requested by increasing Period, or decreasing the time range.", n, maxDatapoints)
	}
	m := series.Metric{Account: c.Account, Region: c.Region, Namespace: *in.Namespace, Name: *in.MetricName, Dimensions: dims}
	out := &api.GetMetricStatisticsOutput{Label: in.MetricName, Datapoints: []api.Datapoint{}}
	units, err := s.series.ReadUnits(c.Tx, m.ID(), series.Query{Unit: wire.Text(in.Unit), Period: *in.Period, Start: start, End: end}, c.Time)
	for _, unit := range slices.Sorted(maps.Keys(units)) {
		out.Datapoints = append(out.Datapoints, datapoints(units[unit], unit, stats)...)
	}
	return out, err
}

// datapoints are the statistics of the bins. Samples of different units make datapoints of their own.
func datapoints(bins []series.Bin, unit string, stats []metric.Statistic) []api.Datapoint {
	var out []api.Datapoint
	for i := range bins {
		d := api.Datapoint{Timestamp: new(time.Unix(bins[i].Start, 0).UTC()), Unit: &unit}
		for _, stat := range stats {
			if v, ok := stat.Of(&bins[i].Bucket); ok {
				show(&d, stat.String(), v)
			}
		}
		out = append(out, d)
	}
	return out
}

// show sets the member of a statistic.
func show(d *api.Datapoint, stat string, v float64) {
	switch stat {
	case "Average":
		d.Average = &v
	case "Sum":
		d.Sum = &v
	case "Minimum":
		d.Minimum = &v
	case "Maximum":
		d.Maximum = &v
	case "SampleCount":
		d.SampleCount = &v
	default:
		if d.ExtendedStatistics == nil {
			d.ExtendedStatistics = map[string]float64{}
		}
		d.ExtendedStatistics[stat] = v
	}
}

func askedStatistics(in *api.GetMetricStatisticsInput) ([]metric.Statistic, error) {
	if len(in.Statistics)+len(in.ExtendedStatistics) == 0 {
		return nil, missing("At least one of the parameters Statistics and ExtendedStatistics must be specified.")
	}
	var out []metric.Statistic
	for _, text := range append(append([]string{}, in.Statistics...), in.ExtendedStatistics...) {
		stat, err := metric.ParseStatistic(text)
		if err != nil {
			return nil, badStatistic(text)
		}
		out = append(out, stat)
	}
	return out, nil
}

func badStatistic(text string) *wire.Error {
	return badValue("The statistic %s is not supported. Supported are SampleCount, Average, Sum, Minimum, Maximum, IQM, p, tm, wm, tc and ts with a percentage, and TM, WM, TC, TS and PR with a range.", bounded(text))
}

// checkPeriod: a period is a multiple of a minute, or one of the short ones.
func checkPeriod(period int64) error {
	switch {
	case period == 1, period == 5, period == 10, period == 20, period == 30, period > 0 && period%60 == 0 && period <= 30*86400:
		return nil
	}
	return badValue("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
}

// roundedStart is where the first period begins. API reference: "GetMetricStatistics", StartTime.
func roundedStart(start time.Time, period int64, now time.Time) int64 {
	to := int64(60)
	switch age := now.Sub(start); {
	case age > 63*24*time.Hour:
		to = 3600
	case age > 15*24*time.Hour:
		to = 300
	case period < 60:
		to = period
	}
	t := start.Unix()
	return t - ((t%to)+to)%to
}
