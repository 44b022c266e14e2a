package access

import (
	"fmt"
	"sync"

	"vauban/engine/policy"
)

// documents shares parsed policies by their text: most principals hold the same few managed policies.
type documents struct {
	mu     sync.Mutex
	byText map[string]*policy.Document
}

const maxDocuments = 20_000

// parse returns the policy parsed, from the cache when the text was seen before. Texts were validated on write; one that does not
// parse now denies by failing the decision.
func (d *documents) parse(t PolicyText) (*policy.Named, error) {
	d.mu.Lock()
	doc := d.byText[t.JSON]
	d.mu.Unlock()
	if doc == nil {
		var err error
		if doc, err = policy.Parse([]byte(t.JSON)); err != nil {
			return nil, fmt.Errorf("parse policy %s: %w", t.Name, err)
		}
		d.mu.Lock()
		if d.byText == nil || len(d.byText) >= maxDocuments {
			d.byText = map[string]*policy.Document{} // start over: entries in use keep their documents
		}
		d.byText[t.JSON] = doc
		d.mu.Unlock()
	}
	return &policy.Named{Name: t.Name, Document: doc}, nil
}
