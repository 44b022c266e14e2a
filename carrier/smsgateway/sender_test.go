package smsgateway

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"vauban/carrier"
)

// post is what the gateway got.
type post struct{ path, query, kind, authorization, body string }

// gateway is a provider that answers with a status and a document. What it got is in the channel.
func gateway(t *testing.T, status int, answer string) (string, chan post) {
	t.Helper()
	got := make(chan post, 10)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got <- post{r.URL.Path, r.URL.RawQuery, r.Header.Get("Content-Type"), r.Header.Get("Authorization"), string(b)}
		if status == http.StatusFound {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	return s.URL, got
}

func sender(t *testing.T, url, secret string) *Sender {
	t.Helper()
	cfg, err := Parse(url, secret)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestJSON(t *testing.T) {
	address, got := gateway(t, http.StatusCreated, `{"messages":[{"id":42}]}`)
	s := sender(t, address+"/v1/sms?key=a%20b#from=Vauban&to=recipient&text=body&sender=origin&id=messages.0.id", "token")
	sent, err := s.Send(t.Context(), &carrier.Text{To: "+4915112345678", Body: strings.Repeat("警報", 50)})
	if err != nil || sent.ID != "42" || sent.Parts != 2 {
		t.Errorf("%+v, %v", sent, err)
	}
	p := <-got
	var fields map[string]string
	if err := json.Unmarshal([]byte(p.body), &fields); err != nil {
		t.Fatal(err)
	}
	if p.path != "/v1/sms" || p.query != "key=a%20b" || p.kind != "application/json" || p.authorization != "Bearer token" ||
		fields["recipient"] != "+4915112345678" || fields["origin"] != "Vauban" || fields["body"] != strings.Repeat("警報", 50) || len(fields) != 3 {
		t.Errorf("%+v", p)
	}
}

func TestForm(t *testing.T) {
	address, got := gateway(t, http.StatusOK, "queued")
	s := sender(t, strings.Replace(address, "http://", "http://user@", 1)+"/#format=form", "secret")
	sent, err := s.Send(t.Context(), &carrier.Text{To: "+4915112345678", Sender: "Alarm", Body: "a&b=c"})
	if err != nil || sent.ID != "" || sent.Parts != 1 {
		t.Errorf("%+v, %v", sent, err)
	}
	p := <-got
	form, err := url.ParseQuery(p.body)
	if err != nil || form.Get("to") != "+4915112345678" || form.Get("from") != "Alarm" || form.Get("text") != "a&b=c" || p.authorization != "Basic dXNlcjpzZWNyZXQ=" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestAnswers(t *testing.T) {
	for status, final := range map[int]bool{400: true, 413: true, 422: true, 401: false, 403: false, 404: false, 429: false, 500: false, 503: false, 302: false} {
		address, got := gateway(t, status, "the\nreason")
		_, err := sender(t, address, "").Send(t.Context(), &carrier.Text{To: "+4915112345678", Body: "hello"})
		if err == nil || errors.Is(err, carrier.ErrRefused) != final || !strings.Contains(err.Error(), "the reason") || len(got) != 1 {
			t.Errorf("%d: %v, %d requests", status, err, len(got))
		}
	}
	address, got := gateway(t, http.StatusOK, "")
	if _, err := sender(t, address, "").Send(t.Context(), &carrier.Text{To: "12345"}); !errors.Is(err, carrier.ErrRefused) || len(got) > 0 {
		t.Errorf("no number: %v", err)
	}
}

func TestPing(t *testing.T) {
	address, got := gateway(t, http.StatusMethodNotAllowed, "")
	if err := sender(t, address, "token").Ping(t.Context()); err != nil {
		t.Error(err)
	}
	if p := <-got; p.authorization != "" {
		t.Errorf("%+v", p)
	}
	if err := sender(t, "http://127.0.0.1:1", "").Ping(t.Context()); err == nil {
		t.Error("nobody is there")
	}
}

func TestSilence(t *testing.T) {
	release := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer s.Close()
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := sender(t, s.URL, "").Send(ctx, &carrier.Text{To: "+4915112345678"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestParseRefuses(t *testing.T) {
	for url, says := range map[string]string{
		"http://gateway.example.com/":              "only https",
		"ftp://gateway.example.com/":               "only https",
		"https://user:secret@gateway.example.com/": "VAUBAN_SMS_PASSWORD",
		"https://user@gateway.example.com/":        "password of the URL's user is missing",
		"https://gateway.example.com/#format=xml":  "json or form",
		"https://gateway.example.com/#form=x":      `"form" is not known`,
		"https://gateway.example.com/#ca=/no/such": "no such file",
		"https:///path":                            "give a URL",
		"https://gateway.example.com/a b\x7f":      "not a URL",
	} {
		if _, err := Parse(url, ""); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "secret@") {
			t.Errorf("%s: %v, want %q", url, err, says)
		}
	}
}
