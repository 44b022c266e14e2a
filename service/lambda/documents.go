package lambda

import (
	"fmt"
	"sync"

	"vauban/engine/policy"
)

// documents keeps the resource policies of late parsed, by their text.
type documents struct {
	mu sync.Mutex
	m  map[string]*policy.Document
}

const maxDocuments = 1000

func (d *documents) parse(text string) (*policy.Document, error) {
	d.mu.Lock()
	doc := d.m[text]
	d.mu.Unlock()
	if doc != nil {
		return doc, nil
	}
	doc, err := policy.Parse([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("parse resource policy: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.m == nil || len(d.m) >= maxDocuments {
		d.m = map[string]*policy.Document{}
	}
	d.m[text] = doc
	return doc, nil
}
