package cloudwatch

import (
	"time"

	api "vauban/api/cloudwatch"
	"vauban/api/wire"
	"vauban/service"
	"vauban/service/cloudwatch/series"
)

// maxListed is a page of ListMetrics, and looked how many metrics one call looks at.
const (
	maxListed = 500
	looked    = 20_000
)

func (s *Service) listMetrics(c *service.Call, in *api.ListMetricsInput) (*api.ListMetricsOutput, error) {
	switch {
	case in.IncludeLinkedAccounts != nil && *in.IncludeLinkedAccounts:
		return nil, notBuilt("IncludeLinkedAccounts")
	case in.OwningAccount != nil && *in.OwningAccount != c.Account:
		return nil, notBuilt("OwningAccount")
	}
	after, err := afterOf(in.NextToken)
	if err != nil {
		return nil, err
	}
	since := c.Time.Add(-oldest)
	if wire.Text(in.RecentlyActive) != "" {
		since = c.Time.Add(-3 * time.Hour)
	}
	out, seen := &api.ListMetricsOutput{Metrics: []api.Metric{}}, 0
	next, err := s.series.List(c.Tx, c.Account, c.Region, wire.Text(in.Namespace), wire.Text(in.MetricName), after, func(x *series.Series) bool {
		if len(out.Metrics) == maxListed || seen == looked {
			return false
		}
		seen++
		named := in.MetricName == nil || *in.MetricName == x.Name
		if named && !x.Last.Before(since) && has(x, in.Dimensions) {
			out.Metrics = append(out.Metrics, api.Metric{Namespace: &x.Namespace, MetricName: &x.Name, Dimensions: shownDimensions(x.Dimensions)})
		}
		return true
	})
	out.NextToken = tokenOf(next)
	return out, err
}

// has reports whether the series has all the dimensions: of that value, or of any when the filter has none.
func has(x *series.Series, filters []api.DimensionFilter) bool {
	for _, f := range filters {
		found := false
		for _, d := range x.Dimensions {
			found = found || d.Name == wire.Text(f.Name) && (f.Value == nil || *f.Value == d.Value)
		}
		if !found {
			return false
		}
	}
	return true
}
