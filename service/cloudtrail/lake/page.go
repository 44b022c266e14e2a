package lake

import (
	"encoding/base64"

	api "vauban/api/cloudtrail"
)

// largestPage is the largest page of a listing, and the one that a request gets which does not say.
const largestPage = 1000

// cut is one page of a list that is held in memory, whose items have keys that no two share.
func cut[T any](items []T, token *string, most *int64, key func(*T) string) ([]T, *string, error) {
	limit, from := largestPage, 0
	if most != nil {
		if *most < 1 || *most > largestPage {
			return nil, nil, api.InvalidMaxResultsException.New("MaxResults must be between 1 and %d.", largestPage)
		}
		limit = int(*most)
	}
	if token != nil {
		b, err := base64.RawURLEncoding.DecodeString(*token)
		if err != nil || len(b) == 0 {
			return nil, nil, api.InvalidNextTokenException.New("Invalid nextToken.")
		}
		for from < len(items) && key(&items[from]) != string(b) {
			from++
		}
		if from == len(items) {
			return nil, nil, api.InvalidNextTokenException.New("The nextToken is of another listing, or what it points at is gone. List again without it.")
		}
		from++
	}
	out := append([]T{}, items[from:min(from+limit, len(items))]...)
	if from+limit >= len(items) {
		return out, nil, nil
	}
	return out, new(base64.RawURLEncoding.EncodeToString([]byte(key(&out[len(out)-1])))), nil
}
