package website

import (
	"net/url"
	"strings"
)

// Site is the configuration of a website: All alone, or the others.
type Site struct {
	Index string `json:"index,omitempty"` // name of the page of a folder
	Error string `json:"error,omitempty"` // key of the page that errors of the client show, "" for none
	All   *To    `json:"all,omitempty"`   // where every request goes
	Rules []Rule `json:"rules,omitempty"` // the first that matches counts
}

// Rule redirects what it matches.
type Rule struct {
	Prefix string `json:"prefix,omitempty"` // of the key
	Status int    `json:"status,omitempty"` // of the error that would be answered; 0 redirects before anything is looked for
	To     To     `json:"to"`
}

// To is where a redirect leads. What is empty stays as it was asked.
type To struct {
	Protocol  string  `json:"protocol,omitempty"`
	Host      string  `json:"host,omitempty"`
	Key       *string `json:"key,omitempty"`
	KeyPrefix *string `json:"keyPrefix,omitempty"` // in place of the rule's prefix
	Code      int     `json:"code,omitempty"`      // 0 means 301
}

// Asked is what a client asked for.
type Asked struct {
	Scheme string // "http" or "https"
	Host   string // with its port
	Key    string // the path, decoded and without its first slash
}

// Redirect is an answer that leads elsewhere.
type Redirect struct {
	Location string
	Code     int
}

// Before is where a request is redirected before anything is looked for, nil when it is not.
func (s *Site) Before(a Asked) *Redirect {
	if s.All != nil {
		return s.All.from(a, "")
	}
	return s.match(a, 0)
}

// After is where a request is redirected that would be answered with an error of that status, nil when it is not.
func (s *Site) After(a Asked, status int) *Redirect { return s.match(a, status) }

func (s *Site) match(a Asked, status int) *Redirect {
	for i := range s.Rules {
		if r := &s.Rules[i]; r.Status == status && strings.HasPrefix(a.Key, r.Prefix) {
			return r.To.from(a, r.Prefix)
		}
	}
	return nil
}

func (t *To) from(a Asked, prefix string) *Redirect {
	switch {
	case t.Key != nil:
		a.Key = *t.Key
	case t.KeyPrefix != nil:
		a.Key = *t.KeyPrefix + a.Key[len(prefix):]
	}
	if t.Protocol != "" {
		a.Scheme = t.Protocol
	}
	if t.Host != "" {
		a.Host = t.Host
	}
	r := &Redirect{a.url(), t.Code}
	if r.Code == 0 {
		r.Code = 301
	}
	return r
}

// url is always absolute: a key that begins with a slash must not become another host.
func (a *Asked) url() string {
	return (&url.URL{Scheme: a.Scheme, Host: a.Host, Path: "/" + a.Key}).String()
}

// Object is the key that a key of a path means: that of a folder's page, or the key itself.
func (s *Site) Object(key string) string {
	if key == "" || strings.HasSuffix(key, "/") {
		return key + s.Index
	}
	return key
}

// Page is the key of the page of the folder that a key without a slash at its end could mean, "" when it means none.
func (s *Site) Page(key string) string {
	if key == "" || strings.HasSuffix(key, "/") {
		return ""
	}
	return key + "/" + s.Index
}

// Folder leads to the folder.
func Folder(a Asked) *Redirect {
	a.Key += "/"
	return &Redirect{a.url(), 302}
}
