package s3

import (
	"net/http"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
)

// accessLogging says where the log of the calls on a bucket goes.
type accessLogging struct {
	Target string  `json:"target"` // bucket
	Prefix string  `json:"prefix"`
	Form   logForm `json:"form"`
	Shown  bool    `json:"shown,omitempty"` // the form was given, not taken as the default
}

// logForm is how the keys of log objects are made.
type logForm string

const (
	simplePrefix   logForm = "simple"
	byEventTime    logForm = "event-time"
	byDeliveryTime logForm = "delivery-time"
)

const loggingKind kindOf[accessLogging] = "logging"

var (
	errNoLogTarget   = wire.Code("InvalidTargetBucketForLogging", http.StatusBadRequest)
	errCrossLocation = wire.Code("CrossLocationLoggingProhibitted", http.StatusForbidden)
)

func (s *Service) loggingOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetBucketLogging, onBucket[api.GetBucketLoggingInput](s, nil), s.getBucketLogging),
		service.Writes(api.OpPutBucketLogging, onBucket[api.PutBucketLoggingInput](s, nil), s.putBucketLogging),
	}
}

func (s *Service) getBucketLogging(c *service.Call, _ *api.GetBucketLoggingInput) (*api.GetBucketLoggingOutput, error) {
	l, err := loggingKind.in(c.Tx, foundIn(c).bucket)
	out := &api.GetBucketLoggingOutput{}
	if l != nil {
		out.LoggingEnabled = &api.LoggingEnabled{TargetBucket: &l.Target, TargetPrefix: &l.Prefix}
		if l.Shown {
			out.LoggingEnabled.TargetObjectKeyFormat = l.Form.shown()
		}
	}
	return out, err
}

func (f logForm) shown() *api.TargetObjectKeyFormat {
	switch f {
	case byEventTime:
		return &api.TargetObjectKeyFormat{PartitionedPrefix: &api.PartitionedPrefix{PartitionDateSource: new(api.PartitionDateSourceEventTime)}}
	case byDeliveryTime:
		return &api.TargetObjectKeyFormat{PartitionedPrefix: &api.PartitionedPrefix{PartitionDateSource: new(api.PartitionDateSourceDeliveryTime)}}
	}
	return &api.TargetObjectKeyFormat{SimplePrefix: &api.SimplePrefix{}}
}

// putBucketLogging sets or ends access logging. The target's policy must let logging.s3.amazonaws.com put objects; that is asked with every delivery.
func (s *Service) putBucketLogging(c *service.Call, in *api.PutBucketLoggingInput) (*api.PutBucketLoggingOutput, error) {
	b, e := foundIn(c).bucket, in.BucketLoggingStatus.LoggingEnabled
	if e == nil {
		return &api.PutBucketLoggingOutput{}, loggingKind.drop(c.Tx, b)
	}
	if len(e.TargetGrants) > 0 {
		return nil, aclNotSupported()
	}
	form, err := logFormFrom(e.TargetObjectKeyFormat)
	if err != nil {
		return nil, err
	}
	target, err := s.bucketOf(c, *e.TargetBucket)
	switch {
	case err != nil:
		return nil, errNoLogTarget.New("The target bucket for logging does not exist").With("TargetBucket", *e.TargetBucket).Because(err)
	case target.Account != b.Account:
		return nil, errNoLogTarget.New("The owner for the bucket to be logged and the target bucket must be the same.").With("TargetBucket", *e.TargetBucket)
	case target.Region != b.Region:
		return nil, errCrossLocation.New("Cross S3 location logging not allowed. ").With("TargetBucketLocation", target.Region)
	case target.ObjectLock:
		if r, err := lockKind.in(c.Tx, target); err != nil || r != nil {
			return nil, errNoLogTarget.New("The target bucket for logging must not have a default retention period.").With("TargetBucket", *e.TargetBucket).Because(err)
		}
	}
	return &api.PutBucketLoggingOutput{}, loggingKind.put(c.Tx, b, &accessLogging{
		Target: *e.TargetBucket, Prefix: *e.TargetPrefix, Form: form, Shown: e.TargetObjectKeyFormat != nil,
	})
}

func logFormFrom(f *api.TargetObjectKeyFormat) (logForm, error) {
	switch {
	case f == nil:
		return simplePrefix, nil
	case (f.SimplePrefix == nil) == (f.PartitionedPrefix == nil):
		return "", malformedXML()
	case f.SimplePrefix != nil:
		return simplePrefix, nil
	case wire.Text(f.PartitionedPrefix.PartitionDateSource) == api.PartitionDateSourceEventTime:
		return byEventTime, nil
	}
	return byDeliveryTime, nil
}
