package sns

import (
	"vauban/store"
)

// pageSize is how many topics or subscriptions a listing answers at once. API reference: "ListTopics", "ListSubscriptions".
const pageSize = 100

// pagePurpose binds tokens of listings: another kind of token is none.
const pagePurpose = "sns.page"

// pageAfter is the key after which the page of that token starts.
func (s *Service) pageAfter(listing string, token *string) (store.Key, error) {
	if token == nil || *token == "" {
		return nil, nil
	}
	key, err := s.Seal.OpenToken(pagePurpose+"."+listing, *token)
	if err != nil || len(key) == 0 || len(key) > store.MaxKey {
		return nil, invalid("NextToken Reason: the token is not valid")
	}
	return key, nil
}

// pageToken is the token of the page after next, nil after the last.
func (s *Service) pageToken(listing string, next store.Key) (*string, error) {
	if next == nil {
		return nil, nil
	}
	token, err := s.Seal.SealToken(pagePurpose+"."+listing, next)
	return &token, err
}
