package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"time"

	gomail "github.com/wneessen/go-mail"
	wire "github.com/wneessen/go-mail/smtp"
)

// session is one connection to the mail server, past its greeting and AUTH.
type session struct {
	client *gomail.Client
	wire   *wire.Client
	conn   net.Conn // below TLS: its deadline and end are ours
	broken bool     // its state is not known: not to be used again
	expiry *time.Timer

	timeout time.Duration
}

func (s *Sender) connect(ctx context.Context) (*session, error) {
	conn, err := (&net.Dialer{Timeout: s.cfg.Timeout}).DialContext(ctx, "tcp", s.cfg.Address())
	if err != nil {
		return nil, err
	}
	ss := &session{conn: conn, timeout: s.cfg.Timeout}
	if ss.client, err = gomail.NewClient(s.cfg.Host, s.options(conn)...); err == nil {
		done := ss.until(ctx)
		ss.wire, err = ss.client.DialToSMTPClientWithContext(ctx)
		done()
	}
	if err != nil || ss.broken {
		ss.drop() // the library leaves the connection open
		return nil, errors.Join(ctx.Err(), err)
	}
	return ss, nil
}

func (s *Sender) options(conn net.Conn) []gomail.Option {
	config := &tls.Config{ServerName: s.cfg.Host, MinVersion: tls.VersionTLS12, RootCAs: s.roots()}
	policy := gomail.NoTLS
	switch s.cfg.Security {
	case Required:
		policy = gomail.TLSMandatory
	case Optional:
		policy = gomail.TLSOpportunistic
		config.InsecureSkipVerify = len(s.cfg.CA) == 0 // else who stands between could as well take STARTTLS away
	}
	dial := func(context.Context, string, string) (net.Conn, error) {
		if s.cfg.Security == Implicit {
			return tls.Client(conn, config), nil
		}
		return conn, nil
	}
	options := []gomail.Option{
		gomail.WithPort(s.cfg.Port), gomail.WithTimeout(s.cfg.Timeout), gomail.WithTLSPolicy(policy), gomail.WithTLSConfig(config), gomail.WithDialContextFunc(dial), gomail.WithoutNoop(),
	}
	if s.cfg.Hello != "" {
		options = append(options, gomail.WithHELO(s.cfg.Hello))
	}
	if s.cfg.User != "" { // PLAIN and LOGIN refuse themselves without TLS, but for loopback
		options = append(options, gomail.WithUsername(s.cfg.User), gomail.WithPassword(s.cfg.Password),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthCramMD5))
	}
	return options
}

func (s *Sender) roots() *x509.CertPool {
	if len(s.cfg.CA) == 0 {
		return nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil { // a host without any: only the operator's are trusted
		roots = x509.NewCertPool()
	}
	roots.AppendCertsFromPEM(s.cfg.CA)
	return roots
}

// until cuts the connection off when ctx ends: the library waits for the server without looking at it.
func (ss *session) until(ctx context.Context) (done func()) {
	stop := context.AfterFunc(ctx, func() { ss.conn.Close() })
	return func() {
		if !stop() {
			ss.broken = true
		}
	}
}

// alive asks the server for a sign of life.
func (ss *session) alive(ctx context.Context) bool {
	done := ss.until(ctx)
	err := errors.Join(ss.wire.UpdateDeadline(ss.timeout), ss.wire.Noop())
	done()
	return err == nil && !ss.broken
}

func (ss *session) send(ctx context.Context, m *gomail.Msg) error {
	done := ss.until(ctx)
	err := ss.client.SendWithSMTPClient(ss.wire, m)
	done()
	if m.IsDelivered() { // what failed afterwards, the RSET, does not concern the letter
		ss.broken = ss.broken || err != nil
		return nil
	}
	if err == nil {
		return nil
	}
	var e *gomail.SendError
	if !errors.As(err, &e) || e.ErrorCode() == 0 || e.ErrorCode() == 421 || e.Reason == gomail.ErrWriteContent {
		ss.broken = true
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return verdict(err)
}

// quit says goodbye, within a moment.
func (ss *session) quit() {
	_ = ss.wire.UpdateDeadline(time.Second)
	_ = ss.wire.Quit()
	ss.drop()
}

func (ss *session) drop() { ss.conn.Close() }
