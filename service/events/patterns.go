package events

import (
	"sync"

	"vauban/engine/pattern"
)

// patterns keeps event patterns of late compiled, by their text.
type patterns struct {
	mu sync.Mutex
	m  map[string]*pattern.Pattern
}

const maxPatterns = 10_000

func (p *patterns) compile(text string) (*pattern.Pattern, error) {
	p.mu.Lock()
	c := p.m[text]
	p.mu.Unlock()
	if c != nil {
		return c, nil
	}
	c, err := pattern.Compile([]byte(text))
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.m == nil || len(p.m) >= maxPatterns {
		p.m = map[string]*pattern.Pattern{}
	}
	p.m[text] = c
	return c, nil
}
