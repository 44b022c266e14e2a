package s3

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/service/target"
	"vauban/store"
)

// This file sends new versions to the buckets that replication rules name. The commit that makes a version puts its copies into the queue of outbound
// work; each is made by one call as the bucket's role, which the role's policies, both buckets' policies and the keys' must allow. Amazon S3 User
// Guide: "Getting replication status information", "Setting up permissions for live replication".

const (
	replicateOperation  = "ReplicateObject"
	replicationKindName = "s3.replication" // of deliveries
	replicationAttempts = 12               // then the copy has failed
	maxReplication      = 15 * time.Minute // of one attempt
)

// replicaState is what is told of a version's replication.
type replicaState struct {
	Status string `json:"status,omitempty"` // PENDING, COMPLETED or FAILED of a source, REPLICA of a copy
	Open   int    `json:"open,omitempty"`   // copies that are still to be made
}

// copying is one version on its way to another bucket.
type copying struct {
	Account string       `json:"account"` // owner of the source
	Region  string       `json:"region"`
	Role    string       `json:"role"`
	In      *replicating `json:"in"`
}

// replicating is the input of the operation that makes a replica. No model has it: only the service itself calls it.
type replicating struct {
	Bucket, Key             *string // of the replica
	SourceBucket, VersionId *string
	StorageClass            *string
	SSEKMSKeyId             *string // of objects under KMS keys
	Owner                   *string // "Destination" where that is asked for
}

// placeNew makes a version the newest of its key and sees to its copies.
func (s *Service) placeNew(tx store.Tx, c *service.Call, b *Bucket, v *Version) error {
	var rules []*api.ReplicationRule
	r, err := replicationKind.in(tx, b)
	if err != nil {
		return err
	}
	if r != nil && c.Caller != nil { // what lifecycle rules do is not replicated
		rules = r.rulesFor(v)
	}
	if len(rules) > 0 {
		v.Replica = replicaState{api.ReplicationStatusPending, len(rules)}
	}
	if err := s.place(tx, b, v, c.Time); err != nil {
		return err
	}
	for _, rule := range rules {
		if err := s.sendCopy(tx, b, v, r.Role, rule); err != nil {
			return fmt.Errorf("replicate to %s: %w", *rule.Destination.Bucket, err)
		}
	}
	return nil
}

func (s *Service) sendCopy(tx store.Tx, b *Bucket, v *Version, role string, rule *api.ReplicationRule) error {
	d := rule.Destination
	in := &replicating{
		Bucket: new(strings.TrimPrefix(*d.Bucket, s.bucketARN(""))), Key: &v.Key, SourceBucket: &b.Name, VersionId: &v.ID, StorageClass: d.StorageClass,
	}
	if d.AccessControlTranslation != nil {
		in.Owner = d.AccessControlTranslation.Owner
	}
	if d.EncryptionConfiguration != nil && v.Content.Seal.Kind == api.ServerSideEncryptionAwsKms {
		in.SSEKMSKeyId = d.EncryptionConfiguration.ReplicaKmsKeyID
	}
	payload, err := json.Marshal(&copying{b.Account, b.Region, role, in})
	if err != nil {
		return err
	}
	return s.Outbound.Enqueue(tx, &delivery.Delivery{
		Kind: replicationKindName, Target: *d.Bucket, Payload: payload, Limit: replicationAttempts, Timeout: maxReplication,
	})
}

// deliverCopy makes a replica as the bucket's role. What is refused has failed; what goes wrong otherwise is tried again.
func (s *Service) deliverCopy(w *service.Work, d *delivery.Delivery) error {
	var p copying
	if err := json.Unmarshal(d.Payload, &p); err != nil {
		return delivery.Permanent(err)
	}
	c := w.Call(p.Account, p.Region)
	as, err := target.Role(w.Door, c, s.Seal, notifier, s.bucketARN(*p.In.SourceBucket), p.Account, p.Role, "s3-replication")
	if err == nil {
		_, err = w.Door.Call(c, as, "s3", replicateOperation, p.In)
	}
	var e *wire.Error
	refused := errors.As(err, &e) && e.Shape.Status >= 400 && e.Shape.Status < 500 && e.Shape.Status != http.StatusTooManyRequests
	if err == nil || !refused && d.Attempts < replicationAttempts {
		return err
	}
	if lost := s.Store.Write(w, func(tx store.Tx) error { return s.settle(tx, p.In, api.ReplicationStatusFailed) }); lost != nil {
		return lost
	}
	return delivery.Permanent(err)
}

