package s3

import (
	"slices"
	"strings"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
)

// metricsFilter is which requests a metrics configuration counts: those of all objects, or of those with the prefix and the tags. Amazon S3 User
// Guide: "Creating a metrics configuration that filters by prefix, object tag, or access point".
type metricsFilter struct {
	ID    string                    `json:"id"`
	Shown *api.MetricsConfiguration `json:"shown"` // as it was set

	Prefix string `json:"prefix,omitempty"`
	Tags   []tag  `json:"tags,omitempty"`
	All    bool   `json:"all,omitempty"` // there is no filter: requests about the bucket itself count too
}

const metricsKind namedKind[metricsFilter] = "metrics"

func (s *Service) metricsOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetBucketMetricsConfiguration, onBucket[api.GetBucketMetricsConfigurationInput](s, nil), s.getMetrics),
		service.Writes(api.OpPutBucketMetricsConfiguration, onBucket[api.PutBucketMetricsConfigurationInput](s, nil), s.putMetrics),
		service.Writes(api.OpDeleteBucketMetricsConfiguration, onBucket[api.DeleteBucketMetricsConfigurationInput](s, nil), s.deleteMetrics),
		service.Reads(api.OpListBucketMetricsConfigurations, onBucket[api.ListBucketMetricsConfigurationsInput](s, nil), s.listMetrics),
	}
}

func (s *Service) getMetrics(c *service.Call, in *api.GetBucketMetricsConfigurationInput) (*api.GetBucketMetricsConfigurationOutput, error) {
	b := foundIn(c).bucket
	m, err := metricsKind.in(c.Tx, b, *in.Id)
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, noConfiguration(b)
	}
	return &api.GetBucketMetricsConfigurationOutput{MetricsConfiguration: m.Shown}, nil
}

func (s *Service) putMetrics(c *service.Call, in *api.PutBucketMetricsConfigurationInput) (*api.PutBucketMetricsConfigurationOutput, error) {
	set := in.MetricsConfiguration
	if err := checkNamed(*in.Id, *set.Id); err != nil {
		return nil, err
	}
	m, err := metricsFrom(set)
	if err != nil {
		return nil, err
	}
	return &api.PutBucketMetricsConfigurationOutput{}, metricsKind.put(c.Tx, foundIn(c).bucket, m.ID, m)
}

func (s *Service) deleteMetrics(c *service.Call, in *api.DeleteBucketMetricsConfigurationInput) (*api.DeleteBucketMetricsConfigurationOutput, error) {
	return &api.DeleteBucketMetricsConfigurationOutput{}, metricsKind.drop(c.Tx, foundIn(c).bucket, *in.Id)
}

func (s *Service) listMetrics(c *service.Call, in *api.ListBucketMetricsConfigurationsInput) (*api.ListBucketMetricsConfigurationsOutput, error) {
	out := &api.ListBucketMetricsConfigurationsOutput{ContinuationToken: in.ContinuationToken}
	var err error
	out.NextContinuationToken, err = metricsKind.page(s, c, foundIn(c).bucket, in.ContinuationToken, func(m *metricsFilter) {
		out.MetricsConfigurationList = append(out.MetricsConfigurationList, *m.Shown)
	})
	out.IsTruncated = new(out.NextContinuationToken != nil)
	return out, err
}

func metricsFrom(set *api.MetricsConfiguration) (*metricsFilter, error) {
	m := &metricsFilter{ID: *set.Id, Shown: set}
	f := set.Filter
	if f == nil {
		m.All = true
		return m, nil
	}
	n := 0
	for _, there := range []bool{f.Prefix != nil, f.Tag != nil, f.And != nil, f.AccessPointArn != nil} {
		if there {
			n++
		}
	}
	switch {
	case f.AccessPointArn != nil || f.And != nil && f.And.AccessPointArn != nil:
		return nil, errNotImplemented.New("Access points are not built in this version of Vauban: nothing was set.")
	case n != 1:
		return nil, malformedXML()
	case f.Prefix != nil:
		m.Prefix = *f.Prefix
	case f.Tag != nil:
		m.Tags = []tag{{wire.Text(f.Tag.Key), wire.Text(f.Tag.Value)}}
	default:
		if f.And.Prefix == nil && len(f.And.Tags) < 2 || len(f.And.Tags) == 0 {
			return nil, malformedXML() // of one condition there is nothing to join
		}
		m.Prefix = wire.Text(f.And.Prefix)
		for _, t := range f.And.Tags {
			m.Tags = append(m.Tags, tag{wire.Text(t.Key), wire.Text(t.Value)})
		}
	}
	if len(m.Prefix) > maxKey {
		return nil, malformedXML()
	}
	_, err := checkedTags(slices.Clone(m.Tags))
	return m, err
}

// takes reports whether a request about the object counts. key is "" of requests about the bucket.
func (m *metricsFilter) takes(key string, tags []tag) bool {
	if m.All {
		return true
	}
	if key == "" || !strings.HasPrefix(key, m.Prefix) {
		return false
	}
	for _, t := range m.Tags {
		if !slices.Contains(tags, t) {
			return false
		}
	}
	return true
}
