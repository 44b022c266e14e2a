package iam

import (
	"encoding/base64"

	"vauban/service"
	"vauban/store"
)

// page is where a listing goes on: IAM's Marker and MaxItems.
type page struct {
	after store.Key
	limit int
}

const defaultPage = 100

// pageOf reads the marker and the page size of a request.
func pageOf(marker *string, maxItems *int64) (page, error) {
	p := page{limit: defaultPage}
	if maxItems != nil {
		p.limit = int(*maxItems)
	}
	if marker != nil {
		b, err := base64.RawURLEncoding.DecodeString(*marker)
		if err != nil || len(b) == 0 {
			return p, badMarker()
		}
		p.after = b
	}
	return p, nil
}

// badMarker is the answer to a marker that no answer has given.
func badMarker() error { return ValidationError.New("Invalid Marker.") }

// marker is where the next page starts, nil after the last.
func marker(next store.Key) (m *string, truncated *bool) {
	more := next != nil
	if more {
		m = new(base64.RawURLEncoding.EncodeToString(next))
	}
	return m, &more
}

// cut returns one page of a list that is held in memory, whose items are ordered by the key. It is never nil.
func cut[T any](items []T, p page, key func(T) string) (out []T, next store.Key) {
	out = []T{}
	for _, it := range items {
		if p.after != nil && key(it) <= string(p.after) {
			continue
		}
		if len(out) == p.limit {
			return out, store.Key(key(out[len(out)-1]))
		}
		out = append(out, it)
	}
	return out, nil
}

// maxScanned bounds the documents that one page of a filtered listing looks at; the page then ends early, truncated, as AWS's do.
const maxScanned = 10_000

// list visits one page of a table's documents of the account. take reports whether the document belongs to the answer.
func list[T any](c *service.Call, t *store.Table[T], mark *string, maxItems *int64, take func(*T) bool) (next store.Key, err error) {
	p, err := pageOf(mark, maxItems)
	if err != nil {
		return nil, err
	}
	return store.Visit(c.Tx, t, store.K(c.Account), p.after, bounded(p, take))
}

// listMemo is list with what the memo keeps of each document. Only for reads.
func listMemo[T, V any](c *service.Call, t *store.Table[T], m *store.Memo[T, V], mark *string, maxItems *int64, take func(V) bool) (next store.Key, err error) {
	p, err := pageOf(mark, maxItems)
	if err != nil {
		return nil, err
	}
	return store.VisitMemo(c.Tx, t, m, store.K(c.Account), p.after, bounded(p, take))
}

// bounded declines what is beyond the page.
func bounded[V any](p page, take func(V) bool) func(V) bool {
	taken, scanned := 0, 0
	return func(v V) bool {
		if taken == p.limit || scanned == maxScanned {
			return false
		}
		scanned++
		if take(v) {
			taken++
		}
		return true
	}
}
