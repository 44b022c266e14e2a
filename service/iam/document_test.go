package iam

import (
	"net/url"
	"testing"

	"pgregory.net/rapid"
)

func TestShownDocument(t *testing.T) {
	const doc = `{"A": "a-b_c.d~e*é"}`
	const want = "%7B%22A%22%3A%20%22a-b_c.d~e%2A%C3%A9%22%7D"
	if got := *shownDocument(doc); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestShownDocumentIsTheDocument(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := rapid.String().Draw(t, "document")
		got, err := url.PathUnescape(*shownDocument(doc))
		if err != nil || got != doc {
			t.Fatalf("%q comes back as %q (%v)", doc, got, err)
		}
	})
}
