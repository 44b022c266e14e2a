package smpp

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"vauban/carrier"
	"vauban/carrier/smpp/pdu"
	"vauban/engine/sms"
)

// incoming hands on what phones send, while somebody takes it.
type incoming struct {
	mu   sync.Mutex
	take func(context.Context, *carrier.Reply) error
}

func (in *incoming) open(take func(context.Context, *carrier.Reply) error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.take = take
}

// takeTime bounds how long a text may take to be kept.
const takeTime = 10 * time.Second

// put hands a text on, and says what the centre is told: what could not be kept now comes again.
func (in *incoming) put(m *pdu.Message) pdu.Status {
	in.mu.Lock()
	take := in.take
	in.mu.Unlock()
	if take == nil {
		return pdu.TemporaryReceiver
	}
	r, ok := reply(m)
	if !ok {
		return pdu.RejectedByReceiver
	}
	ctx, cancel := context.WithTimeout(context.Background(), takeTime)
	defer cancel()
	if take(ctx, r) != nil {
		return pdu.TemporaryReceiver
	}
	return pdu.OK
}

// reply reads a text that came in. The parts of a long one are each for themselves: no answer that counts needs more than one.
func reply(m *pdu.Message) (*carrier.Reply, bool) {
	from := "+" + strings.TrimPrefix(m.Source.Text, "+")
	body, ok := content(m)
	return &carrier.Reply{From: from, To: m.To.Text, Body: body}, ok && sms.IsNumber(from)
}

// content is the text of a message, in whatever coding it came.
func content(m *pdu.Message) (string, bool) {
	data := m.Payload()
	if m.Class&pdu.ClassHeader != 0 {
		var err error
		if _, data, err = sms.ParseHeader(data); err != nil {
			return "", false
		}
	}
	coding := sms.Coding(m.Coding)
	if coding == 1 || coding == 3 { // ASCII, and Latin 1, whose first 256 characters are Unicode's
		var b strings.Builder
		for _, c := range data {
			b.WriteRune(rune(c))
		}
		return b.String(), true
	}
	text, err := sms.Decode(coding, data)
	return text, err == nil
}

// Replies implements [carrier.Replying]: it keeps the link up, since a centre delivers to whoever is bound.
func (s *Sender) Replies(ctx context.Context, take func(context.Context, *carrier.Reply) error) error {
	if !s.cfg.Replies {
		<-ctx.Done()
		return nil
	}
	s.incoming.open(take)
	defer s.incoming.open(nil)
	for {
		l, err := s.linked(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		case err != nil:
			if !rest(ctx, s.untilRetry()) {
				return nil
			}
			continue
		}
		select {
		case <-l.dead:
		case <-ctx.Done():
			return nil
		}
	}
}

func (s *Sender) untilRetry() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(time.Until(s.retry), time.Millisecond)
}

func rest(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
