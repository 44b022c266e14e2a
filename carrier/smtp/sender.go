package smtp

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"

	"vauban/carrier"
)

// Sender implements [carrier.Mail].
type Sender struct {
	cfg   Config
	slots chan struct{} // one for each connection that may be open

	mu     sync.Mutex
	idle   []*session
	closed bool
}

// New returns a sender. Nothing is connected until the first letter.
func New(cfg Config) (*Sender, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.Connections == 0 {
		cfg.Connections = 8
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	if cfg.Idle == 0 {
		cfg.Idle = 30 * time.Second
	}
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	return &Sender{cfg: cfg, slots: make(chan struct{}, cfg.Connections)}, nil
}

// Send implements [carrier.Mail].
func (s *Sender) Send(ctx context.Context, l *carrier.Letter) error {
	m, err := s.compose(l)
	if err != nil {
		return err
	}
	return s.use(ctx, func(ss *session) error { return ss.send(ctx, m) })
}

// Ping makes sure that the server is reached and takes the credentials.
func (s *Sender) Ping(ctx context.Context) error {
	return s.use(ctx, func(*session) error { return nil })
}

// use does something on a connection: one that waits, if it still lives, or a new one.
func (s *Sender) use(ctx context.Context, do func(*session) error) error {
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.slots }()
	ss, err := s.session(ctx)
	if err != nil {
		return fmt.Errorf("mail server %s: %w", s.cfg.Address(), err)
	}
	if err := do(ss); err != nil {
		if ss.broken {
			ss.drop()
		} else {
			s.keep(ss)
		}
		return fmt.Errorf("mail server %s: %w", s.cfg.Address(), err)
	}
	s.keep(ss)
	return nil
}

func (s *Sender) session(ctx context.Context) (*session, error) {
	for {
		ss := s.take()
		if ss == nil {
			return s.connect(ctx)
		}
		if ss.alive(ctx) {
			return ss, nil
		}
		ss.drop()
	}
}

func (s *Sender) take() *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.idle) == 0 {
		return nil
	}
	ss := s.idle[len(s.idle)-1]
	s.idle = s.idle[:len(s.idle)-1]
	ss.expiry.Stop()
	return ss
}

// keep lets a connection wait for the next letter for a while.
func (s *Sender) keep(ss *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		ss.quit()
		return
	}
	ss.expiry = time.AfterFunc(s.cfg.Idle, func() { s.expire(ss) })
	s.idle = append(s.idle, ss)
}

func (s *Sender) expire(ss *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, other := range s.idle {
		if other == ss {
			s.idle = append(s.idle[:i], s.idle[i+1:]...)
			go ss.quit()
			return
		}
	}
}

// Close ends the connections that wait.
func (s *Sender) Close() error {
	s.mu.Lock()
	idle := s.idle
	s.idle, s.closed = nil, true
	s.mu.Unlock()
	for _, ss := range idle {
		ss.expiry.Stop()
		ss.quit()
	}
	return nil
}

// verdict says what a failure means for the letter: whether another attempt can mend it.
func verdict(err error) error {
	var e *gomail.SendError
	if !errors.As(err, &e) || e.ErrorCode() < 500 {
		return err
	}
	const tooLarge = 552 // RFC 1870: said to MAIL FROM already, of the letter
	switch e.Reason {
	case gomail.ErrSMTPRcptTo, gomail.ErrSMTPData, gomail.ErrSMTPDataClose:
		return fmt.Errorf("%w: %w", carrier.ErrRefused, err)
	case gomail.ErrSMTPMailFrom:
		if e.ErrorCode() == tooLarge {
			return fmt.Errorf("%w: %w", carrier.ErrRefused, err)
		}
	}
	return err
}
