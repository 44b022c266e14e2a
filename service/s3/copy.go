package s3

import (
	"io"
	"net/url"
	"strconv"
	"strings"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
)

// copySource is what x-amz-copy-source names.
type copySource struct {
	bucket, key string
	version     *string
}

func parseCopySource(header string) (c copySource, err error) {
	path, query, _ := strings.Cut(header, "?")
	if id, ok := strings.CutPrefix(query, "versionId="); ok {
		c.version = &id
	}
	path, unescaped := url.PathUnescape(path)
	bucket, key, ok := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if unescaped != nil || !ok || bucket == "" || key == "" || query != "" && c.version == nil {
		return c, invalid("x-amz-copy-source", header, "Invalid copy source object key")
	}
	if strings.HasPrefix(bucket, "arn:") {
		return c, errNotImplemented.New("Copies from access points are not built in this version of Vauban.")
	}
	c.bucket, c.key = bucket, key
	return c, checkVersionID(c.version)
}

// onCopy is the rule of copies: that of the target, and leave to read the source.
func onCopy[In any](s *Service, r objectRule, more func(*In, *found, conditions) ([]string, error)) service.Resources[In] {
	target := onObject(s, r, more)
	return func(c *service.Call, in *In) ([]service.Question, error) {
		questions, err := target(c, in)
		if err != nil {
			return nil, err
		}
		f := foundIn(c)
		from, err := parseCopySource(*member(in, "CopySource"))
		if err != nil {
			return nil, err
		}
		if f.from, err = s.bucketOf(c, from.bucket); err != nil {
			return nil, err
		}
		if err := checkOwner(f.from, member(in, "ExpectedSourceBucketOwner")); err != nil {
			return nil, err
		}
		if f.source, err = versionOf(c.Tx, f.from, from.key, from.version); err != nil {
			return nil, err
		}
		if f.source != nil {
			if f.sealed, err = s.sealed.of(c.Tx, &f.source.Content); err != nil {
				return nil, err
			}
		}
		keys := s.callKeys(c)
		existingTags(f.source, keys)
		read, tags := "s3:GetObject", "s3:GetObjectTagging"
		if from.version != nil {
			read, tags = "s3:GetObjectVersion", "s3:GetObjectVersionTagging"
			keys.set("s3:VersionId", from.version)
		}
		actions := []string{read}
		if copiesTags(in) && f.source != nil && len(f.source.Tags) > 0 {
			actions = append(actions, tags)
			q := questions[0]
			q.Action = "s3:PutObjectTagging"
			questions = append(questions, q)
		}
		reading, err := s.questions(c, f.from, &from.key, keys, actions, f.source == nil)
		return append(questions, reading...), err
	}
}

func copiesTags(in any) bool {
	_, whole := in.(*api.CopyObjectInput)
	return whole && wire.Text(member(in, "TaggingDirective")) != api.TaggingDirectiveReplace
}

func (s *Service) copyOperations() []service.Row {
	rule := onCopy(s, objectRule{action: "s3:PutObject", place: true}, putting[api.CopyObjectInput])
	return data(service.Acts(api.OpCopyObject, rule, s.copyObject))
}

func (s *Service) copyObject(c *service.Call, in *api.CopyObjectInput) (*api.CopyObjectOutput, error) {
	f := foundIn(c)
	if err := checkACL(in.ACL, in.GrantFullControl, in.GrantRead, in.GrantReadACP, in.GrantWriteACP); err != nil {
		return nil, err
	}
	pre, err := writeConditions(in.IfMatch, in.IfNoneMatch)
	if err != nil {
		return nil, err
	}
	if err := f.copyable(in); err != nil {
		return nil, err
	}
	if err := inPlace(f, in); err != nil {
		return nil, err
	}
	v, err := newVersion(c, f, in)
	if err != nil {
		return nil, err
	}
	src := f.source
	if wire.Text(in.MetadataDirective) != api.MetadataDirectiveReplace {
		redirect := v.Head.Redirect
		v.Head, v.Meta = src.Head, src.Meta
		v.Head.Redirect = redirect
	}
	if copiesTags(in) {
		v.Tags = src.Tags
	}
	body, err := s.sourceBody(c, f, in, span{0, src.Size, true})
	if err != nil {
		return nil, err
	}
	defer body.Close()
	algorithm := wire.Text(in.ChecksumAlgorithm)
	if algorithm == "" {
		algorithm = src.Sums.Algorithm
	}
	sums, err := s.copySums(body, algorithm)
	if err != nil {
		return nil, err
	}
	k, given, err := s.receive(c, f, v.Key, in, sums)
	if err != nil {
		return nil, err
	}
	v.Content, v.Size, v.ETag, v.Sums = k.content, k.size, etagOf(k.ID, sums, &k.Seal), sums.result
	told(c, 0, 0)
	if err := s.commitVersion(c, v, k, pre, eventCopy); err != nil {
		return nil, err
	}
	result := &api.CopyObjectResult{ETag: quoted(v.ETag), LastModified: &v.Created}
	v.Sums.show(result)
	out := &api.CopyObjectOutput{CopyObjectResult: result, CopySourceVersionId: f.sourceVersion()}
	showEncryption(out, &k.Seal, given)
	if versioningOf(f.bucket) != "" {
		out.VersionId = &v.ID
	}
	return out, nil
}

