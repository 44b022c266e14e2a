package cloudwatch

import (
	"encoding/base64"

	"vauban/store"
)

// tokenOf is where the next page starts, nil after the last.
func tokenOf(next store.Key) *string {
	if next == nil {
		return nil
	}
	return new(base64.RawURLEncoding.EncodeToString(next))
}

// afterOf is where a token says to go on.
func afterOf(token *string) (store.Key, error) {
	if token == nil || *token == "" {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(*token)
	if err != nil || len(b) == 0 || len(b) > store.MaxKey {
		return nil, badToken()
	}
	return b, nil
}

// limitOf is how many items a page has at most.
func limitOf(asked *int64, most int) int {
	if asked == nil {
		return most
	}
	return min(int(*asked), most)
}
