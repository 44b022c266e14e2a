package smtp

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"vauban/carrier"
	"vauban/carrier/inbox"
)

// certificate is one for 127.0.0.1 and its authority in PEM.
func certificate(t *testing.T) (*tls.Config, []byte) {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	return &tls.Config{Certificates: s.TLS.Certificates}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

func open(t *testing.T, cfg inbox.MailboxConfig) *inbox.Mailbox {
	t.Helper()
	box, err := inbox.OpenMailbox(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	return box
}

// sender sends to a mailbox. change may be nil.
func sender(t *testing.T, address, query, password string, change func(*Config)) *Sender {
	t.Helper()
	cfg, err := Parse("smtp://"+address+"?from=alerts@example.com"+query, password)
	if err != nil {
		t.Fatal(err)
	}
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

func wait(t *testing.T, box *inbox.Mailbox, to string) *inbox.Letter {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	l, err := box.Wait(ctx, func(l *inbox.Letter) bool { return l.To == to })
	if err != nil {
		t.Fatalf("a letter to %s: %v", to, err)
	}
	return l
}

func TestLetters(t *testing.T) {
	box := open(t, inbox.MailboxConfig{})
	s := sender(t, box.Address(), "", "", nil)
	long := strings.Repeat("Überwachung 🚨 of a line that is far longer than what SMTP takes in one. ", 60)
	for i, l := range []*carrier.Letter{
		{Subject: "Plain", Text: "Hello.\n"},
		{Subject: "Grüße — 警報 🚨", Name: "Vauban, Überwachung", Text: "Zeile 1\n.\n..Punkte\nFrom here\n" + long + "\nEnd"},
		{Subject: strings.Repeat("long ", 60), Text: ""},
		{Subject: "Links", Text: "x", Headers: map[string]string{"X-Topic": "ünïcode", "List-Unsubscribe": "<https://example.com/u?a=b>"}},
	} {
		l.To = fmt.Sprintf("dana+%d@example.com", i)
		if err := s.Send(t.Context(), l); err != nil {
			t.Fatalf("%q: %v", l.Subject, err)
		}
		got := wait(t, box, l.To)
		if strings.TrimSpace(got.Subject) != strings.TrimSpace(l.Subject) || strings.TrimSuffix(got.Text, "\n") != strings.TrimSuffix(l.Text, "\n") {
			t.Errorf("letter %d arrived as %q, %q", i, got.Subject, got.Text)
		}
		if got.From != "alerts@example.com" || got.Header.Get("Auto-Submitted") != "auto-generated" || got.Header.Get("Date") == "" || got.Header.Get("Message-Id") == "" {
			t.Errorf("letter %d: %v", i, got.Header)
		}
		if from, err := got.Header.AddressList("From"); err != nil || from[0].Name != l.Name {
			t.Errorf("letter %d is from %v, %v", i, from, err)
		}
	}
	if unsubscribe := wait(t, box, "dana+3@example.com").Header.Get("List-Unsubscribe"); unsubscribe != "<https://example.com/u?a=b>" {
		t.Errorf("List-Unsubscribe: %q", unsubscribe)
	}
}

func TestNothingGetsIntoTheHeader(t *testing.T) {
	box := open(t, inbox.MailboxConfig{})
	s := sender(t, box.Address(), "", "", nil)
	for _, l := range []carrier.Letter{
		{To: "dana@example.com\r\nBcc: eve@example.com"},
		{To: "dana@example.com> SIZE=1"},
		{To: "Dana <dana@example.com>"},
		{To: "dana@example.com, eve@example.com"},
		{To: "@example.com"},
		{To: ""},
		{To: "dana@example.com", Subject: "a\r\nBcc: eve@example.com"},
		{To: "dana@example.com", Subject: "a\nb"},
		{To: "dana@example.com", Subject: "a\u2028b"},
		{To: "dana@example.com", Name: "a\rb"},
		{To: "dana@example.com", Headers: map[string]string{"X-A": "a\nb"}},
		{To: "dana@example.com", Headers: map[string]string{"X-A\r\nBcc": "eve@example.com"}},
		{To: "dana@example.com", Headers: map[string]string{"X-A: b": "c"}},
		{To: "dana@example.com", Headers: map[string]string{"Bcc": "eve@example.com"}},
		{To: "dana@example.com", Headers: map[string]string{"Content-Type": "text/html"}},
		{To: "dana@example.com", Headers: map[string]string{"from": "eve@example.com"}},
	} {
		if err := s.Send(t.Context(), &l); !errors.Is(err, carrier.ErrRefused) {
			t.Errorf("%+v: %v", l, err)
		}
	}
	if n := len(box.Letters()); n > 0 {
		t.Errorf("%d letters arrived", n)
	}
}

func TestProtection(t *testing.T) {
	server, ca := certificate(t)
	plain, offered, implicit := inbox.MailboxConfig{}, inbox.MailboxConfig{TLS: server}, inbox.MailboxConfig{TLS: server, Implicit: true}
	for _, c := range []struct {
		name     string
		box      inbox.MailboxConfig
		security Security
		ca       []byte
		arrives  bool
		tls      bool
	}{
		{"required, not offered", plain, Required, ca, false, false},
		{"required, authority unknown", offered, Required, nil, false, false},
		{"required", offered, Required, ca, true, true},
		{"optional, not offered", plain, Optional, nil, true, false},
		{"optional, offered", offered, Optional, nil, true, true},
		{"none", offered, None, nil, true, false},
		{"implicit", implicit, Implicit, ca, true, true},
		{"implicit, authority unknown", implicit, Implicit, nil, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			box := open(t, c.box)
			s := sender(t, box.Address(), "", "", func(cfg *Config) { cfg.Security, cfg.CA = c.security, c.ca })
			err := s.Send(t.Context(), &carrier.Letter{To: "dana@example.com", Subject: "s", Text: "t"})
			if (err == nil) != c.arrives || errors.Is(err, carrier.ErrRefused) {
				t.Fatalf("%v", err)
			}
			if c.arrives && wait(t, box, "dana@example.com").TLS != c.tls {
				t.Errorf("TLS is not %t", c.tls)
			}
		})
	}
}

func TestCredentials(t *testing.T) {
	server, ca := certificate(t)
	box := open(t, inbox.MailboxConfig{TLS: server, User: "vauban", Password: "right"})
	secure := func(user string) func(*Config) {
		return func(c *Config) { c.Security, c.CA, c.User = Required, ca, user }
	}
	if err := sender(t, "vauban@"+box.Address(), "", "wrong", secure("vauban")).Ping(t.Context()); err == nil || errors.Is(err, carrier.ErrRefused) || strings.Contains(err.Error(), "wrong") {
		t.Errorf("a wrong password is the operator's to mend, and not to be shown: %v", err)
	}
	if err := sender(t, box.Address(), "", "", func(c *Config) { c.Security, c.CA = Required, ca }).Send(t.Context(), &carrier.Letter{To: "dana@example.com"}); err == nil || errors.Is(err, carrier.ErrRefused) {
		t.Errorf("no password: %v", err)
	}
	s := sender(t, "vauban@"+box.Address(), "", "right", secure("vauban"))
	if err := errors.Join(s.Ping(t.Context()), s.Send(t.Context(), &carrier.Letter{To: "dana@example.com"})); err != nil {
		t.Fatal(err)
	}
	if l := wait(t, box, "dana@example.com"); l.User != "vauban" {
		t.Errorf("%+v", l)
	}
}

func TestAnswers(t *testing.T) {
	box := open(t, inbox.MailboxConfig{Answer: func(to string) error {
		switch to {
		case "nobody@example.com":
			return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
		case "busy@example.com":
			return &gosmtp.SMTPError{Code: 451, EnhancedCode: gosmtp.EnhancedCode{4, 3, 0}, Message: "try later"}
		}
		return nil
	}})
	s := sender(t, box.Address(), "", "", nil)
	if err := s.Send(t.Context(), &carrier.Letter{To: "nobody@example.com"}); !errors.Is(err, carrier.ErrRefused) || !strings.Contains(err.Error(), "no such mailbox") {
		t.Errorf("550: %v", err)
	}
	if err := s.Send(t.Context(), &carrier.Letter{To: "busy@example.com"}); err == nil || errors.Is(err, carrier.ErrRefused) {
		t.Errorf("451: %v", err)
	}
	for _, to := range []string{"a@example.com", "b@example.com"} {
		if err := s.Send(t.Context(), &carrier.Letter{To: to}); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := wait(t, box, "a@example.com"), wait(t, box, "b@example.com"); a.Session != b.Session {
		t.Error("the second letter came on another connection")
	}
}

func TestManyAtATime(t *testing.T) {
	box := open(t, inbox.MailboxConfig{})
	s := sender(t, box.Address(), "", "", func(c *Config) { c.Connections = 3 })
	var sending sync.WaitGroup
	for i := range 40 {
		sending.Go(func() {
			if err := s.Send(t.Context(), &carrier.Letter{To: fmt.Sprintf("p%d@example.com", i)}); err != nil {
				t.Error(err)
			}
		})
	}
	sending.Wait()
	sessions := map[string]bool{}
	for _, l := range box.Letters() {
		sessions[l.Session] = true
	}
	if n := len(box.Letters()); n != 40 || len(sessions) > 3 {
		t.Errorf("%d letters on %d connections", n, len(sessions))
	}
}

// TestServerRestarts: a connection that the server has ended meanwhile costs no letter.
func TestServerRestarts(t *testing.T) {
	box := open(t, inbox.MailboxConfig{})
	s := sender(t, box.Address(), "", "", nil)
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	box.Close()
	if err := s.Send(t.Context(), &carrier.Letter{To: "dana@example.com"}); err == nil || errors.Is(err, carrier.ErrRefused) {
		t.Errorf("the server is away: %v", err)
	}
	again := open(t, inbox.MailboxConfig{})
	_, port, _ := net.SplitHostPort(again.Address())
	if _, err := fmt.Sscan(port, &s.cfg.Port); err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), &carrier.Letter{To: "dana@example.com"}); err != nil {
		t.Errorf("the server is back: %v", err)
	}
}

// TestServerHangs: a server that takes the connection and says nothing.
func TestServerHangs(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := sender(t, l.Addr().String(), "", "", nil).Send(ctx, &carrier.Letter{To: "dana@example.com"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the caller's time is over: %v", err)
	}
	impatient := sender(t, l.Addr().String(), "", "", func(c *Config) { c.Timeout = 50 * time.Millisecond })
	if err := impatient.Send(t.Context(), &carrier.Letter{To: "dana@example.com"}); err == nil {
		t.Error("it should fail by its own time")
	}
}
