package s3

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vauban/blob"
	"vauban/gateway/sigv4"
)

// Store implements blob.Store.
type Store struct {
	base    *url.URL // of the bucket
	prefix  string
	signer  sigv4.Signer
	client  http.Client
	owned   *http.Transport // nil when the client is the caller's
	timeout time.Duration
	now     func() time.Time
	rand    io.Reader
	// pause waits between attempts; tests replace it.
	pause func(context.Context, time.Duration) error
}

var _ blob.Store = (*Store)(nil)

// Put implements blob.Store.
func (s *Store) Put(ctx context.Context, id string, key *blob.DataKey, r io.Reader) (int64, error) {
	if err := blob.CheckID(id); err != nil {
		return 0, err
	}
	u := &upload{s: s, ctx: ctx, key: s.prefix + id}
	size, err := blob.Encrypt(ctx, u, s.rand, key, id, r)
	if err == nil {
		err = u.finish()
	}
	if err != nil {
		u.abort()
		return 0, fmt.Errorf("put object: %w", err)
	}
	return size, nil
}

// Delete implements blob.Store.
func (s *Store) Delete(ctx context.Context, id string) error {
	if err := blob.CheckID(id); err != nil {
		return err
	}
	_, err := s.do(ctx, call{method: http.MethodDelete, key: s.prefix + id})
	if err != nil && !errors.Is(err, blob.ErrNotFound) {
		return fmt.Errorf("delete object: %w", err)
	}
	return nil
}

// Close implements blob.Store. A client that the caller gave stays as it is.
func (s *Store) Close() error {
	if s.owned != nil {
		s.owned.CloseIdleConnections()
	}
	return nil
}

// page is the answer of ListObjectsV2.
type page struct {
	XMLName   xml.Name `xml:"ListBucketResult"`
	Truncated bool     `xml:"IsTruncated"`
	Next      string   `xml:"NextContinuationToken"`
	Contents  []struct {
		Key          string    `xml:"Key"`
		Size         int64     `xml:"Size"`
		LastModified time.Time `xml:"LastModified"`
	} `xml:"Contents"`
}

// List implements blob.Store. Keys that are no object's are passed over.
func (s *Store) List(ctx context.Context, fn func(blob.Info) error) error {
	for token := ""; ; {
		p, err := s.page(ctx, token)
		if err != nil {
			return fmt.Errorf("list objects: %w", err)
		}
		for _, c := range p.Contents {
			id, ok := strings.CutPrefix(c.Key, s.prefix)
			if !ok || blob.CheckID(id) != nil {
				continue
			}
			if err := fn(blob.Info{ID: id, Stored: c.Size, Time: c.LastModified}); err != nil {
				return err
			}
		}
		if !p.Truncated {
			return nil
		}
		if p.Next == "" || p.Next == token {
			return errors.New("list objects: the object store says that there is more, but not where")
		}
		token = p.Next
	}
}

func (s *Store) page(ctx context.Context, token string) (*page, error) {
	query := url.Values{"list-type": {"2"}}
	if s.prefix != "" {
		query.Set("prefix", s.prefix)
	}
	if token != "" {
		query.Set("continuation-token", token)
	}
	p := &page{}
	_, err := s.do(ctx, call{method: http.MethodGet, query: query, limit: listAnswer, check: func(a *answer) error {
		*p = page{}
		return decode(a, p)
	}})
	return p, err
}

// decode reads an answer in XML. One that does not parse was cut off, or is somebody else's: it is as good as lost.
func decode(a *answer, v any) error {
	if err := xml.Unmarshal(a.body, v); err != nil {
		return &lostError{fmt.Sprintf("answer is not what was asked for: %v", err)}
	}
	return nil
}
