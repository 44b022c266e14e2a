package s3

import (
	"time"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

func (s *Service) multipartOperations() []service.Row {
	put := objectRule{action: "s3:PutObject", place: true}
	part := objectRule{action: "s3:PutObject", upload: true}
	rows := data(
		service.Acts(api.OpCreateMultipartUpload, onObject(s, put, putting[api.CreateMultipartUploadInput]), s.createMultipartUpload),
		service.Acts(api.OpUploadPart, onObject(s, part, uploading[api.UploadPartInput]), s.uploadPart),
		service.Acts(api.OpUploadPartCopy, onCopy(s, part, uploading[api.UploadPartCopyInput]), s.uploadPartCopy),
		service.Writes(api.OpCompleteMultipartUpload, onObject(s, part, completing), s.completeMultipartUpload),
		service.Writes(api.OpAbortMultipartUpload, onObject[api.AbortMultipartUploadInput](s, objectRule{action: "s3:AbortMultipartUpload", upload: true}, nil), s.abortMultipartUpload),
		service.Reads(api.OpListParts, onObject[api.ListPartsInput](s, objectRule{action: "s3:ListMultipartUploadParts", upload: true}, nil), s.listParts),
	)
	list := onListing(s, func(in *api.ListMultipartUploadsInput, k conditions) { listing(k, in.Prefix, in.Delimiter, nil) })
	return append(rows, service.Reads(api.OpListMultipartUploads, list, s.listMultipartUploads).OnData())
}

// uploading adds the condition keys of the upload's own beginning: its encryption counts for each part.
func uploading[In any](_ *In, f *found, keys conditions) ([]string, error) {
	if f.upload != nil {
		seal := &f.upload.Version.Content.Seal
		if seal.Kind != customer {
			keys.set("s3:x-amz-server-side-encryption", &seal.Kind)
			keys.set("s3:x-amz-server-side-encryption-aws-kms-key-id", wire.Optional(seal.KMSKey))
		} else {
			keys.set("s3:x-amz-server-side-encryption-customer-algorithm", new(api.ServerSideEncryptionAes256))
		}
	}
	return nil, nil
}

func completing(in *api.CompleteMultipartUploadInput, f *found, keys conditions) ([]string, error) {
	keys.set("s3:if-match", in.IfMatch)
	keys.set("s3:if-none-match", in.IfNoneMatch)
	actions, err := uploading(in, f, keys)
	return append(actions, comparing(in)...), err
}

// uploadOf reads the upload that an input names, nil when there is none.
func uploadOf(tx store.Tx, b *Bucket, key string, id *string) (*upload, error) {
	if id == nil || len(*id) > 64 {
		return nil, nil
	}
	u, err := uploads.Get(tx, store.K(b.ID, key, *id))
	if store.IsAbsent(err) {
		return nil, nil
	}
	return u, err
}

func noSuchUpload(id *string) error {
	return api.NoSuchUpload.New("The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.").With("UploadId", wire.Text(id))
}

func (s *Service) createMultipartUpload(c *service.Call, in *api.CreateMultipartUploadInput) (*api.CreateMultipartUploadOutput, error) {
	f := foundIn(c)
	if err := checkACL(in.ACL, in.GrantFullControl, in.GrantRead, in.GrantReadACP, in.GrantWriteACP); err != nil {
		return nil, err
	}
	v, err := newVersion(c, f, in)
	if err != nil {
		return nil, err
	}
	u := &upload{Bucket: f.bucket.ID, Key: v.Key, Initiated: c.Time.Truncate(time.Second), Initiator: c.Caller.ARN, Algorithm: wire.Text(in.ChecksumAlgorithm), Version: *v}
	if u.Type, err = s.checksumType(u.Algorithm, in.ChecksumType); err != nil {
		return nil, err
	}
	a, err := askedIn(in)
	if err != nil {
		return nil, err
	}
	e, err := a.decide(f.encryption)
	if err != nil {
		return nil, err
	}
	if u.ID, err = s.newUploadID(c.Time); err != nil {
		return nil, err
	}
	u.Version.Content.ID = u.ID
	if u.Version.Content.Seal, _, err = s.newKey(c, f.bucket, v.Key, u.ID, e, &a); err != nil {
		return nil, err
	}
	told(c, 0, 0)
	err = c.Commit(func(tx store.Tx) error {
		if f := foundIn(c); f.bucket.ID != u.Bucket {
			return noSuchBucket(f.bucket.Name)
		}
		return keyFits(uploads.Insert(tx, u))
	})
	if err != nil {
		return nil, err
	}
	out := &api.CreateMultipartUploadOutput{Bucket: in.Bucket, Key: in.Key, UploadId: &u.ID, ChecksumAlgorithm: wire.Optional(u.Algorithm), ChecksumType: wire.Optional(u.Type)}
	showEncryption(out, &u.Version.Content.Seal, a.customer)
	out.AbortDate, out.AbortRuleId = aborted(f.lifecycle, u)
	return out, nil
}

// checksumType is how the parts' checksums become the object's. S3 API Reference: "CreateMultipartUpload".
func (s *Service) checksumType(algorithm string, asked *string) (string, error) {
	if algorithm == "" {
		if asked != nil {
			return "", api.InvalidRequest.New("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
		}
		return "", nil
	}
	if _, err := s.knownHash(algorithm); err != nil {
		return "", err
	}
	_, isCRC := crcFieldOf(algorithm)
	switch kind := wire.Text(asked); {
	case kind == "" && algorithm == algorithmCRC64NVME:
		return api.ChecksumTypeFullObject, nil
	case kind == "":
		return api.ChecksumTypeComposite, nil
	case kind == api.ChecksumTypeFullObject && !isCRC, kind == api.ChecksumTypeComposite && algorithm == algorithmCRC64NVME:
		return "", api.InvalidRequest.New("The %s checksum type cannot be used with the %s checksum algorithm.", kind, lower(algorithm))
	default:
		return kind, nil
	}
}

func (s *Service) abortMultipartUpload(c *service.Call, in *api.AbortMultipartUploadInput) (*api.AbortMultipartUploadOutput, error) {
	u := foundIn(c).upload
	if u == nil {
		return nil, noSuchUpload(in.UploadId)
	}
	if t := in.IfMatchInitiatedTime; t != nil && !t.Equal(u.Initiated) {
		return nil, preconditionFailed("x-amz-if-match-initiated-time")
	}
	told(c, 0, 0)
	return &api.AbortMultipartUploadOutput{}, s.abandon(c.Tx, u, c.Time)
}
