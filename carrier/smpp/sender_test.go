package smpp

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"vauban/carrier"
	"vauban/carrier/inbox"
	"vauban/carrier/smpp/pdu"
	"vauban/engine/sms"
)

func open(t *testing.T, cfg inbox.PhoneConfig) *inbox.Phone {
	t.Helper()
	p, err := inbox.OpenPhone(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// sender sends to an address. change may be nil.
func sender(t *testing.T, address string, change func(*Config)) *Sender {
	t.Helper()
	cfg := Config{Address: address, From: "Vauban", Pause: time.Millisecond}
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func wait(t *testing.T, p *inbox.Phone, to string) *inbox.Text {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	text, err := p.Wait(ctx, func(text *inbox.Text) bool { return text.To == to })
	if err != nil {
		t.Fatalf("a text to %s: %v", to, err)
	}
	return text
}

func TestTexts(t *testing.T) {
	phone := open(t, inbox.PhoneConfig{})
	s := sender(t, phone.Address(), nil)
	for i, c := range []struct {
		body, from, arrivesFrom string
		coding                  sms.Coding
		parts                   int
	}{
		{"ALARM: StopLogging denied", "", "Vauban", sms.GSM7, 1},
		{"Kosten: 5 € {netto}", "Rechnung", "Rechnung", sms.GSM7, 1},
		{strings.Repeat("a", 152) + "€ and more", "+4930123456", "4930123456", sms.GSM7, 2},
		{"警報 🚨", "70123", "70123", sms.UCS2, 1},
		{strings.Repeat("警報🚨", 100), "", "Vauban", sms.UCS2, 6},
		{"", "", "Vauban", sms.GSM7, 1},
	} {
		to := fmt.Sprintf("+49151123456%02d", i)
		sent, err := s.Send(t.Context(), &carrier.Text{To: to, Sender: c.from, Body: c.body})
		if err != nil {
			t.Fatalf("%q: %v", c.body, err)
		}
		got := wait(t, phone, to)
		if got.Body != c.body || got.From != c.arrivesFrom || got.Coding != c.coding || got.Parts != c.parts || sent.Parts != c.parts || sent.ID == "" {
			t.Errorf("text %d: %+v, %+v", i, sent, got)
		}
	}
}

func TestNoMessageOfThese(t *testing.T) {
	phone := open(t, inbox.PhoneConfig{})
	s := sender(t, phone.Address(), nil)
	for _, text := range []carrier.Text{
		{To: "4915112345678"}, {To: "+"}, {To: "+0151123456"}, {To: "+49 151 1234"}, {To: "+1234567890123456"}, {To: "+49151\x00123"},
		{To: "+4915112345678", Sender: "a name too long"}, {To: "+4915112345678", Sender: "Übung"}, {To: "+4915112345678", Sender: "a\x00"},
		{To: "+4915112345678", Body: strings.Repeat("a", 255*153+1)},
	} {
		if _, err := s.Send(t.Context(), &text); !errors.Is(err, carrier.ErrRefused) {
			t.Errorf("%.40q, %q: %v", text.To, text.Sender, err)
		}
	}
}

func TestStatuses(t *testing.T) {
	var mu sync.Mutex
	seen := map[string]int{}
	phone := open(t, inbox.PhoneConfig{Answer: func(m *pdu.Message) pdu.Status {
		mu.Lock()
		defer mu.Unlock()
		seen[m.To.Text]++
		switch m.To.Text {
		case "4915100000001":
			return pdu.InvalidDestination
		case "4915100000002":
			return pdu.SystemError
		case "4915100000003":
			return pdu.Throttled
		case "4915100000004":
			if seen[m.To.Text] == 2 { // the second part, once
				return pdu.Throttled
			}
		}
		return pdu.OK
	}})
	s := sender(t, phone.Address(), nil)
	for _, c := range []struct {
		to    string
		final bool
		says  string
		times int
	}{
		{"+4915100000001", true, "the number is not valid", 1},
		{"+4915100000002", false, "system error", 1},
		{"+4915100000003", false, "throttled", throttled},
	} {
		_, err := s.Send(t.Context(), &carrier.Text{To: c.to, Body: "hello"})
		if err == nil || errors.Is(err, carrier.ErrRefused) != c.final || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.to, err)
		}
		if n := seen[c.to[1:]]; n != c.times {
			t.Errorf("%s: sent %d times", c.to, n)
		}
	}
	if _, err := s.Send(t.Context(), &carrier.Text{To: "+4915100000004", Body: strings.Repeat("a", 400)}); err != nil {
		t.Errorf("throttled in the middle: %v", err)
	}
	if text := wait(t, phone, "+4915100000004"); text.Parts != 3 || seen["4915100000004"] != 4 {
		t.Errorf("%d parts, sent %d times", text.Parts, seen["4915100000004"])
	}
}

func TestCredentials(t *testing.T) {
	phone := open(t, inbox.PhoneConfig{SystemID: "vauban", Password: "right"})
	wrong := sender(t, phone.Address(), func(c *Config) { c.SystemID, c.Password = "vauban", "wrong" })
	_, err := wrong.Send(t.Context(), &carrier.Text{To: "+4915112345678"})
	if err == nil || errors.Is(err, carrier.ErrRefused) || !strings.Contains(err.Error(), "wrong password") {
		t.Errorf("a wrong password is the operator's to mend: %v", err)
	}
	if _, err := wrong.Send(t.Context(), &carrier.Text{To: "+4915112345678"}); err == nil || !strings.Contains(err.Error(), "next attempt in") {
		t.Errorf("the centre is not knocked at in a row: %v", err)
	}
	if err := sender(t, phone.Address(), func(c *Config) { c.SystemID, c.Password = "vauban", "right" }).Ping(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestReconnects(t *testing.T) {
	phone := open(t, inbox.PhoneConfig{})
	s := sender(t, phone.Address(), nil)
	for i := range 3 {
		to := fmt.Sprintf("+491511234567%d", i)
		if _, err := s.Send(t.Context(), &carrier.Text{To: to, Body: "hello"}); err != nil {
			t.Fatalf("after %d breaks: %v", i, err)
		}
		l := s.link
		phone.HangUp()
		<-l.dead
	}
	if texts := phone.Texts(); len(texts) != 3 || texts[0].Session == texts[1].Session {
		t.Errorf("%+v", texts)
	}
}

// TestManyAtATime: the window bounds what is under way, and all of it shares one connection.
func TestManyAtATime(t *testing.T) {
	phone := open(t, inbox.PhoneConfig{})
	s := sender(t, phone.Address(), func(c *Config) { c.Window = 4 })
	var sending sync.WaitGroup
	for i := range 100 {
		sending.Go(func() {
			if _, err := s.Send(t.Context(), &carrier.Text{To: fmt.Sprintf("+49151%07d", i), Body: strings.Repeat("b", 200)}); err != nil {
				t.Error(err)
			}
		})
	}
	sending.Wait()
	sessions := map[string]bool{}
	for _, text := range phone.Texts() {
		sessions[text.Session] = true
	}
	if n := len(phone.Texts()); n != 100 || len(sessions) != 1 {
		t.Errorf("%d texts on %d connections", n, len(sessions))
	}
}

func TestTLS(t *testing.T) {
	web := httptest.NewUnstartedServer(nil)
	web.StartTLS()
	defer web.Close()
	phone := open(t, inbox.PhoneConfig{TLS: &tls.Config{Certificates: web.TLS.Certificates}})
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	if err := sender(t, phone.Address(), func(c *Config) { c.TLS = &tls.Config{ServerName: "127.0.0.1", RootCAs: roots} }).Ping(t.Context()); err != nil {
		t.Error(err)
	}
	var unknown *tls.CertificateVerificationError
	if err := sender(t, phone.Address(), func(c *Config) { c.TLS = &tls.Config{ServerName: "127.0.0.1"} }).Ping(t.Context()); !errors.As(err, &unknown) {
		t.Errorf("an unknown authority: %v", err)
	}
}

// centre is one that a test scripts: it binds, and then answers as told.
func centre(t *testing.T, answer func(net.Conn, *pdu.PDU)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for {
					p, err := pdu.Read(c)
					if err != nil {
						return
					}
					if p.Command == pdu.BindTransmitter || p.Command == pdu.BindTransceiver {
						say(c, &pdu.PDU{Command: p.Command.Response(), Sequence: p.Sequence, Body: &pdu.BindResponse{}})
						continue
					}
					answer(c, p)
				}
			}()
		}
	}()
	return l.Addr().String()
}

