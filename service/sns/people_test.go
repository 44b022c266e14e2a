package sns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"vauban/api/logs"
	api "vauban/api/sns"
	"vauban/api/sts"
	"vauban/carrier"
	"vauban/service"
	"vauban/store"
)

var links = regexp.MustCompile(`https://vauban\.test/\?\S+`)

// TestMail: an address is asked by mail; the link in it confirms, once a browser or anybody opens it; notifications come as text or as JSON.
func TestMail(t *testing.T) {
	h := newHouse(t, nil)
	topic := h.topic(t, "news", map[string]string{"DisplayName": "The News"})
	arn := h.subscribe(t, topic, "email", "reader@example.com", nil)
	h.until(t, "a question", func() bool { return len(h.letters) == 1 })
	link, err := url.Parse(links.FindString(h.letters[0].Text))
	if err != nil || h.letters[0].To != "reader@example.com" || h.letters[0].Name != "The News" || link.Query().Get("Action") != "ConfirmSubscription" {
		t.Fatalf("%+v, %v", h.letters[0], err)
	}
	in := &api.ConfirmSubscriptionInput{TopicArn: new(link.Query().Get("TopicArn")), Token: new(link.Query().Get("Token"))}
	out := must[api.ConfirmSubscriptionOutput](t)(perform[api.ConfirmSubscriptionOutput](h, caller(""), "ConfirmSubscription", in))
	if page := string(h.Page("ConfirmSubscription", in, out, nil).Body); !strings.Contains(page, "Subscription confirmed") || !strings.Contains(page, arn) {
		t.Errorf("%s", page)
	}
	h.publish(t, &api.PublishInput{TopicArn: &topic, Subject: new("Läuft"), Message: new("it works"), MessageAttributes: map[string]api.MessageAttributeValue{"a": {DataType: new("String"), StringValue: new("b")}}})
	h.until(t, "a notification", func() bool { return len(h.letters) == 2 })
	l := h.letters[1]
	unsubscribe := links.FindString(l.Text)
	if l.Subject != "Läuft" || !strings.HasPrefix(l.Text, "it works\n") || l.Headers["List-Unsubscribe"] != "<"+unsubscribe+">" || !strings.Contains(unsubscribe, "Action=Unsubscribe&SubscriptionArn="+url.QueryEscape(arn)) {
		t.Errorf("%+v", l)
	}
	h.confirmed(t, topic, "email-json", "robot@example.com", nil)
	h.publish(t, &api.PublishInput{TopicArn: &topic, MessageStructure: new("json"), Message: new(`{"default":"d","email":"for people","email-json":"for robots"}`)})
	h.empty(t)
	people, robots := 0, 0
	for _, l := range h.letters[2:] { // beside the question to the robot, unless it was confirmed before that was sent
		switch {
		case l.To == "reader@example.com" && strings.HasPrefix(l.Text, "for people\n"):
			people++
		case l.To == "robot@example.com" && verify(t, h, l.Text)["Message"] == "for robots":
			robots++
		}
	}
	if people != 1 || robots != 1 {
		t.Errorf("%d letters to people, %d to robots: %+v", people, robots, h.letters[2:])
	}
}

// TestTokens: a token is of one topic and endpoint, and good for two days; what is not confirmed for three is forgotten.
func TestTokens(t *testing.T) {
	h := newHouse(t, nil)
	topic, other := h.topic(t, "a", nil), h.topic(t, "b", nil)
	arn := h.subscribe(t, topic, "email", "reader@example.com", nil)
	var token string
	if err := h.Store.Read(t.Context(), readingToken(h, arn, &token)); err != nil {
		t.Fatal(err)
	}
	confirm := func(topic, token string) error {
		_, err := perform[api.ConfirmSubscriptionOutput](h, caller(""), "ConfirmSubscription", &api.ConfirmSubscriptionInput{TopicArn: &topic, Token: &token})
		return err
	}
	page, err := h.Seal.SealToken("sns.page.topics", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][2]string{{other, token}, {topic, token[:len(token)-1]}, {topic, "x"}, {topic, page}, {topic, strings.Repeat("x", maxToken+1)}} {
		if err := confirm(c[0], c[1]); err == nil || !strings.Contains(err.Error(), "Invalid token") {
			t.Errorf("%.20s for %s: %v", c[1], c[0], err)
		}
	}
	h.clock.pass(tokenLife)
	if err := confirm(topic, token); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("after two days: %v", err)
	}
	count := func() (n int) {
		_ = h.Store.Read(context.Background(), func(tx store.Tx) (err error) {
			n, err = subscriptions.Count(tx, nil, 10)
			return err
		})
		return n
	}
	for _, c := range []struct {
		after time.Duration
		want  int
	}{{0, 1}, {pendingLife - tokenLife + time.Second, 0}} {
		h.clock.pass(c.after)
		if err := h.sweep(h.turn(t.Context())); err != nil {
			t.Fatal(err)
		}
		if n := count(); n != c.want {
			t.Errorf("%s later: %d subscriptions", c.after, n)
		}
	}
}

