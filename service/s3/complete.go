package s3

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"reflect"
	"strings"

	api "vauban/api/s3"
	"vauban/service"
	"vauban/store"
)

// minPart is the least size of every part but the last.
const minPart = 5 << 20

func (s *Service) completeMultipartUpload(c *service.Call, in *api.CompleteMultipartUploadInput) (*api.CompleteMultipartUploadOutput, error) {
	f := foundIn(c)
	if f.upload == nil {
		return s.completedBefore(c, f, in)
	}
	pre, err := writeConditions(in.IfMatch, in.IfNoneMatch)
	if err != nil {
		return nil, err
	}
	if err := pre.check(c.Tx, f.bucket, *in.Key); err != nil {
		return nil, err
	}
	u := f.upload
	chosen, err := chooseParts(c.Tx, u, in)
	if err != nil {
		return nil, err
	}
	v, m := u.Version, &manifest{ID: u.ID}
	used := map[int]bool{}
	for _, p := range chosen {
		v.Size += p.Size
		used[p.Number] = true
		m.Parts = append(m.Parts, manifestPart{Number: p.Number, Size: p.Size, Blob: p.Blob, Sum: p.Sum.Value})
	}
	if in.MpuObjectSize != nil && *in.MpuObjectSize != v.Size {
		return nil, api.InvalidRequest.New("The provided 'x-amz-mp-object-size' header value %d does not match what was computed: %d", *in.MpuObjectSize, v.Size)
	}
	if v.ETag, err = etagOfParts(chosen); err != nil {
		return nil, err
	}
	if v.Sums, err = s.sumOfParts(u, chosen, in); err != nil {
		return nil, err
	}
	v.Created, v.Content.Parts = u.Initiated, len(chosen)
	if err := manifests.Insert(c.Tx, m); err != nil {
		return nil, err
	}
	if err := s.dropParts(c.Tx, u, used, c.Time); err != nil {
		return nil, err
	}
	if err := uploads.Delete(c.Tx, store.K(u.Bucket, u.Key, u.ID)); err != nil {
		return nil, err
	}
	if err := s.placeNew(c.Tx, c, f.bucket, &v); err != nil {
		return nil, err
	}
	if err := s.notify(c.Tx, c, f.bucket, eventCompleted, &v); err != nil {
		return nil, err
	}
	told(c, 0, 0)
	return s.completed(f.bucket, &v), nil
}

func (s *Service) completed(b *Bucket, v *Version) *api.CompleteMultipartUploadOutput {
	out := &api.CompleteMultipartUploadOutput{Bucket: &b.Name, Key: &v.Key, ETag: quoted(v.ETag), Location: new("https://" + b.Name + ".s3." + b.Region + ".amazonaws.com/" + v.Key)}
	v.Sums.show(out)
	showEncryption(out, &v.Content.Seal, nil)
	if versioningOf(b) != "" {
		out.VersionId = &v.ID
	}
	return out
}

// completedBefore answers a client that asks again because it did not hear the first answer.
func (s *Service) completedBefore(c *service.Call, f *found, in *api.CompleteMultipartUploadInput) (*api.CompleteMultipartUploadOutput, error) {
	for _, t := range []*store.Table[Version]{currents, versions} {
		v, err := t.ByUnique(c.Tx, "content", store.K(*in.UploadId))
		if err == nil && v.Bucket == f.bucket.ID && v.Key == *in.Key && v.Content.Parts > 0 {
			told(c, 0, 0)
			return s.completed(f.bucket, v), nil
		}
		if err != nil && !store.IsAbsent(err) {
			return nil, err
		}
	}
	return nil, noSuchUpload(in.UploadId)
}

