package s3

import (
	"errors"
	"net/http"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/engine/lifecycle"
	"vauban/service"
)

// lifecycleRules are those of a bucket.
type lifecycleRules struct {
	Rules   []lifecycle.Rule `json:"rules"`
	Minimum string           `json:"minimum"` // TransitionDefaultMinimumObjectSize, which only transitions heed
}

const lifecycleKind kindOf[lifecycleRules] = "lifecycle"

var errNoLifecycle = wire.Code("NoSuchLifecycleConfiguration", http.StatusNotFound)

func (s *Service) lifecycleOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetBucketLifecycleConfiguration, onBucket[api.GetBucketLifecycleConfigurationInput](s, nil), s.getBucketLifecycle),
		service.Writes(api.OpPutBucketLifecycleConfiguration, onBucket[api.PutBucketLifecycleConfigurationInput](s, nil), s.putBucketLifecycle),
		service.Writes(api.OpDeleteBucketLifecycle, onBucket[api.DeleteBucketLifecycleInput](s, nil), s.deleteBucketLifecycle),
	}
}

func (s *Service) getBucketLifecycle(c *service.Call, _ *api.GetBucketLifecycleConfigurationInput) (*api.GetBucketLifecycleConfigurationOutput, error) {
	b := foundIn(c).bucket
	l, err := lifecycleKind.in(c.Tx, b)
	if err != nil {
		return nil, err
	}
	if l == nil {
		return nil, errNoLifecycle.New("The lifecycle configuration does not exist").With("BucketName", b.Name)
	}
	out := &api.GetBucketLifecycleConfigurationOutput{Rules: make([]api.LifecycleRule, len(l.Rules)), TransitionDefaultMinimumObjectSize: &l.Minimum}
	for i := range l.Rules {
		out.Rules[i] = shownRule(&l.Rules[i])
	}
	return out, nil
}

func (s *Service) putBucketLifecycle(c *service.Call, in *api.PutBucketLifecycleConfigurationInput) (*api.PutBucketLifecycleConfigurationOutput, error) {
	if in.LifecycleConfiguration == nil {
		return nil, malformedXML()
	}
	if foundIn(c).bucket.MFADelete {
		return nil, errInvalidBucketState.New("Lifecycle configuration is not allowed on a bucket with MFA delete: rules delete without MFA.")
	}
	l := &lifecycleRules{Minimum: api.TransitionDefaultMinimumObjectSizeAllStorageClasses128K}
	if m := in.TransitionDefaultMinimumObjectSize; m != nil {
		l.Minimum = *m
	}
	for i := range in.LifecycleConfiguration.Rules {
		r, err := ruleFrom(&in.LifecycleConfiguration.Rules[i])
		if err != nil {
			return nil, err
		}
		l.Rules = append(l.Rules, *r)
	}
	err := lifecycle.Check(l.Rules)
	var f *lifecycle.Fault
	if errors.As(err, &f) {
		return nil, faultOf(f.Code, f.Message)
	}
	if err != nil {
		return nil, err
	}
	for i := range l.Rules {
		if l.Rules[i].ID == "" {
			if l.Rules[i].ID, err = s.newID(); err != nil {
				return nil, err
			}
		}
	}
	out := &api.PutBucketLifecycleConfigurationOutput{TransitionDefaultMinimumObjectSize: &l.Minimum}
	return out, lifecycleKind.put(c.Tx, foundIn(c).bucket, l)
}

func (s *Service) deleteBucketLifecycle(c *service.Call, _ *api.DeleteBucketLifecycleInput) (*api.DeleteBucketLifecycleOutput, error) {
	return &api.DeleteBucketLifecycleOutput{}, lifecycleKind.drop(c.Tx, foundIn(c).bucket)
}

// ruleFrom reads a rule. What moves objects to another storage class is refused: all bytes are kept alike.
func ruleFrom(r *api.LifecycleRule) (*lifecycle.Rule, error) {
	if len(r.Transitions) > 0 || len(r.NoncurrentVersionTransitions) > 0 {
		return nil, errNotImplemented.New("Lifecycle transitions are not built in this version of Vauban: storage classes are only labels here. Use expiration actions.")
	}
	out := &lifecycle.Rule{ID: wire.Text(r.ID), Enabled: *r.Status == api.ExpirationStatusEnabled}
	if err := filterFrom(&out.Filter, r); err != nil {
		return nil, err
	}
	if e := r.Expiration; e != nil {
		out.Expiration = &lifecycle.Expiration{Days: e.Days, Date: e.Date, DeleteMarker: e.ExpiredObjectDeleteMarker}
	}
	if n := r.NoncurrentVersionExpiration; n != nil {
		out.Noncurrent = &lifecycle.Noncurrent{Days: n.NoncurrentDays, Newer: n.NewerNoncurrentVersions}
	}
	if a := r.AbortIncompleteMultipartUpload; a != nil {
		if a.DaysAfterInitiation == nil {
			return nil, malformedXML()
		}
		out.AbortDays = a.DaysAfterInitiation
	}
	return out, nil
}

func filterFrom(out *lifecycle.Filter, r *api.LifecycleRule) error {
	f := r.Filter
	switch {
	case (f == nil) == (r.Prefix == nil):
		return malformedXML()
	case f == nil:
		out.Form, out.Prefix = lifecycle.OldPrefix, r.Prefix
		return nil
	}
	out.Form, out.Prefix, out.Greater, out.Less = lifecycle.Single, f.Prefix, f.ObjectSizeGreaterThan, f.ObjectSizeLessThan
	var tags []api.Tag
	if f.Tag != nil {
		tags = []api.Tag{*f.Tag}
	}
	if a := f.And; a != nil {
		if f.Prefix != nil || f.Tag != nil || f.ObjectSizeGreaterThan != nil || f.ObjectSizeLessThan != nil {
			return malformedXML()
		}
		out.Form, out.Prefix, out.Greater, out.Less, tags = lifecycle.And, a.Prefix, a.ObjectSizeGreaterThan, a.ObjectSizeLessThan, a.Tags
	}
	for _, t := range tags {
		if out.Tags == nil {
			out.Tags = map[string]string{}
		}
		if _, twice := out.Tags[wire.Text(t.Key)]; twice {
			return api.InvalidRequest.New("Duplicate Tag Keys are not allowed.")
		}
		out.Tags[wire.Text(t.Key)] = wire.Text(t.Value)
	}
	return nil
}
