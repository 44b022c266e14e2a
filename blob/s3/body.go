package s3

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
)

// body lends bytes to net/http for one attempt. A transport may read on after it has returned an answer that came early; it must not do so
// when the bytes are already the next part's.
type body struct {
	mu   sync.Mutex
	r    *bytes.Reader
	back bool
}

var errTakenBack = errors.New("the attempt is over")

// lend gives the request its body; taking it back ends all reading of it.
func lend(r *http.Request, b []byte) (takeBack func()) {
	r.ContentLength = int64(len(b))
	if len(b) == 0 {
		r.Body = http.NoBody
		return func() {}
	}
	lent := &body{r: bytes.NewReader(b)}
	r.Body = lent
	return func() {
		lent.mu.Lock()
		defer lent.mu.Unlock()
		lent.back = true
	}
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.back {
		return 0, errTakenBack
	}
	return b.r.Read(p)
}

// Close implements io.Closer.
func (b *body) Close() error { return nil }

var _ io.ReadCloser = (*body)(nil)