// settle tells of a source how one of its copies went. A source that is gone is told nothing.
func (s *Service) settle(tx store.Tx, in *replicating, status string) error {
	b, err := buckets.Get(tx, store.K(*in.SourceBucket))
	if store.IsAbsent(err) {
		return nil
	}
	if err != nil {
		return err
	}
	v, err := versionOf(tx, b, *in.Key, in.VersionId)
	if err != nil || v == nil || v.Replica.Open == 0 {
		return err
	}
	v.Replica.Open--
	switch {
	case status == api.ReplicationStatusFailed:
		v.Replica.Status = status
	case v.Replica.Open == 0 && v.Replica.Status == api.ReplicationStatusPending:
		v.Replica.Status = api.ReplicationStatusCompleted
	}
	return rewrite(tx, b, v)
}

func (s *Service) replicateOperations() []service.Row {
	op := &wire.Operation{
		Service: api.API, Name: replicateOperation, Method: http.MethodPut, URI: "/", Status: http.StatusOK,
		Input: reflect.TypeFor[replicating](), Output: reflect.TypeFor[struct{}](), Actions: []wire.Action{{Name: "s3:ReplicateObject", Level: 'W'}},
	}
	return data(service.Acts(op, s.onReplica, s.replicate).Lasts(maxReplication))
}

// onReplica asks for what the role needs on both sides.
func (s *Service) onReplica(c *service.Call, in *replicating) ([]service.Question, error) {
	b, err := s.bucketOf(c, *in.Bucket)
	if err != nil {
		return nil, err
	}
	f := &found{now: c.Time, bucket: b}
	c.Found = f
	s.touches(c, b, in.Key)
	c.Record().EventName = "PutObject" // as CloudTrail has it
	c.Record().Request = map[string]any{"bucketName": b.Name, "key": *in.Key, "x-amz-copy-source": *in.SourceBucket + "/" + *in.Key + "?versionId=" + *in.VersionId}
	if f.from, err = s.bucketOf(c, *in.SourceBucket); err != nil {
		return nil, err
	}
	if f.source, err = versionOf(c.Tx, f.from, *in.Key, in.VersionId); err != nil {
		return nil, err
	}
	if f.source == nil {
		return nil, noSuchVersion(*in.Key, *in.VersionId)
	}
	if f.sealed, err = s.sealed.of(c.Tx, &f.source.Content); err != nil {
		return nil, err
	}
	if err := s.lookForDefaults(c.Tx, f); err != nil {
		return nil, err
	}
	writes, reads := replicaActions(f.source, in)
	writing, err := s.questions(c, b, in.Key, s.callKeys(c), writes, false)
	if err != nil {
		return nil, err
	}
	keys := s.callKeys(c)
	existingTags(f.source, keys)
	keys.set("s3:VersionId", in.VersionId)
	reading, err := s.questions(c, f.from, in.Key, keys, reads, false)
	return append(writing, reading...), err
}

// replicaActions are what the role must be allowed, on the replica and on the source.
func replicaActions(src *Version, in *replicating) (writes, reads []string) {
	writes, reads = []string{"s3:ReplicateObject"}, []string{"s3:GetObjectVersionForReplication"}
	if src.Marker {
		return []string{"s3:ReplicateDelete"}, reads
	}
	if len(src.Tags) > 0 {
		writes, reads = append(writes, "s3:ReplicateTags"), append(reads, "s3:GetObjectVersionTagging")
	}
	if in.Owner != nil {
		writes = append(writes, "s3:ObjectOwnerOverrideToBucketOwner")
	}
	if src.Lock != (lock{}) {
		reads = append(reads, "s3:GetObjectRetention", "s3:GetObjectLegalHold")
	}
	return writes, reads
}