// chooseParts reads the parts that the list names, if they can be an object.
func chooseParts(tx store.Tx, u *upload, in *api.CompleteMultipartUploadInput) ([]*part, error) {
	if in.MultipartUpload == nil || len(in.MultipartUpload.Parts) == 0 {
		return nil, api.InvalidRequest.New("You must specify at least one part")
	}
	list := in.MultipartUpload.Parts
	if len(list) > maxParts {
		return nil, malformedXML()
	}
	page, err := parts.List(tx, store.K(u.ID), nil, 0)
	if err != nil {
		return nil, err
	}
	have := make(map[int]*part, len(page.Items))
	for _, p := range page.Items {
		have[p.Number] = p
	}
	chosen := make([]*part, len(list))
	last := int64(0)
	for i := range list {
		if list[i].PartNumber == nil || list[i].ETag == nil {
			return nil, malformedXML()
		}
		n := *list[i].PartNumber
		if n <= last {
			return nil, errInvalidPartOrder.New("The list of parts was not in ascending order. Parts must be ordered by part number.").With("UploadId", u.ID)
		}
		last = n
		p := have[int(n)]
		if p == nil || strings.Trim(*list[i].ETag, `"`) != p.ETag {
			return nil, errInvalidPart.New("One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.").
				With("UploadId", u.ID).With("PartNumber", n).With("ETag", strings.Trim(*list[i].ETag, `"`))
		}
		chosen[i] = p
	}
	for _, p := range chosen[:len(chosen)-1] {
		if p.Size < minPart {
			return nil, errEntityTooSmall.New("Your proposed upload is smaller than the minimum allowed size").
				With("ProposedSize", p.Size).With("MinSizeAllowed", int64(minPart)).With("PartNumber", int64(p.Number)).With("ETag", p.ETag)
		}
	}
	return chosen, checkPartSums(u, list, chosen)
}

// checkPartSums compares the checksums in the list with those of the parts.
func checkPartSums(u *upload, list []api.CompletedPart, chosen []*part) error {
	for i, p := range chosen {
		value := reflect.ValueOf(&list[i]).Elem().FieldByName("Checksum" + p.Sum.Algorithm).Interface().(*string)
		switch {
		case value == nil && u.Type == api.ChecksumTypeComposite:
			return api.InvalidRequest.New("The upload was created using a %s checksum. The complete request must include the checksum for each part. It was missing for part %d in the request.",
				lower(u.Algorithm), p.Number)
		case value != nil && *value != p.Sum.Value && u.Type == api.ChecksumTypeComposite:
			return errBadDigest.New("The %s you specified for part %d did not match what we received.", lower(u.Algorithm), p.Number)
		case value != nil && *value != p.Sum.Value:
			return errInvalidPart.New("One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.").
				With("UploadId", u.ID).With("PartNumber", int64(p.Number)).With("ETag", p.ETag)
		}
	}
	return nil
}

func etagOfParts(chosen []*part) (string, error) {
	h := md5.New()
	for _, p := range chosen {
		sum, err := hex.DecodeString(p.ETag)
		if err != nil {
			return "", fmt.Errorf("entity tag of part %d: %w", p.Number, err)
		}
		h.Write(sum)
	}
	return fmt.Sprintf("%x-%d", h.Sum(nil), len(chosen)), nil
}

// sumOfParts is the checksum of the object: of the checksums of its parts, or for CRCs of the whole, without reading it again.
func (s *Service) sumOfParts(u *upload, chosen []*part, in *api.CompleteMultipartUploadInput) (c checksums, err error) {
	kind := "null"
	if u.Type != "" {
		kind = u.Type
	}
	if in.ChecksumType != nil && *in.ChecksumType != kind && !(kind == "null" && *in.ChecksumType == api.ChecksumTypeFullObject) {
		return c, api.InvalidRequest.New("The upload was created using the %s checksum mode. The complete request must use the same checksum mode.", kind)
	}
	c = checksums{Algorithm: u.Algorithm, Type: u.Type}
	if c.Algorithm == "" {
		c.Algorithm, c.Type = algorithmCRC64NVME, api.ChecksumTypeFullObject
	}
	sums, sizes := make([][]byte, len(chosen)), make([]int64, len(chosen))
	for i, p := range chosen {
		value := p.Sum.Value
		if u.Algorithm == "" {
			value = p.Whole
		}
		if sums[i], err = base64.StdEncoding.DecodeString(value); err != nil {
			return c, fmt.Errorf("checksum of part %d: %w", p.Number, err)
		}
		sizes[i] = p.Size
	}
	if field, ok := crcFieldOf(c.Algorithm); ok && c.Type == api.ChecksumTypeFullObject {
		c.Value = base64.StdEncoding.EncodeToString(field.combined(sums, sizes))
	} else {
		h := s.newHash(c.Algorithm)
		h.Write(bytes.Join(sums, nil))
		c.Value = fmt.Sprintf("%s-%d", base64.StdEncoding.EncodeToString(h.Sum(nil)), len(chosen))
	}
	claim := reflect.ValueOf(in).Elem().FieldByName("Checksum" + c.Algorithm).Interface().(*string)
	if claim != nil && *claim != c.Value && *claim+fmt.Sprintf("-%d", len(chosen)) != c.Value {
		return c, errBadDigest.New("The %s you specified did not match the calculated checksum.", lower(c.Algorithm))
	}
	return c, nil
}