// copyable refuses a source that is not there, or not as the client expects it. S3 API Reference: "CopyObject".
func (f *found) copyable(in any) error {
	switch src := f.source; {
	case src == nil:
		from, err := parseCopySource(*member(in, "CopySource"))
		if err == nil && from.version != nil {
			err = noSuchVersion(from.key, *from.version)
		} else if err == nil {
			err = noSuchKey(from.key)
		}
		return err
	case src.Marker:
		return api.InvalidRequest.New("The source of a copy request may not specifically refer to a delete marker by version id.")
	case src.Size > maxPut && member(in, "CopySourceRange") == nil:
		return api.InvalidRequest.New("The specified copy source is larger than the maximum allowable size for a copy source: %d", int64(maxPut))
	}
	r := readConditionsIn(in, "CopySource")
	condition, _ := r.failed(f.source)
	if condition == "" {
		return nil
	}
	return preconditionFailed("x-amz-copy-source-" + condition)
}

// inPlace refuses a copy onto itself that changes nothing.
func inPlace(f *found, in *api.CopyObjectInput) error {
	same := f.from.ID == f.bucket.ID && f.source.Key == *in.Key
	changes := wire.Text(in.MetadataDirective) == api.MetadataDirectiveReplace || in.StorageClass != nil || in.WebsiteRedirectLocation != nil ||
		in.ServerSideEncryption != nil || in.SSECustomerKey != nil || in.CopySourceSSECustomerKey != nil || in.ChecksumAlgorithm != nil
	if !same || changes || strings.Contains(*in.CopySource, "?versionId=") {
		return nil
	}
	return api.InvalidRequest.New("This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
}

func (f *found) sourceVersion() *string {
	if versioningOf(f.from) == "" {
		return nil
	}
	return &f.source.ID
}

// sourceBody opens the source in the caller's name.
func (s *Service) sourceBody(c *service.Call, f *found, in any, part span) (io.ReadCloser, error) {
	given, err := customerKeyIn(in, "CopySource")
	if err != nil {
		return nil, err
	}
	key, err := s.dataKey(c, f.from, f.source.Key, &f.source.Content, given)
	if err != nil {
		return nil, err
	}
	return s.open(c, &f.source.Content, f.sealed, key, part.off, part.n)
}

// copySums works out the checksum of what is copied, in the algorithm of the source unless the request names another.
func (s *Service) copySums(r io.Reader, algorithm string) (*summing, error) {
	if algorithm == "" {
		algorithm = algorithmCRC64NVME
	}
	return s.sums(r, &struct {
		ChecksumCRC32, ChecksumCRC32C, ChecksumCRC64NVME, ChecksumMD5, ChecksumSHA1, ChecksumSHA256, ChecksumSHA512 *string
		ChecksumXXHASH128, ChecksumXXHASH3, ChecksumXXHASH64                                                        *string
	}{}, algorithm)
}

func (s *Service) uploadPartCopy(c *service.Call, in *api.UploadPartCopyInput) (*api.UploadPartCopyOutput, error) {
	f := foundIn(c)
	if err := checkPartNumber(*in.PartNumber); err != nil {
		return nil, err
	}
	if f.upload == nil {
		return nil, noSuchUpload(in.UploadId)
	}
	if err := f.copyable(in); err != nil {
		return nil, err
	}
	from, err := copyRange(in.CopySourceRange, f.source.Size)
	if err != nil {
		return nil, err
	}
	u := f.upload
	given, key, err := s.partKey(c, f, in)
	if err != nil {
		return nil, err
	}
	body, err := s.sourceBody(c, f, in, from)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	sums, err := s.copySums(body, u.Algorithm)
	if err != nil {
		return nil, err
	}
	p, err := s.keepPart(c, u, int(*in.PartNumber), key, sums)
	if err != nil {
		return nil, err
	}
	told(c, 0, 0)
	if err := s.commitPart(c, u, p); err != nil {
		return nil, err
	}
	result := &api.CopyPartResult{ETag: quoted(p.ETag), LastModified: p.created()}
	p.Sum.show(result)
	out := &api.UploadPartCopyOutput{CopyPartResult: result, CopySourceVersionId: f.sourceVersion()}
	showEncryption(out, &u.Version.Content.Seal, given)
	return out, nil
}

// copyRange reads x-amz-copy-source-range: both ends must be there, and inside the source.
func copyRange(header *string, size int64) (span, error) {
	if header == nil {
		return span{0, size, true}, nil
	}
	spec, ok := strings.CutPrefix(*header, "bytes=")
	first, last, dash := strings.Cut(spec, "-")
	from, err1 := position(first)
	to, err2 := position(last)
	switch {
	case !ok || !dash || err1 != nil || err2 != nil || to < from:
		return span{}, invalid("x-amz-copy-source-range", *header, "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy")
	case from >= size:
		return span{}, api.InvalidRequest.New("The specified copy range is invalid for the source object size")
	case to >= size:
		return span{}, invalid("x-amz-copy-source-range", *header, "Range specified is not valid for source object of size: "+strconv.FormatInt(size, 10))
	}
	return span{from, to - from + 1, false}, nil
}
