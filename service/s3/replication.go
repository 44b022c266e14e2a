package s3

import (
	"slices"
	"strings"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/store"
)

// replication is a bucket's: the role that reads from it and writes to others, and the rules, the highest priority first. replicate.go acts on it.
// Amazon S3 User Guide: "Replicating objects within and across Regions".
type replication struct {
	Role  string                `json:"role"`
	Rules []api.ReplicationRule `json:"rules"` // as they were set
}

const replicationKind kindOf[replication] = "replication"

const maxReplicationRules = 1000

func (s *Service) replicationOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetBucketReplication, onBucket[api.GetBucketReplicationInput](s, nil), s.getBucketReplication),
		service.Writes(api.OpPutBucketReplication, s.onReplication(), s.putBucketReplication),
		service.Writes(api.OpDeleteBucketReplication, onBucket[api.DeleteBucketReplicationInput](s, nil), s.deleteBucketReplication),
	}
}

// onReplication asks beside the operation whether the caller may hand the role to S3.
func (s *Service) onReplication() service.Resources[api.PutBucketReplicationInput] {
	rule := onBucket[api.PutBucketReplicationInput](s, nil)
	return func(c *service.Call, in *api.PutBucketReplicationInput) ([]service.Question, error) {
		questions, err := rule(c, in)
		if err != nil {
			return nil, err
		}
		return append(questions, service.PassRole(*in.ReplicationConfiguration.Role, notifier, nil)), nil
	}
}

func (s *Service) getBucketReplication(c *service.Call, _ *api.GetBucketReplicationInput) (*api.GetBucketReplicationOutput, error) {
	b := foundIn(c).bucket
	r, err := replicationKind.in(c.Tx, b)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, noReplication(b)
	}
	return &api.GetBucketReplicationOutput{ReplicationConfiguration: &api.ReplicationConfiguration{Role: &r.Role, Rules: r.Rules}}, nil
}

func (s *Service) deleteBucketReplication(c *service.Call, _ *api.DeleteBucketReplicationInput) (*api.DeleteBucketReplicationOutput, error) {
	return &api.DeleteBucketReplicationOutput{}, replicationKind.drop(c.Tx, foundIn(c).bucket)
}

func (s *Service) putBucketReplication(c *service.Call, in *api.PutBucketReplicationInput) (*api.PutBucketReplicationOutput, error) {
	b, set := foundIn(c).bucket, in.ReplicationConfiguration
	role, err := arn.Parse(*set.Role)
	switch {
	case err != nil || role.Service != "iam" || !strings.HasPrefix(role.Resource, "role/") || role.Account != b.Account:
		return nil, invalid("Role", *set.Role, "Invalid Role specified in replication configuration: it must be the ARN of a role of the bucket owner's account.")
	case in.Token != nil:
		return nil, unimplemented("x-amz-bucket-object-lock-token")
	case versioningOf(b) != api.BucketVersioningStatusEnabled:
		return nil, api.InvalidRequest.New("Versioning must be 'Enabled' on the bucket to apply a replication configuration")
	case len(set.Rules) == 0 || len(set.Rules) > maxReplicationRules:
		return nil, malformedXML()
	}
	r := &replication{Role: *set.Role}
	for i := range set.Rules {
		rule := set.Rules[i]
		if rule.ID == nil || *rule.ID == "" {
			id, err := s.newUUID()
			if err != nil {
				return nil, err
			}
			rule.ID = &id
		}
		if err := s.checkReplicationRule(c, b, &rule); err != nil {
			return nil, err
		}
		for j := range r.Rules {
			if err := apart(&r.Rules[j], &rule); err != nil {
				return nil, err
			}
		}
		r.Rules = append(r.Rules, rule)
	}
	return &api.PutBucketReplicationOutput{}, replicationKind.put(c.Tx, b, r)
}

// apart refuses two rules that cannot stand beside each other.
func apart(a, b *api.ReplicationRule) error {
	switch {
	case *a.ID == *b.ID:
		return api.InvalidRequest.New("Rule Id must be unique. Found same ID for more than one rule")
	case (a.Filter == nil) != (b.Filter == nil):
		return malformedXML()
	case a.Filter != nil && priorityOf(a) == priorityOf(b):
		return api.InvalidRequest.New("Found duplicate priority %d. Priority must be unique between multiple rules.", priorityOf(b))
	}
	return nil
}

func priorityOf(r *api.ReplicationRule) int64 {
	if r.Priority == nil {
		return 0
	}
	return *r.Priority
}

func (s *Service) checkReplicationRule(c *service.Call, b *Bucket, r *api.ReplicationRule) error {
	if len(*r.ID) > 255 {
		return invalid("ID", *r.ID, "The ID of a rule has at most 255 characters.")
	}
	if err := notReplicated(r); err != nil {
		return err
	}
	prefix, tags := scopeOf(r)
	switch {
	case r.Filter != nil && (r.Prefix != nil || scopes(r.Filter) > 1), r.Filter == nil && r.Prefix == nil, len(prefix) > maxKey:
		return malformedXML()
	case r.Filter != nil && r.DeleteMarkerReplication == nil:
		return api.InvalidRequest.New("DeleteMarkerReplication must be specified for this version of Cross Region Replication configuration schema. Please refer to S3 Developer Guide for more information.")
	case len(tags) > 0 && replicatesMarkers(r):
		return api.InvalidRequest.New("DeleteMarkerReplication is not supported if any Tag filter is specified. Please refer to S3 Developer Guide for more information.")
	case takesKMS(r) != (r.Destination.EncryptionConfiguration != nil && wire.Text(r.Destination.EncryptionConfiguration.ReplicaKmsKeyID) != ""):
		return api.InvalidRequest.New("SseKmsEncryptedObjects and EncryptionConfiguration must be specified together: replicas of objects under KMS keys need a key of their own.")
	}
	if _, err := storageClass(r.Destination.StorageClass); err != nil {
		return err
	}
	return s.checkReplicationTarget(c, b, r.Destination)
}

