package blob

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Encrypt seals what r gives to w under the data key and object ID, and returns the plaintext's size. It holds three chunks at a
// time. random makes the salt.
func Encrypt(ctx context.Context, w io.Writer, random io.Reader, key *DataKey, id string, r io.Reader) (int64, error) {
	if err := CheckID(id); err != nil {
		return 0, err
	}
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(random, salt); err != nil {
		return 0, fmt.Errorf("make a salt: %w", err)
	}
	aead, err := cipherOf(key, id, salt)
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(appendHeader(nil, salt)); err != nil {
		return 0, err
	}
	// The last chunk is known only when the next one turns out to be empty, so one is read ahead.
	var size int64
	chunk, next := make([]byte, ChunkSize), []byte(nil)
	n, err := fill(ctx, r, chunk)
	if err != nil {
		return 0, err
	}
	buf := make([]byte, 0, max(n+tagSize, trailerSize))
	for counter := uint64(0); n > 0; counter++ {
		ahead := 0
		if n == ChunkSize {
			if next == nil {
				next = make([]byte, ChunkSize)
			}
			if ahead, err = fill(ctx, r, next); err != nil {
				return 0, err
			}
		}
		flag := byte(flagChunk)
		if ahead == 0 {
			flag = flagLast
		}
		nonce := nonceOf(counter, flag)
		if _, err := w.Write(aead.Seal(buf, nonce[:], chunk[:n], nil)); err != nil {
			return 0, err
		}
		size += int64(n)
		chunk, next, n = next, chunk, ahead
	}
	nonce := nonceOf(0, flagTrailer)
	_, err = w.Write(aead.Seal(buf, nonce[:], binary.BigEndian.AppendUint64(nil, uint64(size)), nil))
	return size, err
}

// fill reads until buf is full or r ends. Only io.EOF is an end: a source that answers io.ErrUnexpectedEOF was cut off, and what it gave is
// not the object.
func fill(ctx context.Context, r io.Reader, buf []byte) (n int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	for idle := 0; n < len(buf); {
		k, err := r.Read(buf[n:])
		n += k
		if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		if k > 0 {
			idle = 0
		} else if idle++; idle == maxIdleReads {
			return n, io.ErrNoProgress
		}
	}
	return n, nil
}

// maxIdleReads is how often a source may give nothing in a row.
const maxIdleReads = 100
