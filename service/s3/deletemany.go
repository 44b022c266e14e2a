package s3

import (
	"errors"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
)

func (s *Service) removalOperations() []service.Row {
	return data(service.Writes(api.OpDeleteObjects, s.onMany, s.deleteObjects).ByItem().WithChecksum())
}

// onMany asks for each object on its own: what may not be deleted is told beside what was.
func (s *Service) onMany(c *service.Call, in *api.DeleteObjectsInput) ([]service.Question, error) {
	b, err := s.target(c, in)
	if err != nil {
		return nil, err
	}
	if n := len(in.Delete.Objects); n == 0 || n > maxListed {
		return nil, malformedXML()
	}
	if is(in.BypassGovernanceRetention) && !b.ObjectLock {
		return nil, invalid("x-amz-bypass-governance-retention", "", "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets.")
	}
	c.Found = &found{bucket: b}
	s.touches(c, b, nil)
	var out []service.Question
	for i := range in.Delete.Objects {
		o := &in.Delete.Objects[i]
		if len(*o.Key) > maxKey {
			return nil, errKeyTooLong.New("Your key is too long").With("Size", int64(len(*o.Key))).With("MaxSizeAllowed", int64(maxKey))
		}
		keys := s.callKeys(c)
		keys.set("s3:VersionId", o.VersionId)
		keys.set("s3:if-match", o.ETag)
		v, err := versionOf(c.Tx, b, *o.Key, o.VersionId)
		if err != nil {
			return nil, err
		}
		existingTags(v, keys)
		questions, err := s.questions(c, b, o.Key, keys, deleteActions(in, o), false)
		if err != nil {
			return nil, err
		}
		for j := range questions {
			questions[j].Item = true
		}
		out = append(out, questions...)
	}
	return out, nil
}

func deleteActions(in *api.DeleteObjectsInput, o *api.ObjectIdentifier) []string {
	actions := []string{"s3:DeleteObject"}
	if o.VersionId != nil {
		actions = []string{"s3:DeleteObjectVersion"}
	}
	if is(in.BypassGovernanceRetention) {
		actions = append(actions, "s3:BypassGovernanceRetention")
	}
	return actions
}

func (s *Service) deleteObjects(c *service.Call, in *api.DeleteObjectsInput) (*api.DeleteObjectsOutput, error) {
	b := foundIn(c).bucket
	out := &api.DeleteObjectsOutput{}
	for i := range in.Delete.Objects {
		o := &in.Delete.Objects[i]
		done, err := s.deleteItem(c, b, in, o)
		var told *wire.Error
		if errors.As(err, &told) && !told.Shape.Fault {
			out.Errors = append(out.Errors, api.Error{Key: o.Key, VersionId: o.VersionId, Code: &told.Shape.Code, Message: &told.Message})
			continue
		}
		if err != nil {
			return nil, err
		}
		if is(in.Delete.Quiet) {
			continue
		}
		shown := api.DeletedObject{Key: o.Key, VersionId: o.VersionId}
		if done.marker {
			shown.DeleteMarker, shown.DeleteMarkerVersionId = new(true), &done.id
		}
		out.Deleted = append(out.Deleted, shown)
	}
	told(c, 0, 0)
	return out, nil
}

func (s *Service) deleteItem(c *service.Call, b *Bucket, in *api.DeleteObjectsInput, o *api.ObjectIdentifier) (removed, error) {
	for _, action := range deleteActions(in, o) {
		if err := c.Refused[service.Asked{Action: action, Resource: s.objectARN(b.Name, *o.Key)}]; err != nil {
			return removed{}, err
		}
	}
	if err := s.mayDelete(c, b, o.VersionId, in.MFA); err != nil {
		return removed{}, err
	}
	return s.delete(c.Tx, c, b, removal{*o.Key, o.VersionId, is(in.BypassGovernanceRetention), o.ETag, o.Size, o.LastModifiedTime})
}
