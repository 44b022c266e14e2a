package logs

import (
	"vauban/service"
	"vauban/store"
)

// page is where a listing goes on.
type page struct {
	purpose string
	after   store.Key
	limit   int
}

// pageOf reads a listing's limit and token. Tokens are sealed for the account, Region and listing that they were made in.
func (s *Service) pageOf(c *service.Call, listing string, limit *int64, most int, token *string) (page, error) {
	p := page{purpose: "logs." + listing + "\n" + c.Account + "\n" + c.Region, limit: most}
	if limit != nil {
		p.limit = int(*limit) // the model bounds it
	}
	if token != nil {
		after, err := s.Seal.OpenToken(p.purpose, *token)
		if err != nil || len(after) == 0 {
			return p, badToken()
		}
		p.after = after
	}
	return p, nil
}

// token is where the next page starts, nil after the last.
func (s *Service) token(p page, next store.Key) (*string, error) {
	if next == nil {
		return nil, nil
	}
	t, err := s.Seal.SealToken(p.purpose, next)
	return &t, err
}

// looked is how many documents a page of a listing looks at: one that passes over many ends before it is full.
const looked = 10_000

// visit shows documents until the page is full, and returns the token of the next page.
func visit[T any](s *Service, c *service.Call, p page, t *store.Table[T], prefix store.Key, show func(*T) (shown bool, err error)) (*string, error) {
	shown, seen := 0, 0
	var bad error
	next, err := store.Visit(c.Tx, t, prefix, p.after, func(v *T) bool {
		if shown == p.limit || seen == looked || bad != nil {
			return false
		}
		seen++
		var ok bool
		if ok, bad = show(v); ok {
			shown++
		}
		return true
	})
	if err == nil {
		err = bad
	}
	if err != nil {
		return nil, err
	}
	return s.token(p, next)
}
