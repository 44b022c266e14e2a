package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"vauban/blob"
)

const (
	firstWindow = 128 << 10 // asked for when an object is opened: a small one comes whole
	tailWindow  = 64        // holds the trailer
	maxWindow   = 1 << 20
)

// sealed reads the sealed bytes of an object by ranges. It implements io.ReaderAt and io.Closer for blob.Open.
type sealed struct {
	s      *Store
	key    string
	etag   string
	size   int64
	ctx    context.Context // outlives Open's; Close ends it
	cancel context.CancelFunc

	tail window // does not change
	mu   sync.Mutex
	last window // what was read last
}

// window is bytes of an object that are at hand.
type window struct {
	off int64
	b   []byte
}

func (w window) end() int64 { return w.off + int64(len(w.b)) }

// from returns what the window has from off on.
func (w window) from(off int64) []byte {
	if off < w.off || off >= w.end() {
		return nil
	}
	return w.b[off-w.off:]
}

// Open implements blob.Store.
func (s *Store) Open(ctx context.Context, id string, key *blob.DataKey) (blob.Object, error) {
	if err := blob.CheckID(id); err != nil {
		return nil, err
	}
	o := &sealed{s: s, key: s.prefix + id}
	o.ctx, o.cancel = context.WithCancel(context.WithoutCancel(ctx))
	release := context.AfterFunc(ctx, o.cancel)
	object, err := o.open(key, id)
	if err == nil && !release() {
		err = context.Cause(ctx)
	}
	if err != nil {
		release()
		o.cancel()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, fmt.Errorf("open object %s: %w", id, err)
	}
	return object, nil
}

func (o *sealed) open(key *blob.DataKey, id string) (blob.Object, error) {
	if err := o.ctx.Err(); err != nil {
		return nil, err
	}
	first, err := o.get(0, firstWindow)
	if isRefusal(err, http.StatusRequestedRangeNotSatisfiable) {
		return nil, fmt.Errorf("%w: it is empty", blob.ErrCorrupt)
	}
	if err != nil {
		return nil, err
	}
	o.last = first
	if first.end() < o.size {
		off := max(first.end(), o.size-tailWindow)
		if o.tail, err = o.fetch(off, o.size-off); err != nil {
			return nil, err
		}
	}
	return blob.Open(o, o.size, key, id)
}

// ReadAt implements io.ReaderAt.
func (o *sealed) ReadAt(p []byte, off int64) (n int, err error) {
	for n < len(p) {
		at := off + int64(n)
		if at >= o.size {
			return n, io.EOF
		}
		b := o.atHand(at)
		if b == nil {
			if b, err = o.ahead(at, len(p)-n); err != nil {
				return n, err
			}
		}
		n += copy(p[n:], b)
	}
	return n, nil
}

func (o *sealed) atHand(off int64) []byte {
	if b := o.tail.from(off); b != nil {
		return b
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.last.from(off)
}

// ahead reads n bytes at least; when the reading goes on where the last window ended, twice that window.
func (o *sealed) ahead(off int64, n int) ([]byte, error) {
	o.mu.Lock()
	if off == o.last.end() {
		n = max(n, min(2*len(o.last.b), maxWindow))
	}
	o.mu.Unlock()
	w, err := o.fetch(off, min(int64(n), maxWindow, o.size-off))
	if err != nil {
		return nil, err
	}
	o.mu.Lock()
	o.last = w
	o.mu.Unlock()
	return w.b, nil
}

// Close implements io.Closer.
func (o *sealed) Close() error {
	o.cancel()
	return nil
}

// fetch reads n bytes of the object as it was when it was opened.
func (o *sealed) fetch(off, n int64) (window, error) {
	w, err := o.get(off, n)
	if errors.Is(err, blob.ErrNotFound) || isRefusal(err, http.StatusPreconditionFailed) || isRefusal(err, http.StatusRequestedRangeNotSatisfiable) {
		return window{}, blob.ErrChanged
	}
	return w, err
}

// get reads n bytes, or fewer where the object ends. The first one learns the object's size and ETag; the others hold it to them.
func (o *sealed) get(off, n int64) (window, error) {
	header := map[string]string{"Range": fmt.Sprintf("bytes=%d-%d", off, off+n-1)}
	if o.etag != "" {
		header["If-Match"] = o.etag
	}
	a, err := o.s.do(o.ctx, call{method: http.MethodGet, key: o.key, header: header, limit: n, check: func(a *answer) error { return o.check(a, off, n) }})
	if err != nil {
		return window{}, err
	}
	return window{off, a.body}, nil
}

func (o *sealed) check(a *answer, off, n int64) error {
	etag := a.header.Get("ETag")
	if etag == "" {
		return &lostError{"an object is answered without an ETag"}
	}
	first, last, size, ok := extent(a)
	if !ok || first != off || last != min(off+n, size)-1 {
		return &lostError{fmt.Sprintf("another range than bytes %d to %d is answered: %.100q", off, off+n-1, a.header.Get("Content-Range"))}
	}
	if o.etag == "" {
		if int64(len(a.body)) == last-first+1 {
			o.etag, o.size = etag, size
			return nil
		}
	} else if etag != o.etag || size != o.size {
		return blob.ErrChanged
	}
	if int64(len(a.body)) != last-first+1 {
		return &lostError{fmt.Sprintf("%d bytes are answered where %d were announced", len(a.body), last-first+1)}
	}
	return nil
}

// extent says which bytes of how many the answer has. One of status 200 has all: some stores answer so when the range is the object.
func extent(a *answer) (first, last, size int64, ok bool) {
	if a.status == http.StatusOK {
		n := int64(len(a.body))
		return 0, n - 1, n, true
	}
	span, found := strings.CutPrefix(a.header.Get("Content-Range"), "bytes ")
	span, total, sized := strings.Cut(span, "/")
	from, to, spanned := strings.Cut(span, "-")
	if !found || !sized || !spanned || a.status != http.StatusPartialContent {
		return 0, 0, 0, false
	}
	first, err1 := strconv.ParseInt(from, 10, 64)
	last, err2 := strconv.ParseInt(to, 10, 64)
	size, err3 := strconv.ParseInt(total, 10, 64)
	return first, last, size, errors.Join(err1, err2, err3) == nil && first >= 0 && first <= last && last < size
}