func say(c net.Conn, p *pdu.PDU) {
	if b, err := pdu.Append(nil, p); err == nil {
		_, _ = c.Write(b)
	}
}

// TestSignsOfLife: a centre that has gone silent is noticed without a text.
func TestSignsOfLife(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{}, 100)
	address := centre(t, func(c net.Conn, p *pdu.PDU) {
		if p.Command == pdu.EnquireLink {
			if len(asked) < 3 { // the fourth is not answered
				say(c, &pdu.PDU{Command: p.Command.Response(), Sequence: p.Sequence})
			}
			asked <- struct{}{}
		}
	})
	s := sender(t, address, func(c *Config) { c.Enquire, c.Timeout = 10*time.Millisecond, 5*time.Second })
	l, err := s.linked(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	<-l.dead
	if len(asked) < 4 || !strings.Contains(l.err.Error(), "no sign of life") {
		t.Errorf("asked %d times: %v", len(asked), l.err)
	}
}

func TestWhatCentresDo(t *testing.T) {
	t.Parallel()
	answers := make(chan *pdu.PDU, 10)
	address := centre(t, func(c net.Conn, p *pdu.PDU) {
		if p.Command.IsResponse() {
			answers <- p
			return
		}
		if p.Command != pdu.SubmitSM {
			return
		}
		// Before it answers, the centre asks this and that, and delivers.
		say(c, &pdu.PDU{Command: pdu.EnquireLink, Sequence: 71})
		say(c, &pdu.PDU{Command: 0x00000103, Sequence: 72})                                            // data_sm
		say(c, &pdu.PDU{Command: pdu.DeliverSM, Sequence: 73, Body: &pdu.Message{Text: []byte("hi")}}) // a text from a phone
		say(c, &pdu.PDU{Command: pdu.DeliverSM, Sequence: 74, Body: &pdu.Message{Class: pdu.ClassReceipt, Text: []byte("id:7 stat:DELIVRD err:000 Text:Your code is 1234")}})
		_, _ = c.Write([]byte{0, 0, 0, 17, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 75, 'x'})                                         // malformed
		say(c, &pdu.PDU{Command: pdu.SubmitSM.Response(), Sequence: p.Sequence + 1000, Body: &pdu.MessageResponse{ID: "no"}}) // to nothing that was asked
		say(c, &pdu.PDU{Command: pdu.SubmitSM.Response(), Sequence: p.Sequence, Body: &pdu.MessageResponse{ID: "7"}})
		say(c, &pdu.PDU{Command: pdu.SubmitSM.Response(), Sequence: p.Sequence, Body: &pdu.MessageResponse{ID: "again"}})
	})
	var log lockedBuffer
	s := sender(t, address, func(c *Config) { c.Receipts, c.Logger = true, slog.New(slog.NewTextHandler(&log, nil)) })
	sent, err := s.Send(t.Context(), &carrier.Text{To: "+4915112345678", Body: "hello"})
	if err != nil || sent.ID != "7" {
		t.Fatalf("%+v, %v", sent, err)
	}
	for _, want := range []pdu.PDU{
		{Command: pdu.EnquireLink.Response(), Sequence: 71},
		{Command: pdu.GenericNack, Status: pdu.InvalidCommand, Sequence: 72},
		{Command: pdu.DeliverSM.Response(), Status: pdu.TemporaryReceiver, Sequence: 73},
		{Command: pdu.DeliverSM.Response(), Sequence: 74},
		{Command: pdu.GenericNack, Status: pdu.InvalidCommandSize, Sequence: 75},
	} {
		got := <-answers
		if got.Command != want.Command || got.Status != want.Status || got.Sequence != want.Sequence {
			t.Errorf("answered %+v, want %+v", got, want)
		}
	}
	if !strings.Contains(log.String(), "id:7 stat:DELIVRD") {
		t.Errorf("the receipt is not in the log: %s", log.String())
	}
	if strings.Contains(log.String(), "code") {
		t.Errorf("the text is in the log: %s", log.String())
	}
}

