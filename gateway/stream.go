package gateway

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"vauban/gateway/sigv4"
	"vauban/service"
)

// This file carries bodies that are not held in memory. A request or an answer of any size may take its time, as long as it moves: each
// MiB of it must pass within the time that a whole request has otherwise.

// pace is how many bytes must pass before a stream's deadline moves.
const pace = 1 << 20

// payload is a request's body on its way to a handler.
type payload struct {
	x       *exchange
	r       io.Reader
	length  int64
	trailer func() http.Header
	passed  int64 // since the deadline moved
	err     error
}

var _ service.Payload = (*payload)(nil)

// proved is the payload of a request whose signature covers it.
func (x *exchange) proved(b *sigv4.Body) *payload {
	return &payload{x: x, r: b, length: b.Length(), trailer: b.Trailer}
}

// unproved is the payload of a request that needs no signature.
func (x *exchange) unproved() *payload {
	return &payload{x: x, r: x.r.Body, length: x.r.ContentLength, trailer: func() http.Header { return x.r.Trailer }}
}

// Read implements io.Reader with errors that are the client's to see.
func (p *payload) Read(b []byte) (int, error) {
	if p.err != nil {
		return 0, p.err
	}
	n, err := p.r.Read(b)
	if p.passed += int64(n); p.passed >= pace {
		p.passed = 0
		p.x.extend((*http.ResponseController).SetReadDeadline)
	}
	if err != nil {
		p.err, p.x.progress.read = p.x.unread(err), p.x.Clock()
	}
	return n, p.err
}

// Close implements io.Closer. What is left of the body the server deals with.
func (p *payload) Close() error { return nil }

// Length implements [service.Payload].
func (p *payload) Length() int64 { return p.length }

// Trailer implements [service.Payload].
func (p *payload) Trailer() http.Header { return p.trailer() }

// Announces implements [service.Payload].
func (p *payload) Announces(header string) bool {
	for _, list := range p.x.r.Header["X-Amz-Trailer"] {
		for name := range strings.SplitSeq(list, ",") {
			if strings.EqualFold(strings.TrimSpace(name), header) {
				return true
			}
		}
	}
	return false
}

// unread is why a body could not be read, in words for the client.
func (x *exchange) unread(err error) error {
	var problem *sigv4.Problem
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &problem):
		return x.refuse(problem)
	case errors.As(err, &tooLarge):
		return errTooLarge.New("The request body is larger than the %d bytes that this operation takes.", tooLarge.Limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errRequestTimeout.New("The request body did not arrive in time.").Because(err)
	case errors.Is(err, io.ErrUnexpectedEOF):
	case errors.Is(err, io.EOF):
		return io.EOF
	}
	return errIncompleteBody.New("The request body ended before its announced length.").Because(err)
}

// extend gives the connection the time of a whole request from now on.
func (x *exchange) extend(set func(*http.ResponseController, time.Time) error) {
	_ = set(http.NewResponseController(x.w), time.Now().Add(x.limit.ReadTimeout)) // who cannot is bounded by the server's own time
}

// allow gives the connection the time of an operation that takes longer than others, and that of a request for its answer.
func (x *exchange) allow(d time.Duration) {
	until, c := time.Now().Add(d+x.limit.ReadTimeout), http.NewResponseController(x.w)
	_, _ = c.SetReadDeadline(until), c.SetWriteDeadline(until) // who cannot is bounded by the server's own time
}

// stream sends a body that the handler left open. One that breaks off takes the connection with it: the client must not take it for whole.
func (x *exchange) stream(body io.Reader) {
	x.extend((*http.ResponseController).SetWriteDeadline)
	if _, err := io.Copy(&paced{x: x}, body); err != nil {
		x.Logger.Warn("an answer broke off", "request", x.id, "operation", x.target.name, "error", err)
		panic(http.ErrAbortHandler)
	}
}

// paced writes an answer that may take its time.
type paced struct {
	x      *exchange
	passed int64
}

func (w *paced) Write(b []byte) (int, error) {
	n, err := w.x.w.Write(b)
	if w.passed += int64(n); w.passed >= pace {
		w.passed = 0
		w.x.extend((*http.ResponseController).SetWriteDeadline)
	}
	return n, err
}

// live sends events as they come, until the stream ends, the client is gone or the server ends.
func (x *exchange) live(events io.ReadCloser) {
	over := make(chan struct{})
	defer close(over)
	go func() {
		select {
		case <-x.Ending:
		case <-x.r.Context().Done():
		case <-over:
		}
		_ = events.Close() // a reader that waits reads its end
	}()
	out := http.NewResponseController(x.w)
	buf := make([]byte, 64<<10)
	for {
		n, err := events.Read(buf)
		if n > 0 {
			x.extend((*http.ResponseController).SetWriteDeadline)
			x.extend((*http.ResponseController).SetReadDeadline) // at whose end the request's context would
			if _, err := x.w.Write(buf[:n]); err != nil {
				return // the client is gone
			}
			if err := out.Flush(); err != nil {
				return
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				x.Logger.Warn("a stream of events broke off", "request", x.id, "operation", x.target.name, "error", err)
				panic(http.ErrAbortHandler)
			}
			return
		}
	}
}