// notReplicated refuses by name what a rule may ask for and would not get.
func notReplicated(r *api.ReplicationRule) error {
	refused := ""
	d, from := r.Destination, r.SourceSelectionCriteria
	switch {
	case d.ReplicationTime != nil && wire.Text(d.ReplicationTime.Status) == api.ReplicationTimeStatusEnabled:
		refused = "Replication Time Control"
	case d.Metrics != nil && wire.Text(d.Metrics.Status) == api.MetricsStatusEnabled:
		refused = "Replication metrics"
	case from != nil && from.ReplicaModifications != nil && wire.Text(from.ReplicaModifications.Status) == api.ReplicaModificationsStatusEnabled:
		refused = "Replica modification sync"
	case r.ExistingObjectReplication != nil && wire.Text(r.ExistingObjectReplication.Status) == api.ExistingObjectReplicationStatusEnabled:
		refused = "Replication of existing objects"
	default:
		return nil
	}
	return errNotImplemented.New("%s is not built in this version of Vauban: nothing was set.", refused)
}

func (s *Service) checkReplicationTarget(c *service.Call, b *Bucket, d *api.Destination) error {
	name, ok := strings.CutPrefix(*d.Bucket, "arn:"+s.Partition+":s3:::")
	if !ok || name == "" {
		return invalid("Bucket", *d.Bucket, "Invalid bucket ARN.")
	}
	to, err := buckets.Get(c.Tx, store.K(name))
	switch {
	case store.IsAbsent(err):
		return api.InvalidRequest.New("Destination bucket must exist.")
	case err != nil:
		return err
	case to.ID == b.ID:
		return api.InvalidRequest.New("Destination bucket cannot be the same as the source bucket.")
	case versioningOf(to) != api.BucketVersioningStatusEnabled:
		return api.InvalidRequest.New("Destination bucket must have versioning enabled.")
	case b.ObjectLock && !to.ObjectLock:
		return api.InvalidRequest.New("Destination bucket must have Object Lock enabled, as the source bucket has.")
	case d.AccessControlTranslation != nil && d.Account == nil:
		return api.InvalidRequest.New("Account must be specified for AccessControlTranslation.")
	case d.Account != nil && *d.Account != to.Account:
		return api.InvalidRequest.New("Destination bucket's owner is another account than the replication configuration names.")
	}
	return nil
}

// scopes counts the ways in which a filter says what it takes: one at most.
func scopes(f *api.ReplicationRuleFilter) (n int) {
	for _, there := range []bool{f.Prefix != nil, f.Tag != nil, f.And != nil} {
		if there {
			n++
		}
	}
	return n
}

// scopeOf is which objects a rule takes.
func scopeOf(r *api.ReplicationRule) (prefix string, tags []api.Tag) {
	f := r.Filter
	switch {
	case f == nil:
		return wire.Text(r.Prefix), nil
	case f.And != nil:
		return wire.Text(f.And.Prefix), f.And.Tags
	case f.Tag != nil:
		return "", []api.Tag{*f.Tag}
	}
	return wire.Text(f.Prefix), nil
}

// replicatesMarkers reports whether delete markers are replicated; rules of the first schema, without a filter, always do.
func replicatesMarkers(r *api.ReplicationRule) bool {
	if r.Filter == nil {
		return true
	}
	return r.DeleteMarkerReplication != nil && wire.Text(r.DeleteMarkerReplication.Status) == api.DeleteMarkerReplicationStatusEnabled
}

func takesKMS(r *api.ReplicationRule) bool {
	from := r.SourceSelectionCriteria
	return from != nil && from.SseKmsEncryptedObjects != nil && wire.Text(from.SseKmsEncryptedObjects.Status) == api.SseKmsEncryptedObjectsStatusEnabled
}

// takes reports whether a rule is about the version.
func takes(r *api.ReplicationRule, v *Version) bool {
	prefix, tags := scopeOf(r)
	switch {
	case *r.Status != api.ReplicationRuleStatusEnabled, !strings.HasPrefix(v.Key, prefix), v.Marker && !replicatesMarkers(r):
		return false
	case v.Content.Seal.Kind == customer, v.Content.Seal.Kind == api.ServerSideEncryptionAwsKms && !takesKMS(r):
		return false
	}
	for _, t := range tags {
		if !slices.Contains(v.Tags, tag{wire.Text(t.Key), wire.Text(t.Value)}) {
			return false
		}
	}
	return true
}

// rulesFor are the rules that replicate a new version: of those with the same destination the one with the highest priority.
func (r *replication) rulesFor(v *Version) (chosen []*api.ReplicationRule) {
	for i := range r.Rules {
		rule := &r.Rules[i]
		if !takes(rule, v) {
			continue
		}
		same := slices.IndexFunc(chosen, func(o *api.ReplicationRule) bool { return *o.Destination.Bucket == *rule.Destination.Bucket })
		switch {
		case same < 0:
			chosen = append(chosen, rule)
		case priorityOf(rule) > priorityOf(chosen[same]):
			chosen[same] = rule
		}
	}
	return chosen
}
