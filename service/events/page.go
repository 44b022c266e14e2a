package events

import (
	"vauban/store"
)

// maxListed is the largest page, and the size of one that was not asked for.
const maxListed = 100

// page is where a listing goes on.
type page struct {
	s     *Service
	of    string // the listing that the token is for
	after store.Key
	limit int
}

func (s *Service) pageOf(of string, most *int64, token *string) (page, error) {
	p := page{s: s, of: of, limit: maxListed}
	if most != nil {
		p.limit = int(*most)
	}
	if token != nil {
		key, err := s.Seal.OpenToken("events."+of, *token)
		if err != nil || len(key) == 0 || len(key) > store.MaxKey {
			return p, invalid("Parameter NextToken is not valid.")
		}
		p.after = key
	}
	return p, nil
}

// visit shows the documents below the prefix until the page is full, and returns the token of the next page.
func visit[T any](p page, tx store.Tx, t *store.Table[T], prefix store.Key, show func(*T) (bool, error)) (*string, error) {
	n := 0
	var failed error
	next, err := store.Visit(tx, t, prefix, p.after, func(v *T) bool {
		if n >= p.limit || failed != nil {
			return false
		}
		shown, err := show(v)
		if failed = err; shown {
			n++
		}
		return true
	})
	if err == nil {
		err = failed
	}
	if err != nil || next == nil {
		return nil, err
	}
	return p.token(next)
}

// token lets a listing go on behind the key.
func (p page) token(after store.Key) (*string, error) {
	token, err := p.s.Seal.SealToken("events."+p.of, after)
	return &token, err
}
