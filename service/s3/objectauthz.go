package s3

import (
	"slices"

	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// maxKey is the longest key in bytes. Amazon S3 User Guide: "Naming Amazon S3 objects".
const maxKey = 1024

// objectRule is the rule of an operation on one object.
type objectRule struct {
	action  string // asked without a version ID
	version string // asked with one, "" when the operation takes none
	reads   bool   // the object must be there: whoever may not list the bucket is not told that it is not
	looks   bool   // the version is wanted, whether it is there or not
	bytes   bool   // those of a small object are wanted
	place   bool   // a version is to be stored: the bucket's defaults are wanted
	upload  bool   // the multipart upload is wanted, whether it is there or not
}

// onObject is the rule of operations on an object. more adds condition keys, and answers further actions on the object that the request needs; it may be nil.
func onObject[In any](s *Service, r objectRule, more func(*In, *found, conditions) (actions []string, err error)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		b, err := s.target(c, in)
		if err != nil {
			return nil, err
		}
		key, id := wire.Text(member(in, "Key")), member(in, "VersionId")
		if len(key) > maxKey {
			return nil, errKeyTooLong.New("Your key is too long").With("Size", int64(len(key))).With("MaxSizeAllowed", int64(maxKey))
		}
		f := &found{now: c.Time, bucket: b}
		c.Found = f
		s.touches(c, b, &key)
		if err := s.look(c, r, f, key, id, member(in, "UploadId")); err != nil {
			return nil, err
		}
		keys := s.callKeys(c)
		action := r.action
		if id != nil && r.version != "" {
			action = r.version
			keys.set("s3:VersionId", id)
		}
		existingTags(f.version, keys)
		actions := []string{action}
		if more != nil {
			further, err := more(in, f, keys)
			if err != nil {
				return nil, err
			}
			actions = append(actions, further...)
		}
		if c.Caller.Kind == policy.Service { // the policies that services document for their deliveries name s3:PutObject alone, with s3:x-amz-acl
			actions = slices.DeleteFunc(actions, func(a string) bool { return a == "s3:PutObjectAcl" })
		}
		return s.questions(c, b, &key, keys, actions, r.reads && f.version == nil)
	}
}

// questions asks for each action on the object, and for leave to list when the object's absence would be told.
func (s *Service) questions(c *service.Call, b *Bucket, key *string, keys conditions, actions []string, tells bool) ([]service.Question, error) {
	first, err := s.question(c, b, actions[0], key, keys)
	if err != nil {
		return nil, err
	}
	out := []service.Question{first}
	for _, action := range actions[1:] {
		q := first
		q.Action = action
		out = append(out, q)
	}
	if tells {
		q := first
		q.Action, q.Resource, q.ResourceType = "s3:ListBucket", s.bucketARN(b.Name), bucketType
		out = append(out, q)
	}
	return out, nil
}

// look reads what the rule wants.
func (s *Service) look(c *service.Call, r objectRule, f *found, key string, id, upload *string) (err error) {
	if r.reads || r.looks {
		if err := checkVersionID(id); err != nil {
			return err
		}
		if id == nil {
			f.version, err = s.currentOf(c.Tx, f.bucket, key)
		} else {
			f.version, err = versionOf(c.Tx, f.bucket, key, id)
		}
		if err != nil {
			return err
		}
	}
	if r.bytes && f.version != nil {
		if f.sealed, err = s.sealed.of(c.Tx, &f.version.Content); err != nil {
			return err
		}
	}
	if r.reads || r.place {
		if f.lifecycle, err = lifecycleKind.in(c.Tx, f.bucket); err != nil {
			return err
		}
	}
	if r.upload {
		if f.upload, err = uploadOf(c.Tx, f.bucket, key, upload); err != nil {
			return err
		}
	}
	if r.place {
		return s.lookForDefaults(c.Tx, f)
	}
	return nil
}

func (s *Service) lookForDefaults(tx store.Tx, f *found) (err error) {
	if f.encryption, err = s.defaultEncryption(tx, f.bucket); err != nil {
		return err
	}
	if f.bucket.ObjectLock {
		f.retention, err = s.lockDefault(tx, f.bucket)
	}
	return err
}

