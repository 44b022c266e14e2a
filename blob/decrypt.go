package blob

import (
	"context"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Open verifies the header and trailer of the sealed bytes, of which there are sealedSize, and returns the object. Closing it closes
// sealed, if that is an io.Closer.
func Open(sealed io.ReaderAt, sealedSize int64, key *DataKey, id string) (Object, error) {
	if err := CheckID(id); err != nil {
		return nil, err
	}
	size, ok := plainSize(sealedSize)
	if !ok {
		return nil, fmt.Errorf("%w: no object has %d sealed bytes", ErrCorrupt, sealedSize)
	}
	header := make([]byte, headerSize)
	if err := readFull(sealed, header, 0); err != nil {
		return nil, err
	}
	salt, err := parseHeader(header)
	if err != nil {
		return nil, err
	}
	aead, err := cipherOf(key, id, salt)
	if err != nil {
		return nil, err
	}
	trailer := make([]byte, trailerSize)
	if err := readFull(sealed, trailer, sealedSize-trailerSize); err != nil {
		return nil, err
	}
	nonce := nonceOf(0, flagTrailer)
	plain, err := aead.Open(trailer[:0], nonce[:], trailer, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: the trailer does not open", ErrCorrupt)
	}
	if got := binary.BigEndian.Uint64(plain); got != uint64(size) {
		return nil, fmt.Errorf("%w: %d bytes, where %d were put", ErrCorrupt, size, got)
	}
	return &object{sealed: sealed, aead: aead, size: size}, nil
}

type object struct {
	sealed io.ReaderAt
	aead   cipher.AEAD
	size   int64
}

func (o *object) Size() int64 { return o.size }

func (o *object) Close() error {
	if c, ok := o.sealed.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// chunk decrypts chunk i into buf, which has room for a sealed chunk, and returns the plaintext.
func (o *object) chunk(buf []byte, i int64) ([]byte, error) {
	start := i * ChunkSize
	n := min(o.size-start, ChunkSize)
	flag := byte(flagChunk)
	if start+n == o.size {
		flag = flagLast
	}
	buf = buf[:n+tagSize]
	if err := readFull(o.sealed, buf, headerSize+i*sealedChunk); err != nil {
		return nil, err
	}
	nonce := nonceOf(uint64(i), flag)
	plain, err := o.aead.Open(buf[:0], nonce[:], buf, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: chunk %d does not open", ErrCorrupt, i)
	}
	return plain, nil
}

// ReadAt implements io.ReaderAt on the plaintext.
func (o *object) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("blob: negative offset")
	}
	return readInto(p, &rangeReader{o: o, ctx: context.Background(), off: min(off, o.size), end: o.size})
}

// readInto fills p, with io.EOF when the object ends before.
func readInto(p []byte, r io.Reader) (int, error) {
	n, err := io.ReadFull(r, p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}

func (o *object) Range(ctx context.Context, off, n int64) io.Reader {
	off = min(max(off, 0), o.size)
	return &rangeReader{o: o, ctx: ctx, off: off, end: off + min(max(n, 0), o.size-off)}
}

// rangeReader streams plaintext, one chunk at a time.
type rangeReader struct {
	o        *object
	ctx      context.Context
	off, end int64
	buf      []byte // of a sealed chunk
	rest     []byte // of the chunk that is open
	err      error
}

// Read implements io.Reader. A damaged chunk ends the stream with ErrCorrupt, never with io.EOF.
func (r *rangeReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := r.advance(); err != nil {
		return 0, err
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// WriteTo implements io.WriterTo: io.Copy needs no buffer of its own.
func (r *rangeReader) WriteTo(w io.Writer) (int64, error) {
	var total int64
	for {
		err := r.advance()
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, err
		}
		n, err := w.Write(r.rest)
		total += int64(n)
		r.rest = r.rest[n:]
		if err != nil {
			return total, err
		}
	}
}

// advance makes sure that rest is not empty.
func (r *rangeReader) advance() error {
	if len(r.rest) > 0 || r.err != nil {
		return r.err
	}
	if r.off >= r.end {
		return io.EOF
	}
	if r.err = r.ctx.Err(); r.err != nil {
		return r.err
	}
	if r.buf == nil {
		r.buf = make([]byte, min(sealedChunk, r.o.size+tagSize))
	}
	i := r.off / ChunkSize
	plain, err := r.o.chunk(r.buf, i)
	if err != nil {
		r.err = err
		return err
	}
	start := i * ChunkSize
	stop := min(r.end, start+int64(len(plain)))
	r.rest = plain[r.off-start : stop-start]
	r.off = stop
	return nil
}

// readFull reads len(p) sealed bytes. Their end is damage: the size was known before.
func readFull(r io.ReaderAt, p []byte, off int64) error {
	n, err := r.ReadAt(p, off)
	if n == len(p) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: it ends early", ErrCorrupt)
	}
	return err
}
