package smtp

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"vauban/carrier"
	"vauban/carrier/inbox"
)

// python is one that has aiosmtpd: Debian's package is for Debian's Python.
func python(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if path, err := exec.LookPath(name); err == nil && exec.Command(path, "-c", "import aiosmtpd").Run() == nil {
			return path
		}
	}
	t.Skip("SKIP: no python3 has aiosmtpd (apt-get install python3-aiosmtpd)")
	return ""
}

// TestAiosmtpd: a server that others have written, which insists on STARTTLS and AUTH, understands us.
func TestAiosmtpd(t *testing.T) {
	t.Parallel()
	server, ca := certificate(t)
	key, err := x509.MarshalPKCS8PrivateKey(server.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if err := errors.Join(os.WriteFile(certFile, ca, 0o600), os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python(t), "testdata/server.py", certFile, keyFile, "vauban", "right")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Logf("aiosmtpd: %v\n%s", err, &complaints)
		}
	})
	lines := bufio.NewScanner(stdout)
	next := func(v any) {
		t.Helper()
		if !lines.Scan() {
			t.Fatalf("aiosmtpd has ended: %v", lines.Err())
		}
		if err := json.Unmarshal(lines.Bytes(), v); err != nil {
			t.Fatal(err)
		}
	}
	var at struct{ Port int }
	next(&at)
	secure := func(c *Config) { c.Security, c.CA, c.User = Required, ca, "vauban" }
	address := fmt.Sprintf("vauban@127.0.0.1:%d", at.Port)
	s := sender(t, address, "", "right", secure)
	for _, l := range []carrier.Letter{
		{To: "dana@example.com", Subject: "Grüße 🚨", Name: "Überwachung", Text: "Hello\n.\n.dots\n" + strings.Repeat("long ", 1000)},
		{To: "nils@example.com", Subject: "the second on one connection"},
	} {
		if err := s.Send(t.Context(), &l); err != nil {
			t.Fatal(err)
		}
		var got struct {
			From, User string
			To         []string
			Content    []byte
			TLS        bool
		}
		next(&got)
		if got.From != "alerts@example.com" || len(got.To) != 1 || got.To[0] != l.To || !got.TLS || got.User != "vauban" {
			t.Errorf("%+v", got)
		}
		read, err := inbox.ReadLetter(got.Content)
		if err != nil || read.Subject != l.Subject || strings.TrimSuffix(read.Text, "\n") != l.Text {
			t.Errorf("%+v, %v", read, err)
		}
	}
	if err := s.Send(t.Context(), &carrier.Letter{To: "nobody@example.com"}); !errors.Is(err, carrier.ErrRefused) || !strings.Contains(err.Error(), "no such mailbox") {
		t.Errorf("%v", err)
	}
	if err := sender(t, address, "", "wrong", secure).Ping(t.Context()); err == nil || errors.Is(err, carrier.ErrRefused) {
		t.Errorf("a wrong password: %v", err)
	}
	if err := sender(t, address, "", "right", func(c *Config) { secure(c); c.Security = None }).Ping(t.Context()); err == nil {
		t.Error("the server insists on STARTTLS")
	}
}
