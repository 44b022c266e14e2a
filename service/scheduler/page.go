package scheduler

import (
	"encoding/json"
	"fmt"

	"vauban/store"
)

// pages is what page tokens are sealed for.
const pages = "scheduler.page"

// maxPage is the largest page, and the usual one. API reference: "ListSchedules".
const maxPage = 100

// place is where a listing goes on. It is bound to what is listed.
type place struct {
	Prefix store.Key `json:"prefix"`
	Filter string    `json:"filter"`
	After  store.Key `json:"after"`
}

// visit shows what lies below the prefix, one page of it, and returns the token of the next. show says whether it has taken a document in.
func visit[T any](s *Service, tx store.Tx, t *store.Table[T], prefix store.Key, filter string, most *int64, token *string, show func(*T) bool) (*string, error) {
	limit, at := maxPage, place{Prefix: prefix, Filter: filter}
	if most != nil {
		limit = int(*most)
	}
	if token != nil {
		b, err := s.Seal.OpenToken(pages, *token)
		if err != nil || json.Unmarshal(b, &at) != nil || at.Prefix.Compare(prefix) != 0 || at.Filter != filter {
			return nil, invalid("Invalid NextToken.")
		}
	}
	n := 0
	next, err := store.Visit(tx, t, prefix, at.After, func(v *T) bool {
		if n == limit {
			return false
		}
		if show(v) {
			n++
		}
		return true
	})
	if err != nil || next == nil && limit > 0 {
		return nil, err
	}
	if next == nil { // nothing was to be shown: all of it is left
		if any, err := t.Count(tx, prefix, 1); any == 0 || err != nil {
			return nil, err
		}
		next = prefix
	}
	b, err := json.Marshal(place{prefix, filter, next})
	if err != nil {
		return nil, fmt.Errorf("write a page token: %w", err)
	}
	sealed, err := s.Seal.SealToken(pages, b)
	return &sealed, err
}
