package sns

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	api "vauban/api/sns"
	"vauban/api/sqs"
	"vauban/service"
)

// TestOrder: what is published to a FIFO topic reaches each queue once, and in each group in its order, though half of all attempts fail.
func TestOrder(t *testing.T) {
	h := newHouse(t, nil)
	topic := h.topic(t, "orders.fifo", map[string]string{"FifoTopic": "true"})
	for _, q := range []string{"a.fifo", "b.fifo", "c"} {
		h.subscribe(t, topic, "sqs", "arn:aws:sqs:us-east-1:"+home+":"+q, map[string]string{"RawMessageDelivery": "true"})
	}
	n := 0
	h.hand = func(_ service.Identity, _, _ string, in any) (any, error) {
		if _, ok := in.(*sqs.SendMessageInput); ok {
			h.mu.Lock()
			defer h.mu.Unlock()
			if n++; n%2 == 0 {
				return nil, errors.New("not now")
			}
		}
		return nil, nil
	}
	const groups, each = 3, 12
	var last string
	for i := range each {
		for g := range groups {
			in := &api.PublishInput{TopicArn: &topic, Message: new(fmt.Sprint(i)), MessageGroupId: new(fmt.Sprint("g", g)), MessageDeduplicationId: new(fmt.Sprint(g, "-", i))}
			out := h.publish(t, in)
			if *out.SequenceNumber <= last || len(*out.SequenceNumber) != 20 {
				t.Errorf("%s after %s", *out.SequenceNumber, last)
			}
			last = *out.SequenceNumber
			if again := h.publish(t, in); *again.MessageId != *out.MessageId || *again.SequenceNumber != last {
				t.Errorf("the same again is %v, not %v", again, out)
			}
		}
	}
	h.later(t, time.Second, "all deliveries", func() bool { return len(h.queued) >= 3*groups*each })
	h.empty(t)
	got := map[string][]string{}
	for _, m := range h.queued {
		queue := (*m.QueueUrl)[strings.LastIndex(*m.QueueUrl, "/")+1:]
		got[queue+" "+*m.MessageGroupId] = append(got[queue+" "+*m.MessageGroupId], *m.MessageBody)
		if (m.MessageDeduplicationId != nil) != strings.HasSuffix(queue, ".fifo") {
			t.Errorf("%s: deduplication %v", queue, m.MessageDeduplicationId)
		}
	}
	var want []string
	for i := range each {
		want = append(want, fmt.Sprint(i))
	}
	for line, bodies := range got {
		if !slices.Equal(bodies, want) {
			t.Errorf("%s got %v", line, bodies)
		}
	}
	if len(got) != 3*groups {
		t.Errorf("%d lines", len(got))
	}
}

// TestDeduplicationScope: an ID is known for five minutes, in the topic or in its group.
func TestDeduplicationScope(t *testing.T) {
	for scope, same := range map[string]bool{"Topic": true, "MessageGroup": false} {
		h := newHouse(t, nil)
		topic := h.topic(t, "t.fifo", map[string]string{"FifoTopic": "true", "ContentBasedDeduplication": "true", "FifoThroughputScope": scope})
		send := func(group string) string {
			return *h.publish(t, &api.PublishInput{TopicArn: &topic, Message: new("x"), MessageGroupId: &group}).MessageId
		}
		a, b := send("a"), send("b")
		if (a == b) != same || send("a") != a {
			t.Errorf("%s: a and b are the same: %t", scope, a == b)
		}
		h.clock.pass(5*time.Minute - time.Second)
		if send("a") != a {
			t.Errorf("%s: forgotten too early", scope)
		}
		h.clock.pass(time.Second)
		if send("a") == a {
			t.Errorf("%s: remembered too long", scope)
		}
	}
}
