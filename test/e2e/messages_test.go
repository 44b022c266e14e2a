package e2e

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"vauban/carrier/inbox"
)

// partner is a server of others that messages go to. It prints what it gets, a line of JSON each, and first its port.
type partner struct {
	port  int
	lines *bufio.Scanner
}

func (p *partner) next(t *testing.T, into any) {
	t.Helper()
	if !p.lines.Scan() {
		t.Fatalf("the partner has ended: %v", p.lines.Err())
	}
	if err := json.Unmarshal(p.lines.Bytes(), into); err != nil {
		t.Fatalf("%v: %s", err, p.lines.Bytes())
	}
}

func startPartner(t *testing.T, name string, args ...string) *partner {
	t.Helper()
	cmd := exec.Command(name, args...)
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
			t.Logf("%s: %v\n%s", name, err, &complaints)
		}
	})
	p := &partner{lines: bufio.NewScanner(stdout)}
	p.lines.Buffer(nil, 1<<20)
	var at struct{ Port int }
	p.next(t, &at)
	p.port = at.Port
	return p
}

// mailPartner is aiosmtpd, which insists on STARTTLS and AUTH. ca is a file.
func mailPartner(t *testing.T) (p *partner, ca string) {
	t.Helper()
	python := ""
	for _, name := range []string{"python3", "/usr/bin/python3"} { // Debian's package is for Debian's Python
		if path, err := exec.LookPath(name); err == nil && exec.Command(path, "-c", "import aiosmtpd").Run() == nil {
			python = path
		}
	}
	if python == "" {
		t.Skip("SKIP: no python3 has aiosmtpd (apt-get install python3-aiosmtpd)")
	}
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	key, err := x509.MarshalPKCS8PrivateKey(s.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ca, keyFile := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "key.pem")
	if err := errors.Join(
		os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600),
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	return startPartner(t, python, "../../carrier/smtp/testdata/server.py", ca, keyFile, "vauban", "mail-secret"), ca
}

// smsPartner is node-smpp.
func smsPartner(t *testing.T) *partner {
	t.Helper()
	node := need(t, "node", "apt-get install nodejs")
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skipf("SKIP: there is no directory to look for node-smpp in: %v", err)
	}
	module := filepath.Join(cache, "vauban-tests", "node_modules", "smpp")
	if _, err := os.Stat(module); err != nil {
		t.Skipf("SKIP: node-smpp is not installed: %v (make packages does it, with npm)", err)
	}
	return startPartner(t, node, "../../carrier/smpp/testdata/server.js", module)
}

// letter is what aiosmtpd got, read as a mail reader does.
func (p *partner) letter(t *testing.T) (to string, l *inbox.Letter) {
	t.Helper()
	var got struct {
		To      []string
		Content []byte
		TLS     bool
		User    string
	}
	p.next(t, &got)
	if !got.TLS || got.User != "vauban" || len(got.To) != 1 {
		t.Errorf("%+v", got)
	}
	l, err := inbox.ReadLetter(got.Content)
	if err != nil {
		t.Fatal(err)
	}
	return got.To[0], l
}

// TestMessagesLeave: what the stock CLI publishes arrives at a mail server and a short message centre that others have written.
func TestMessagesLeave(t *testing.T) {
	need(t, "aws", "apt-get install awscli")
	mail, ca := mailPartner(t)
	sms := smsPartner(t)
	t.Setenv("VAUBAN_MAIL_PASSWORD", "mail-secret")
	t.Setenv("VAUBAN_SMS_PASSWORD", "secret")
	flags := []string{
		"--mail", fmt.Sprintf("smtp://vauban@127.0.0.1:%d?from=alerts@example.com&tls=required&ca=%s", mail.port, ca),
		"--sms", fmt.Sprintf("smpp://vauban@127.0.0.1:%d?from=Vauban&replies=yes", sms.port),
	}
	s := start(t, filepath.Join(t.TempDir(), "data"), flags...)
	if out, err := try(os.Environ(), ".", s.bin, append([]string{"doctor", "--data", s.data}, flags...)...); err != nil || strings.Count(out, "the partner answers") != 2 {
		t.Errorf("vauban doctor: %v\n%s", err, out)
	}
	a := &awsCLI{t: t, s: s, env: s.env(t)}
	cli := func(args ...string) string {
		return strings.TrimSpace(a.text(append(append([]string{"sns"}, args...), "--output", "text")...))
	}
	topic := cli("create-topic", "--name", "alerts", "--query", "TopicArn")
	cli("subscribe", "--topic-arn", topic, "--protocol", "email", "--notification-endpoint", "dana@example.com")
	to, ask := mail.letter(t)
	link := regexp.MustCompile(`https://\S+Action=ConfirmSubscription\S+`).FindString(ask.Text)
	if to != "dana@example.com" || link == "" {
		t.Fatalf("to %s: %s", to, ask.Text)
	}
	s.open(t, link)
	cli("subscribe", "--topic-arn", topic, "--protocol", "sms", "--notification-endpoint", "+4915112345678")
	cli("publish", "--topic-arn", topic, "--subject", "Überlauf", "--message", "警報: Speicher voll 🚨")
	if to, l := mail.letter(t); to != "dana@example.com" || l.Subject != "Überlauf" || !strings.HasPrefix(l.Text, "警報: Speicher voll 🚨\n") {
		t.Errorf("to %s: %q, %q", to, l.Subject, l.Text)
	}
	var part struct{ From, To, Text string }
	if sms.next(t, &part); part.From != "Vauban" || part.To != "4915112345678" || part.Text != "警報: Speicher voll 🚨" {
		t.Errorf("%+v", part)
	}
}

// TestPhoneAnswersStop: who answers STOP to a text gets none any more.
func TestPhoneAnswersStop(t *testing.T) {
	need(t, "aws", "apt-get install awscli")
	sms := smsPartner(t)
	t.Setenv("VAUBAN_SMS_PASSWORD", "secret")
	s := start(t, t.TempDir(), "--sms", fmt.Sprintf("smpp://vauban@127.0.0.1:%d?from=Vauban&replies=yes", sms.port))
	a := &awsCLI{t: t, s: s, env: s.env(t)}
	a.text("sns", "publish", "--phone-number", "+4915112345678", "--message", "Please answer.")
	for deadline := time.Now().Add(3 * time.Minute); ; {
		out := a.text("sns", "check-if-phone-number-is-opted-out", "--phone-number", "+4915112345678", "--output", "text")
		if strings.TrimSpace(out) == "True" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the phone is not opted out: %s\n%s", out, s.log)
		}
	}
}

// open opens a link as whoever trusts the server's authority does.
func (s *running) open(t *testing.T, link string) {
	t.Helper()
	bundle, err := os.ReadFile(s.ca)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(bundle)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	res, err := client.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", link, res.Status)
	}
}
