package smtp

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"time"
)

// Security says how the connection is protected.
type Security string

// The kinds of protection.
const (
	Required Security = "required" // STARTTLS, with a certificate that is verified
	Implicit Security = "implicit" // TLS from the first byte, verified
	Optional Security = "optional" // STARTTLS if the server offers it, with any certificate (RFC 7435)
	None     Security = "none"
)

// Config says how the mail server is reached.
type Config struct {
	Host     string
	Port     int
	Security Security
	CA       []byte // PEM: authorities that are trusted beside the system's
	User     string // "" means no AUTH
	Password string
	From     string // address of the sender
	Name     string // of the sender, unless the letter names one
	Hello    string // what we call ourselves; "" means the host's name

	Connections int           // at a time; 0 means 8
	Timeout     time.Duration // of a connection's making, and of a letter; 0 means 30 s
	Idle        time.Duration // how long a connection waits for another letter; 0 means 30 s
	Clock       func() time.Time
	Rand        io.Reader
}

const example = "smtp://user@mail.example.com:587?from=alerts@example.com"

// Parse reads a mail URL: smtp://user@host:587?from=address, or smtps:// for TLS from the start. The query may hold from, name, hello, ca (a file)
// and tls (required, optional or none). Without tls, STARTTLS is required, but optional on loopback, where nobody stands between.
func Parse(text, password string) (Config, error) {
	u, err := url.Parse(text)
	if err != nil {
		return Config{}, fmt.Errorf("mail server: not a URL such as %s", example) // without the text, which may hold a password
	}
	if _, has := u.User.Password(); has {
		return Config{}, errors.New("mail server: a password does not belong into the URL, where others see it: put it into VAUBAN_MAIL_PASSWORD")
	}
	q := u.Query()
	for name := range q {
		if !slices.Contains([]string{"from", "name", "hello", "ca", "tls"}, name) {
			return Config{}, fmt.Errorf("mail server: %q is not known: the query may hold from, name, hello, ca and tls", name)
		}
	}
	c := Config{Host: u.Hostname(), User: u.User.Username(), Password: password, From: q.Get("from"), Name: q.Get("name"), Hello: q.Get("hello"), Security: Security(q.Get("tls"))}
	if c.Host == "" || u.Path != "" && u.Path != "/" {
		return Config{}, fmt.Errorf("mail server %s: give a URL such as %s", u.Redacted(), example)
	}
	if err := c.protect(u.Scheme); err != nil {
		return Config{}, err
	}
	if c.Port, err = port(u); err != nil {
		return Config{}, err
	}
	if file := q.Get("ca"); file != "" {
		if c.CA, err = os.ReadFile(file); err != nil {
			return Config{}, fmt.Errorf("authorities of the mail server: %w", err)
		}
	}
	return c, c.check()
}

// protect completes the protection by scheme and host.
func (c *Config) protect(scheme string) error {
	switch {
	case scheme == "smtps" && c.Security == "":
		c.Security = Implicit
	case scheme == "smtps":
		return errors.New("mail server: smtps is TLS from the start: leave tls= away")
	case scheme != "smtp":
		return fmt.Errorf("mail server: scheme %q: give smtp or smtps, as in %s", scheme, example)
	case c.Security == "" && loopback(c.Host):
		c.Security = Optional
	case c.Security == "":
		c.Security = Required
	case !slices.Contains([]Security{Required, Optional, None}, c.Security):
		return fmt.Errorf("mail server: tls=%s: give required, optional or none", c.Security)
	}
	return nil
}

func port(u *url.URL) (int, error) {
	if u.Port() == "" {
		return map[string]int{"smtp": 587, "smtps": 465}[u.Scheme], nil
	}
	n, err := strconv.Atoi(u.Port())
	if err != nil || n < 1 || n > 65535 {
		return 0, fmt.Errorf("mail server: port %q is none", u.Port())
	}
	return n, nil
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

func (c *Config) check() error {
	a, err := mail.ParseAddress(c.From)
	switch {
	case c.From == "":
		return fmt.Errorf("mail server: the sender's address is missing: add from=, as in %s", example)
	case err != nil || a.Address != c.From:
		return fmt.Errorf("mail server: from=%s is no address such as alerts@example.com", c.From)
	case unsafe(c.Name) || unsafe(c.Hello):
		return errors.New("mail server: name and hello are one line each")
	case (c.User == "") != (c.Password == ""):
		return errors.New("mail server: user and password belong together: the user stands in the URL, the password in VAUBAN_MAIL_PASSWORD")
	}
	return nil
}

// Address is host and port.
func (c *Config) Address() string { return net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) }
