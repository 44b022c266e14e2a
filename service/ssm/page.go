package ssm

import (
	"encoding/json"
	"fmt"

	api "vauban/api/ssm"
	"vauban/store"
)

// pages is what page tokens are sealed for.
const pages = "ssm.page"

// maxPage is the largest page, and the usual one. API reference: "ListDocuments".
const maxPage = 50

// place is where a listing goes on. It is bound to what is listed.
type place struct {
	Prefix store.Key `json:"prefix"`
	Filter string    `json:"filter"`
	After  store.Key `json:"after"`
}

// open reads a token, nil for the beginning.
func (s *Service) open(prefix store.Key, filter string, token *string) (store.Key, error) {
	if token == nil {
		return nil, nil
	}
	var at place
	b, err := s.Seal.OpenToken(pages, *token)
	if err != nil || json.Unmarshal(b, &at) != nil || at.Prefix.Compare(prefix) != 0 || at.Filter != filter {
		return nil, api.InvalidNextToken.New("The specified token is not valid.")
	}
	return at.After, nil
}

func (s *Service) token(prefix store.Key, filter string, after store.Key) (*string, error) {
	if after == nil {
		return nil, nil
	}
	b, err := json.Marshal(place{prefix, filter, after})
	if err != nil {
		return nil, fmt.Errorf("write a page token: %w", err)
	}
	sealed, err := s.Seal.SealToken(pages, b)
	return &sealed, err
}

func pageSize(most *int64) int {
	if most == nil || *most < 1 || *most > maxPage {
		return maxPage
	}
	return int(*most)
}

// visit shows what lies below the prefix, one page of it, and returns the token of the next. show says whether it has taken a document in.
func visit[T any](s *Service, tx store.Tx, t *store.Table[T], prefix store.Key, filter string, most *int64, token *string, show func(*T) bool) (*string, error) {
	after, err := s.open(prefix, filter, token)
	if err != nil {
		return nil, err
	}
	n, limit := 0, pageSize(most)
	next, err := store.Visit(tx, t, prefix, after, func(v *T) bool {
		if n == limit {
			return false
		}
		if show(v) {
			n++
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	return s.token(prefix, filter, next)
}
