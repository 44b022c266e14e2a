package server

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vauban/carrier/inbox"
)

func TestPartners(t *testing.T) {
	box, err := inbox.OpenMailbox(inbox.MailboxConfig{User: "vauban", Password: "the-secret"})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	s, err := Open(t.Context(), Config{Carriers: Carriers{Mail: "smtp://vauban@" + box.Address() + "?from=alerts@example.com", MailPassword: "the-secret"}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d := s.Deps()
	if d.Mail == nil || d.SMS != nil || d.Web == nil {
		t.Errorf("mail %v, SMS %v, web %v: what is not configured is nil", d.Mail, d.SMS, d.Web)
	}
	if got := s.partners(t.Context()); got["mail"] != "reached" || got["sms"] != "not configured" {
		t.Errorf("%v", got)
	}
	box.Close()
	if got := s.partners(t.Context()); !strings.Contains(got["mail"], "connection refused") || strings.Contains(got["mail"], "the-secret") {
		t.Errorf("%v", got)
	}
}

func TestPartnersThatCannotBe(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	for says, c := range map[string]Carriers{
		"smtp or smtps":          {Mail: "imap://host?from=a@example.com"},
		"give a URL":             {SMS: "smtp://host"},
		"only https":             {SMS: "http://gateway.example.com/"},
		"no such file":           {EndpointCA: empty + "x"},
		"no certificate in PEM":  {EndpointCA: empty, AllowPrivate: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
		"VAUBAN_SMS_PASSWORD":    {SMS: "smpp://user:password@127.0.0.1"},
		"user and password belo": {Mail: "smtp://user@host?from=a@example.com"},
	} {
		s, err := Open(t.Context(), Config{Carriers: c})
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %q", err, says)
		}
	}
}
