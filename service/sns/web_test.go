package sns

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	api "vauban/api/sns"
	"vauban/carrier"
	"vauban/service"
)

// received is a request that an endpoint got.
type received struct {
	header http.Header
	body   string
}

// endpoint is a server that keeps what it gets, and answers with the status.
type endpoint struct {
	*httptest.Server
	mu     sync.Mutex
	got    []received
	status int
}

func newEndpoint(t *testing.T) *endpoint {
	e := &endpoint{status: 200}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		e.mu.Lock()
		defer e.mu.Unlock()
		e.got = append(e.got, received{r.Header, string(body)})
		w.WriteHeader(e.status)
	}))
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) answer(status int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.status = status
}

func (e *endpoint) all() []received {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]received{}, e.got...)
}

// verify checks a message as its receiver would, from the documentation alone: the certificate at the address that the message names signed these fields.
func verify(t *testing.T, h *house, body string) map[string]string {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	text := map[string]string{}
	for k, v := range m {
		if s, ok := v.(string); ok {
			text[k] = s
		}
	}
	names := []string{"Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"}
	if text["Type"] != "Notification" {
		names = []string{"Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"}
	}
	var signed bytes.Buffer
	for _, n := range names {
		if v, ok := text[n]; ok {
			fmt.Fprintf(&signed, "%s\n%s\n", n, v)
		}
	}
	at, err := url.Parse(text["SigningCertURL"])
	if err != nil {
		t.Fatal(err)
	}
	file, err := h.File(context.Background(), at.Path)
	if err != nil || file == nil {
		t.Fatalf("no certificate at %s: %v", at, err)
	}
	block, _ := pem.Decode(file.Body)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(text["Signature"])
	if err != nil {
		t.Fatal(err)
	}
	sum1, sum256 := sha1.Sum(signed.Bytes()), sha256.Sum256(signed.Bytes())
	if text["SignatureVersion"] == "1" {
		err = rsa.VerifyPKCS1v15(cert.PublicKey.(*rsa.PublicKey), crypto.SHA1, sum1[:], signature)
	} else {
		err = rsa.VerifyPKCS1v15(cert.PublicKey.(*rsa.PublicKey), crypto.SHA256, sum256[:], signature)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return text
}

// TestWebConversation: an endpoint is asked, confirms with what it was sent, gets notifications, and is told when somebody has unsubscribed it. All that it
// gets is signed.
func TestWebConversation(t *testing.T) {
	for _, version := range []string{"1", "2"} {
		h, e := newHouse(t, nil), newEndpoint(t)
		topic := h.topic(t, "news", map[string]string{"SignatureVersion": version})
		arn := h.subscribe(t, topic, "http", e.URL+"/in", nil)
		h.until(t, "a question", func() bool { return len(e.all()) == 1 })
		h.publish(t, &api.PublishInput{TopicArn: &topic, Message: new("too early")})
		first := e.all()[0]
		asked := verify(t, h, first.body)
		if asked["Type"] != "SubscriptionConfirmation" || asked["SignatureVersion"] != version || first.header.Get("X-Amz-Sns-Message-Type") != "SubscriptionConfirmation" {
			t.Fatalf("asked %v, %v", asked, first.header)
		}
		in := &api.ConfirmSubscriptionInput{TopicArn: &topic, Token: new(asked["Token"])}
		for range 2 {
			out, err := perform[api.ConfirmSubscriptionOutput](h, caller(""), "ConfirmSubscription", in)
			if err != nil || *out.SubscriptionArn != arn {
				t.Fatalf("confirmed %v, %v", out, err)
			}
		}
		h.publish(t, &api.PublishInput{TopicArn: &topic, Message: new("hello <world>"), Subject: new("S"), MessageAttributes: map[string]api.MessageAttributeValue{
			"n": {DataType: new("Number"), StringValue: new("7")}, "b": {DataType: new("Binary"), BinaryValue: []byte{1}},
		}})
		h.until(t, "a notification", func() bool { return len(e.all()) == 2 })
		second := e.all()[1]
		m := verify(t, h, second.body)
		if m["Message"] != "hello <world>" || m["Subject"] != "S" || second.header.Get("X-Amz-Sns-Subscription-Arn") != arn || second.header.Get("Content-Type") != "text/plain; charset=UTF-8" ||
			!strings.Contains(second.body, `"MessageAttributes":{"b":{"Type":"Binary","Value":"AQ=="},"n":{"Type":"Number","Value":"7"}}`) || second.header.Get("X-Amz-Sns-Message-Id") != m["MessageId"] {
			t.Fatalf("%s\n%v", second.body, second.header)
		}
		link, err := url.Parse(m["UnsubscribeURL"])
		if err != nil || link.Query().Get("SubscriptionArn") != arn {
			t.Fatalf("the link is %v, %v", link, err)
		}
		if _, err := perform[api.UnsubscribeOutput](h, caller(""), "Unsubscribe", &api.UnsubscribeInput{SubscriptionArn: &arn}); err != nil {
			t.Fatal(err)
		}
		h.until(t, "a farewell", func() bool { return len(e.all()) == 3 })
		bye := verify(t, h, e.all()[2].body)
		if bye["Type"] != "UnsubscribeConfirmation" {
			t.Fatalf("%v", bye)
		}
		h.publish(t, &api.PublishInput{TopicArn: &topic, Message: new("to nobody")})
		if _, err := perform[api.ConfirmSubscriptionOutput](h, caller(""), "ConfirmSubscription", &api.ConfirmSubscriptionInput{TopicArn: &topic, Token: new(bye["Token"])}); err != nil {
			t.Fatal(err)
		}
		h.publish(t, &api.PublishInput{TopicArn: &topic, Message: new("again")})
		h.until(t, "a notification of the subscription that was restored", func() bool { return len(e.all()) == 4 })
		if m := verify(t, h, e.all()[3].body); m["Message"] != "again" {
			t.Fatalf("%v", m)
		}
		h.empty(t)
	}
}

// confirmed subscribes a web address and confirms it.
func (h *house) confirmed(t *testing.T, topic, protocol, address string, attributes map[string]string) string {
	t.Helper()
	arn := h.subscribe(t, topic, protocol, address, attributes)
	var token string
	if err := h.Store.Read(t.Context(), readingToken(h, arn, &token)); err != nil {
		t.Fatal(err)
	}
	must[api.ConfirmSubscriptionOutput](t)(perform[api.ConfirmSubscriptionOutput](h, caller(""), "ConfirmSubscription", &api.ConfirmSubscriptionInput{TopicArn: &topic, Token: &token}))
	return arn
}

// TestWebRetries: an endpoint that answers 500 is tried as its policy says, then its message goes to the dead-letter queue; meanwhile its neighbour,
// and what comes later, are not held up. 4xx and addresses that are closed are not tried again.
func TestWebRetries(t *testing.T) {
	h, bad, good := newHouse(t, nil), newEndpoint(t), newEndpoint(t)
	bad.answer(500)
	topic := h.topic(t, "news", nil)
	dead := `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:dead"}`
	h.confirmed(t, topic, "http", bad.URL, map[string]string{"RedrivePolicy": dead, "RawMessageDelivery": "true",
		"DeliveryPolicy": `{"healthyRetryPolicy":{"minDelayTarget":100,"maxDelayTarget":300,"numRetries":3,"numNoDelayRetries":1,"backoffFunction":"linear"}}`})
	h.confirmed(t, topic, "http", good.URL, nil)
	notifications := func(e *endpoint) (n int) {
		for _, r := range e.all() {
			if r.header.Get("X-Amz-Sns-Message-Type") == "Notification" {
				n++
			}
		}
		return n
	}
	h.measured()
	h.publish(t, &api.PublishInput{TopicArn: &topic, Message: new("hello")})
	h.until(t, "the neighbour's", func() bool { return notifications(good) == 1 })
	h.later(t, 5*time.Second, "the dead-letter queue", func() bool { return len(h.queued) == 1 })
	if n := notifications(bad); n != 4 {
		t.Errorf("the endpoint was tried %d times", n)
	}
	if got := *h.queued[0].MessageBody; got != "hello" || !strings.HasSuffix(*h.queued[0].QueueUrl, "/dead") {
		t.Errorf("%s to %s", got, *h.queued[0].QueueUrl)
	}
	h.empty(t)
	bad.answer(404)
	h.publish(t, &api.PublishInput{TopicArn: &topic, Message: new("gone")})
	h.until(t, "the dead-letter queue again", func() bool { return len(h.queued) == 2 })
	h.empty(t)
	if n := notifications(bad); n != 5 {
		t.Errorf("the endpoint was tried %d times", n)
	}
	sums := map[string]float64{}
	h.until(t, "two of each metric", func() bool { // they are noted after the commit
		for name, n := range h.measured() {
			sums[name] += n
		}
		for _, name := range []string{"NumberOfNotificationsFailed", "NumberOfNotificationsDelivered", "NumberOfNotificationsRedrivenToDlq", "NumberOfMessagesPublished"} {
			if sums[name] != 2 {
				return false
			}
		}
		return true
	})
}

// closedWeb reaches no address.
type closedWeb struct{}

func (closedWeb) Do(*http.Request, time.Duration) (*http.Response, error) {
	return nil, fmt.Errorf("10.0.0.1: %w", carrier.ErrForbiddenAddress)
}

// TestWebClosed: an endpoint at a private address is given up at once, and the operator finds why.
func TestWebClosed(t *testing.T) {
	h := newHouse(t, func(d *service.Deps) { d.Web = closedWeb{} })
	topic := h.topic(t, "news", nil)
	h.confirmed(t, topic, "https", "https://intern.example.com/", nil)
	h.publish(t, &api.PublishInput{TopicArn: &topic, Message: new("hello")})
	h.empty(t)
	h.until(t, "what was given up", func() bool { return len(h.dead(t, kindWeb)) > 0 })
	if why := h.dead(t, kindWeb); len(why) != 1 || !strings.Contains(why[0], "private") {
		t.Errorf("%q", why)
	}
}

// TestWebHangs: an endpoint that does not answer costs a neighbour nothing.
func TestWebHangs(t *testing.T) {
	h, good := newHouse(t, nil), newEndpoint(t)
	release := make(chan struct{})
	hanging := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer hanging.Close()
	defer close(release)
	topic := h.topic(t, "news", nil)
	for i := range 10 {
		h.confirmed(t, topic, "http", fmt.Sprint(hanging.URL, "/", i), nil)
	}
	h.confirmed(t, topic, "http", good.URL, map[string]string{"RawMessageDelivery": "true"})
	for i := range 20 {
		h.publish(t, &api.PublishInput{TopicArn: &topic, Message: new(fmt.Sprint(i))})
	}
	h.until(t, "all that the neighbour gets", func() bool {
		n := 0
		for _, r := range good.all() {
			if r.header.Get("X-Amz-Sns-Rawdelivery") == "true" {
				n++
			}
		}
		return n == 20
	})
}

// TestThrottle: no more deliveries a second than the policy allows, and none is lost for it.
func TestThrottle(t *testing.T) {
	var x throttles
	at := time.Unix(100, 400e6)
	for i, want := range []time.Duration{0, 0, 600 * time.Millisecond, 600 * time.Millisecond} {
		if got := x.wait("a", 2, at); got != want {
			t.Errorf("%d: %s, want %s", i, got, want)
		}
	}
	if x.wait("a", 2, at.Add(time.Second)) != 0 || x.wait("b", 2, at) != 0 || x.wait("a", 0, at) != 0 {
		t.Error("another second, another subscription or no limit has to wait")
	}
	h, e := newHouse(t, nil), newEndpoint(t)
	topic := h.topic(t, "news", nil)
	h.confirmed(t, topic, "http", e.URL, map[string]string{"DeliveryPolicy": `{"throttlePolicy":{"maxReceivesPerSecond":1}}`, "RawMessageDelivery": "true"})
	for range 3 {
		h.publish(t, &api.PublishInput{TopicArn: &topic, Message: new("x")})
	}
	raw := func() (n int) {
		for _, r := range e.all() {
			if r.body == "x" {
				n++
			}
		}
		return n
	}
	for n := 1; n <= 3; n++ {
		h.until(t, fmt.Sprint("delivery ", n), func() bool { return raw() >= n })
		if raw() != n {
			t.Errorf("%d deliveries in %d seconds", raw(), n)
		}
		h.clock.pass(time.Second)
	}
	h.empty(t)
}
