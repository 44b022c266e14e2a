package s3

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"vauban/api/kms"
	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/blob"
	"vauban/service"
)

// Data keys of KMS. KMS is asked in the caller's name, so that the caller needs the key's permission too.
// Amazon S3 User Guide: "Using server-side encryption with AWS KMS keys (SSE-KMS)".

const through = "s3.amazonaws.com"

// contextOf is the encryption context: the object, or with a bucket key the bucket, and what the client adds.
func (s *Service) contextOf(b *Bucket, key string, bucketKey bool, added string) (map[string]string, error) {
	m := map[string]string{}
	if added != "" {
		raw, err := base64.StdEncoding.DecodeString(added)
		if err != nil || json.Unmarshal(raw, &m) != nil || m == nil {
			return nil, invalid("x-amz-server-side-encryption-context", added, "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which represents a string-string map")
		}
		if _, taken := m["aws:s3:arn"]; taken {
			return nil, invalid("x-amz-server-side-encryption-context", added, "The encryption context must not contain aws:s3:arn.")
		}
	}
	m["aws:s3:arn"] = s.objectARN(b.Name, key)
	if bucketKey {
		m["aws:s3:arn"] = s.bucketARN(b.Name)
	}
	return m, nil
}

func (s *Service) newKMSKey(c *service.Call, b *Bucket, key string, e encryption, added string) (sealing, *blob.DataKey, error) {
	context, err := s.contextOf(b, key, e.BucketKey, added)
	if err != nil {
		return sealing{}, nil, err
	}
	out, err := askKMS[kms.GenerateDataKeyOutput](c, b, "GenerateDataKey", &kms.GenerateDataKeyInput{
		KeyId: &e.KeyID, KeySpec: new(kms.DataKeySpecAes256), EncryptionContext: context,
	})
	if err != nil {
		return sealing{}, nil, err
	}
	if len(out.Plaintext) != blob.KeySize {
		return sealing{}, nil, internal(errors.New("KMS gave a data key of another size"))
	}
	seal := sealing{Kind: api.ServerSideEncryptionAwsKms, Key: out.CiphertextBlob, KMSKey: *out.KeyId, Context: added, BucketKey: e.BucketKey}
	return seal, (*blob.DataKey)(out.Plaintext), nil
}

func (s *Service) decryptWithKMS(c *service.Call, b *Bucket, key string, seal *sealing) ([]byte, error) {
	context, err := s.contextOf(b, key, seal.BucketKey, seal.Context)
	if err != nil {
		return nil, err
	}
	out, err := askKMS[kms.DecryptOutput](c, b, "Decrypt", &kms.DecryptInput{CiphertextBlob: seal.Key, KeyId: &seal.KMSKey, EncryptionContext: context})
	if err != nil {
		return nil, err
	}
	return out.Plaintext, nil
}

// askKMS calls KMS in the bucket's region. Its refusals are S3's, under their own names.
func askKMS[Out any](c *service.Call, b *Bucket, operation string, in any) (*Out, error) {
	there := *c
	there.Region = b.Region
	out, err := c.Door.Call(&there, service.AsCaller(through), "kms", operation, in)
	if err != nil {
		return nil, refusedByKMS(err)
	}
	return out.(*Out), nil
}

func refusedByKMS(err error) error {
	var e *wire.Error
	switch {
	case !errors.As(err, &e), e.Shape.Fault:
		return err
	case strings.HasPrefix(e.Shape.Code, "AccessDenied"):
		return api.AccessDenied.New("%s", e.Message).Because(err)
	}
	return wire.Code("KMS."+e.Shape.Code, 400).New("%s", e.Message).Because(err)
}
