package iam

import (
	"encoding/base64"

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
			return p, ValidationError.New("Invalid Marker.")
		}
		p.after = b
	}
	return p, nil
}

// marker is where the next page starts, nil after the last.
func marker(next store.Key) (m *string, truncated *bool) {
	more := next != nil
	if more {
		m = new(base64.RawURLEncoding.EncodeToString(next))
	}
	return m, &more
}

// cut returns one page of a list that is held in memory, whose items are ordered by the key.
func cut[T any](items []T, p page, key func(T) string) (out []T, next store.Key) {
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
