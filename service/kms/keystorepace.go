package kms

import (
	"sync"
	"time"

	"vauban/service"
)

// askPace bounds how often an account has proxies asked at endpoints that it may name at will, whose owners need not know of it. The uses of keys are not
// bounded by it: their proxy has shown that it expects them. KMS Developer Guide: "Request quotas", which are others.
type askPace struct {
	mu    sync.Mutex
	whole map[string]time.Time // when an account has all its turns again; those that have them are not in it
}

const (
	askGap   = 2 * time.Second // in which an account gets one turn back
	askTurns = 30              // that it has at most
)

// take takes a turn for a call, or refuses it.
func (p *askPace) take(c *service.Call) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for account, t := range p.whole {
		if !t.After(c.Time) {
			delete(p.whole, account)
		}
	}
	whole := c.Time
	if t, ok := p.whole[c.Account]; ok {
		whole = t
	}
	if whole = whole.Add(askGap); whole.Sub(c.Time) > askTurns*askGap {
		return errThrottling.New("You have exceeded the rate at which you may call KMS: this account creates, updates and connects custom key stores too often. Reduce the frequency of your calls.")
	}
	if p.whole == nil {
		p.whole = map[string]time.Time{}
	}
	p.whole[c.Account] = whole
	return nil
}
