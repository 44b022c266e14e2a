package ssm

import (
	api "vauban/api/ssm"
	"vauban/service"
	"vauban/store"
)

// maxPage is the largest page, and the usual one. API reference: "ListDocuments".
const maxPage = 50

// pageOf reads a token, which is bound to what is listed.
func (s *Service) pageOf(prefix store.Key, filter string, most *int64, token *string) (service.Page, error) {
	p, err := service.OpenPage(s.Seal, "ssm.page\n"+string(prefix)+"\n"+filter, token, pageSize(most))
	if err != nil {
		return p, api.InvalidNextToken.New("The specified token is not valid.")
	}
	return p, nil
}

func pageSize(most *int64) int {
	if most == nil || *most < 1 || *most > maxPage {
		return maxPage
	}
	return int(*most)
}

// visit shows what lies below the prefix, one page of it, and returns the token of the next. show says whether it has taken a document in.
func visit[T any](s *Service, tx store.Tx, t *store.Table[T], prefix store.Key, filter string, most *int64, token *string, show func(*T) bool) (*string, error) {
	p, err := s.pageOf(prefix, filter, most, token)
	if err != nil {
		return nil, err
	}
	return service.VisitPage(tx, p, t, prefix, func(v *T) (bool, error) { return show(v), nil })
}
