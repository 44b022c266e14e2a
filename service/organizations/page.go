package organizations

import (
	"encoding/base64"

	api "vauban/api/organizations"
	"vauban/store"
)

// maxPage is AWS's page, and the largest MaxResults.
const maxPage = 20

// page is where a listing goes on.
type page struct {
	after store.Key
	limit int
}

func pageOf(token *string, most *int64) (page, error) {
	p := page{limit: maxPage}
	if most != nil {
		p.limit = int(*most)
	}
	if token != nil {
		b, err := base64.RawURLEncoding.DecodeString(*token)
		if err != nil || len(b) == 0 {
			return p, badToken()
		}
		p.after = b
	}
	return p, nil
}

// badToken is the answer to a token that no answer has given.
func badToken() error {
	return invalid(api.InvalidInputExceptionReasonInvalidNextToken, "You specified an invalid value.")
}

// token is where the next page starts, nil after the last.
func token(next store.Key) *string {
	if next == nil {
		return nil
	}
	return new(base64.RawURLEncoding.EncodeToString(next))
}

// listRef is one page of the documents that carry a look-up value.
func listRef[T, V any](tx store.Tx, t *store.Table[T], index string, value store.Key, mark *string, most *int64, show func(*T) V) ([]V, *string, error) {
	p, err := pageOf(mark, most)
	if err != nil {
		return nil, nil, err
	}
	items, err := t.ListRef(tx, index, value, p.after, p.limit)
	return shownAll(items.Items, show), token(items.Next), err
}

// list is one page of the documents below a key.
func list[T, V any](tx store.Tx, t *store.Table[T], prefix store.Key, mark *string, most *int64, show func(*T) V) ([]V, *string, error) {
	p, err := pageOf(mark, most)
	if err != nil {
		return nil, nil, err
	}
	items, err := t.List(tx, prefix, p.after, p.limit)
	return shownAll(items.Items, show), token(items.Next), err
}

func shownAll[T, V any](items []*T, show func(*T) V) []V {
	out := make([]V, len(items))
	for i, it := range items {
		out[i] = show(it)
	}
	return out
}

// cut is one page of a list that is held in memory, ordered by a key that no two items share.
func cut[T any](items []T, mark *string, most *int64, key func(T) string) ([]T, *string, error) {
	p, err := pageOf(mark, most)
	if err != nil {
		return nil, nil, err
	}
	out := []T{}
	for _, it := range items {
		if p.after != nil && key(it) <= string(p.after) {
			continue
		}
		if len(out) == p.limit {
			return out, token(store.Key(key(out[len(out)-1]))), nil
		}
		out = append(out, it)
	}
	return out, nil, nil
}
