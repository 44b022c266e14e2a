package cloudtrail

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"strings"

	api "vauban/api/cloudtrail"
	kms "vauban/api/kms"
	s3 "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
)

// codeOf is the code of a modelled error, "" of any other.
func codeOf(err error) string {
	var e *wire.Error
	if errors.As(err, &e) {
		return e.Shape.Code
	}
	return ""
}

// as is CloudTrail acting for a trail: bucket and key policies see aws:SourceArn and aws:SourceAccount.
func (t *Settings) as(partition string) service.Identity {
	return service.AsService(principal, t.ARN(partition), t.Account)
}

// checkDestination asks bucket and key, as CloudTrail will when it delivers, whether they let it. Nothing is guessed from the policies'
// text. What the bucket gets is the empty object that stands for the folder of log files. key is the KMS key as the request names it, nil
// when it does not; the trail gets its ARN. CloudTrail User Guide: "Amazon S3 bucket policy for CloudTrail", "Configure AWS KMS key
// policies for CloudTrail".
func (s *Service) checkDestination(c *service.Call, t *Settings, key *string) error {
	if key != nil && *key != "" {
		if err := s.resolveKey(c, t, *key); err != nil {
			return err
		}
	}
	if _, err := c.Door.Call(c, t.as(c.Partition), "s3", "GetBucketAcl", &s3.GetBucketAclInput{Bucket: &t.Bucket}); err != nil {
		return badBucket(err, t)
	}
	folders := []string{t.folder(t.Account, "CloudTrail")}
	if t.Organization != "" {
		own := *t
		own.Organization = ""
		folders = append(folders, own.folder(t.Account, "CloudTrail"))
	}
	for _, folder := range folders {
		if _, err := s.put(c, c.Door, t, object{key: folder, encrypted: true}); err != nil {
			return badBucket(err, t)
		}
	}
	return t.checkTopic(c)
}

// badBucket is what CreateTrail answers when the bucket, or the key, does not take files.
func badBucket(err error, t *Settings) error {
	switch code := codeOf(err); {
	case code == "NoSuchBucket":
		return api.S3BucketDoesNotExistException.New("S3 bucket %s does not exist!", t.Bucket).Because(err)
	case t.Key != "" && (strings.HasPrefix(code, "KMS.") || strings.Contains(err.Error(), "kms:")):
		return api.InsufficientEncryptionPolicyException.New("Insufficient permissions to access S3 bucket %s or KMS key %s.", t.Bucket, t.Key).Because(err)
	case code == "AccessDenied" || code == "AccessDeniedException" || code == "AccessControlListNotSupported":
		return api.InsufficientS3BucketPolicyException.New("Incorrect S3 bucket policy is detected for bucket: %s", t.Bucket).Because(err)
	case code == "InvalidBucketName":
		return api.InvalidS3BucketNameException.New("The bucket name %s is not valid.", t.Bucket).Because(err)
	}
	return err
}

// resolveKey finds the key's ARN: the key must be in use, and of a kind that encrypts.
func (s *Service) resolveKey(c *service.Call, t *Settings, key string) error {
	if strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) || len(key) > 2048 {
		return api.InvalidKmsKeyIdException.New("The KMS key ID %q is not valid.", key)
	}
	out, err := c.Door.Call(c, t.as(c.Partition), "kms", "DescribeKey", &kms.DescribeKeyInput{KeyId: &key})
	if codeOf(err) == "AccessDeniedException" { // nobody is told whether a key exists that he may not see, but the caller may know it
		if _, own := c.Door.Call(c, service.AsCaller(principal), "kms", "DescribeKey", &kms.DescribeKeyInput{KeyId: &key}); codeOf(own) == "NotFoundException" {
			err = own
		}
	}
	switch code := codeOf(err); {
	case err == nil:
	case code == "NotFoundException":
		return api.KmsKeyNotFoundException.New("The KMS key %s does not exist.", key).Because(err)
	case code == "InvalidArnException" || code == "ValidationException":
		return api.InvalidKmsKeyIdException.New("The KMS key ID %s is not valid.", key).Because(err)
	case code == "AccessDeniedException":
		return api.InsufficientEncryptionPolicyException.New("Insufficient permissions to access S3 bucket %s or KMS key %s.", t.Bucket, key).Because(err)
	default:
		return err
	}
	found, ok := out.(*kms.DescribeKeyOutput)
	if !ok || found.KeyMetadata == nil || found.KeyMetadata.Arn == nil {
		return errors.New("DescribeKey answered without a key")
	}
	m := found.KeyMetadata
	if m.KeyUsage != nil && *m.KeyUsage != "ENCRYPT_DECRYPT" || m.KeySpec != nil && *m.KeySpec != "SYMMETRIC_DEFAULT" {
		return api.InvalidKmsKeyIdException.New("The KMS key %s is not a symmetric encryption key.", *m.Arn)
	}
	if m.KeyState != nil && *m.KeyState != "Enabled" {
		return api.KmsKeyDisabledException.New("The KMS key %s is not enabled: its state is %s.", *m.Arn, *m.KeyState)
	}
	t.Key = *m.Arn
	return nil
}

// object is what CloudTrail puts into a bucket.
type object struct {
	key       string
	body      []byte
	encrypted bool // with the trail's key, if it has one; digests never are
	meta      map[string]string
}

// put writes an object as CloudTrail does: the bucket's owner has full control, and the object is encrypted with the trail's key
// under a context that names the trail, or with S3's own.
func (s *Service) put(c *service.Call, door service.Door, t *Settings, o object) (any, error) {
	in := &s3.PutObjectInput{
		Bucket: &t.Bucket, Key: &o.key, ACL: new("bucket-owner-full-control"), ContentLength: new(int64(len(o.body))), Body: io.NopCloser(bytes.NewReader(o.body)),
		ServerSideEncryption: new("AES256"), Metadata: o.meta,
	}
	if len(o.body) > 0 {
		in.ContentType, in.ContentEncoding = new("application/json"), new("gzip")
	}
	if o.encrypted && t.Key != "" {
		context, err := json.Marshal(map[string]string{"aws:cloudtrail:arn": t.ARN(c.Partition)})
		if err != nil {
			return nil, err
		}
		in.ServerSideEncryption, in.SSEKMSKeyId, in.SSEKMSEncryptionContext = new("aws:kms"), &t.Key, new(base64.StdEncoding.EncodeToString(context))
	}
	return door.Call(c, t.as(c.Partition), "s3", "PutObject", in)
}
