package s3

import (
	"encoding/json"
	"net/url"
	"strings"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
)

func (s *Service) listOperations() []service.Row {
	return data(
		service.Reads(api.OpListObjectsV2, onListing(s, func(in *api.ListObjectsV2Input, k conditions) { listing(k, in.Prefix, in.Delimiter, in.MaxKeys) }), s.listObjectsV2),
		service.Reads(api.OpListObjects, onListing(s, func(in *api.ListObjectsInput, k conditions) { listing(k, in.Prefix, in.Delimiter, in.MaxKeys) }), s.listObjects),
	)
}

// listing adds the condition keys of listings.
func listing(k conditions, prefix, delimiter *string, most *int64) {
	k.set("s3:prefix", prefix)
	k.set("s3:delimiter", delimiter)
	k.number("s3:max-keys", most)
}

// page is one page of a listing of current versions.
type page struct {
	contents []api.Object
	prefixes []api.CommonPrefix
	last     string // key or group, when there is more
	more     bool
}

func (p *page) count() int { return len(p.contents) + len(p.prefixes) }

// page reads at most so many keys and groups together.
func (s *Service) page(c *service.Call, w walk, most int, encode func(string) *string, owner *api.Owner) (p page, err error) {
	p.contents = []api.Object{}
	if most == 0 {
		return p, nil
	}
	p.more, err = w.run(c.Tx, func(name string, v *summary) (bool, error) {
		if p.count() == most {
			return false, nil
		}
		p.last = name
		if v == nil {
			p.prefixes = append(p.prefixes, api.CommonPrefix{Prefix: encode(name)})
			return true, nil
		}
		o := api.Object{Key: encode(name), ETag: quoted(v.ETag), LastModified: &v.Created, Size: &v.Size, StorageClass: v.class(), Owner: owner}
		if v.Sums.Algorithm != "" {
			o.ChecksumAlgorithm, o.ChecksumType = []string{v.Sums.Algorithm}, &v.Sums.Type
		}
		p.contents = append(p.contents, o)
		return true, nil
	})
	return p, err
}

func (v *summary) class() *string {
	if v.Class == "" {
		return new(api.StorageClassStandard)
	}
	return &v.Class
}

// pageSize reads max-keys and its kin.
func pageSize(name string, most *int64) (int, error) {
	if most == nil {
		return maxListed, nil
	}
	if *most < 0 {
		return 0, invalid(name, "", "Argument "+name+" must be an integer between 0 and 2147483647")
	}
	return int(min(*most, maxListed)), nil
}

// encoding is how names are written: as they are, or percent-encoded for clients whose XML cannot hold them.
func encoding(kind *string) (func(string) *string, error) {
	switch {
	case kind == nil:
		return func(s string) *string { return &s }, nil
	case *kind == api.EncodingTypeUrl:
		return func(s string) *string {
			return new(strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(s), "+", "%20"), "%2F", "/"))
		}, nil
	}
	return nil, invalid("encoding-type", *kind, "Invalid Encoding Method specified in Request")
}

func encoded(encode func(string) *string, p *string) *string {
	if p == nil {
		return nil
	}
	return encode(*p)
}

// place is where a listing goes on, as its token holds it.
type listPlace struct {
	Bucket string `json:"b"` // ID
	Key    string `json:"k"`
	ID     string `json:"i,omitempty"` // of a version
}

const listPurpose = "s3.list"

func (s *Service) listToken(p listPlace) (*string, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	t, err := s.Seal.SealToken(listPurpose, b)
	return &t, err
}

func (s *Service) openListToken(token string, b *Bucket) (listPlace, error) {
	var p listPlace
	plain, err := s.Seal.OpenToken(listPurpose, token)
	if err == nil {
		err = json.Unmarshal(plain, &p)
	}
	if err != nil || p.Bucket != b.ID {
		return p, invalid("continuation-token", token, "The continuation token provided is incorrect").Because(err)
	}
	return p, nil
}

func (s *Service) listObjectsV2(c *service.Call, in *api.ListObjectsV2Input) (*api.ListObjectsV2Output, error) {
	b := foundIn(c).bucket
	most, err := pageSize("max-keys", in.MaxKeys)
	if err != nil {
		return nil, err
	}
	encode, err := encoding(in.EncodingType)
	if err != nil {
		return nil, err
	}
	w := walk{bucket: b.ID, prefix: wire.Text(in.Prefix), delimiter: wire.Text(in.Delimiter), after: wire.Text(in.StartAfter)}
	if in.ContinuationToken != nil {
		p, err := s.openListToken(*in.ContinuationToken, b)
		if err != nil {
			return nil, err
		}
		w.after = p.Key
	}
	var owner *api.Owner
	if is(in.FetchOwner) {
		owner = s.owner(b.Account)
	}
	p, err := s.page(c, w, most, encode, owner)
	if err != nil {
		return nil, err
	}
	out := &api.ListObjectsV2Output{
		Name: &b.Name, Prefix: encode(w.prefix), Delimiter: encoded(encode, wire.Optional(w.delimiter)), MaxKeys: new(int64(most)), KeyCount: new(int64(p.count())),
		IsTruncated: &p.more, Contents: p.contents, CommonPrefixes: p.prefixes, EncodingType: in.EncodingType, ContinuationToken: in.ContinuationToken,
		StartAfter: encoded(encode, in.StartAfter),
	}
	if p.more {
		out.NextContinuationToken, err = s.listToken(listPlace{Bucket: b.ID, Key: p.last})
	}
	return out, err
}

func (s *Service) listObjects(c *service.Call, in *api.ListObjectsInput) (*api.ListObjectsOutput, error) {
	b := foundIn(c).bucket
	most, err := pageSize("max-keys", in.MaxKeys)
	if err != nil {
		return nil, err
	}
	encode, err := encoding(in.EncodingType)
	if err != nil {
		return nil, err
	}
	w := walk{bucket: b.ID, prefix: wire.Text(in.Prefix), delimiter: wire.Text(in.Delimiter), after: wire.Text(in.Marker)}
	p, err := s.page(c, w, most, encode, s.owner(b.Account))
	if err != nil {
		return nil, err
	}
	out := &api.ListObjectsOutput{
		Name: &b.Name, Prefix: encode(w.prefix), Marker: encode(w.after), Delimiter: encoded(encode, wire.Optional(w.delimiter)), MaxKeys: new(int64(most)),
		IsTruncated: &p.more, Contents: p.contents, CommonPrefixes: p.prefixes, EncodingType: in.EncodingType,
	}
	if p.more && w.delimiter != "" {
		out.NextMarker = encode(p.last)
	}
	return out, nil
}
