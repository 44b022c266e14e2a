package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vauban/carrier/inbox"
)

// TestTerraformTopics creates, reads, changes and deletes every kind of resource that the provider has for SNS, but for what Vauban refuses.
func TestTerraformTopics(t *testing.T) { wholeLife(t, "topics") }

// topics drives topics: a queue, a web address that verifies signatures with openssl, and mail through a real mail server.
func (b *boto3) topics(t *testing.T) {
	need(t, "openssl", "apt-get install openssl")
	box, err := inbox.OpenMailbox(inbox.MailboxConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	mails, data := t.TempDir(), t.TempDir()
	s := start(t, data, "--mail", "smtp://"+box.Address()+"?from=alerts@example.com", "--allow-private", "127.0.0.0/8")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		if l, err := box.Wait(ctx, func(*inbox.Letter) bool { return true }); err == nil {
			tmp := filepath.Join(data, "mail")
			if os.WriteFile(tmp, []byte(l.Text), 0o600) == nil {
				_ = os.Rename(tmp, filepath.Join(mails, "mail")) // whole, or not there
			}
		}
	}()
	b.play(t, s, "boto3/topics.py", mails)
}

// TestTopicReachesPeople: the aws CLI publishes to a topic that has a reader and a phone, and to a phone itself: mail and texts arrive over SMTP and SMPP.
func TestTopicReachesPeople(t *testing.T) {
	t.Parallel()
	need(t, "aws", "apt-get install awscli")
	box, err := inbox.OpenMailbox(inbox.MailboxConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	phone, err := inbox.OpenPhone(inbox.PhoneConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer phone.Close()
	s := start(t, t.TempDir(), "--mail", "smtp://"+box.Address()+"?from=alerts@example.com", "--sms", "smpp://vauban@"+phone.Address()+"?from=Vauban")
	env := s.env(t)
	cli := func(args ...string) string {
		return (&awsCLI{t: t, s: s, env: env}).text(append([]string{"sns", "--output", "text"}, args...)...)
	}
	topic := "arn:aws:sns:us-east-1:" + s.account + ":alerts"
	cli("create-topic", "--name", "alerts", "--attributes", "DisplayName=Vauban")
	cli("set-sms-attributes", "--attributes", "MonthlySpendLimit=10,DefaultSenderID=Vauban")
	cli("subscribe", "--topic-arn", topic, "--protocol", "email", "--notification-endpoint", "reader@example.com")
	cli("subscribe", "--topic-arn", topic, "--protocol", "sms", "--notification-endpoint", "+4915112345678")
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	asked, err := box.Wait(ctx, func(l *inbox.Letter) bool { return l.To == "reader@example.com" })
	if err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(asked.Text, "&Token=")
	token, _, _ = strings.Cut(token, "\n")
	cli("confirm-subscription", "--topic-arn", topic, "--token", token)
	cli("publish", "--topic-arn", topic, "--subject", "Trail stopped", "--message", "Somebody tried to stop the trail.")
	cli("publish", "--phone-number", "+4915187654321", "--message", "Straight to you")
	if l, err := box.Wait(ctx, func(l *inbox.Letter) bool { return l.Subject == "Trail stopped" }); err != nil || !strings.HasPrefix(l.Text, "Somebody tried to stop the trail.") {
		t.Errorf("%v: %+v", err, l)
	}
	for to, want := range map[string]string{"4915112345678": "Vauban> Somebody tried to stop the trail.", "4915187654321": "Straight to you"} {
		if _, err := phone.Wait(ctx, func(x *inbox.Text) bool { return x.Body == want && strings.TrimPrefix(x.To, "+") == to }); err != nil {
			t.Errorf("%s: %v, %+v", to, err, phone.Texts())
		}
	}
}
