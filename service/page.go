package service

import (
	"errors"

	"vauban/store"
)

// Page is where a listing goes on. Its tokens are sealed: they name documents, nobody else makes them, and one listing takes none of another.
type Page struct {
	After store.Key // the last document that was looked at, nil at the beginning
	Limit int       // of the documents that are shown

	ring    Sealer
	purpose string
}

// ErrPage is the error of a token that no answer has given.
var ErrPage = errors.New("the token of a page is none of this listing")

// looked is how many documents a page looks at: one that passes over many ends before it is full.
const looked = 10_000

// OpenPage reads a token; nil and "" begin the listing. purpose tells listings apart.
func OpenPage(r Sealer, purpose string, token *string, limit int) (Page, error) {
	p := Page{Limit: limit, ring: r, purpose: purpose}
	if token == nil || *token == "" {
		return p, nil
	}
	after, err := r.OpenToken(purpose, *token)
	if err != nil || len(after) == 0 || len(after) > store.MaxKey {
		return p, ErrPage
	}
	p.After = after
	return p, nil
}

// Token lets the listing go on behind the key; there is none after the last.
func (p Page) Token(after store.Key) (*string, error) {
	if after == nil {
		return nil, nil
	}
	token, err := p.ring.SealToken(p.purpose, after)
	return &token, err
}

// VisitPage shows the documents below the prefix until the page is full, and returns the token of the next one. show reports whether a document belongs to
// the answer.
func VisitPage[T any](tx store.Tx, p Page, t *store.Table[T], prefix store.Key, show func(*T) (bool, error)) (*string, error) {
	if p.Limit <= 0 && p.After == nil { // full before its first document: all of them are on the next
		n, err := t.Count(tx, prefix, 1)
		if n == 0 || err != nil {
			return nil, err
		}
		return p.Token(prefix)
	}
	shown, seen := 0, 0
	var failed error
	next, err := store.Visit(tx, t, prefix, p.After, func(v *T) bool {
		if shown >= p.Limit || seen == looked || failed != nil {
			return false
		}
		seen++
		var ok bool
		if ok, failed = show(v); ok {
			shown++
		}
		return true
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, err
	}
	return p.Token(next)
}
