package s3

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"vauban/gateway/sigv4"
)

const (
	maxAttempts = 4
	firstDelay  = 200 * time.Millisecond
	smallAnswer = 64 << 10
	listAnswer  = 8 << 20 // a page of 1,000 keys of at most 1,024 bytes, with what is around them
)

// call is a request, before it is signed.
type call struct {
	method string
	key    string // "" for the bucket
	query  url.Values
	header map[string]string
	body   []byte
	limit  int64 // of the answer's body; 0 means smallAnswer
	// once is set for a request that does a thing twice when it is sent twice: it is repeated only when the store says that it did not begin.
	once bool
	// check looks at a good answer; a *lostError has the request repeated.
	check func(*answer) error
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

// do sends the request, several times if it may and must, and returns an answer of status 2xx.
func (s *Store) do(ctx context.Context, c call) (*answer, error) {
	for n := 0; ; n++ {
		a, err := s.attempt(ctx, c)
		if err == nil || n+1 == maxAttempts || ctx.Err() != nil || !c.repeatable(err) {
			return a, err
		}
		if stop := s.pause(ctx, s.delay(n)); stop != nil {
			return nil, errors.Join(stop, err)
		}
	}
}

// repeatable reports whether the request may be sent again after the error.
func (c *call) repeatable(err error) bool {
	var lost *lostError
	if errors.As(err, &lost) {
		return !c.once
	}
	var r *refusal
	return errors.As(err, &r) && (r.notBegun() || r.transient() && !c.once)
}

// delay doubles; the second half of it is random, so that clients that were refused together do not come back together.
func (s *Store) delay(n int) time.Duration {
	half := firstDelay << n / 2
	var b [8]byte
	if _, err := io.ReadFull(s.rand, b[:]); err != nil {
		return 2 * half
	}
	return half + time.Duration(binary.BigEndian.Uint64(b[:])%uint64(half))
}

// attempt sends the request once and reads the whole answer.
func (s *Store) attempt(ctx context.Context, c call) (*answer, error) {
	bounded, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	a, err := s.send(bounded, c)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	if a.status/100 != 2 {
		return nil, newRefusal(a)
	}
	if c.check != nil {
		if err := c.check(a); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (s *Store) send(ctx context.Context, c call) (*answer, error) {
	u := *s.base
	if c.key != "" {
		u = *s.base.JoinPath(c.key)
	}
	u.RawQuery = c.query.Encode()
	r, err := http.NewRequestWithContext(ctx, c.method, u.String(), nil)
	if err != nil {
		return nil, err
	}
	defer lend(r, c.body)()
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	if err := s.signer.Sign(r, sigv4.PayloadHash(c.body), s.now()); err != nil {
		return nil, err
	}
	resp, err := s.client.Do(r)
	if err != nil {
		return nil, &lostError{err.Error()}
	}
	defer resp.Body.Close()
	limit := c.limit
	if limit == 0 || resp.StatusCode/100 != 2 {
		limit = smallAnswer
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, &lostError{fmt.Sprintf("answer cut off: %v", err)}
	}
	if int64(len(body)) > limit {
		return nil, fmt.Errorf("the store's answer has more than %d bytes", limit)
	}
	return &answer{resp.StatusCode, resp.Header, body}, nil
}
