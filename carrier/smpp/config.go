package smpp

import (
	"cmp"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"time"
)

// Config says how the centre is reached.
type Config struct {
	Address    string      // host:port
	TLS        *tls.Config // nil: plain
	SystemID   string
	Password   string
	SystemType string
	From       string // sender of texts that name none: a number, or a name of up to 11 characters; "" leaves it to the centre
	Receipts   bool   // asks for delivery receipts, which are logged
	Replies    bool   // takes texts that phones send, and so keeps the link up

	Window     int           // requests without an answer at a time; 0 means 10
	Timeout    time.Duration // of an answer; 0 means 30 s
	Enquire    time.Duration // how long a link may be silent before it is asked for a sign of life; 0 means 30 s
	Backoff    time.Duration // after the first failure to connect; doubles; 0 means 1 s
	MaxBackoff time.Duration // 0 means 1 min
	Pause      time.Duration // after the first answer that throttles; doubles; 0 means 500 ms
	Rand       io.Reader
	Logger     *slog.Logger
}

const example = "smpp://system@smsc.example.com:2775?from=Vauban"

// Parse reads an SMS URL: smpp://system-id@host:2775, or smpps:// for TLS. The query may hold from, type (the system type), window, receipts=yes,
// replies=yes, ca (a file) and tls=none, without which a host that is not on loopback is spoken to under TLS only: SMPP sends the password as it is.
func Parse(text, password string) (Config, error) {
	u, err := url.Parse(text)
	if err != nil {
		return Config{}, fmt.Errorf("SMS centre: not a URL such as %s", example) // without the text, which may hold a password
	}
	if _, has := u.User.Password(); has {
		return Config{}, errors.New("SMS centre: a password does not belong into the URL, where others see it: put it into VAUBAN_SMS_PASSWORD")
	}
	q := u.Query()
	for name := range q {
		if !slices.Contains([]string{"from", "type", "window", "receipts", "replies", "ca", "tls"}, name) {
			return Config{}, fmt.Errorf("SMS centre: %q is not known: the query may hold from, type, window, receipts, replies, ca and tls", name)
		}
	}
	if u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.Scheme != "smpp" && u.Scheme != "smpps" {
		return Config{}, fmt.Errorf("SMS centre %s: give a URL such as %s", u.Redacted(), example)
	}
	c := Config{SystemID: u.User.Username(), Password: password, SystemType: q.Get("type"), From: q.Get("from")}
	port := u.Port()
	if port == "" {
		port = map[string]string{"smpp": "2775", "smpps": "3550"}[u.Scheme]
	}
	c.Address = net.JoinHostPort(u.Hostname(), port)
	for name, is := range map[string]*bool{"receipts": &c.Receipts, "replies": &c.Replies} {
		if v := q.Get(name); v != "" && v != "yes" && v != "no" {
			return Config{}, fmt.Errorf("SMS centre: %s=%s: give yes or no", name, v)
		}
		*is = q.Get(name) == "yes"
	}
	if w := q.Get("window"); w != "" {
		if c.Window, err = strconv.Atoi(w); err != nil || c.Window < 1 || c.Window > 1000 {
			return Config{}, fmt.Errorf("SMS centre: window=%s: give a number from 1 to 1000", w)
		}
	}
	if err := c.protect(u, q.Get("tls"), q.Get("ca")); err != nil {
		return Config{}, err
	}
	return c, c.check()
}

func (c *Config) protect(u *url.URL, policy, ca string) error {
	switch {
	case policy != "" && policy != "none":
		return fmt.Errorf("SMS centre: tls=%s: give none, or the scheme smpps", policy)
	case u.Scheme == "smpps" && policy != "":
		return errors.New("SMS centre: smpps is TLS: leave tls= away")
	case u.Scheme == "smpp" && policy == "" && !loopback(u.Hostname()):
		return fmt.Errorf("SMS centre %s: SMPP sends the password as it is. Use smpps://, or say tls=none when something else protects the way, such as a tunnel", u.Host)
	case u.Scheme == "smpp" && ca != "":
		return errors.New("SMS centre: ca= goes with smpps://")
	case u.Scheme == "smpp":
		return nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil { // a host without any: only the operator's are trusted
		roots = x509.NewCertPool()
	}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return fmt.Errorf("authorities of the SMS centre: %w", err)
		}
		if !roots.AppendCertsFromPEM(pem) {
			return fmt.Errorf("authorities of the SMS centre: %s holds no certificate in PEM", ca)
		}
	}
	c.TLS = &tls.Config{ServerName: u.Hostname(), RootCAs: roots, MinVersion: tls.VersionTLS12}
	return nil
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

func (c *Config) check() error {
	if len(c.SystemID) > 15 || len(c.Password) > 8 || len(c.SystemType) > 12 {
		return errors.New("SMS centre: SMPP has room for a system ID of 15 characters, a password of 8 and a system type of 12")
	}
	if c.From != "" {
		if _, err := source(c.From); err != nil {
			return fmt.Errorf("SMS centre: from=%s: %w", c.From, err)
		}
	}
	return nil
}

// complete puts the values of zero members.
func (c *Config) complete() {
	c.Window = cmp.Or(c.Window, 10)
	c.Timeout, c.Enquire = cmp.Or(c.Timeout, 30*time.Second), cmp.Or(c.Enquire, 30*time.Second)
	c.Backoff, c.MaxBackoff = cmp.Or(c.Backoff, time.Second), cmp.Or(c.MaxBackoff, time.Minute)
	c.Pause = cmp.Or(c.Pause, 500*time.Millisecond)
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
}
