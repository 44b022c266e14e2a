package s3

import (
	api "vauban/api/s3"
	"vauban/service"
)

func (s *Service) objectTagOperations() []service.Row {
	put := objectRule{action: "s3:PutObjectTagging", version: "s3:PutObjectVersionTagging", reads: true}
	get := objectRule{action: "s3:GetObjectTagging", version: "s3:GetObjectVersionTagging", reads: true}
	del := objectRule{action: "s3:DeleteObjectTagging", version: "s3:DeleteObjectVersionTagging", reads: true}
	return data(
		service.Writes(api.OpPutObjectTagging, onObject(s, put, tagging), s.putObjectTagging),
		service.Reads(api.OpGetObjectTagging, onObject[api.GetObjectTaggingInput](s, get, nil), s.getObjectTagging),
		service.Writes(api.OpDeleteObjectTagging, onObject[api.DeleteObjectTaggingInput](s, del, nil), s.deleteObjectTagging),
	)
}

func tagging(in *api.PutObjectTaggingInput, _ *found, keys conditions) ([]string, error) {
	tags, err := tagsIn(in.Tagging.TagSet)
	requestTags(tags, keys)
	return nil, err
}

func tagsIn(set []api.Tag) ([]tag, error) {
	var tags []tag
	for _, t := range set {
		tags = append(tags, tag{*t.Key, *t.Value})
	}
	return checkedTags(tags)
}

// there is the version that the call is about.
func (s *Service) there(c *service.Call, key string, id *string) (*Version, error) {
	v := foundIn(c).version
	switch {
	case v == nil && id != nil:
		return nil, noSuchVersion(key, *id)
	case v == nil:
		return nil, noSuchKey(key)
	case v.Marker:
		return nil, markerRefused(v)
	}
	told(c, 0, 0)
	return v, nil
}

// shownID is the version's ID where versions have any.
func shownID(c *service.Call, v *Version) *string {
	if versioningOf(foundIn(c).bucket) == "" {
		return nil
	}
	return &v.ID
}

func (s *Service) putObjectTagging(c *service.Call, in *api.PutObjectTaggingInput) (*api.PutObjectTaggingOutput, error) {
	v, err := s.there(c, *in.Key, in.VersionId)
	if err != nil {
		return nil, err
	}
	if v.Tags, err = tagsIn(in.Tagging.TagSet); err != nil {
		return nil, err
	}
	return &api.PutObjectTaggingOutput{VersionId: shownID(c, v)}, s.retagged(c, v, eventTagged)
}

func (s *Service) getObjectTagging(c *service.Call, in *api.GetObjectTaggingInput) (*api.GetObjectTaggingOutput, error) {
	v, err := s.there(c, *in.Key, in.VersionId)
	if err != nil {
		return nil, err
	}
	out := &api.GetObjectTaggingOutput{TagSet: []api.Tag{}, VersionId: shownID(c, v)}
	for _, t := range v.Tags {
		out.TagSet = append(out.TagSet, api.Tag{Key: new(t.Key), Value: new(t.Value)})
	}
	return out, nil
}

func (s *Service) deleteObjectTagging(c *service.Call, in *api.DeleteObjectTaggingInput) (*api.DeleteObjectTaggingOutput, error) {
	v, err := s.there(c, *in.Key, in.VersionId)
	if err != nil {
		return nil, err
	}
	v.Tags = nil
	return &api.DeleteObjectTaggingOutput{VersionId: shownID(c, v)}, s.retagged(c, v, eventUntagged)
}

// retagged stores the tags of a version, which is an event.
func (s *Service) retagged(c *service.Call, v *Version, event string) error {
	if err := rewrite(c.Tx, foundIn(c).bucket, v); err != nil {
		return err
	}
	return s.notify(c.Tx, c, foundIn(c).bucket, event, v)
}
