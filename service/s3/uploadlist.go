package s3

import (
	"strings"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

func (s *Service) listParts(c *service.Call, in *api.ListPartsInput) (*api.ListPartsOutput, error) {
	f := foundIn(c)
	u := f.upload
	if u == nil {
		return nil, noSuchUpload(in.UploadId)
	}
	most, err := pageSize("max-parts", in.MaxParts)
	if err != nil {
		return nil, err
	}
	marker := int64(0)
	if in.PartNumberMarker != nil {
		marker = *in.PartNumberMarker
	}
	out := &api.ListPartsOutput{
		Bucket: in.Bucket, Key: in.Key, UploadId: &u.ID, PartNumberMarker: &marker, MaxParts: new(int64(most)), IsTruncated: new(false), Owner: s.owner(f.bucket.Account),
		Initiator: &api.Initiator{ID: &u.Initiator, DisplayName: &u.Initiator}, StorageClass: (&summary{Class: u.Version.Class}).class(),
		ChecksumAlgorithm: wire.Optional(u.Algorithm), ChecksumType: wire.Optional(u.Type), NextPartNumberMarker: new(int64(0)),
	}
	told(c, 0, 0)
	if most == 0 {
		return out, nil
	}
	page, err := parts.List(c.Tx, store.K(u.ID), store.K(u.ID, marker), most)
	if err != nil {
		return nil, err
	}
	for _, p := range page.Items {
		shown := api.Part{PartNumber: new(int64(p.Number)), Size: &p.Size, ETag: quoted(p.ETag), LastModified: p.created()}
		p.Sum.show(&shown)
		out.Parts = append(out.Parts, shown)
		out.NextPartNumberMarker = shown.PartNumber
	}
	out.IsTruncated = new(page.Next != nil)
	return out, nil
}

func (s *Service) listMultipartUploads(c *service.Call, in *api.ListMultipartUploadsInput) (*api.ListMultipartUploadsOutput, error) {
	b := foundIn(c).bucket
	most, err := pageSize("max-uploads", in.MaxUploads)
	if err != nil {
		return nil, err
	}
	encode, err := encoding(in.EncodingType)
	if err != nil {
		return nil, err
	}
	if in.UploadIdMarker != nil && *in.UploadIdMarker != "" && in.KeyMarker != nil {
		u, err := uploadOf(c.Tx, b, *in.KeyMarker, in.UploadIdMarker)
		if err != nil {
			return nil, err
		}
		if u == nil {
			return nil, invalid("upload-id-marker", *in.UploadIdMarker, "Invalid uploadId marker")
		}
	}
	out := &api.ListMultipartUploadsOutput{
		Bucket: &b.Name, KeyMarker: new(wire.Text(in.KeyMarker)), UploadIdMarker: new(wire.Text(in.UploadIdMarker)), Prefix: encode(wire.Text(in.Prefix)), Delimiter: encoded(encode, in.Delimiter),
		MaxUploads: new(int64(most)), EncodingType: in.EncodingType, IsTruncated: new(false), NextKeyMarker: new(""), NextUploadIdMarker: new(""),
	}
	if most == 0 {
		return out, nil
	}
	return out, s.uploadPage(c, b, in, most, encode, out)
}

// uploadPage fills in one page. Uploads are few, so that groups are not passed over but read.
func (s *Service) uploadPage(c *service.Call, b *Bucket, in *api.ListMultipartUploadsInput, most int, encode func(string) *string, out *api.ListMultipartUploadsOutput) error {
	w := walk{bucket: b.ID, prefix: wire.Text(in.Prefix), delimiter: wire.Text(in.Delimiter), after: wire.Text(in.KeyMarker)}
	after := w.start()
	if in.KeyMarker != nil {
		after = behindKey(b.ID, *in.KeyMarker)
		if wire.Text(in.UploadIdMarker) != "" {
			after = store.K(b.ID, *in.KeyMarker, *in.UploadIdMarker)
		}
	}
	if g := w.commonPrefix(w.after); w.after != "" && strings.HasPrefix(w.after, w.prefix) && g == w.after {
		after = behind(b.ID, g)
	}
	last, n := "", 0
	_, err := store.Visit(c.Tx, uploads, below(b.ID, w.prefix), after, func(u *upload) bool {
		group := w.commonPrefix(u.Key)
		if group != "" && group == last {
			return true
		}
		if n == most {
			out.IsTruncated = new(true)
			return false
		}
		n++
		if last = group; group != "" {
			out.CommonPrefixes = append(out.CommonPrefixes, api.CommonPrefix{Prefix: encode(group)})
			out.NextKeyMarker, out.NextUploadIdMarker = encode(group), new("")
			return true
		}
		out.Uploads = append(out.Uploads, api.MultipartUpload{
			Key: encode(u.Key), UploadId: &u.ID, Initiated: &u.Initiated, Owner: s.owner(b.Account), Initiator: &api.Initiator{ID: &u.Initiator, DisplayName: &u.Initiator},
			StorageClass: (&summary{Class: u.Version.Class}).class(), ChecksumAlgorithm: wire.Optional(u.Algorithm), ChecksumType: wire.Optional(u.Type),
		})
		out.NextKeyMarker, out.NextUploadIdMarker = encode(u.Key), &u.ID
		return true
	})
	if !*out.IsTruncated {
		out.NextKeyMarker, out.NextUploadIdMarker = new(""), new("")
	}
	return err
}

// behindKey is a place behind all that the store has of one key, and before the next.
func behindKey(bucket, key string) store.Key { return append(store.K(bucket, key), 0xff) }
