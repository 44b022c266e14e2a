package s3

import (
	"context"
	"crypto/md5" // what an ETag is; the bytes' integrity is the signature's matter
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const (
	partSize = 8 << 20
	maxParts = 10_000
	// markHeader is metadata by which an upload knows its object again when the answer to its completion was lost.
	markHeader = "X-Amz-Meta-Vauban-Upload"
)

// upload is an io.Writer of sealed bytes to one key. Up to a part is sent as one PutObject, more as a multipart upload.
type upload struct {
	s     *Store
	ctx   context.Context
	key   string
	buf   []byte // of the part that is being filled
	id    string // of the multipart upload; "" before the second part begins
	mark  string
	parts []part
}

type part struct {
	Number int    `xml:"PartNumber"`
	ETag   string `xml:"ETag"`
}

// Write implements io.Writer. A part is sent when bytes come that it has no room for: whether it is the only one is known only then.
func (u *upload) Write(p []byte) (int, error) {
	total := len(p)
	for len(p) > 0 {
		if len(u.buf) == partSize {
			if err := u.flush(); err != nil {
				return 0, err
			}
		}
		n := min(len(p), partSize-len(u.buf))
		u.grow(len(u.buf) + n)
		u.buf = append(u.buf, p[:n]...)
		p = p[n:]
	}
	return total, nil
}

// grow makes room for n bytes: by doubling, so that a small object costs little, but never for more than a part.
func (u *upload) grow(n int) {
	if n > cap(u.buf) {
		u.buf = append(make([]byte, 0, min(max(2*cap(u.buf), n), partSize)), u.buf...)
	}
}

// flush sends the buffer as a part.
func (u *upload) flush() error {
	if u.id == "" {
		if err := u.begin(); err != nil {
			return err
		}
	}
	if len(u.parts) == maxParts {
		return fmt.Errorf("an object of more than %d parts of %d bytes cannot be stored", maxParts, partSize)
	}
	number := len(u.parts) + 1
	a, err := u.s.do(u.ctx, call{method: http.MethodPut, key: u.key, body: u.buf, check: tagged,
		query: url.Values{"partNumber": {strconv.Itoa(number)}, "uploadId": {u.id}}})
	if err != nil {
		return fmt.Errorf("upload part %d: %w", number, err)
	}
	u.parts = append(u.parts, part{number, a.header.Get("ETag")})
	u.buf = u.buf[:0]
	return nil
}

func (u *upload) begin() error {
	var mark [16]byte
	if _, err := io.ReadFull(u.s.rand, mark[:]); err != nil {
		return fmt.Errorf("mark an upload: %w", err)
	}
	u.mark = hex.EncodeToString(mark[:])
	var created struct {
		XMLName xml.Name `xml:"InitiateMultipartUploadResult"`
		ID      string   `xml:"UploadId"`
	}
	_, err := u.s.do(u.ctx, call{method: http.MethodPost, key: u.key, query: url.Values{"uploads": {""}}, once: true,
		header: map[string]string{markHeader: u.mark}, check: func(a *answer) error { return decode(a, &created) }})
	if err == nil && created.ID == "" {
		err = errors.New("the object store gives the upload no ID")
	}
	if err != nil {
		return fmt.Errorf("begin an upload: %w", err)
	}
	u.id = created.ID
	return nil
}

// finish sends what is left and makes the object visible.
func (u *upload) finish() error {
	if u.id == "" {
		return u.whole()
	}
	if err := u.flush(); err != nil {
		return err
	}
	if err := u.complete(); err != nil && !u.completed() {
		return fmt.Errorf("complete an upload: %w", err)
	}
	return nil
}

// whole sends a small object. Most stores answer the MD5 of what they took; one that answers something else, as it may, is asked what it has.
func (u *upload) whole() error {
	a, err := u.s.do(u.ctx, call{method: http.MethodPut, key: u.key, body: u.buf, check: tagged})
	if err != nil {
		return err
	}
	etag, sum := a.header.Get("ETag"), md5.Sum(u.buf)
	if strings.Trim(etag, `"`) == hex.EncodeToString(sum[:]) {
		return nil
	}
	if a, err = u.s.do(u.ctx, call{method: http.MethodHead, key: u.key}); err != nil {
		return fmt.Errorf("look for what was stored: %w", err)
	}
	if a.header.Get("ETag") != etag || a.header.Get("Content-Length") != strconv.Itoa(len(u.buf)) {
		return errors.New("the object store took the object and has another")
	}
	return nil
}

// tagged requires what every store answers to bytes that it took: without it the answer is not the store's.
func tagged(a *answer) error {
	if a.header.Get("ETag") == "" {
		return &lostError{"an upload is answered without an ETag"}
	}
	return nil
}

func (u *upload) complete() error {
	body, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"http://s3.amazonaws.com/doc/2006-03-01/ CompleteMultipartUpload"`
		Parts   []part   `xml:"Part"`
	}{Parts: u.parts})
	if err != nil {
		return err
	}
	_, err = u.s.do(u.ctx, call{method: http.MethodPost, key: u.key, body: body, query: url.Values{"uploadId": {u.id}}, check: isComplete})
	return err
}

// isComplete looks into the answer: its status is sent before the work is done, so that an error may come with 200.
func isComplete(a *answer) error {
	var result struct {
		XMLName xml.Name
		ETag    string `xml:"ETag"`
	}
	if err := decode(a, &result); err != nil {
		return err
	}
	if result.XMLName.Local == "Error" {
		return newRefusal(a)
	}
	if result.XMLName.Local != "CompleteMultipartUploadResult" || result.ETag == "" {
		return &lostError{"an upload's completion is answered with something else"}
	}
	return nil
}

// completed asks whether an upload whose completion was not confirmed is the object now: the first of two attempts may have done it, and the
// second then finds no upload.
func (u *upload) completed() bool {
	a, err := u.s.do(u.ctx, call{method: http.MethodHead, key: u.key})
	return err == nil && a.header.Get(markHeader) == u.mark
}

// abort frees the parts. It must be tried also when the caller has gone; it matters to nobody's bytes if it fails.
func (u *upload) abort() {
	if u.id == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(u.ctx), u.s.timeout)
	defer cancel()
	_, _ = u.s.do(ctx, call{method: http.MethodDelete, key: u.key, query: url.Values{"uploadId": {u.id}}})
}
