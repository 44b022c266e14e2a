package smpp

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"vauban/carrier"
	"vauban/carrier/smpp/pdu"
	"vauban/engine/sms"
)

// Sender implements [carrier.SMS].
type Sender struct {
	cfg      Config
	incoming incoming

	mu      sync.Mutex // held while connecting: others wait for the same link
	link    *link
	failed  error     // of the last attempt to connect
	retry   time.Time // not sooner
	backoff time.Duration
	closed  bool
}

// New returns a sender. Nothing is connected until the first text.
func New(cfg Config) (*Sender, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg.complete()
	return &Sender{cfg: cfg}, nil
}

// Send implements [carrier.SMS].
func (s *Sender) Send(ctx context.Context, t *carrier.Text) (carrier.Sent, error) {
	messages, err := s.compose(t)
	if err != nil {
		return carrier.Sent{}, err
	}
	sent := carrier.Sent{Parts: len(messages)}
	for i, m := range messages {
		id, err := s.submit(ctx, m)
		if err != nil {
			return carrier.Sent{}, fmt.Errorf("SMS centre %s: part %d of %d: %w", s.cfg.Address, i+1, len(messages), err)
		}
		if i == 0 {
			sent.ID = id
		}
	}
	return sent, nil
}

// compose makes one message of each part.
func (s *Sender) compose(t *carrier.Text) ([]*pdu.Message, error) {
	to, err := destination(t.To)
	if err != nil {
		return nil, err
	}
	sender := t.Sender
	if sender == "" {
		sender = s.cfg.From
	}
	from, err := source(sender)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", carrier.ErrRefused, err)
	}
	text, err := sms.Encode(t.Body)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", carrier.ErrRefused, err)
	}
	var reference [1]byte
	if _, err := io.ReadFull(s.cfg.Rand, reference[:]); err != nil {
		return nil, fmt.Errorf("make a reference: %w", err)
	}
	var out []*pdu.Message
	for i, part := range text.Parts {
		m := &pdu.Message{Source: from, To: to, Coding: byte(text.Coding), Text: part}
		if s.cfg.Receipts {
			m.Registered = 1
		}
		if len(text.Parts) > 1 {
			m.Class, m.Text = pdu.ClassHeader, append(sms.Header(reference[0], len(text.Parts), i+1), part...)
		}
		out = append(out, m)
	}
	return out, nil
}

// throttled bounds how often one part is sent again to a centre that throttles.
const throttled = 5

// submit sends one part. A centre that throttles is waited for, so that the parts before it need not be sent again.
func (s *Sender) submit(ctx context.Context, m *pdu.Message) (id string, err error) {
	pause := s.cfg.Pause
	for attempt := 1; ; attempt++ {
		l, err := s.linked(ctx)
		if err != nil {
			return "", err
		}
		answer, err := l.ask(ctx, pdu.SubmitSM, m)
		if err != nil {
			return "", err
		}
		switch {
		case answer.Status == pdu.OK:
			if r, ok := answer.Body.(*pdu.MessageResponse); ok {
				id = r.ID
			}
			return id, nil
		case answer.Status.Final():
			return "", fmt.Errorf("%w: %w", carrier.ErrRefused, answer.Status)
		case answer.Status != pdu.Throttled && answer.Status != pdu.QueueFull || attempt == throttled:
			return "", answer.Status
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("%w: %w", ctx.Err(), answer.Status)
		case <-time.After(pause):
		}
		pause *= 2
	}
}

// linked returns the link, made anew if it has ended. While the backoff lasts it fails with what failed last.
func (s *Sender) linked(ctx context.Context) (*link, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, net.ErrClosed
	case s.link != nil && s.link.alive():
		return s.link, nil
	}
	if wait := time.Until(s.retry); s.failed != nil && wait > 0 {
		return nil, fmt.Errorf("not connected, next attempt in %s: %w", wait.Round(time.Millisecond), s.failed)
	}
	l, err := dial(ctx, &s.cfg, &s.incoming)
	if err != nil {
		if ctx.Err() == nil { // else it is the caller who had no time
			s.backoff = min(max(2*s.backoff, s.cfg.Backoff), s.cfg.MaxBackoff)
			s.failed, s.retry = err, time.Now().Add(s.backoff)
		}
		return nil, err
	}
	s.link, s.failed, s.backoff = l, nil, 0
	return l, nil
}

// Ping makes sure that the centre is reached and takes the credentials.
func (s *Sender) Ping(ctx context.Context) error {
	l, err := s.linked(ctx)
	if err == nil {
		_, err = l.ask(ctx, pdu.EnquireLink, nil)
	}
	if err != nil {
		return fmt.Errorf("SMS centre %s: %w", s.cfg.Address, err)
	}
	return nil
}

// Close unbinds.
func (s *Sender) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.link != nil {
		s.link.unbind()
	}
	return nil
}
