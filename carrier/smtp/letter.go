package smtp

import (
	"encoding/hex"
	"fmt"
	"io"
	"net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"vauban/carrier"
)

// compose makes the message. Whatever could end a header line and begin another is refused, not mended.
func (s *Sender) compose(l *carrier.Letter) (*gomail.Msg, error) {
	a, err := mail.ParseAddress(l.To)
	if err != nil || a.Address != l.To || unsafe(l.To) || strings.ContainsAny(l.To, "<> ") {
		return nil, fmt.Errorf("%w: %q is no mail address", carrier.ErrRefused, l.To)
	}
	if unsafe(l.Name) || unsafe(l.Subject) {
		return nil, fmt.Errorf("%w: name and subject are one line each", carrier.ErrRefused)
	}
	name := l.Name
	if name == "" {
		name = s.cfg.Name
	}
	m := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	m.FromMailAddress(&mail.Address{Name: name, Address: s.cfg.From})
	m.ToMailAddress(a)
	m.Subject(l.Subject)
	m.SetDateWithValue(s.cfg.Clock())
	id, err := s.messageID()
	if err != nil {
		return nil, err
	}
	m.SetMessageIDWithValue(id)
	m.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office answers
	for name, value := range l.Headers {
		if !free(name) || unsafe(value) {
			return nil, fmt.Errorf("%w: header %q cannot be set", carrier.ErrRefused, name)
		}
		m.SetGenHeader(gomail.Header(name), value)
	}
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	return m, nil
}

func (s *Sender) messageID() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(s.cfg.Rand, b[:]); err != nil {
		return "", fmt.Errorf("make a message ID: %w", err)
	}
	return hex.EncodeToString(b[:]) + s.cfg.From[strings.LastIndexByte(s.cfg.From, '@'):], nil
}

// unsafe says whether a text could end the line that it is put in.
func unsafe(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' && r != '\t' || r == 0x7f || r == '\u0085' || r == '\u2028' || r == '\u2029'
	})
}

// free says whether a header may be set by who writes the letter: those for lists and extensions, none that routes or describes the letter.
func free(name string) bool {
	for _, r := range name {
		if r <= ' ' || r >= 0x7f || r == ':' {
			return false
		}
	}
	lower := strings.ToLower(name)
	return strings.HasPrefix(lower, "x-") || strings.HasPrefix(lower, "list-")
}
