package scheduler

import (
	"vauban/service"
	"vauban/store"
)

// pages is what page tokens are sealed for. They are bound to what is listed.
const pages = "scheduler.page"

// maxPage is the largest page, and the usual one. API reference: "ListSchedules".
const maxPage = 100

// visit shows what lies below the prefix, one page of it, and returns the token of the next. show says whether it has taken a document in.
func visit[T any](s *Service, tx store.Tx, t *store.Table[T], prefix store.Key, filter string, most *int64, token *string, show func(*T) bool) (*string, error) {
	limit := maxPage
	if most != nil {
		limit = int(*most)
	}
	if token != nil && *token == "" {
		return nil, invalid("Invalid NextToken.")
	}
	p, err := service.OpenPage(s.Seal, pages+"\x00"+string(prefix)+"\x00"+filter, token, limit)
	if err != nil {
		return nil, invalid("Invalid NextToken.")
	}
	return service.VisitPage(tx, p, t, prefix, func(v *T) (bool, error) { return show(v), nil })
}