// TestAuthenticatedUnsubscribe: a subscription confirmed with AuthenticateOnUnsubscribe is not ended by a link.
func TestAuthenticatedUnsubscribe(t *testing.T) {
	h := newHouse(t, nil)
	topic := h.topic(t, "a", nil)
	arn := h.subscribe(t, topic, "email", "reader@example.com", nil)
	var token string
	if err := h.Store.Read(t.Context(), readingToken(h, arn, &token)); err != nil {
		t.Fatal(err)
	}
	in := &api.ConfirmSubscriptionInput{TopicArn: &topic, Token: &token, AuthenticateOnUnsubscribe: new("true")}
	if _, err := perform[api.ConfirmSubscriptionOutput](h, caller(""), "ConfirmSubscription", in); err == nil || !strings.Contains(err.Error(), "AuthorizationError") {
		t.Errorf("without a signature: %v", err)
	}
	must[api.ConfirmSubscriptionOutput](t)(call[api.ConfirmSubscriptionOutput](h, "ConfirmSubscription", in))
	gone := &api.UnsubscribeInput{SubscriptionArn: &arn}
	if _, err := perform[api.UnsubscribeOutput](h, caller(""), "Unsubscribe", gone); err == nil || !strings.Contains(err.Error(), "AuthorizationError") {
		t.Errorf("by its link: %v", err)
	}
	must[api.UnsubscribeOutput](t)(call[api.UnsubscribeOutput](h, "Unsubscribe", gone))
}

// TestOwnEndpoint: a queue or function that its owner has subscribed is not ended by a link.
func TestOwnEndpoint(t *testing.T) {
	h := newHouse(t, nil)
	topic := h.topic(t, "a", nil)
	for protocol, endpoint := range map[string]string{"sqs": "arn:aws:sqs:us-east-1:" + home + ":q", "lambda": "arn:aws:lambda:us-east-1:" + home + ":function:f"} {
		arn := h.subscribe(t, topic, protocol, endpoint, nil)
		gone := &api.UnsubscribeInput{SubscriptionArn: &arn}
		if _, err := perform[api.UnsubscribeOutput](h, caller(""), "Unsubscribe", gone); err == nil || !strings.Contains(err.Error(), "AuthorizationError") {
			t.Errorf("%s by its link: %v", protocol, err)
		}
		has := must[api.GetSubscriptionAttributesOutput](t)(call[api.GetSubscriptionAttributesOutput](h, "GetSubscriptionAttributes", &api.GetSubscriptionAttributesInput{SubscriptionArn: &arn}))
		if has.Attributes["ConfirmationWasAuthenticated"] != "true" {
			t.Errorf("%s: %v", protocol, has.Attributes)
		}
		must[api.UnsubscribeOutput](t)(call[api.UnsubscribeOutput](h, "Unsubscribe", gone))
	}
}