func existingTags(v *Version, keys conditions) {
	if v == nil {
		return
	}
	for _, t := range v.Tags {
		keys["s3:ExistingObjectTag/"+t.Key] = []string{t.Value}
	}
}

func requestTags(tags []tag, keys conditions) {
	var names []string
	for _, t := range tags {
		keys["s3:RequestObjectTag/"+t.Key] = []string{t.Value}
		names = append(names, t.Key)
	}
	if names != nil {
		slices.Sort(names)
		keys["s3:RequestObjectTagKeys"] = names
	}
}

// placing adds the condition keys of operations that store a version: they have the same members. It answers the actions that the headers need.
func placing(in any, f *found, keys conditions) (actions []string, err error) {
	for _, of := range [...]struct{ key, member string }{
		{"s3:x-amz-acl", "ACL"}, {"s3:x-amz-storage-class", "StorageClass"}, {"s3:x-amz-server-side-encryption", "ServerSideEncryption"},
		{"s3:x-amz-server-side-encryption-aws-kms-key-id", "SSEKMSKeyId"}, {"s3:x-amz-server-side-encryption-customer-algorithm", "SSECustomerAlgorithm"},
		{"s3:x-amz-website-redirect-location", "WebsiteRedirectLocation"}, {"s3:x-amz-grant-full-control", "GrantFullControl"},
		{"s3:x-amz-grant-read", "GrantRead"}, {"s3:x-amz-grant-read-acp", "GrantReadACP"}, {"s3:x-amz-grant-write-acp", "GrantWriteACP"},
		{"s3:if-match", "IfMatch"}, {"s3:if-none-match", "IfNoneMatch"}, {"s3:object-lock-mode", "ObjectLockMode"},
		{"s3:object-lock-legal-hold", "ObjectLockLegalHoldStatus"}, {"s3:x-amz-copy-source", "CopySource"},
		{"s3:x-amz-metadata-directive", "MetadataDirective"},
	} {
		keys.set(of.key, member(in, of.member))
	}
	tags, err := tagsInHeader(member(in, "Tagging"))
	if err != nil {
		return nil, err
	}
	if len(tags) > 0 {
		requestTags(tags, keys)
		actions = append(actions, "s3:PutObjectTagging")
	}
	if until := moment(in, "ObjectLockRetainUntilDate"); until != nil {
		retention(*until, f, keys)
	}
	actions = append(actions, comparing(in)...)
	if member(in, "ObjectLockMode") != nil {
		actions = append(actions, "s3:PutObjectRetention")
	}
	if member(in, "ObjectLockLegalHoldStatus") != nil {
		actions = append(actions, "s3:PutObjectLegalHold")
	}
	for _, name := range []string{"ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP"} {
		if p := member(in, name); p != nil {
			return append(actions, "s3:PutObjectAcl"), nil
		}
	}
	return actions, nil
}

// comparing is what a request needs that compares an entity tag with the object's: it learns something of it. Amazon S3 User Guide: "How to prevent
// object overwrites with conditional writes".
func comparing(in any) []string {
	if tag := member(in, "IfMatch"); tag != nil && *tag != "*" {
		return []string{"s3:GetObject"}
	}
	return nil
}

// told fills in what CloudTrail records of a data event beside it. AWS CloudTrail User Guide: "Amazon S3 CloudTrail events".
func told(c *service.Call, in, out int64) {
	more := map[string]any{"bytesTransferredIn": in, "bytesTransferredOut": out}
	switch c.Signature.AuthType {
	case "REST-HEADER":
		more["AuthenticationMethod"], more["SignatureVersion"] = "AuthHeader", "SigV4"
	case "REST-QUERY-STRING":
		more["AuthenticationMethod"], more["SignatureVersion"] = "QueryString", "SigV4"
	case "POST":
		more["AuthenticationMethod"], more["SignatureVersion"] = "HtmlForm", "SigV4"
	}
	c.Record().AdditionalData = more
}
