package s3

import (
	"reflect"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// read is what GetObject and HeadObject have in common: whether there is something to read, and which part of it.
func (s *Service) read(c *service.Call, in any, key string) (v *Version, part span, err error) {
	f := foundIn(c)
	id := member(in, "VersionId")
	if v = f.version; v == nil {
		return nil, part, s.absent(c, f.bucket, key, id)
	}
	if v.Marker {
		return nil, part, markerRefused(v)
	}
	if c.Caller.Kind == policy.Anonymous && overrides(in) {
		return nil, part, api.InvalidRequest.New("Request specific response headers cannot be used for anonymous GET requests.")
	}
	if err := readConditionsIn(in, "").check(v); err != nil {
		return nil, part, err
	}
	part, err = s.partAsked(c, v, in)
	return v, part, err
}

// absent tells a missing object from one behind a delete marker.
func (s *Service) absent(c *service.Call, b *Bucket, key string, id *string) error {
	if id != nil {
		return noSuchVersion(key, *id)
	}
	var newest *Version
	err := s.Store.Read(c, func(tx store.Tx) (err error) {
		newest, err = newestOlder(tx, b, key)
		return err
	})
	if err != nil {
		return err
	}
	if newest != nil && newest.Marker {
		return behindMarker(newest)
	}
	return noSuchKey(key)
}

// partAsked is the range or the part that the request names.
func (s *Service) partAsked(c *service.Call, v *Version, in any) (span, error) {
	header, number := member(in, "Range"), number(in, "PartNumber")
	if number == nil {
		return parseRange(header, v.Size)
	}
	if header != nil {
		return span{}, api.InvalidRequest.New("Cannot specify both Range header and partNumber query parameter")
	}
	return s.partSpan(c, v, *number)
}

func (s *Service) getObject(c *service.Call, in *api.GetObjectInput) (*api.GetObjectOutput, error) {
	v, part, err := s.read(c, in, *in.Key)
	if err != nil {
		return nil, err
	}
	f := foundIn(c)
	given, err := customerKeyIn(in, "")
	if err != nil {
		return nil, err
	}
	key, err := s.dataKey(c, f.bucket, v.Key, &v.Content, given)
	if err != nil {
		return nil, err
	}
	head, err := s.shown(c, v, part, in, given)
	if err != nil {
		return nil, err
	}
	out := new(api.GetObjectOutput)
	copyMembers(out, head, s.headed)
	told(c, 0, part.n)
	out.Body, err = s.open(c, &v.Content, f.sealed, key, part.off, part.n)
	return out, err
}

func (s *Service) headObject(c *service.Call, in *api.HeadObjectInput) (*api.HeadObjectOutput, error) {
	v, part, err := s.read(c, in, *in.Key)
	if err != nil {
		return nil, err
	}
	given, err := customerKeyIn(in, "")
	if err != nil {
		return nil, err
	}
	// A customer's key must be the right one. KMS is asked only where the checksum is told, as in AWS. S3 API Reference: "HeadObject".
	if v.Content.Seal.Kind != api.ServerSideEncryptionAwsKms || given != nil || in.ChecksumMode != nil {
		if _, err := s.dataKey(c, foundIn(c).bucket, v.Key, &v.Content, given); err != nil {
			return nil, err
		}
	}
	told(c, 0, 0)
	return s.shown(c, v, part, in, given)
}

// shown is a version as the headers of an answer tell it.
func (s *Service) shown(c *service.Call, v *Version, part span, in any, given *customerKey) (*api.HeadObjectOutput, error) {
	h := &v.Head
	out := &api.HeadObjectOutput{
		AcceptRanges: new("bytes"), ContentLength: &part.n, ContentRange: part.header(v.Size), ETag: quoted(v.ETag), LastModified: &v.Created,
		ContentType: new("binary/octet-stream"), Expiration: expiration(foundIn(c).lifecycle, v), ContentEncoding: wire.Optional(h.Encoding), ContentDisposition: wire.Optional(h.Disposition), ContentLanguage: wire.Optional(h.Language),
		CacheControl: wire.Optional(h.Cache), WebsiteRedirectLocation: wire.Optional(h.Redirect), Metadata: v.Meta, StorageClass: wire.Optional(v.Class),
	}
	if h.Type != "" {
		out.ContentType = &h.Type
	}
	if !h.Expires.IsZero() {
		out.Expires = &h.Expires
	}
	if len(v.Tags) > 0 {
		out.TagCount = new(int64(len(v.Tags)))
	}
	if versioningOf(foundIn(c).bucket) != "" {
		out.VersionId = &v.ID
	}
	out.ReplicationStatus = wire.Optional(v.Replica.Status)
	v.Lock.show(out)
	showEncryption(out, &v.Content.Seal, given)
	if number(in, "PartNumber") != nil && v.Content.Parts > 0 {
		out.PartsCount = new(int64(v.Content.Parts))
	}
	if wire.Text(member(in, "ChecksumMode")) == api.ChecksumModeEnabled {
		sums, err := s.sumsOf(c, v, part)
		if err != nil {
			return nil, err
		}
		sums.show(out)
	}
	override(in, out)
	return out, nil
}

// overrides reports whether a request asks for headers of its own.
func overrides(in any) bool {
	for _, name := range []string{"ResponseCacheControl", "ResponseContentDisposition", "ResponseContentEncoding", "ResponseContentLanguage", "ResponseContentType"} {
		if member(in, name) != nil {
			return true
		}
	}
	return moment(in, "ResponseExpires") != nil
}

// override sets the headers that a signed request asks for in its query.
func override(in any, out *api.HeadObjectOutput) {
	for _, m := range []struct {
		name string
		to   **string
	}{
		{"ResponseCacheControl", &out.CacheControl}, {"ResponseContentDisposition", &out.ContentDisposition}, {"ResponseContentEncoding", &out.ContentEncoding},
		{"ResponseContentLanguage", &out.ContentLanguage}, {"ResponseContentType", &out.ContentType},
	} {
		if p := member(in, m.name); p != nil {
			*m.to = p
		}
	}
	if t := moment(in, "ResponseExpires"); t != nil {
		out.Expires = t
	}
}

// copied is a member of two outputs, by its place in each.
type copied struct{ from, to int }

// sameMembers are the members of From that To has under the same name.
func sameMembers[From, To any]() (out []copied) {
	for f := range reflect.TypeFor[From]().Fields() {
		if t, ok := reflect.TypeFor[To]().FieldByName(f.Name); ok {
			out = append(out, copied{f.Index[0], t.Index[0]})
		}
	}
	return out
}

// copyMembers sets members of one output to those of another.
func copyMembers(to, from any, members []copied) {
	dst, src := reflect.ValueOf(to).Elem(), reflect.ValueOf(from).Elem()
	for _, m := range members {
		dst.Field(m.to).Set(src.Field(m.from))
	}
}

// number is an integer member of an input, nil when it has none of that name.
func number(in any, name string) *int64 {
	f := reflect.ValueOf(in).Elem().FieldByName(name)
	if !f.IsValid() {
		return nil
	}
	p, _ := f.Interface().(*int64)
	return p
}