// replicate copies the version, with its ID and its time, into the bucket.
func (s *Service) replicate(c *service.Call, in *replicating) (*struct{}, error) {
	f := foundIn(c)
	src := f.source
	if versioningOf(f.bucket) != api.BucketVersioningStatusEnabled {
		return nil, errInvalidBucketState.New("Destination bucket must have versioning enabled.")
	}
	v := &Version{Bucket: f.bucket.ID, Key: src.Key, ID: src.ID, Created: src.Created, Marker: src.Marker, Replica: replicaState{Status: api.ReplicationStatusReplica}}
	var k *kept
	if !src.Marker {
		var err error
		if k, err = s.copyBytes(c, f, in, v); err != nil {
			return nil, err
		}
	}
	there := false
	err := c.Commit(func(tx store.Tx) (err error) {
		b := foundIn(c).bucket
		if b.ID != v.Bucket {
			return noSuchBucket(b.Name)
		}
		if there, err = s.hasVersion(tx, b, v); there || err != nil {
			return err
		}
		if k != nil {
			if err := s.name(tx, k); err != nil {
				return err
			}
		}
		if err := s.placeReplica(tx, c, b, v); err != nil {
			return err
		}
		return s.settle(tx, in, api.ReplicationStatusCompleted)
	})
	if k != nil && (err != nil || there) {
		s.discard(c, k)
	}
	return &struct{}{}, unstored(err)
}

// copyBytes stores the bytes of the source under a key of the replica's own.
func (s *Service) copyBytes(c *service.Call, f *found, in *replicating, v *Version) (*kept, error) {
	src := f.source
	v.Head, v.Meta, v.Tags, v.Class = src.Head, src.Meta, src.Tags, src.Class
	if in.StorageClass != nil {
		v.Class, _ = storageClass(in.StorageClass) // as it was checked with the rule
	}
	if f.bucket.ObjectLock {
		v.Lock = src.Lock
	}
	body, err := s.sourceBody(c, f, in, span{0, src.Size, true})
	if err != nil {
		return nil, err
	}
	defer body.Close()
	sums, err := s.copySums(body, src.Sums.Algorithm)
	if err != nil {
		return nil, err
	}
	how := &api.PutObjectInput{ServerSideEncryption: new(api.ServerSideEncryptionAes256)}
	if in.SSEKMSKeyId != nil {
		how.ServerSideEncryption, how.SSEKMSKeyId = new(api.ServerSideEncryptionAwsKms), in.SSEKMSKeyId
	}
	k, _, err := s.receive(c, f, v.Key, how, sums)
	if err != nil {
		return nil, err
	}
	v.Content, v.Size, v.ETag, v.Sums = k.content, k.size, src.ETag, sums.result
	if in.SSEKMSKeyId != nil {
		v.ETag = etagOf(k.ID, sums, &k.Seal)
	}
	told(c, 0, 0)
	return k, nil
}

// hasVersion reports whether the bucket has the version: a copy is made once, even if it is delivered twice.
func (s *Service) hasVersion(tx store.Tx, b *Bucket, v *Version) (bool, error) {
	have, err := versionOf(tx, b, v.Key, &v.ID)
	return have != nil, err
}

// placeReplica gives the replica the place among the versions of its key that it has at the source: copies may arrive in another order. Where another
// version has that place, the replica becomes the newest and gets an ID of its own.
func (s *Service) placeReplica(tx store.Tx, c *service.Call, b *Bucket, v *Version) error {
	current, err := currents.Get(tx, store.K(b.ID, v.Key))
	if store.IsAbsent(err) {
		current, err = nil, nil
	}
	if err != nil {
		return err
	}
	next, err := nextSeq(tx, b, v.Key, current)
	if err != nil {
		return err
	}
	event := eventPut
	if v.Marker {
		event = eventMarker
	}
	seq, ok := placeOf(v.ID)
	v.Seq = seq
	switch {
	case ok && seq >= next:
		if current != nil {
			current.Ceased = v.Created
			if err := demote(tx, current); err != nil {
				return err
			}
		}
		err = s.crown(tx, v, current)
	case ok && (current == nil || current.Seq != seq) && s.free(tx, b, v.Key, seq):
		v.Ceased = c.Time
		err = versions.Insert(tx, v)
	default:
		err = s.place(tx, b, v, c.Time)
	}
	if err != nil {
		return keyFits(err)
	}
	return s.notify(tx, c, b, event, v)
}

// free reports whether no older version has the place.
func (s *Service) free(tx store.Tx, b *Bucket, key string, seq uint64) bool {
	_, err := versions.Get(tx, olderKey(b.ID, key, seq))
	return store.IsAbsent(err)
}

// forReplication refuses to suspend the versions of a bucket that is replicated.
func forReplication(b *Bucket, status string) error {
	if status == api.BucketVersioningStatusSuspended && slices.Contains(b.Settings, string(replicationKind)) {
		return errInvalidBucketState.New("A replication configuration is present on this bucket, so you cannot change the versioning state. To change the versioning state, first delete the replication configuration.")
	}
	return nil
}
