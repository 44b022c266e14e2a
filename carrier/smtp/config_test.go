package smtp

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		url, password string
		want          Config
	}{
		{"smtp://user@mail.example.com?from=a@example.com", "p", Config{Host: "mail.example.com", Port: 587, Security: Required, User: "user", Password: "p", From: "a@example.com"}},
		{"smtp://u%40example.com@mail.example.com:2525/?from=a@example.com&name=Our+Cloud&hello=cloud.example.com&tls=none", "p",
			Config{Host: "mail.example.com", Port: 2525, Security: None, User: "u@example.com", Password: "p", From: "a@example.com", Name: "Our Cloud", Hello: "cloud.example.com"}},
		{"smtps://mail.example.com?from=a@example.com", "", Config{Host: "mail.example.com", Port: 465, Security: Implicit, From: "a@example.com"}},
		{"smtp://localhost:25?from=a@example.com", "", Config{Host: "localhost", Port: 25, Security: Optional, From: "a@example.com"}},
		{"smtp://[::1]:25?from=a@example.com&tls=required", "", Config{Host: "::1", Port: 25, Security: Required, From: "a@example.com"}},
	} {
		got, err := Parse(c.url, c.password)
		if err != nil {
			t.Errorf("%s: %v", c.url, err)
		} else if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.url, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ url, password, says string }{
		{"smtp://user:secret@host?from=a@example.com", "", "VAUBAN_MAIL_PASSWORD"},
		{"smtp://user@host?from=a@example.com", "", "belong together"},
		{"smtp://host?from=a@example.com", "p", "belong together"},
		{"smtp://host", "", "from="},
		{"smtp://host?from=A+<a@example.com>", "", "is no address"},
		{"smtp://host?from=a@example.com&tls=maybe", "", "required, optional or none"},
		{"smtps://host?from=a@example.com&tls=none", "", "TLS from the start"},
		{"smtp://host?from=a@example.com&starttls=no", "", `"starttls" is not known`},
		{"http://host?from=a@example.com", "", "smtp or smtps"},
		{"host:25", "", "give a URL"},
		{"smtp://host:0?from=a@example.com", "", "port"},
		{"smtp://us er@host", "", "not a URL"},
		{"smtp://host?from=a@example.com&ca=/does/not/exist", "", "no such file"},
		{"smtp://host?from=a@example.com&name=a%0ab", "", "one line"},
	} {
		_, err := Parse(c.url, c.password)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.url, err, c.says)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("the password is shown: %v", err)
		}
	}
}
