package smtp

import (
	"bytes"
	"errors"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"vauban/carrier"
	"vauban/carrier/inbox"
)

// FuzzCompose: whatever customers write, a letter has the headers that we set, each once, and says in its body what was to be said; or it is refused.
func FuzzCompose(f *testing.F) {
	f.Add("dana@example.com", "Alarm", "Vauban", "X-Topic", "alerts", "text")
	f.Add("dana@example.com\r\nBcc: eve@example.com", "a\r\nBcc: eve@example.com\r\n\r\nbody", "b\n", "X-A\r\nBcc", "c\r\n", ".\r\n")
	f.Add("\"a b\"@example.com", "=?utf-8?q?=0d=0aBcc:_eve@example.com?=", "ü\u2028", "List-Unsubscribe", "=?utf-8?b?DQo=?=", "line\rwithout\nend")
	f.Add("dana@[127.0.0.1]", strings.Repeat("ü", 300), strings.Repeat("long ", 100), "X-"+strings.Repeat("n", 900), strings.Repeat("v", 2000), strings.Repeat("x", 3000))
	s, err := New(Config{Host: "127.0.0.1", Port: 25, From: "alerts@example.com"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, to, subject, name, header, value, text string) {
		m, err := s.compose(&carrier.Letter{To: to, Subject: subject, Name: name, Headers: map[string]string{header: value}, Text: text})
		if err != nil {
			if !errors.Is(err, carrier.ErrRefused) {
				t.Fatal(err)
			}
			return
		}
		var b bytes.Buffer
		if _, err := m.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		l, err := inbox.ReadLetter(b.Bytes())
		if err != nil {
			t.Fatalf("%v\n%q", err, b.Bytes())
		}
		allowed := []string{"Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To"}
		for _, key := range slices.Sorted(maps.Keys(l.Header)) {
			if !slices.Contains(allowed, key) && !strings.EqualFold(key, header) || len(l.Header[key]) != 1 {
				t.Errorf("header %q: %q\n%q", key, l.Header[key], b.Bytes())
			}
		}
		at, err := mail.ParseAddressList(l.Header.Get("To"))
		if err != nil || len(at) != 1 || at[0].Address != to {
			t.Errorf("to %q became %v, %v", to, at, err)
		}
		if utf8.ValidString(text) && !strings.Contains(text, "\r") && strings.TrimRight(l.Text, "\n") != strings.TrimRight(text, "\n") {
			t.Errorf("text %q became %q", text, l.Text)
		}
	})
}
