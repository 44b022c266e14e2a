package logs

import (
	"sync"

	"vauban/engine/logfilter"
)

// patterns keeps filter patterns of late compiled, by their text.
type patterns struct {
	mu sync.Mutex
	m  map[string]*logfilter.Pattern
}

// maxPatterns is small since a pattern with regular expressions may take a megabyte.
const maxPatterns = 256

// compile answers a pattern, or the error for a client.
func (p *patterns) compile(text string) (*logfilter.Pattern, error) {
	p.mu.Lock()
	known := p.m[text]
	p.mu.Unlock()
	if known != nil {
		return known, nil
	}
	made, err := logfilter.Compile(text)
	if err != nil {
		return nil, invalid("%v", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.m == nil || len(p.m) >= maxPatterns {
		p.m = map[string]*logfilter.Pattern{}
	}
	p.m[text] = made
	return made, nil
}
