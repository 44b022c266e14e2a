package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"vauban/blob"
	"vauban/store"
)

// maxSmall is the size of an object that still goes into a document: it costs no file and no fsync of its own.
const maxSmall = 16 << 10

// kept is content whose bytes are durable, or will be with the commit that names them.
type kept struct {
	content
	size   int64
	sealed []byte // of a small one
	at     time.Time
}

// keep stores what r gives, under the data key.
func (s *Service) keep(ctx context.Context, id string, seal sealing, key *blob.DataKey, r io.Reader) (*kept, error) {
	k := &kept{content: content{ID: id, Seal: seal}}
	head := make([]byte, maxSmall+1)
	n, err := readUpTo(r, head)
	if err != nil {
		return nil, err
	}
	if n <= maxSmall {
		var sealed bytes.Buffer
		sealed.Grow(int(blob.SealedSize(int64(n))))
		if _, err := blob.Encrypt(ctx, &sealed, s.Rand, key, id, bytes.NewReader(head[:n])); err != nil {
			return nil, fmt.Errorf("seal a small object: %w", err)
		}
		k.Small, k.size, k.sealed, k.at = true, int64(n), sealed.Bytes(), s.Clock()
		return k, nil
	}
	k.size, err = s.Blobs.Put(ctx, blobID(id), key, io.MultiReader(bytes.NewReader(head), r))
	k.at = s.Clock()
	return k, unstored(err)
}

// readUpTo fills p as far as r gives. Only io.EOF is an end.
func readUpTo(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var k int
		k, err = r.Read(p[n:])
		n += k
	}
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return n, err
}

// name is what a commit does that names the content.
func (s *Service) name(tx store.Tx, k *kept) error {
	if s.Clock().Sub(k.at) > maxUpload {
		return internal(errors.New("the commit comes too late: the bytes may be taken for an orphan"))
	}
	if !k.Small {
		return nil
	}
	return smalls.Insert(tx, &small{ID: k.ID, Sealed: k.sealed})
}

// discard removes the bytes of content that was not named. What it cannot remove is an orphan.
func (s *Service) discard(ctx context.Context, k *kept) {
	if !k.Small {
		_ = s.Blobs.Delete(context.WithoutCancel(ctx), blobID(k.ID))
	}
}

// open opens the bytes of a version for reading from off on. sealed is what sealedBytes gave.
func (s *Service) open(ctx context.Context, c *content, sealed []byte, key *blob.DataKey, off, n int64) (io.ReadCloser, error) {
	if c.Parts > 0 {
		return s.openParts(ctx, c, key, off, n)
	}
	var o blob.Object
	var err error
	if c.Small {
		o, err = blob.Open(bytes.NewReader(sealed), int64(len(sealed)), key, c.ID)
	} else {
		o, err = s.Blobs.Open(ctx, blobID(c.ID), key)
	}
	if err != nil {
		return nil, internal(fmt.Errorf("open content %s: %w", c.ID, err))
	}
	return begin(o.Range(ctx, off, n), o)
}

// reading is an opened body.
type reading struct {
	io.Reader
	io.Closer
}

// WriteTo implements io.WriterTo.
func (r reading) WriteTo(w io.Writer) (int64, error) { return io.Copy(w, r.Reader) }

// begin reads the first bytes, so that what is damaged at its start is answered with an error and not with a body that breaks off.
func begin(r io.Reader, c io.Closer) (io.ReadCloser, error) {
	head := make([]byte, 1)
	switch n, err := r.Read(head); {
	case errors.Is(err, io.EOF) && n == 0:
		return reading{bytes.NewReader(nil), c}, nil
	case err != nil && n == 0:
		c.Close()
		return nil, internal(fmt.Errorf("read content: %w", err))
	default:
		return reading{&prefixed{head[:n], r}, c}, nil
	}
}

// prefixed gives back what was read ahead, and then copies straight from the reader.
type prefixed struct {
	head []byte
	rest io.Reader
}

func (p *prefixed) Read(b []byte) (int, error) {
	if len(p.head) > 0 {
		n := copy(b, p.head)
		p.head = p.head[n:]
		return n, nil
	}
	return p.rest.Read(b)
}

// WriteTo implements io.WriterTo: chunks go from their decryption to the client without another buffer.
func (p *prefixed) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(p.head)
	p.head = p.head[n:]
	if err != nil {
		return int64(n), err
	}
	more, err := io.Copy(w, p.rest)
	return int64(n) + more, err
}
