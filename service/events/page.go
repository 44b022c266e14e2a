package events

import (
	"vauban/service"
	"vauban/store"
)

// maxListed is the largest page, and the size of one that was not asked for.
const maxListed = 100

func (s *Service) pageOf(listing string, most *int64, token *string) (service.Page, error) {
	limit := maxListed
	if most != nil {
		limit = int(*most)
	}
	p, err := service.OpenPage(s.Seal, "events."+listing, token, limit)
	if err != nil {
		return p, invalid("Parameter NextToken is not valid.")
	}
	return p, nil
}

func visit[T any](p service.Page, tx store.Tx, t *store.Table[T], prefix store.Key, show func(*T) (bool, error)) (*string, error) {
	return service.VisitPage(tx, p, t, prefix, show)
}
