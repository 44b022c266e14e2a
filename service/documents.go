package service

import (
	"fmt"
	"sync"

	"vauban/engine/policy"
)

// Documents keeps the resource policies of late parsed, by their text, so that a request need not. The zero value works.
type Documents struct {
	mu     sync.Mutex
	byText map[string]*policy.Document
}

// maxDocuments bounds the memory; then all are forgotten.
const maxDocuments = 1024

// Parse returns the policy of that text, which callers share.
func (d *Documents) Parse(text string) (*policy.Document, error) {
	d.mu.Lock()
	doc := d.byText[text]
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
	if d.byText == nil || len(d.byText) >= maxDocuments {
		d.byText = map[string]*policy.Document{}
	}
	d.byText[text] = doc
	return doc, nil
}
