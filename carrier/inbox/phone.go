package inbox

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"vauban/carrier/smpp/pdu"
	"vauban/engine/sms"
)

// Text is a text that arrived, put together from its parts.
type Text struct {
	From, To string // To in the form "+4915112345678"
	Body     string
	Coding   sms.Coding
	Parts    int
	Session  string // names the connection that its last part came on
	Arrived  time.Time
}

// PhoneConfig says how a phone's centre answers. The zero value takes everything from everybody.
type PhoneConfig struct {
	TLS      *tls.Config // nil: plain
	SystemID string      // that must be given, with the password; "" takes all
	Password string

	// Answer is asked for each part: the status that the centre answers. nil takes all.
	Answer func(m *pdu.Message) pdu.Status
}

// Phone is a short message centre on loopback with all the phones of the world behind it.
type Phone struct {
	cfg      PhoneConfig
	listener net.Listener
	texts    shelf[*Text]

	receivers shelf[*centreSession] // that texts can be delivered to
	serving   sync.WaitGroup

	mu    sync.Mutex
	parts map[partKey]map[int][]byte
	next  int
	conns map[net.Conn]bool // nil after Close
}

// partKey says which parts belong together.
type partKey struct {
	from, to  string
	reference byte
	parts     int
	coding    byte
}

// OpenPhone starts a centre on a port of its own. The caller must Close it.
func OpenPhone(cfg PhoneConfig) (*Phone, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open a short message centre: %w", err)
	}
	p := &Phone{cfg: cfg, listener: l, parts: map[partKey]map[int][]byte{}, conns: map[net.Conn]bool{}}
	p.serving.Go(p.accept)
	return p, nil
}

// Address is where the centre listens: "127.0.0.1:42775".
func (p *Phone) Address() string { return p.listener.Addr().String() }

// Texts are those that have arrived, in order.
func (p *Phone) Texts() []*Text { return p.texts.all() }

// Wait returns the first text that matches, of those that are there and those that come until ctx ends.
func (p *Phone) Wait(ctx context.Context, match func(*Text) bool) (*Text, error) {
	return p.texts.wait(ctx, match)
}

// Reply sends a text from a phone to whoever has bound to receive last, waits until somebody has, and returns what was answered.
func (p *Phone) Reply(ctx context.Context, from, to, body string) (pdu.Status, error) {
	if _, err := p.receivers.wait(ctx, func(*centreSession) bool { return true }); err != nil {
		return 0, fmt.Errorf("nobody has bound to receive: %w", err)
	}
	text, err := sms.Encode(body)
	if err != nil {
		return 0, err
	}
	all := p.receivers.all()
	s := all[len(all)-1]
	if err := s.write(&pdu.PDU{Command: pdu.DeliverSM, Sequence: 1, Body: &pdu.Message{
		Source: pdu.Address{TON: pdu.TONInternational, NPI: pdu.NPIE164, Text: strings.TrimPrefix(from, "+")}, To: pdu.Address{Text: to}, Coding: byte(text.Coding), Text: text.Parts[0],
	}}); err != nil {
		return 0, err
	}
	select {
	case answer := <-s.answers:
		return answer.Status, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// HangUp breaks all connections, as a network does.
func (p *Phone) HangUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
}

// Close ends the centre.
func (p *Phone) Close() error {
	err := p.listener.Close()
	p.HangUp()
	p.mu.Lock()
	p.conns = nil
	p.mu.Unlock()
	p.serving.Wait()
	return err
}

func (p *Phone) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		if !p.enter(c) {
			c.Close()
			return
		}
		p.serving.Go(func() {
			defer p.leave(c)
			s := &centreSession{phone: p, conn: c, session: c.RemoteAddr().String(), answers: make(chan *pdu.PDU, 16)}
			if p.cfg.TLS != nil {
				s.conn = tls.Server(c, p.cfg.TLS)
			}
			s.serve()
		})
	}
}

func (p *Phone) enter(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conns == nil {
		return false
	}
	p.conns[c] = true
	return true
}

func (p *Phone) leave(c net.Conn) {
	c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

// take puts a part to the others of its text, and the text on the shelf when it is complete.
func (p *Phone) take(m *pdu.Message, session string) (id string, status pdu.Status) {
	data, part := m.Payload(), sms.Part{Parts: 1, N: 1}
	var err error
	if m.Class&pdu.ClassHeader != 0 {
		if part, data, err = sms.ParseHeader(data); err != nil {
			return "", pdu.InvalidClass
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	key := partKey{m.Source.Text, m.To.Text, part.Reference, part.Parts, m.Coding}
	have := p.parts[key]
	if have == nil {
		have = map[int][]byte{}
		p.parts[key] = have
	}
	have[part.N] = data
	p.next++
	id = fmt.Sprintf("%08x", p.next)
	if len(have) < part.Parts {
		return id, pdu.OK
	}
	delete(p.parts, key)
	text := &Text{From: m.Source.Text, To: "+" + m.To.Text, Coding: sms.Coding(m.Coding), Parts: part.Parts, Session: session, Arrived: time.Now()}
	for n := range part.Parts {
		body, err := sms.Decode(text.Coding, have[n+1])
		if err != nil {
			return "", pdu.InvalidLength
		}
		text.Body += body
	}
	p.texts.put(text)
	return id, pdu.OK
}
