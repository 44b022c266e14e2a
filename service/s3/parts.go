package s3

import (
	"context"
	"errors"
	"fmt"
	"io"

	"vauban/blob"
	"vauban/service"
	"vauban/store"
)

// manifest lists the parts of an object that was uploaded in parts. It is apart from the version, which listings read.
type manifest struct {
	ID    string         `json:"id"` // of the content
	Parts []manifestPart `json:"parts"`
}

type manifestPart struct {
	Number int    `json:"n"`
	Size   int64  `json:"size"`
	Blob   string `json:"blob"`
	Sum    string `json:"sum,omitempty"` // in the algorithm of the object
}

var manifests = &store.Table[manifest]{
	Name: "s3.manifest",
	Key:  func(m *manifest) store.Key { return store.K(m.ID) },
}

// manifestOf reads the parts of a content, outside of transactions.
func (s *Service) manifestOf(ctx context.Context, id string) (m *manifest, err error) {
	err = s.Store.Read(ctx, func(tx store.Tx) (err error) {
		m, err = manifests.Get(tx, store.K(id))
		return err
	})
	if err != nil {
		err = internal(fmt.Errorf("read the parts of %s: %w", id, err))
	}
	return m, err
}

// partSpan is where part number n lies. An object that was not uploaded in parts is its own part 1.
func (s *Service) partSpan(c *service.Call, v *Version, n int64) (span, error) {
	if v.Content.Parts == 0 && n == 1 {
		return span{0, v.Size, v.Size == 0}, nil
	}
	var parts []manifestPart
	if v.Content.Parts > 0 {
		m, err := s.manifestOf(c, v.Content.ID)
		if err != nil {
			return span{}, err
		}
		parts = m.Parts
	}
	if n < 1 || n > int64(len(parts)) {
		return span{}, errInvalidPartNumber.New("The requested partnumber is not satisfiable").With("ActualPartCount", int64(max(len(parts), 1))).With("PartNumberRequested", n)
	}
	var off int64
	for _, p := range parts[:n-1] {
		off += p.Size
	}
	return span{off, parts[n-1].Size, false}, nil
}

// sumsOf is the checksum of what is read: the object's, or that of the part which the span is. Of other spans there is none. Amazon S3 User Guide:
// "Using part-level checksums for multipart uploads".
func (s *Service) sumsOf(c *service.Call, v *Version, read span) (checksums, error) {
	if v.Content.Parts > 0 && !read.whole {
		m, err := s.manifestOf(c, v.Content.ID)
		if err != nil {
			return checksums{}, err
		}
		var off int64
		for i := range m.Parts {
			p := &m.Parts[i]
			if off == read.off && p.Size == read.n && p.Sum != "" {
				return checksums{v.Sums.Algorithm, v.Sums.Type, p.Sum}, nil
			}
			off += p.Size
		}
	}
	if read.n == v.Size {
		return v.Sums, nil
	}
	return checksums{}, nil
}

// openParts opens the bytes from off on of a content in parts: one part after the other, as they are read.
func (s *Service) openParts(ctx context.Context, c *content, key *blob.DataKey, off, n int64) (io.ReadCloser, error) {
	m, err := s.manifestOf(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	r := &partsReader{ctx: ctx, blobs: s.Blobs, key: key, parts: m.Parts, off: off, n: n}
	return begin(r, r)
}

type partsReader struct {
	ctx   context.Context
	blobs blob.Store
	key   *blob.DataKey
	parts []manifestPart // that have not been opened
	off   int64          // into the first of them
	n     int64          // bytes that are still to be read
	open  blob.Object
	r     io.Reader
}

func (p *partsReader) Read(b []byte) (int, error) {
	for p.n > 0 {
		if p.r == nil {
			if err := p.next(); err != nil {
				return 0, err
			}
		}
		n, err := p.r.Read(b[:min(int64(len(b)), p.n)])
		p.n -= int64(n)
		if errors.Is(err, io.EOF) {
			if err = p.shut(); n == 0 && err == nil {
				continue
			}
		}
		return n, err
	}
	return 0, io.EOF
}

// next opens the next part that has bytes to be read.
func (p *partsReader) next() error {
	for len(p.parts) > 0 && p.off >= p.parts[0].Size {
		p.off -= p.parts[0].Size
		p.parts = p.parts[1:]
	}
	if len(p.parts) == 0 {
		return fmt.Errorf("%w: the parts have %d bytes less than the object", blob.ErrCorrupt, p.n)
	}
	part := p.parts[0]
	o, err := p.blobs.Open(p.ctx, part.Blob, p.key)
	if err != nil {
		return fmt.Errorf("open part %d: %w", part.Number, err)
	}
	p.open = o
	if o.Size() != part.Size {
		return fmt.Errorf("%w: part %d has %d bytes", blob.ErrCorrupt, part.Number, o.Size())
	}
	p.r = o.Range(p.ctx, p.off, part.Size-p.off)
	p.parts, p.off = p.parts[1:], 0
	return nil
}

func (p *partsReader) shut() error {
	p.r = nil
	if p.open == nil {
		return nil
	}
	o := p.open
	p.open = nil
	return o.Close()
}

// Close implements io.Closer.
func (p *partsReader) Close() error { return p.shut() }
