package smpp

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"vauban/carrier/smpp/pdu"
)

// link is one bound connection.
type link struct {
	cfg      *Config
	incoming *incoming // for texts that come in
	conn     net.Conn
	window   chan struct{}
	dead     chan struct{} // closed at the end, after err is set

	writing sync.Mutex

	mu      sync.Mutex
	next    uint32
	waiting map[uint32]chan *pdu.PDU
	err     error
	heard   time.Time
}

// dial connects and binds.
func dial(ctx context.Context, cfg *Config, in *incoming) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", cfg.Address)
	if err != nil {
		return nil, err
	}
	if cfg.TLS != nil {
		secured := tls.Client(conn, cfg.TLS)
		if err := secured.HandshakeContext(ctx); err != nil {
			conn.Close()
			return nil, err
		}
		conn = secured
	}
	l := &link{cfg: cfg, incoming: in, conn: conn, window: make(chan struct{}, cfg.Window), dead: make(chan struct{}), waiting: map[uint32]chan *pdu.PDU{}, heard: time.Now()}
	go l.read()
	if err := l.bind(ctx); err != nil {
		l.end(err)
		return nil, err
	}
	go l.keep()
	return l, nil
}

func (l *link) bind(ctx context.Context) error {
	command := pdu.BindTransmitter
	if l.cfg.Receipts || l.cfg.Replies {
		command = pdu.BindTransceiver
	}
	answer, err := l.ask(ctx, command, &pdu.Bind{SystemID: l.cfg.SystemID, Password: l.cfg.Password, SystemType: l.cfg.SystemType, Version: pdu.Version})
	if err == nil && answer.Status != pdu.OK {
		err = answer.Status
	}
	if err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	return nil
}

// ask sends a request and waits for its answer, when the window has room.
func (l *link) ask(ctx context.Context, c pdu.Command, body pdu.Body) (*pdu.PDU, error) {
	select {
	case l.window <- struct{}{}:
		defer func() { <-l.window }()
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-l.dead:
		return nil, l.err
	}
	sequence, answered := l.expect()
	defer l.forget(sequence)
	if err := l.write(&pdu.PDU{Command: c, Sequence: sequence, Body: body}); err != nil {
		return nil, err
	}
	patience := time.NewTimer(l.cfg.Timeout)
	defer patience.Stop()
	select {
	case p := <-answered:
		if p.Command != c.Response() && p.Status == pdu.OK {
			return nil, fmt.Errorf("command %#x was answered with %#x", uint32(c), uint32(p.Command))
		}
		return p, nil
	case <-patience.C:
		return nil, fmt.Errorf("no answer within %s", l.cfg.Timeout)
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-l.dead:
		return nil, l.err
	}
}

func (l *link) expect() (uint32, chan *pdu.PDU) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.next++; l.next > 0x7fffffff {
		l.next = 1
	}
	answered := make(chan *pdu.PDU, 1)
	l.waiting[l.next] = answered
	return l.next, answered
}

func (l *link) forget(sequence uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.waiting, sequence)
}

func (l *link) write(p *pdu.PDU) error {
	b, err := pdu.Append(nil, p)
	if err != nil {
		return err
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	if err := l.conn.SetWriteDeadline(time.Now().Add(l.cfg.Timeout)); err != nil {
		return l.end(err)
	}
	if _, err := l.conn.Write(b); err != nil {
		return l.end(err)
	}
	return nil
}

// read takes what comes until the link ends.
func (l *link) read() {
	in := bufio.NewReader(l.conn)
	for {
		p, err := pdu.Read(in)
		if err != nil && !errors.Is(err, pdu.ErrMalformed) {
			if errors.Is(err, io.EOF) {
				err = errors.New("the centre has closed the connection")
			}
			l.end(err)
			return
		}
		l.mu.Lock()
		l.heard = time.Now()
		answered := l.waiting[p.Sequence]
		l.mu.Unlock()
		switch {
		case p.Command.IsResponse(): // a malformed one still has its status
			if answered != nil {
				select {
				case answered <- p:
				default: // a second answer to one request
				}
			}
		case err != nil:
			_ = l.write(&pdu.PDU{Command: pdu.GenericNack, Status: pdu.InvalidCommandSize, Sequence: p.Sequence})
		case !l.serve(p):
			return
		}
	}
}

// serve answers a request of the centre. It returns false when that ends the link.
func (l *link) serve(p *pdu.PDU) bool {
	answer := &pdu.PDU{Command: p.Command.Response(), Sequence: p.Sequence}
	switch p.Command {
	case pdu.EnquireLink:
	case pdu.Unbind:
		_ = l.write(answer)
		l.end(errors.New("the centre has unbound the connection"))
		return false
	case pdu.DeliverSM:
		m, ok := p.Body.(*pdu.Message)
		switch {
		case !ok:
			answer.Status = pdu.SystemError
		case m.Class&pdu.ClassKind == pdu.ClassReceipt:
			l.cfg.Logger.Info("a text was delivered, or not", "receipt", receipt(m), "from", m.Source.Text)
		default:
			answer.Status = l.incoming.put(m)
		}
		if answer.Status == pdu.OK {
			answer.Body = &pdu.MessageResponse{}
		}
	default:
		answer.Command, answer.Status = pdu.GenericNack, pdu.InvalidCommand
	}
	return l.write(answer) == nil
}

// keep asks for a sign of life when nothing was heard for a while.
func (l *link) keep() {
	for {
		l.mu.Lock()
		silent := time.Since(l.heard)
		l.mu.Unlock()
		if silent >= l.cfg.Enquire {
			if _, err := l.ask(context.Background(), pdu.EnquireLink, nil); err != nil {
				l.end(fmt.Errorf("the centre gives no sign of life: %w", err))
				return
			}
			silent = 0
		}
		select {
		case <-l.dead:
			return
		case <-time.After(l.cfg.Enquire - silent):
		}
	}
}

// end ends the link for everybody who waits. The first reason counts, and is returned.
func (l *link) end(err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
		l.conn.Close()
		close(l.dead)
	}
	return l.err
}

func (l *link) alive() bool {
	select {
	case <-l.dead:
		return false
	default:
		return true
	}
}

// unbind says goodbye, within a moment.
func (l *link) unbind() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if l.alive() {
		_, _ = l.ask(ctx, pdu.Unbind, nil)
	}
	l.end(net.ErrClosed)
}
