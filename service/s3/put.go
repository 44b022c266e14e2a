package s3

import (
	api "vauban/api/s3"
	"vauban/service"
	"vauban/store"
)

func (s *Service) objectOperations() []service.Row {
	get := objectRule{action: "s3:GetObject", version: "s3:GetObjectVersion", reads: true}
	read := get
	read.bytes = true
	return data(
		service.Acts(api.OpPutObject, onObject(s, objectRule{action: "s3:PutObject", place: true}, putting[api.PutObjectInput]), s.putObject),
		service.Acts(api.OpGetObject, onObject[api.GetObjectInput](s, read, nil), s.getObject),
		service.Acts(api.OpHeadObject, onObject[api.HeadObjectInput](s, get, nil), s.headObject),
		service.Acts(api.OpGetObjectAttributes, onObject(s, get, attributesRule), s.getObjectAttributes),
		service.Writes(api.OpDeleteObject, onObject(s, objectRule{action: "s3:DeleteObject", version: "s3:DeleteObjectVersion", looks: true}, deleting), s.deleteObject),
	)
}

func putting[In any](in *In, f *found, keys conditions) ([]string, error) {
	return placing(in, f, keys)
}

// putObject stores the bytes first, and then names them in the commit: until then nobody sees anything, and after it all is there.
func (s *Service) putObject(c *service.Call, in *api.PutObjectInput) (*api.PutObjectOutput, error) {
	f := foundIn(c)
	if err := s.checkPut(in); err != nil {
		return nil, err
	}
	v, err := newVersion(c, f, in)
	if err != nil {
		return nil, err
	}
	pre, err := writeConditions(in.IfMatch, in.IfNoneMatch)
	if err != nil {
		return nil, err
	}
	sums, err := s.sums(in.Body, in, algorithmCRC64NVME)
	if err != nil {
		return nil, err
	}
	if err := s.early(c, f.bucket, v.Key, pre); err != nil {
		return nil, err
	}
	k, given, err := s.receive(c, f, v.Key, in, sums)
	if err != nil {
		return nil, err
	}
	v.Content, v.Size, v.ETag, v.Sums = k.content, k.size, etagOf(k.ID, sums, &k.Seal), sums.result
	told(c, v.Size, 0)
	event := eventPut
	if c.Signature.AuthType == "POST" {
		event = eventPost
	}
	if err := s.commitVersion(c, v, k, pre, event); err != nil {
		return nil, err
	}
	out := &api.PutObjectOutput{ETag: quoted(v.ETag)}
	v.Sums.show(out)
	showEncryption(out, &k.Seal, given)
	out.Expiration = expiration(f.lifecycle, v)
	if versioningOf(f.bucket) != "" {
		out.VersionId = &v.ID
	}
	return out, nil
}

func (s *Service) checkPut(in *api.PutObjectInput) error {
	if in.WriteOffsetBytes != nil {
		return unimplemented("x-amz-write-offset-bytes")
	}
	return checkACL(in.ACL, in.GrantFullControl, in.GrantRead, in.GrantReadACP, in.GrantWriteACP)
}

// receive reads a body and stores its bytes, encrypted as the request or the bucket says.
func (s *Service) receive(c *service.Call, f *found, key string, in any, sums *summing) (*kept, *customerKey, error) {
	a, err := askedIn(in)
	if err != nil {
		return nil, nil, err
	}
	e, err := a.decide(f.encryption)
	if err != nil {
		return nil, nil, err
	}
	id, err := s.newID()
	if err != nil {
		return nil, nil, err
	}
	seal, data, err := s.newKey(c, f.bucket, key, id, e, &a)
	if err != nil {
		return nil, nil, err
	}
	sums.under(&seal)
	k, err := s.keep(c, id, seal, data, sums)
	return k, a.customer, err
}

// commitVersion makes the version the newest of its key, which is the event.
func (s *Service) commitVersion(c *service.Call, v *Version, k *kept, pre precondition, event string) error {
	refused := false
	err := c.Commit(func(tx store.Tx) (err error) {
		defer func() { refused = err != nil }()
		f := foundIn(c)
		if f.bucket.ID != v.Bucket {
			return noSuchBucket(f.bucket.Name)
		}
		if err := pre.check(tx, f.bucket, v.Key); err != nil {
			return err
		}
		if err := s.name(tx, k); err != nil {
			return err
		}
		if err := keyFits(s.placeNew(tx, c, f.bucket, v)); err != nil {
			return err
		}
		return s.notify(tx, c, f.bucket, event, v)
	})
	if refused {
		s.discard(c, k)
	}
	return unstored(err)
}

// early looks at the conditions before a body is read that would be in vain.
func (s *Service) early(c *service.Call, b *Bucket, key string, pre precondition) error {
	if pre == (precondition{}) {
		return nil
	}
	return s.Store.Read(c, func(tx store.Tx) error { return pre.check(tx, b, key) })
}
