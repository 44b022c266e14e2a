package vauban

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"

	api "vauban/api/vauban"
	"vauban/service"
)

// tokens is what page tokens are sealed for.
const tokens = "vauban.what-if"

// position is how far a replay has come: from First, at After, to Last. The end is fixed with the first page.
type position struct {
	First, After, Last int64
	Query              [sha256.Size]byte // of the request
}

// query is a digest of the request without its page, and of whose it is.
func query(c *service.Call, in *api.WhatIfInput) ([sha256.Size]byte, error) {
	one := *in
	one.NextToken, one.MaxResults = nil, nil
	b, err := json.Marshal([]any{c.Account, one})
	return sha256.Sum256(b), err
}

// seal makes the token of the next page.
func (s *Service) seal(c *service.Call, in *api.WhatIfInput, at position) (token *string, err error) {
	if at.Query, err = query(c, in); err != nil {
		return nil, fmt.Errorf("write a page token: %w", err)
	}
	b, err := json.Marshal(at)
	if err != nil {
		return nil, fmt.Errorf("write a page token: %w", err)
	}
	sealed, err := s.Seal.SealToken(tokens, b)
	if err != nil {
		return nil, fmt.Errorf("seal a page token: %w", err)
	}
	return &sealed, nil
}

// open returns the position in a token of the same request.
func (s *Service) open(c *service.Call, in *api.WhatIfInput, token string) (at position, err error) {
	b, err := s.Seal.OpenToken(tokens, token)
	if err == nil {
		err = json.Unmarshal(b, &at)
	}
	if err != nil {
		return at, api.InvalidNextTokenException.New("Invalid NextToken.").Because(err)
	}
	asked, err := query(c, in)
	if err == nil && asked != at.Query {
		err = api.InvalidNextTokenException.New("The NextToken was given for a request with other parameters.")
	}
	return at, err
}
