package inbox

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Letter is a letter that arrived.
type Letter struct {
	From, To string // of the envelope
	Header   mail.Header
	Subject  string // decoded
	Text     string // decoded
	Raw      []byte
	User     string // who authenticated
	TLS      bool
	Session  string // names the connection that it came on
	Arrived  time.Time
}

// MailboxConfig says how a mailbox answers. The zero value takes everything, without TLS and AUTH.
type MailboxConfig struct {
	TLS      *tls.Config // offers STARTTLS
	Implicit bool        // TLS from the start
	User     string      // must authenticate; "" means nobody need
	Password string

	// Answer is asked for each recipient: an error is the server's answer, e.g. a [smtp.SMTPError]. nil takes everybody.
	Answer func(to string) error
}

// Mailbox is a mail server on loopback that keeps what it gets.
type Mailbox struct {
	cfg     MailboxConfig
	address string
	server  *smtp.Server
	letters shelf[*Letter]
}

// OpenMailbox starts a mailbox on a port of its own. The caller must Close it.
func OpenMailbox(cfg MailboxConfig) (*Mailbox, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("open a mailbox: %w", err)
	}
	m := &Mailbox{cfg: cfg, address: l.Addr().String()}
	m.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &mailSession{box: m, conn: c}, nil }))
	m.server.Domain = "inbox.test"
	m.server.MaxMessageBytes, m.server.MaxRecipients, m.server.MaxLineLength = 10<<20, 1, 2000
	m.server.ReadTimeout, m.server.WriteTimeout = 5*time.Minute, time.Minute
	m.server.AllowInsecureAuth = true // on loopback
	m.server.ErrorLog = silent{}
	m.server.TLSConfig = cfg.TLS
	if cfg.Implicit {
		l = tls.NewListener(l, cfg.TLS)
	}
	go func() { _ = m.server.Serve(l) }()
	return m, nil
}

// Address is where the mailbox listens: "127.0.0.1:40025".
func (m *Mailbox) Address() string { return m.address }

// Letters are those that have arrived, in order.
func (m *Mailbox) Letters() []*Letter { return m.letters.all() }

// Wait returns the first letter that matches, of those that are there and those that come until ctx ends.
func (m *Mailbox) Wait(ctx context.Context, match func(*Letter) bool) (*Letter, error) {
	return m.letters.wait(ctx, match)
}

// Close ends the mailbox and its connections.
func (m *Mailbox) Close() error { return m.server.Close() }

type silent struct{}

func (silent) Printf(string, ...any) {}

func (silent) Println(...any) {}

// mailSession is what the server knows of one connection.
type mailSession struct {
	box      *Mailbox
	conn     *smtp.Conn
	user     string
	from, to string
}

func (s *mailSession) AuthMechanisms() []string {
	if s.box.cfg.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.box.cfg.User || password != s.box.cfg.Password {
			return smtp.ErrAuthFailed
		}
		s.user = user
		return nil
	}), nil
}

func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	if s.box.cfg.User != "" && s.user == "" {
		return smtp.ErrAuthRequired
	}
	s.from = from
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.to = to
	if s.box.cfg.Answer == nil {
		return nil
	}
	return s.box.cfg.Answer(to)
}

func (s *mailSession) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	l, err := ReadLetter(raw)
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: err.Error()}
	}
	_, l.TLS = s.conn.TLSConnectionState()
	l.From, l.To, l.User, l.Session, l.Arrived = s.from, s.to, s.user, s.conn.Conn().RemoteAddr().String(), time.Now()
	s.box.letters.put(l)
	return nil
}

func (s *mailSession) Reset() { s.from, s.to = "", "" }

func (s *mailSession) Logout() error { return nil }

// ReadLetter decodes a letter of one plain part, which is all that Vauban sends.
func ReadLetter(raw []byte) (*Letter, error) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("not a letter: %w", err)
	}
	var words mime.WordDecoder
	subject, err := words.DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return nil, fmt.Errorf("subject: %w", err)
	}
	var body io.Reader
	switch encoding := strings.ToLower(m.Header.Get("Content-Transfer-Encoding")); encoding {
	case "quoted-printable":
		body = quotedprintable.NewReader(m.Body)
	case "", "7bit", "8bit":
		body = m.Body
	default:
		return nil, errors.New("encoding " + encoding + " is not read here")
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("text: %w", err)
	}
	return &Letter{Header: m.Header, Subject: subject, Text: strings.ReplaceAll(string(text), "\r\n", "\n"), Raw: raw}, nil
}
