package logs

import (
	"vauban/service"
	"vauban/store"
)

// pageOf reads a listing's limit, which the model bounds, and its token, which is for the account and the Region.
func (s *Service) pageOf(c *service.Call, listing string, limit *int64, most int, token *string) (service.Page, error) {
	if limit != nil {
		most = int(*limit)
	}
	p, err := service.OpenPage(s.Seal, "logs."+listing+"\n"+c.Account+"\n"+c.Region, token, most)
	if err != nil {
		return p, badToken()
	}
	return p, nil
}

func visit[T any](_ *Service, c *service.Call, p service.Page, t *store.Table[T], prefix store.Key, show func(*T) (bool, error)) (*string, error) {
	return service.VisitPage(c.Tx, p, t, prefix, show)
}
