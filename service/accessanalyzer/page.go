package accessanalyzer

import (
	"encoding/base64"
)

// Pages: AWS's sizes are not documented but for the largest of one listing.
const (
	defaultPage = 100
	largestPage = 1000
)

// cut is one page of a list that is held in memory, whose items are in an order and have keys that no two share.
func cut[T any](items []T, token *string, most *int64, key func(*T) string) ([]T, *string, error) {
	limit, after := defaultPage, ""
	if most != nil {
		if *most < 1 || *most > largestPage {
			return nil, nil, invalid("maxResults must be between 1 and %d.", largestPage)
		}
		limit = int(*most)
	}
	from := 0
	if token != nil {
		b, err := base64.RawURLEncoding.DecodeString(*token)
		if after = string(b); err != nil || after == "" {
			return nil, nil, invalid("Invalid nextToken.")
		}
		for from = 0; from < len(items) && key(&items[from]) != after; from++ {
		}
		if from == len(items) {
			return nil, nil, invalid("The nextToken is of another listing, or what it points at is gone. List again without it.")
		}
		from++
	}
	out := append([]T{}, items[from:min(from+limit, len(items))]...)
	if from+limit >= len(items) {
		return out, nil, nil
	}
	return out, new(base64.RawURLEncoding.EncodeToString([]byte(key(&out[len(out)-1])))), nil
}
