package s3

import (
	"time"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// removal is one object or version that a request deletes.
type removal struct {
	key     string
	id      *string
	bypass  bool
	etag    *string
	size    *int64
	created *time.Time
}

// removed is what happened.
type removed struct {
	marker bool   // a delete marker was made, or removed
	id     string // of the version, "" without versioning
}

func deleting(in *api.DeleteObjectInput, _ *found, keys conditions) ([]string, error) {
	keys.set("s3:if-match", in.IfMatch)
	actions := comparing(in)
	if is(in.BypassGovernanceRetention) {
		actions = append(actions, "s3:BypassGovernanceRetention")
	}
	return actions, nil
}

func (s *Service) deleteObject(c *service.Call, in *api.DeleteObjectInput) (*api.DeleteObjectOutput, error) {
	b := foundIn(c).bucket
	if is(in.BypassGovernanceRetention) && !b.ObjectLock {
		return nil, invalid("x-amz-bypass-governance-retention", "", "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.")
	}
	if err := s.mayDelete(c, b, in.VersionId, in.MFA); err != nil {
		return nil, err
	}
	told(c, 0, 0)
	done, err := s.delete(c.Tx, c, b, removal{
		*in.Key, in.VersionId, is(in.BypassGovernanceRetention), in.IfMatch, in.IfMatchSize, in.IfMatchLastModifiedTime,
	})
	if err != nil {
		return nil, err
	}
	out := &api.DeleteObjectOutput{VersionId: wire.Optional(done.id)}
	if done.marker {
		out.DeleteMarker = new(true)
	}
	return out, nil
}

// delete removes a version, or the object: where versions are kept that is to put a delete marker in front of it.
func (s *Service) delete(tx store.Tx, c *service.Call, b *Bucket, r removal) (removed, error) {
	v, err := versionOf(tx, b, r.key, r.id)
	if err != nil {
		return removed{}, err
	}
	if err := r.check(v); err != nil {
		return removed{}, err
	}
	if r.id != nil {
		if v == nil {
			return removed{id: *r.id}, nil // as if it had been there
		}
		if err := v.Lock.allowsRemoval(c.Time, r.bypass); err != nil {
			return removed{}, err
		}
		if err := s.remove(tx, b, v, c.Time); err != nil {
			return removed{}, err
		}
		return removed{v.Marker, v.ID}, s.notify(tx, c, b, removalEvent(c), v)
	}
	if versioningOf(b) == "" {
		if v == nil {
			return removed{}, nil
		}
		if err := s.remove(tx, b, v, c.Time); err != nil {
			return removed{}, err
		}
		return removed{}, s.notify(tx, c, b, removalEvent(c), v)
	}
	marker := &Version{Bucket: b.ID, Key: r.key, Created: c.Time.Truncate(time.Second), Marker: true}
	if err := s.placeNew(tx, c, b, marker); err != nil {
		return removed{}, err
	}
	event := eventMarker
	if c.Caller == nil {
		event = eventExpiredMarker
	}
	return removed{true, marker.ID}, s.notify(tx, c, b, event, marker)
}

// removalEvent is the event of a removal: by somebody, or by a lifecycle rule.
func removalEvent(c *service.Call) string {
	if c.Caller == nil {
		return eventExpired
	}
	return eventDelete
}

// check compares the version with what the request says of it. Amazon S3 User Guide: "How to perform conditional deletes".
func (r *removal) check(v *Version) error {
	if r.etag == nil && r.size == nil && r.created == nil {
		return nil
	}
	if v == nil {
		if r.etag != nil {
			return noSuchKey(r.key)
		}
		return nil
	}
	if r.etag != nil && (v.Marker || !matches(*r.etag, v.ETag)) || r.size != nil && *r.size != v.Size || r.created != nil && !r.created.Equal(v.Created) {
		return preconditionFailed("If-Match")
	}
	return nil
}
