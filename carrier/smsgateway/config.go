package smsgateway

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"time"
)

// Config says how the provider is asked.
type Config struct {
	URL    string
	User   string // "" means that Secret is a bearer token
	Secret string
	From   string // sender of texts that name none
	Form   bool   // instead of JSON
	CA     []byte // PEM: authorities that are trusted beside the system's

	To, Text, Sender string // names of the fields; "" means to, text, from
	ID               string // path to the message's ID in the answer, as in "messages.0.id"; "" means id

	Timeout time.Duration // 0 means 30 s
}

const example = "https://gateway.example.com/v1/messages#from=Vauban"

// Parse reads a gateway's URL: the address that texts are posted to, with its own query if it needs one, and behind # what concerns us: from, format
// (json or form), the names of the fields to, text and sender, id (the path to the ID in the answer), and ca (a file).
func Parse(text, secret string) (Config, error) {
	u, err := url.Parse(text)
	if err != nil {
		return Config{}, fmt.Errorf("SMS gateway: not a URL such as %s", example) // without the text, which may hold a secret
	}
	if _, has := u.User.Password(); has {
		return Config{}, errors.New("SMS gateway: a password does not belong into the URL, where others see it: put it into VAUBAN_SMS_PASSWORD")
	}
	ours, err := url.ParseQuery(u.EscapedFragment())
	if err != nil || u.Host == "" {
		return Config{}, fmt.Errorf("SMS gateway %s: give a URL such as %s", u.Redacted(), example)
	}
	for name := range ours {
		if !slices.Contains([]string{"from", "format", "to", "text", "sender", "id", "ca"}, name) {
			return Config{}, fmt.Errorf("SMS gateway: %q is not known: behind # there may be from, format, to, text, sender, id and ca", name)
		}
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return Config{}, fmt.Errorf("SMS gateway %s: only https keeps the secret and the texts to ourselves; http is for loopback", u.Host)
	}
	c := Config{User: u.User.Username(), Secret: secret, From: ours.Get("from"), To: ours.Get("to"), Text: ours.Get("text"), Sender: ours.Get("sender"), ID: ours.Get("id")}
	switch ours.Get("format") {
	case "", "json":
	case "form":
		c.Form = true
	default:
		return Config{}, fmt.Errorf("SMS gateway: format=%s: give json or form", ours.Get("format"))
	}
	if c.User != "" && c.Secret == "" {
		return Config{}, errors.New("SMS gateway: the password of the URL's user is missing: put it into VAUBAN_SMS_PASSWORD")
	}
	if file := ours.Get("ca"); file != "" {
		if c.CA, err = os.ReadFile(file); err != nil {
			return Config{}, fmt.Errorf("authorities of the SMS gateway: %w", err)
		}
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	c.URL = u.String()
	return c, nil
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// complete puts the values of zero members.
func (c *Config) complete() {
	c.To, c.Text, c.Sender, c.ID = cmp.Or(c.To, "to"), cmp.Or(c.Text, "text"), cmp.Or(c.Sender, "from"), cmp.Or(c.ID, "id")
	c.Timeout = cmp.Or(c.Timeout, 30*time.Second)
}
