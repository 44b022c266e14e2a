package s3

import (
	"context"
	"encoding/base64"
	"io"
	"strings"
	"time"

	"github.com/minio/crc64nvme"

	api "vauban/api/s3"
	"vauban/blob"
	"vauban/service"
	"vauban/store"
)

func lower(s string) string { return strings.ToLower(s) }

// maxParts is the highest part number.
const maxParts = 10_000

func checkPartNumber(n int64) error {
	if n < 1 || n > maxParts {
		return invalid("partNumber", "", "Part number must be an integer between 1 and 10000, inclusive")
	}
	return nil
}

func (s *Service) uploadPart(c *service.Call, in *api.UploadPartInput) (*api.UploadPartOutput, error) {
	f := foundIn(c)
	if err := checkPartNumber(*in.PartNumber); err != nil {
		return nil, err
	}
	u := f.upload
	if u == nil {
		return nil, noSuchUpload(in.UploadId)
	}
	given, key, err := s.partKey(c, f, in)
	if err != nil {
		return nil, err
	}
	sums, err := s.partSums(u, in.Body, in)
	if err != nil {
		return nil, err
	}
	p, err := s.keepPart(c, u, int(*in.PartNumber), key, sums)
	if err != nil {
		return nil, err
	}
	told(c, p.Size, 0)
	if err := s.commitPart(c, u, p); err != nil {
		return nil, err
	}
	out := &api.UploadPartOutput{ETag: quoted(p.ETag)}
	p.Sum.show(out)
	showEncryption(out, &u.Version.Content.Seal, given)
	return out, nil
}

// partKey unwraps the upload's data key. A customer's key must come with each part.
func (s *Service) partKey(c *service.Call, f *found, in any) (*customerKey, *blob.DataKey, error) {
	given, err := customerKeyIn(in, "")
	if err != nil {
		return nil, nil, err
	}
	content := &f.upload.Version.Content
	if (content.Seal.Kind == customer) != (given != nil) {
		return nil, nil, api.InvalidRequest.New("The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.")
	}
	if given != nil {
		if _, err := given.unwrap(content.ID, content.Seal.Key); err != nil {
			return nil, nil, api.InvalidRequest.New("The provided encryption parameters did not match the ones used originally.").Because(err)
		}
	}
	key, err := s.dataKey(c, f.bucket, f.upload.Key, content, given)
	return given, key, err
}

// partSums prepares the reading of a part. All parts have the checksum that the upload was begun with; where it names none, CRC64NVME is worked out
// beside the one that the client gives, for the whole object's.
func (s *Service) partSums(u *upload, r io.Reader, in any) (*summing, error) {
	byDefault := u.Algorithm
	if byDefault == "" {
		byDefault = algorithmCRC64NVME
	}
	m, err := s.sums(r, in, byDefault)
	if err != nil {
		return nil, err
	}
	if u.Algorithm != "" && m.algorithm != u.Algorithm {
		return nil, api.InvalidRequest.New("Checksum Type mismatch occurred, expected checksum Type: %s, actual checksum Type: %s", lower(u.Algorithm), lower(m.algorithm))
	}
	if u.Algorithm == "" && m.algorithm != algorithmCRC64NVME {
		m.whole = crc64nvme.New()
	}
	return m, nil
}

// keepPart makes the bytes of a part durable.
func (s *Service) keepPart(ctx context.Context, u *upload, number int, key *blob.DataKey, sums *summing) (*part, error) {
	id, err := s.newPartID(u, number)
	if err != nil {
		return nil, err
	}
	seal := &u.Version.Content.Seal
	sums.under(seal)
	size, err := s.Blobs.Put(ctx, id, key, sums)
	if err != nil {
		return nil, unstored(err)
	}
	p := &part{Upload: u.ID, Number: number, Size: size, ETag: etagOf(id, sums, seal), Sum: sums.result, Blob: id, Created: s.Clock()}
	if sums.whole != nil {
		p.Whole = base64.StdEncoding.EncodeToString(sums.whole.Sum(nil))
	} else if u.Algorithm == "" {
		p.Whole = p.Sum.Value
	}
	return p, nil
}

// commitPart makes the part one of the upload's. It replaces one of the same number.
func (s *Service) commitPart(c *service.Call, u *upload, p *part) error {
	refused := false
	err := c.Commit(func(tx store.Tx) (err error) {
		defer func() { refused = err != nil }()
		if s.Clock().Sub(p.Created) > maxUpload || foundIn(c).upload == nil {
			return noSuchUpload(&u.ID)
		}
		before, err := parts.Get(tx, parts.Key(p))
		if err == nil {
			err = s.letGo(tx, before.Blob, c.Time)
		}
		if err != nil && !store.IsAbsent(err) {
			return err
		}
		return parts.Put(tx, p)
	})
	if refused {
		_ = s.Blobs.Delete(context.WithoutCancel(c), p.Blob) // else it is an orphan
	}
	return unstored(err)
}

func (p *part) created() *time.Time { return new(p.Created.Truncate(time.Second)) }
