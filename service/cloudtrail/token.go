package cloudtrail

import (
	"encoding/json"
	"fmt"

	api "vauban/api/cloudtrail"
	"vauban/eventlog"
)

// tokens is what page tokens are sealed for.
const tokens = "cloudtrail.lookup-events"

// seal makes the token of the page that begins at a position. It is bound to the query, but for the size of pages, and so to the account
// and region.
func (s *Service) seal(q eventlog.Query, at string) (*string, error) {
	q.Limit, q.Before = 0, at
	b, err := json.Marshal(q)
	if err != nil {
		return nil, fmt.Errorf("write a page token: %w", err)
	}
	token, err := s.Seal.SealToken(tokens, b)
	if err != nil {
		return nil, fmt.Errorf("seal a page token: %w", err)
	}
	return &token, nil
}

// open returns the position in a token of the same query.
func (s *Service) open(q eventlog.Query, token string) (at string, err error) {
	b, err := s.Seal.OpenToken(tokens, token)
	if err != nil {
		return "", api.InvalidNextTokenException.New("Invalid nextToken.").Because(err)
	}
	var former eventlog.Query
	if err := json.Unmarshal(b, &former); err != nil {
		return "", api.InvalidNextTokenException.New("Invalid nextToken.").Because(err)
	}
	at, former.Before, q.Limit = former.Before, "", 0
	if !former.Start.Equal(q.Start) || !former.End.Equal(q.End) {
		return "", otherQuery()
	}
	former.Start, former.End = q.Start, q.End
	if former != q {
		return "", otherQuery()
	}
	return at, nil
}

func otherQuery() error {
	return api.InvalidNextTokenException.New("The nextToken was given for a request with other parameters.")
}