// TestReplies: what phones answer is taken, over breaks of the link; what could not be kept, and what nobody takes, the centre is to send again.
func TestReplies(t *testing.T) {
	t.Parallel()
	phone := open(t, inbox.PhoneConfig{})
	s := sender(t, phone.Address(), func(c *Config) { c.Replies, c.Backoff = true, time.Millisecond })
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	answer := func(from, body string) pdu.Status {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		status, err := phone.Reply(ctx, from, "70123", body)
		if err != nil {
			t.Fatal(err)
		}
		return status
	}
	if status := answer("+4915112345678", "STOP"); status != pdu.TemporaryReceiver {
		t.Errorf("nobody takes it: %v", status)
	}
	taken := make(chan carrier.Reply, 10)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- s.Replies(ctx, func(_ context.Context, r *carrier.Reply) error {
			if r.Body == "fail" {
				return errors.New("not kept")
			}
			taken <- *r
			return nil
		})
	}()
	for answer("+4915112345678", "Grüße 🚨") != pdu.OK { // until it is taken
		time.Sleep(time.Millisecond)
	}
	if r := <-taken; r != (carrier.Reply{From: "+4915112345678", To: "70123", Body: "Grüße 🚨"}) {
		t.Errorf("%+v", r)
	}
	if status := answer("+4915112345678", "fail"); status != pdu.TemporaryReceiver {
		t.Errorf("it was not kept: %v", status)
	}
	if status := answer("service", "hi"); status != pdu.RejectedByReceiver {
		t.Errorf("from no phone: %v", status)
	}
	l := s.link
	phone.HangUp()
	<-l.dead
	for {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		status, err := phone.Reply(ctx, "+4915112345678", "70123", "STOP")
		cancel()
		if err == nil && status == pdu.OK { // the link is up again, without a text that was sent
			break
		}
	}
	if r := <-taken; r.Body != "STOP" {
		t.Errorf("%+v", r)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestRefusedUnit: a centre that does not take the unit at all answers with generic_nack.
func TestRefusedUnit(t *testing.T) {
	t.Parallel()
	s := sender(t, centre(t, func(c net.Conn, p *pdu.PDU) {
		say(c, &pdu.PDU{Command: pdu.GenericNack, Status: pdu.InvalidLength, Sequence: p.Sequence})
	}), nil)
	if _, err := s.Send(t.Context(), &carrier.Text{To: "+4915112345678"}); !errors.Is(err, carrier.ErrRefused) {
		t.Errorf("%v", err)
	}
}

// TestUnbound: a centre that says goodbye is answered, and bound again at the next text.
func TestUnbound(t *testing.T) {
	t.Parallel()
	goodbye := make(chan *pdu.PDU, 1)
	first := true
	s := sender(t, centre(t, func(c net.Conn, p *pdu.PDU) {
		switch {
		case p.Command == pdu.Unbind.Response():
			goodbye <- p
		case p.Command == pdu.SubmitSM && first:
			first = false
			say(c, &pdu.PDU{Command: pdu.Unbind, Sequence: 9})
		case p.Command == pdu.SubmitSM:
			say(c, &pdu.PDU{Command: pdu.SubmitSM.Response(), Sequence: p.Sequence, Body: &pdu.MessageResponse{ID: "1"}})
		}
	}), nil)
	text := &carrier.Text{To: "+4915112345678", Body: "hello"}
	if _, err := s.Send(t.Context(), text); err == nil || errors.Is(err, carrier.ErrRefused) {
		t.Errorf("unbound in between: %v", err)
	}
	if p := <-goodbye; p.Sequence != 9 {
		t.Errorf("%+v", p)
	}
	if _, err := s.Send(t.Context(), text); err != nil {
		t.Error(err)
	}
}

func TestSilence(t *testing.T) {
	t.Parallel()
	s := sender(t, centre(t, func(net.Conn, *pdu.PDU) {}), func(c *Config) { c.Timeout = 2 * time.Second })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Send(ctx, &carrier.Text{To: "+4915112345678"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the caller's time: %v", err)
	}
	if _, err := s.Send(t.Context(), &carrier.Text{To: "+4915112345678"}); err == nil || !strings.Contains(err.Error(), "no answer within 2s") {
		t.Errorf("the own time: %v", err)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
