package lambda

import (
	"strconv"

	"vauban/store"
)

// page is where a listing goes on.
type page struct {
	purpose string
	after   store.Key
	limit   int
}

// pageOf reads MaxItems and Marker. Markers are sealed: they name documents, and nobody else makes them.
func (s *Service) pageOf(most *int64, marker *string, operation string, usual int) (page, error) {
	p := page{purpose: "lambda." + operation, limit: usual}
	if most != nil && int(*most) < usual {
		p.limit = int(*most)
	}
	if marker != nil && *marker != "" {
		b, err := s.Seal.OpenToken(p.purpose, *marker)
		if err != nil || len(b) == 0 || len(b) > store.MaxKey {
			return p, invalid("The marker is not valid: give the NextMarker of an answer as it is.")
		}
		p.after = b
	}
	return p, nil
}

// visit shows documents below the prefix until the page is full, and returns the marker of the next page.
func visit[T any](s *Service, p page, tx store.Tx, t *store.Table[T], prefix store.Key, show func(*T) bool) (*string, error) {
	n := 0
	next, err := store.Visit(tx, t, prefix, p.after, func(v *T) bool {
		if n >= p.limit {
			return false
		}
		if show(v) {
			n++
		}
		return true
	})
	if err != nil || next == nil {
		return nil, err
	}
	marker, err := s.Seal.SealToken(p.purpose, next)
	return &marker, err
}

func versionName(n int) string { return strconv.Itoa(n) }
