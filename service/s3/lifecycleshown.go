package s3

import (
	"maps"
	"slices"

	api "vauban/api/s3"
	"vauban/engine/lifecycle"
)

// shownRule is a rule in the form in which it was written.
func shownRule(r *lifecycle.Rule) api.LifecycleRule {
	out := api.LifecycleRule{ID: &r.ID, Status: new(api.ExpirationStatusDisabled)}
	if r.Enabled {
		out.Status = new(api.ExpirationStatusEnabled)
	}
	if r.Filter.Form == lifecycle.OldPrefix {
		out.Prefix = r.Filter.Prefix
	} else {
		out.Filter = shownFilter(&r.Filter)
	}
	if e := r.Expiration; e != nil {
		out.Expiration = &api.LifecycleExpiration{Days: e.Days, Date: e.Date, ExpiredObjectDeleteMarker: e.DeleteMarker}
	}
	if n := r.Noncurrent; n != nil {
		out.NoncurrentVersionExpiration = &api.NoncurrentVersionExpiration{NoncurrentDays: n.Days, NewerNoncurrentVersions: n.Newer}
	}
	if r.AbortDays != nil {
		out.AbortIncompleteMultipartUpload = &api.AbortIncompleteMultipartUpload{DaysAfterInitiation: r.AbortDays}
	}
	return out
}

func shownFilter(f *lifecycle.Filter) *api.LifecycleRuleFilter {
	var tags []api.Tag
	for _, k := range slices.Sorted(maps.Keys(f.Tags)) {
		tags = append(tags, api.Tag{Key: &k, Value: new(f.Tags[k])})
	}
	if f.Form == lifecycle.And {
		return &api.LifecycleRuleFilter{And: &api.LifecycleRuleAndOperator{
			Prefix: f.Prefix, Tags: tags, ObjectSizeGreaterThan: f.Greater, ObjectSizeLessThan: f.Less,
		}}
	}
	out := &api.LifecycleRuleFilter{Prefix: f.Prefix, ObjectSizeGreaterThan: f.Greater, ObjectSizeLessThan: f.Less}
	if len(tags) > 0 {
		out.Tag = &tags[0]
	}
	return out
}
