package s3

import (
	"slices"

	api "vauban/api/s3"
	"vauban/service"
	"vauban/store"
)

// What a bucket's configuration says to the operations on objects, and what a new bucket has.

// versioningOf is the state of the bucket's versioning: "", "Enabled" or "Suspended".
func versioningOf(b *Bucket) string { return b.Versioning }

// encryption is how objects are encrypted that come without a word about it.
type encryption struct {
	Algorithm string // "AES256" or "aws:kms"
	KeyID     string // of aws:kms, "" for the AWS managed key
	BucketKey bool

	noCustomerKeys bool // SSE-C is refused
}

// defaultEncryption is the bucket's.
func (s *Service) defaultEncryption(tx store.Tx, b *Bucket) (encryption, error) {
	e, err := encryptionOf(tx, b)
	if err != nil {
		return encryption{}, err
	}
	return encryption{e.Algorithm, e.KeyID, e.BucketKey, slices.Contains(e.Blocked, api.EncryptionTypeSseC)}, nil
}

// retentionRule is the retention that new versions get in a bucket with Object Lock: one of the two numbers is set.
type retentionRule struct {
	Mode  string `json:"mode"`
	Days  int    `json:"days,omitempty"`
	Years int    `json:"years,omitempty"`
}

// configurationQuestions are asked for what a bucket is created with. first is the question of the creation itself.
func configurationQuestions(in *api.CreateBucketInput, first service.Question) []service.Question {
	var out []service.Question
	ask := func(action string) {
		q := first
		q.Action = action
		out = append(out, q)
	}
	if in.ObjectOwnership != nil {
		ask("s3:PutBucketOwnershipControls")
	}
	if l := in.CreateBucketConfiguration; l != nil && len(l.Tags) > 0 {
		service.RequestTags(first.Context, service.Tags(l.Tags))
		ask("s3:TagResource")
	}
	return out
}

// configureNew gives a new bucket its configuration. Amazon S3 User Guide: "Default settings for new S3 buckets FAQ".
func (s *Service) configureNew(c *service.Call, b *Bucket, in *api.CreateBucketInput) error {
	rule := api.ObjectOwnershipBucketOwnerEnforced
	if in.ObjectOwnership != nil {
		rule = *in.ObjectOwnership
	}
	if err := setOwnership(c.Tx, b, rule); err != nil {
		return err
	}
	if err := publicAccessKind.put(c.Tx, b, blocksAll()); err != nil {
		return err
	}
	if l := in.CreateBucketConfiguration; l != nil {
		tags, err := tagsFrom(l.Tags)
		if err != nil {
			return err
		}
		return setTags(c.Tx, b, tags)
	}
	return nil
}
