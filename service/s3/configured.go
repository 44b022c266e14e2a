package s3

import (
	api "vauban/api/s3"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// What a bucket's configuration says to the operations on objects.

// bucketPolicy is the policy of the bucket, nil when it has none.
func (s *Service) bucketPolicy(c *service.Call, b *Bucket) (*policy.Named, error) { return nil, nil }

// versioningOf is the state of the bucket's versioning: "", "Enabled" or "Suspended".
func versioningOf(b *Bucket) string { return b.Versioning }

// encryption is how objects are encrypted that come without a word about it.
type encryption struct {
	Algorithm string // "AES256" or "aws:kms"
	KeyID     string // of aws:kms, "" for the AWS managed key
	BucketKey bool
}

// defaultEncryption is the bucket's.
func (s *Service) defaultEncryption(tx store.Tx, b *Bucket) (encryption, error) {
	return encryption{Algorithm: api.ServerSideEncryptionAes256}, nil
}

// retentionRule is the retention that new versions get in a bucket with Object Lock: one of the two is set.
type retentionRule struct {
	Mode  string
	Days  int
	Years int
}

// lockDefault is the bucket's, nil when it has none.
func (s *Service) lockDefault(tx store.Tx, b *Bucket) (*retentionRule, error) { return nil, nil }

// configurationQuestions are asked for what a bucket is created with. first is the question of the creation itself.
func configurationQuestions(in *api.CreateBucketInput, first service.Question) []service.Question {
	return nil
}

// configureNew gives a new bucket its configuration.
func (s *Service) configureNew(c *service.Call, b *Bucket, in *api.CreateBucketInput) error {
	if l := in.CreateBucketConfiguration; l != nil && len(l.Tags) > 0 {
		return errNotImplemented.New("Tags of buckets are not built in this version of Vauban.")
	}
	return nil
}

// forgetConfiguration removes the configuration of a bucket that is deleted.
func (s *Service) forgetConfiguration(tx store.Tx, b *Bucket) error { return nil }
