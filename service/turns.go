package service

import (
	"errors"
	"sync"
)

// ErrBusy says that an account has too much waiting for its turn.
var ErrBusy = errors.New("service: the account has too many such requests waiting")

// Turns lets heavy work be done one after the other, so that it never takes more than one core from everybody else, and lets an account wait
// with only so many requests, so that no account's work is all of the line.
type Turns struct {
	running chan struct{}
	most    int // that one account has in the line, the one that runs included

	mu   sync.Mutex
	line map[string]int // by account; those with none are not in it
}

// NewTurns makes turns of which an account has at most so many in the line.
func NewTurns(most int) *Turns {
	return &Turns{running: make(chan struct{}, 1), most: most, line: map[string]int{}}
}

// Take waits until it is the call's turn, and returns what ends it. It answers [ErrBusy], or the context's error when the client is gone.
func (t *Turns) Take(c *Call) (end func(), err error) {
	if !t.enter(c.Account) {
		return nil, ErrBusy
	}
	select {
	case t.running <- struct{}{}:
		return func() { <-t.running; t.leave(c.Account) }, nil
	case <-c.Done():
		t.leave(c.Account)
		return nil, c.Err()
	}
}

func (t *Turns) enter(account string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.line[account] >= t.most {
		return false
	}
	t.line[account]++
	return true
}

func (t *Turns) leave(account string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.line[account]--; t.line[account] == 0 {
		delete(t.line, account)
	}
}
