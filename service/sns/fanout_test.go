package sns

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"vauban/api/kms"
	api "vauban/api/sns"
	"vauban/api/sqs"
	"vauban/service"
	"vauban/store"
)

// TestThousands: a message reaches each of more subscribers than one page of fan-out, once, whom its filter lets it; the publication looks at the first
// page only.
func TestThousands(t *testing.T) {
	h := newHouse(t, nil)
	topic := h.topic(t, "news", nil)
	const all = 3*fanPage + 7
	for i := range all {
		filter := `{"odd":["no"]}`
		if i%2 == 1 {
			filter = `{"odd":["yes"]}`
		}
		h.subscribe(t, topic, "sqs", fmt.Sprintf("arn:aws:sqs:us-east-1:%s:q%d", home, i), map[string]string{"RawMessageDelivery": "true", "FilterPolicy": filter})
	}
	h.measured()
	h.publish(t, &api.PublishInput{TopicArn: &topic, Message: new("x"), MessageAttributes: map[string]api.MessageAttributeValue{"odd": {DataType: new("String"), StringValue: new("yes")}}})
	h.until(t, "all deliveries", func() bool { return len(h.queued) >= all/2 })
	h.empty(t)
	got := map[string]int{}
	for _, m := range h.queued {
		got[*m.QueueUrl]++
	}
	if len(got) != all/2 || len(h.queued) != all/2 {
		t.Errorf("%d queues got %d messages", len(got), len(h.queued))
	}
	held := 0.0
	h.until(t, "the count of those held back", func() bool {
		held += h.measured()["NumberOfNotificationsFilteredOut"]
		return held >= all-all/2
	})
	if held != all-all/2 {
		t.Errorf("%v were held back", held)
	}
}

// TestFilterVerdicts: why a message does not go to a subscription is counted by AWS's names.
func TestFilterVerdicts(t *testing.T) {
	h := newHouse(t, nil)
	topic := h.topic(t, "news", nil)
	for q, attributes := range map[string]map[string]string{
		"attributes": {"FilterPolicy": `{"a":["1"]}`}, "body": {"FilterPolicy": `{"a":{"b":["1"]}}`, "FilterPolicyScope": "MessageBody"},
	} {
		h.subscribe(t, topic, "sqs", "arn:aws:sqs:us-east-1:"+home+":"+q, attributes)
	}
	h.measured()
	for _, c := range []struct {
		body, attribute string
		want            map[string]float64
	}{
		{"text", "", map[string]float64{"NumberOfNotificationsFilteredOut-NoMessageAttributes": 1, "NumberOfNotificationsFilteredOut-InvalidMessageBody": 1}},
		{`{"a":{"b":"2"}}`, "2", map[string]float64{"NumberOfNotificationsFilteredOut-MessageAttributes": 1, "NumberOfNotificationsFilteredOut-MessageBody": 1}},
		{`{"a":{"b":"1"}}`, "1", map[string]float64{"NumberOfNotificationsDelivered": 2}},
	} {
		in := &api.PublishInput{TopicArn: &topic, Message: &c.body}
		if c.attribute != "" {
			in.MessageAttributes = map[string]api.MessageAttributeValue{"a": {DataType: new("String"), StringValue: &c.attribute}}
		}
		h.publish(t, in)
		h.empty(t)
		got := map[string]float64{}
		h.until(t, "the metrics", func() bool {
			for name, n := range h.measured() {
				got[name] += n
			}
			for name, n := range c.want {
				if got[name] < n {
					return false
				}
			}
			return true
		})
		for name, n := range c.want {
			if got[name] != n {
				t.Errorf("%s: %s is %v", c.body, name, got[name])
			}
		}
	}
}

// keys is a KMS whose key can be taken away.
type keys struct {
	gone bool
	seen []string
}

func (k *keys) hand(_ service.Identity, svc, op string, in any) (any, error) {
	if svc != "kms" {
		return nil, nil
	}
	k.seen = append(k.seen, op)
	if k.gone {
		return nil, kms.DisabledException.New("the key is disabled")
	}
	plain := make([]byte, 32)
	if op == "GenerateDataKey" {
		return &kms.GenerateDataKeyOutput{CiphertextBlob: []byte("wrapped"), Plaintext: plain}, nil
	}
	if d := in.(*kms.DecryptInput); string(d.CiphertextBlob) != "wrapped" || d.EncryptionContext["aws:sns:topicArn"] == "" {
		return nil, errors.New("not what was wrapped")
	}
	return &kms.DecryptOutput{Plaintext: plain}, nil
}

// TestEncryption: messages of a topic with a key wait under a data key; with the key disabled the publisher is refused, and what waits is held back until
// the key is there again.
func TestEncryption(t *testing.T) {
	h, k := newHouse(t, nil), &keys{}
	full := true
	h.hand = func(as service.Identity, svc, op string, in any) (any, error) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if _, ok := in.(*sqs.SendMessageInput); ok && full {
			return nil, errors.New("not now")
		}
		return k.hand(as, svc, op, in)
	}
	topic := h.topic(t, "secret", map[string]string{"KmsMasterKeyId": "alias/x"})
	h.subscribe(t, topic, "sqs", "arn:aws:sqs:us-east-1:"+home+":q", map[string]string{"RawMessageDelivery": "true"})
	h.publish(t, &api.PublishInput{TopicArn: &topic, Message: new("the secret text")})
	if strings.Join(k.seen, " ") != "GenerateDataKey Decrypt" {
		t.Errorf("KMS was asked %v", k.seen)
	}
	err := h.Store.Read(context.Background(), func(tx store.Tx) error {
		page, err := contents.List(tx, nil, nil, 10)
		for _, c := range page.Items {
			if strings.Contains(string(c.Content), "secret") {
				t.Error("the text lies open in the store")
			}
		}
		if len(page.Items) != 1 {
			t.Errorf("%d contents", len(page.Items))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	h.with(func() { full, k.gone = false, true })
	h.forgetKeys() // as after a start, with the key disabled
	_, err = call[api.PublishOutput](h, "Publish", &api.PublishInput{TopicArn: &topic, Message: new("x")})
	if err == nil || !strings.Contains(err.Error(), "KMSDisabled") {
		t.Errorf("published with a disabled key: %v", err)
	}
	seen := 0
	h.with(func() { seen = len(k.seen) })
	h.later(t, time.Second, "an attempt to open it", func() bool { return len(k.seen) > seen })
	if len(h.queued) != 0 {
		t.Error("delivered without the key")
	}
	h.with(func() { k.gone = false })
	h.later(t, time.Second, "the delivery", func() bool { return len(h.queued) == 1 })
	if *h.queued[0].MessageBody != "the secret text" {
		t.Errorf("%s", *h.queued[0].MessageBody)
	}
	h.empty(t)
}
