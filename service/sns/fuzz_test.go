package sns

import (
	"strings"
	"testing"

	api "vauban/api/sns"
)

// FuzzText: no text that a client chooses makes a panic, and what is taken is taken the same way when it is shown again.
func FuzzText(f *testing.F) {
	for _, s := range []string{
		"arn:aws:sns:us-east-1:111122223333:t", "arn:aws:sns:us-east-1:111122223333:t.fifo:11111111-1111-1111-1111-111111111111", "+4915112345678", "https://user:pw@example.com/x?y#z",
		"reader@example.com", `{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:111122223333:d"}`, `{"default":"x","sqs":1}`, `["a",1,null,true]`, "1e5", "", "%", "a..b",
	} {
		f.Add(s)
	}
	h := newHouse(f, nil)
	t := &Topic{Account: home, Region: "us-east-1", Name: "t"}
	f.Fuzz(func(tt *testing.T, s string) {
		if region, account, name, err := parseTopicARN(s, "TopicArn"); err == nil {
			if _, a, n, err := parseTopicARN(topicARN(account, region, name), "TopicArn"); err != nil || a != account || n != name {
				tt.Errorf("%q: %q, %q is not what its ARN says", s, account, name)
			}
		}
		if topic, id, err := parseSubscriptionARN(s); err == nil {
			if x, i, err := parseSubscriptionARN(topic + ":" + id); err != nil || x != topic || i != id {
				tt.Errorf("%q: %q, %q", s, topic, id)
			}
		}
		for _, p := range []string{bySQS, byLambda, byHTTP, byHTTPS, byEmail, byEmailJSON, bySMS, s} {
			if e, err := checkEndpoint(p, s); err == nil && strings.ContainsAny(e, "\r\n") {
				tt.Errorf("%s: %q breaks lines", p, e)
			}
		}
		x := &Subscription{Owner: home, Protocol: byHTTP}
		if x.setRedrive(t, "", s) == nil && x.Redrive != "" && x.Dead == "" {
			tt.Errorf("%q names no queue", s)
		}
		_ = x.setDelivery("", s)
		_ = x.setFilter("", s)
		if n, ok := phoneNumber(s); ok {
			if again, ok := phoneNumber(n); !ok || again != n {
				tt.Errorf("%q is %q, then %q", s, n, again)
			}
		}
		_ = checkAttributeName(s)
		if a, err := attributeOf("n", s, &s, nil); err == nil {
			(&Content{Attributes: map[string]Attribute{"n": a}}).event()
		}
		if _, err := h.openToken(s); err == nil {
			tt.Errorf("%q is no token of ours", s)
		}
		if l, err := readContent(&api.PublishBatchRequestEntry{Message: &s, MessageStructure: new("json")}); err == nil && l.content.Body == "" && s == "" {
			tt.Errorf("%q is taken", s)
		}
		_ = partsOf(s)
	})
}
