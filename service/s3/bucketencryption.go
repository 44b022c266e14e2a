package s3

import (
	"slices"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// bucketEncryption is how objects are encrypted that come without a word about it, and what is refused.
type bucketEncryption struct {
	Algorithm string   `json:"algorithm"`
	KeyID     string   `json:"keyId,omitempty"`
	BucketKey bool     `json:"bucketKey,omitempty"`
	Blocked   []string `json:"blocked,omitempty"` // as it was given
}

const encryptionKind kindOf[bucketEncryption] = "encryption"

func (s *Service) encryptionOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetBucketEncryption, onBucket[api.GetBucketEncryptionInput](s, nil), s.getBucketEncryption),
		service.Writes(api.OpPutBucketEncryption, onBucket[api.PutBucketEncryptionInput](s, nil), s.putBucketEncryption),
		service.Writes(api.OpDeleteBucketEncryption, onBucket[api.DeleteBucketEncryptionInput](s, nil), s.deleteBucketEncryption),
	}
}

func (s *Service) getBucketEncryption(c *service.Call, _ *api.GetBucketEncryptionInput) (*api.GetBucketEncryptionOutput, error) {
	e, err := encryptionOf(c.Tx, foundIn(c).bucket)
	if err != nil {
		return nil, err
	}
	rule := api.ServerSideEncryptionRule{
		ApplyServerSideEncryptionByDefault: &api.ServerSideEncryptionByDefault{SSEAlgorithm: &e.Algorithm, KMSMasterKeyID: wire.Optional(e.KeyID)},
		BucketKeyEnabled:                   &e.BucketKey,
	}
	if len(e.Blocked) > 0 {
		rule.BlockedEncryptionTypes = &api.BlockedEncryptionTypes{EncryptionType: e.Blocked}
	}
	return &api.GetBucketEncryptionOutput{ServerSideEncryptionConfiguration: &api.ServerSideEncryptionConfiguration{Rules: []api.ServerSideEncryptionRule{rule}}}, nil
}

// encryptionOf is the bucket's configuration, or the one that every bucket has from the beginning.
func encryptionOf(tx store.Tx, b *Bucket) (*bucketEncryption, error) {
	e, err := encryptionKind.in(tx, b)
	if e == nil && err == nil {
		e = &bucketEncryption{Algorithm: api.ServerSideEncryptionAes256}
	}
	return e, err
}

func (s *Service) putBucketEncryption(c *service.Call, in *api.PutBucketEncryptionInput) (*api.PutBucketEncryptionOutput, error) {
	rules := in.ServerSideEncryptionConfiguration.Rules
	if len(rules) != 1 {
		return nil, malformedXML()
	}
	e, err := encryptionFrom(&rules[0])
	if err != nil {
		return nil, err
	}
	return &api.PutBucketEncryptionOutput{}, encryptionKind.put(c.Tx, foundIn(c).bucket, e)
}

func encryptionFrom(r *api.ServerSideEncryptionRule) (*bucketEncryption, error) {
	e := &bucketEncryption{Algorithm: api.ServerSideEncryptionAes256, BucketKey: is(r.BucketKeyEnabled)}
	if d := r.ApplyServerSideEncryptionByDefault; d != nil {
		e.Algorithm, e.KeyID = *d.SSEAlgorithm, wire.Text(d.KMSMasterKeyID)
		switch e.Algorithm {
		case api.ServerSideEncryptionAes256:
			if d.KMSMasterKeyID != nil {
				return nil, invalid("ApplyServerSideEncryptionByDefault", e.KeyID, "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse")
			}
		case api.ServerSideEncryptionAwsKms:
		default:
			return nil, errNotImplemented.New("Default encryption with %s is not built in this version of Vauban. Use AES256 or aws:kms.", e.Algorithm)
		}
	}
	if t := r.BlockedEncryptionTypes; t != nil {
		e.Blocked = t.EncryptionType
		if len(e.Blocked) == 0 || slices.Contains(e.Blocked, api.EncryptionTypeNone) && len(e.Blocked) > 1 {
			return nil, malformedXML()
		}
	}
	return e, nil
}

func (s *Service) deleteBucketEncryption(c *service.Call, _ *api.DeleteBucketEncryptionInput) (*api.DeleteBucketEncryptionOutput, error) {
	return &api.DeleteBucketEncryptionOutput{}, encryptionKind.drop(c.Tx, foundIn(c).bucket)
}