// TestFarewell: who has ended a subscription can take that back while the topic is the same and has the same policy.
func TestFarewell(t *testing.T) {
	h, e := newHouse(t, nil), newEndpoint(t)
	topic := h.topic(t, "a", nil)
	arn := h.confirmed(t, topic, "http", e.URL+"/in", nil)
	must[api.UnsubscribeOutput](t)(perform[api.UnsubscribeOutput](h, caller(""), "Unsubscribe", &api.UnsubscribeInput{SubscriptionArn: &arn}))
	var token string
	h.until(t, "a farewell", func() bool {
		for _, p := range e.all() {
			if m := verify(t, h, p.body); m["Type"] == "UnsubscribeConfirmation" {
				token = m["Token"]
			}
		}
		return token != ""
	})
	back := func() error {
		_, err := perform[api.ConfirmSubscriptionOutput](h, caller(""), "ConfirmSubscription", &api.ConfirmSubscriptionInput{TopicArn: &topic, Token: &token})
		return err
	}
	policy := func(text string) {
		must[api.SetTopicAttributesOutput](t)(call[api.SetTopicAttributesOutput](h, "SetTopicAttributes", &api.SetTopicAttributesInput{TopicArn: &topic, AttributeName: new("Policy"), AttributeValue: &text}))
	}
	refused := func(when, want string) {
		if err := back(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", when, err)
		}
	}
	policy(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"sns:Subscribe","Resource":"` + topic + `"}]}`)
	refused("with another policy", "Invalid token")
	policy("")
	if err := back(); err != nil {
		t.Error(err)
	}
	must[api.DeleteTopicOutput](t)(call[api.DeleteTopicOutput](h, "DeleteTopic", &api.DeleteTopicInput{TopicArn: &topic}))
	refused("without the topic", "NotFound")
	h.topic(t, "a", nil)
	refused("with a new topic of the name", "Invalid token")
}

// TestNoCarrier: without mail and SMS nothing pretends: deliveries fail with the reason.
func TestNoCarrier(t *testing.T) {
	h := newHouse(t, func(d *service.Deps) { d.Mail, d.SMS, d.Web = nil, nil, nil })
	topic := h.topic(t, "a", nil)
	h.confirmed(t, topic, "email", "reader@example.com", nil)
	h.confirmed(t, topic, "http", "http://example.com/", nil)
	h.subscribe(t, topic, "sms", "+4915112345678", nil)
	h.measured()
	h.publish(t, &api.PublishInput{TopicArn: &topic, Message: new("x")})
	h.empty(t)
	failed := 0.0
	h.until(t, "the count of failures", func() bool {
		failed += h.measured()["NumberOfNotificationsFailed"]
		return failed >= 3
	})
	for kind, want := range map[string]string{kindMail: "no mail server", kindSMS: "no SMS partner", kindWeb: "none is configured"} {
		why := ""
		h.until(t, "what was given up by "+kind, func() bool {
			why = strings.Join(h.dead(t, kind), ", ")
			return why != ""
		})
		if !strings.Contains(why, want) {
			t.Errorf("%s: %s", kind, why)
		}
	}
}

// TestSpending: texts stop at the month's limit, those refused cost nothing, and a new month begins anew. Phones that opted out get none.
func TestSpending(t *testing.T) {
	h := newHouse(t, nil)
	must[api.SetSMSAttributesOutput](t)(call[api.SetSMSAttributesOutput](h, "SetSMSAttributes", &api.SetSMSAttributesInput{Attributes: map[string]string{
		"MonthlySpendLimit": fmt.Sprint(4.5 * pricePerPart), "DefaultSenderID": "Vauban",
	}}))
	number := "+4915112345678"
	send := func(text string) { h.publish(t, &api.PublishInput{PhoneNumber: &number, Message: &text}); h.empty(t) }
	send("one")
	send(strings.Repeat("x", 161)) // two parts
	send("the fourth")
	if len(h.texts) != 3 || h.texts[0].Sender != "Vauban" || h.texts[0].To != number {
		t.Fatalf("%d texts: %+v", len(h.texts), h.texts)
	}
	send("the fifth")
	h.until(t, "the reason of the fifth", func() bool { return len(h.dead(t, kindSMS)) == 1 })
	if why := h.dead(t, kindSMS)[0]; len(h.texts) != 3 || why != "No quota left for account" {
		t.Errorf("%d texts, %s", len(h.texts), why)
	}
	h.clock.pass(31 * 24 * time.Hour)
	h.with(func() { h.refusing = fmt.Errorf("barred: %w", carrier.ErrRefused) })
	for range 9 {
		send("refused")
	}
	h.with(func() { h.refusing = nil })
	before := len(h.texts)
	send("next month")
	if len(h.texts) != before+1 {
		t.Error("the new month has no room")
	}
	for _, body := range []string{"thanks", " stop\n", "STOP"} { // as the phone answers: the last one again, which changes nothing
		if err := h.takeReply(t.Context(), &carrier.Reply{From: number, To: "70123", Body: body}); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.takeReply(t.Context(), &carrier.Reply{From: "+4915199999999", Body: "STOP"}); err != nil {
		t.Errorf("somebody who was never sent a text: %v", err)
	}
	send("stop")
	if len(h.texts) != before+1 {
		t.Error("a phone that opted out got a text")
	}
	must[api.OptInPhoneNumberOutput](t)(call[api.OptInPhoneNumberOutput](h, "OptInPhoneNumber", &api.OptInPhoneNumberInput{PhoneNumber: &number}))
	send("again")
	if len(h.texts) != before+2 {
		t.Error("a phone that opted in again gets none")
	}
}

func TestParts(t *testing.T) {
	for text, want := range map[string]int{
		"": 1, strings.Repeat("a", 160): 1, strings.Repeat("a", 161): 2, strings.Repeat("€", 80): 1, strings.Repeat("€", 81): 2,
		strings.Repeat("я", 70): 1, strings.Repeat("я", 71): 2, strings.Repeat("😀", 35): 1, strings.Repeat("a", 134) + "я": 3,
	} {
		if got := partsOf(text); got != want {
			t.Errorf("%d characters, %.3q: %d parts, want %d", len([]rune(text)), text, got, want)
		}
	}
}

// TestStatusLog: outcomes are written to the topic's log groups, which are made when they are not there, with the role that the owner named.
func TestStatusLog(t *testing.T) {
	h, e := newHouse(t, nil), newEndpoint(t)
	made, lines := map[string]bool{}, map[string][]string{}
	h.hand = func(as service.Identity, svc, op string, in any) (any, error) {
		h.mu.Lock()
		defer h.mu.Unlock()
		switch in := in.(type) {
		case *sts.AssumeRoleInput:
			return nil, errors.New("roles are assumed elsewhere in this test: " + *in.RoleArn)
		case *logs.CreateLogGroupInput:
			made[*in.LogGroupName] = true
			return &logs.CreateLogGroupOutput{}, nil
		case *logs.CreateLogStreamInput:
			made[*in.LogGroupName+":"+*in.LogStreamName] = true
			return &logs.CreateLogStreamOutput{}, nil
		case *logs.PutLogEventsInput:
			if !made[*in.LogGroupName+":"+*in.LogStreamName] {
				return nil, logs.ResourceNotFoundException.New("The specified log group does not exist.")
			}
			lines[*in.LogGroupName] = append(lines[*in.LogGroupName], *in.LogEvents[0].Message)
			return &logs.PutLogEventsOutput{}, nil
		}
		return nil, nil
	}
	role := "arn:aws:iam::" + home + ":role/logger"
	topic := h.topic(t, "news", map[string]string{"HTTPSuccessFeedbackRoleArn": role, "HTTPFailureFeedbackRoleArn": role, "HTTPSuccessFeedbackSampleRate": "100"})
	h.roles.m = map[string]roleSession{role + "\n" + topic: {service.AsRole(principal, *caller(home)), h.Clock().Add(time.Hour)}}
	arn := h.confirmed(t, topic, "http", e.URL, nil)
	sent := h.publish(t, &api.PublishInput{TopicArn: &topic, Message: new("good")})
	group := "sns/us-east-1/" + home + "/news"
	h.until(t, "the line of a success", func() bool { return len(lines[group]) == 1 })
	e.answer(403)
	h.publish(t, &api.PublishInput{TopicArn: &topic, Message: new("bad")})
	h.until(t, "the line of a failure", func() bool { return len(lines[group+"/Failure"]) == 1 })
	var good, bad statusText
	if err := errors.Join(json.Unmarshal([]byte(lines[group][0]), &good), json.Unmarshal([]byte(lines[group+"/Failure"][0]), &bad)); err != nil {
		t.Fatal(err)
	}
	if good.Status != "SUCCESS" || good.Notification.ID != *sent.MessageId || good.Delivery.Status != 200 || good.Delivery.Destination != e.URL || good.Delivery.Attempts != 1 ||
		bad.Status != "FAILURE" || bad.Delivery.Status != 403 || bad.Notification.Topic != topic {
		t.Errorf("%s of %s: %+v, %+v", topic, arn, good, bad)
	}
}

// TestOtherAccount: a queue of another account is asked by a message, and its owner confirms with the token, also with a signature of that account.
func TestOtherAccount(t *testing.T) {
	const other = "444455556666"
	h := newHouse(t, nil)
	topic := h.topic(t, "a", nil)
	arn := h.subscribe(t, topic, "sqs", "arn:aws:sqs:us-east-1:"+other+":q", nil)
	h.until(t, "a question", func() bool { return len(h.queued) == 1 })
	asked := verify(t, h, *h.queued[0].MessageBody)
	if asked["Type"] != typeConfirmation {
		t.Fatalf("%v", asked)
	}
	h.publish(t, &api.PublishInput{TopicArn: &topic, Message: new("too early")})
	out := must[api.ConfirmSubscriptionOutput](t)(perform[api.ConfirmSubscriptionOutput](h, caller(other), "ConfirmSubscription", &api.ConfirmSubscriptionInput{TopicArn: &topic, Token: new(asked["Token"])}))
	if *out.SubscriptionArn != arn {
		t.Errorf("%s, not %s", *out.SubscriptionArn, arn)
	}
	h.publish(t, &api.PublishInput{TopicArn: &topic, Message: new("hello")})
	h.until(t, "the message", func() bool { return len(h.queued) == 2 })
	if m := verify(t, h, *h.queued[1].MessageBody); m["Message"] != "hello" {
		t.Errorf("%v", m)
	}
	h.empty(t)
}
