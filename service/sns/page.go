package sns

import (
	"vauban/service"
)

// pageSize is how many topics or subscriptions a listing answers at once. API reference: "ListTopics", "ListSubscriptions".
const pageSize = 100

func (s *Service) pageOf(listing string, token *string) (service.Page, error) {
	p, err := service.OpenPage(s.Seal, "sns.page."+listing, token, pageSize)
	if err != nil {
		return p, invalid("NextToken Reason: the token is not valid")
	}
	return p, nil
}
