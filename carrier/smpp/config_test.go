package smpp

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	c, err := Parse("smpp://vauban@127.0.0.1?from=Alarm&window=5&receipts=yes&type=VMA", "secret")
	if err != nil || c.Address != "127.0.0.1:2775" || c.TLS != nil || c.SystemID != "vauban" || c.Password != "secret" || c.From != "Alarm" || c.Window != 5 || !c.Receipts || c.SystemType != "VMA" {
		t.Errorf("%+v, %v", c, err)
	}
	c, err = Parse("smpps://vauban@smsc.example.com", "secret")
	if err != nil || c.Address != "smsc.example.com:3550" || c.TLS == nil || c.TLS.ServerName != "smsc.example.com" {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err = Parse("smpp://vauban@10.1.2.3:5000?tls=none", "secret"); err != nil || c.Address != "10.1.2.3:5000" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for url, says := range map[string]string{
		"smpp://vauban:secret@127.0.0.1":             "VAUBAN_SMS_PASSWORD",
		"smpp://vauban@smsc.example.com":             "smpps://",
		"smpps://vauban@smsc.example.com?tls=none":   "leave tls= away",
		"smpp://vauban@127.0.0.1?tls=maybe":          "give none",
		"smpp://vauban@127.0.0.1?form=x":             `"form" is not known`,
		"smpp://vauban@127.0.0.1?from=a+long+sender": "at most 11",
		"smpp://vauban@127.0.0.1?window=0":           "1 to 1000",
		"smpp://vauban@127.0.0.1?receipts=perhaps":   "yes or no",
		"smpp://a-system-id-of-23-chars@127.0.0.1":   "15 characters",
		"smpp://vauban@127.0.0.1/path":               "give a URL",
		"smpp://vauban@127.0.0.1?ca=/x":              "goes with smpps",
		"smpps://vauban@127.0.0.1?ca=/no/such/file":  "no such file",
		"smpp:":       "give a URL",
		"smpp://a b@": "not a URL",
	} {
		if _, err := Parse(url, "p"); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", url, err, says)
		}
	}
}
