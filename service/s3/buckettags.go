package s3

import (
	"net/http"
	"strings"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// tagSet are the tags of a bucket, in the order in which they were given.
type tagSet struct {
	Tags []tag `json:"tags"`
}

const tagsKind kindOf[tagSet] = "tags"

const mostBucketTags = 50

var errNoSuchTagSet = wire.Code("NoSuchTagSet", http.StatusNotFound)

func (s *Service) tagOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetBucketTagging, onBucket[api.GetBucketTaggingInput](s, nil), s.getBucketTagging),
		service.Writes(api.OpPutBucketTagging, onBucket[api.PutBucketTaggingInput](s, nil), s.putBucketTagging),
		service.Writes(api.OpDeleteBucketTagging, onBucket[api.DeleteBucketTaggingInput](s, nil), s.deleteBucketTagging),
		service.Reads(api.OpGetBucketAbac, onBucket[api.GetBucketAbacInput](s, nil), s.getBucketABAC),
		service.Writes(api.OpPutBucketAbac, onBucket[api.PutBucketAbacInput](s, nil), s.putBucketABAC),
	}
}

func (s *Service) getBucketTagging(c *service.Call, _ *api.GetBucketTaggingInput) (*api.GetBucketTaggingOutput, error) {
	b := foundIn(c).bucket
	t, err := tagsKind.in(c.Tx, b)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, errNoSuchTagSet.New("The TagSet does not exist").With("BucketName", b.Name)
	}
	out := make([]api.Tag, len(t.Tags))
	for i := range t.Tags {
		out[i] = api.Tag{Key: &t.Tags[i].Key, Value: &t.Tags[i].Value}
	}
	return &api.GetBucketTaggingOutput{TagSet: out}, nil
}

func (s *Service) putBucketTagging(c *service.Call, in *api.PutBucketTaggingInput) (*api.PutBucketTaggingOutput, error) {
	b := foundIn(c).bucket
	if b.ABAC {
		return nil, tagsElsewhere()
	}
	tags, err := tagsFrom(in.Tagging.TagSet)
	if err != nil {
		return nil, err
	}
	return &api.PutBucketTaggingOutput{}, setTags(c.Tx, b, tags)
}

func (s *Service) deleteBucketTagging(c *service.Call, _ *api.DeleteBucketTaggingInput) (*api.DeleteBucketTaggingOutput, error) {
	b := foundIn(c).bucket
	if b.ABAC {
		return nil, tagsElsewhere()
	}
	return &api.DeleteBucketTaggingOutput{}, setTags(c.Tx, b, nil)
}

// tagsElsewhere is the answer while tags decide about access. Amazon S3 User Guide: "Enabling ABAC in general purpose buckets".
func tagsElsewhere() error {
	return errMethodNotAllowed.New("The bucket has ABAC enabled: use TagResource and UntagResource of S3 Control for its tags.")
}

func setTags(tx store.Tx, b *Bucket, tags []tag) error {
	if len(tags) == 0 {
		return tagsKind.drop(tx, b)
	}
	return tagsKind.put(tx, b, &tagSet{tags})
}

func tagsFrom(list []api.Tag) ([]tag, error) {
	if len(list) > mostBucketTags {
		return nil, badRequest("Bucket tag count cannot be greater than 50")
	}
	seen := map[string]bool{}
	out := make([]tag, len(list))
	for i, t := range list {
		out[i] = tag{wire.Text(t.Key), wire.Text(t.Value)}
		if err := checkBucketTag(out[i]); err != nil {
			return nil, err
		}
		if seen[out[i].Key] {
			return nil, errInvalidTag.New("Cannot provide multiple Tags with the same key").With("TagKey", out[i].Key)
		}
		seen[out[i].Key] = true
	}
	return out, nil
}

func checkBucketTag(t tag) error {
	switch {
	case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
		return errInvalidTag.New("System tags cannot be added/updated by requester").With("TagKey", t.Key)
	case t.Key == "" || !isTagText(t.Key, 128):
		return errInvalidTag.New("The TagKey you have provided is invalid").With("TagKey", t.Key)
	case !isTagText(t.Value, 256):
		return errInvalidTag.New("The TagValue you have provided is invalid").With("TagKey", t.Key).With("TagValue", t.Value)
	}
	return nil
}

func (s *Service) getBucketABAC(c *service.Call, _ *api.GetBucketAbacInput) (*api.GetBucketAbacOutput, error) {
	status := api.BucketAbacStatusDisabled
	if foundIn(c).bucket.ABAC {
		status = api.BucketAbacStatusEnabled
	}
	return &api.GetBucketAbacOutput{AbacStatus: &api.AbacStatus{Status: &status}}, nil
}

func (s *Service) putBucketABAC(c *service.Call, in *api.PutBucketAbacInput) (*api.PutBucketAbacOutput, error) {
	b := foundIn(c).bucket
	if in.AbacStatus.Status == nil {
		return nil, malformedXML()
	}
	b.ABAC = *in.AbacStatus.Status == api.BucketAbacStatusEnabled
	return &api.PutBucketAbacOutput{}, buckets.Update(c.Tx, b)
}

// tagKeys are the condition keys of a bucket whose tags decide about access.
func tagKeys(tx store.Tx, b *Bucket, k conditions) error {
	if !b.ABAC {
		return nil
	}
	t, err := tagsKind.in(tx, b)
	if t == nil || err != nil {
		return err
	}
	service.ResourceTags(k, service.Tags(t.Tags), "s3:BucketTag/")
	return nil
}
