package s3

import (
	"net/http"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

const lockKind kindOf[retentionRule] = "object-lock"

const (
	mostLockDays  = 36_500
	mostLockYears = 100
)

var errNoLockConfiguration = wire.Code("ObjectLockConfigurationNotFoundError", http.StatusNotFound)

func (s *Service) lockOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetObjectLockConfiguration, onBucket[api.GetObjectLockConfigurationInput](s, nil), s.getObjectLockConfiguration),
		service.Writes(api.OpPutObjectLockConfiguration, onBucket[api.PutObjectLockConfigurationInput](s, nil), s.putObjectLockConfiguration),
	}
}

func (s *Service) getObjectLockConfiguration(c *service.Call, _ *api.GetObjectLockConfigurationInput) (*api.GetObjectLockConfigurationOutput, error) {
	b := foundIn(c).bucket
	if !b.ObjectLock {
		return nil, errNoLockConfiguration.New("Object Lock configuration does not exist for this bucket").With("BucketName", b.Name)
	}
	out := &api.ObjectLockConfiguration{ObjectLockEnabled: new(api.ObjectLockEnabledEnabled)}
	r, err := lockKind.in(c.Tx, b)
	if r != nil {
		d := &api.DefaultRetention{Mode: &r.Mode}
		if r.Years > 0 {
			d.Years = new(int64(r.Years))
		} else {
			d.Days = new(int64(r.Days))
		}
		out.Rule = &api.ObjectLockRule{DefaultRetention: d}
	}
	return &api.GetObjectLockConfigurationOutput{ObjectLockConfiguration: out}, err
}

// putObjectLockConfiguration turns Object Lock on for good, for an existing bucket as well, and replaces the default retention.
func (s *Service) putObjectLockConfiguration(c *service.Call, in *api.PutObjectLockConfigurationInput) (*api.PutObjectLockConfigurationOutput, error) {
	b, l := foundIn(c).bucket, in.ObjectLockConfiguration
	if l == nil || wire.Text(l.ObjectLockEnabled) != api.ObjectLockEnabledEnabled {
		return nil, malformedXML()
	}
	rule, err := retentionFrom(l.Rule)
	if err != nil {
		return nil, err
	}
	if versioningOf(b) != api.BucketVersioningStatusEnabled {
		return nil, errInvalidBucketState.New("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
	}
	if !b.ObjectLock {
		b.ObjectLock = true
		if err := buckets.Update(c.Tx, b); err != nil {
			return nil, err
		}
	}
	if rule == nil {
		return &api.PutObjectLockConfigurationOutput{}, lockKind.drop(c.Tx, b)
	}
	return &api.PutObjectLockConfigurationOutput{}, lockKind.put(c.Tx, b, rule)
}

func retentionFrom(r *api.ObjectLockRule) (*retentionRule, error) {
	if r == nil {
		return nil, nil
	}
	d := r.DefaultRetention
	if d == nil || d.Mode == nil || (d.Days == nil) == (d.Years == nil) {
		return nil, malformedXML()
	}
	out := &retentionRule{Mode: *d.Mode}
	n, most := d.Days, int64(mostLockDays)
	if n == nil {
		n, most = d.Years, mostLockYears
	}
	switch {
	case *n < 1:
		return nil, faultOf("InvalidArgument", "Default retention period must be a positive integer value.")
	case *n > most:
		return nil, faultOf("InvalidArgument", "Default retention period is too large.")
	case d.Days != nil:
		out.Days = int(*n)
	default:
		out.Years = int(*n)
	}
	return out, nil
}

// lockDefault is the retention that new versions get in the bucket, nil when there is none.
func (s *Service) lockDefault(tx store.Tx, b *Bucket) (*retentionRule, error) {
	if !b.ObjectLock {
		return nil, nil
	}
	return lockKind.in(tx, b)
}
