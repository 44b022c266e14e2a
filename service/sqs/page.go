package sqs

import (
	"encoding/base64"
	"strconv"

	"vauban/store"
)

// page is where a listing goes on. Without MaxResults there is one page, of a thousand, and no token.
type page struct {
	after store.Key
	limit int
	token bool
}

func pageOf(most *int64, token *string) (page, error) {
	p := page{limit: maxListed}
	if most != nil {
		if *most < 1 || *most > maxListed {
			return p, badValue(strconv.FormatInt(*most, 10), "MaxResults", "Must be between 1 and 1000, if provided.")
		}
		p.limit, p.token = int(*most), true
	}
	if token != nil && *token != "" {
		b, err := base64.RawURLEncoding.DecodeString(*token)
		if err != nil || len(b) == 0 || len(b) > store.MaxKey {
			return p, invalidParameterValue.New("Invalid or expired next token.")
		}
		p.after = b
	}
	return p, nil
}

// visit shows the queues below the prefix until the page is full, and returns the token of the next page.
func (p page) visit(tx store.Tx, t *store.Table[Queue], prefix store.Key, show func(*Queue) bool) (*string, error) {
	n := 0
	next, err := store.Visit(tx, t, prefix, p.after, func(q *Queue) bool {
		if n == p.limit {
			return false
		}
		if show(q) {
			n++
		}
		return true
	})
	if err != nil || next == nil || !p.token {
		return nil, err
	}
	return tokenOf(next), nil
}

// tokenOf is where the next page starts, nil after the last.
func tokenOf(next store.Key) *string {
	if next == nil {
		return nil
	}
	return new(base64.RawURLEncoding.EncodeToString(next))
}
