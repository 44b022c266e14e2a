package smsgateway

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"vauban/carrier"
	"vauban/engine/sms"
)

// Sender implements [carrier.SMS].
type Sender struct {
	cfg  Config
	http *http.Client
}

// New returns a sender. Unlike an endpoint that a customer names, the gateway may be anywhere, behind a proxy of the environment too.
func New(cfg Config) (*Sender, error) {
	cfg.complete()
	roots, err := x509.SystemCertPool()
	if err != nil { // a host without any: only the operator's are trusted
		roots = x509.NewCertPool()
	}
	if len(cfg.CA) > 0 && !roots.AppendCertsFromPEM(cfg.CA) {
		return nil, errors.New("the authorities of the SMS gateway hold no certificate in PEM")
	}
	return &Sender{cfg: cfg, http: &http.Client{
		Timeout: cfg.Timeout,
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
			MaxIdleConnsPerHost: 8, MaxConnsPerHost: 16, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the secret goes where the operator sends it
	}}, nil
}

// Send implements [carrier.SMS].
func (s *Sender) Send(ctx context.Context, t *carrier.Text) (carrier.Sent, error) {
	if !sms.IsNumber(t.To) {
		return carrier.Sent{}, fmt.Errorf("%w: %q is no phone number in the form +4915112345678", carrier.ErrRefused, t.To)
	}
	m, err := sms.Encode(t.Body)
	if err != nil {
		return carrier.Sent{}, fmt.Errorf("%w: %w", carrier.ErrRefused, err)
	}
	r, err := s.request(ctx, t)
	if err != nil {
		return carrier.Sent{}, err
	}
	res, err := s.http.Do(r)
	if err != nil {
		return carrier.Sent{}, fmt.Errorf("SMS gateway: %w", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err := judge(res.StatusCode, body); err != nil {
		return carrier.Sent{}, fmt.Errorf("SMS gateway: %w", err)
	}
	if err != nil {
		return carrier.Sent{}, fmt.Errorf("SMS gateway: read the answer: %w", err)
	}
	return carrier.Sent{ID: find(body, s.cfg.ID), Parts: len(m.Parts)}, nil
}

func (s *Sender) request(ctx context.Context, t *carrier.Text) (*http.Request, error) {
	fields := map[string]string{s.cfg.To: t.To, s.cfg.Text: t.Body}
	if t.Sender != "" {
		fields[s.cfg.Sender] = t.Sender
	} else if s.cfg.From != "" {
		fields[s.cfg.Sender] = s.cfg.From
	}
	body, kind := []byte(nil), "application/json"
	if s.cfg.Form {
		form := url.Values{}
		for name, value := range fields {
			form.Set(name, value)
		}
		body, kind = []byte(form.Encode()), "application/x-www-form-urlencoded"
	} else {
		var err error
		if body, err = json.Marshal(fields); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.cfg.URL, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("SMS gateway: %w", err)
	}
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Accept", "application/json")
	switch {
	case s.cfg.User != "":
		r.SetBasicAuth(s.cfg.User, s.cfg.Secret)
	case s.cfg.Secret != "":
		r.Header.Set("Authorization", "Bearer "+s.cfg.Secret)
	}
	return r, nil
}

// judge says what an answer means. What speaks of the text itself is for good; credentials, addresses, limits and the hour can be mended.
func judge(status int, body []byte) error {
	if status >= 200 && status < 300 {
		return nil
	}
	why := fmt.Sprintf("%d %s", status, http.StatusText(status))
	if text := strings.Join(strings.Fields(string(body)), " "); text != "" {
		why += fmt.Sprintf(": %.200s", text)
	}
	switch status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return fmt.Errorf("%w: %s", carrier.ErrRefused, why)
	}
	return errors.New(why)
}

// find is the text or number at a path of a JSON document, "" when there is none.
func find(doc []byte, path string) string {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return ""
	}
	for name := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[name]
		case []any:
			n, err := strconv.Atoi(name)
			if err != nil || n < 0 || n >= len(in) {
				return ""
			}
			v = in[n]
		default:
			return ""
		}
	}
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// Ping makes sure that the gateway is reached. It sends no credentials: whether they are taken shows with the first text.
func (s *Sender) Ping(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, s.cfg.URL, nil)
	if err != nil {
		return fmt.Errorf("SMS gateway: %w", err)
	}
	res, err := s.http.Do(r)
	if err != nil {
		return fmt.Errorf("SMS gateway: %w", err)
	}
	return res.Body.Close()
}

// Close ends the connections that wait.
func (s *Sender) Close() error {
	s.http.CloseIdleConnections()
	return nil
}
