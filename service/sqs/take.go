package sqs

import (
	"errors"
	"slices"
	"strconv"
	"time"

	api "vauban/api/sqs"
	"vauban/api/wire"
	"vauban/service"
	"vauban/service/datakey"
	"vauban/store"
)

// taking is one transaction that receives messages: it hides them, and takes those away that are too old or were received too often.
type taking struct {
	*Service
	tx      store.Tx
	queue   *Queue
	now     time.Time
	hide    time.Duration
	most    int
	keys    map[string]*datakey.Key // by what KMS has encrypted
	taken   []taken
	cleared int // messages that went elsewhere
}

// taken is a message that was received, and its content as it is stored.
type taken struct {
	message *Message
	sealed  []byte
}

// take receives what was seen, as far as it is still there.
func (s *Service) take(c *service.Call, v *view, r *reception) ([]api.Message, error) {
	if v.repeat != nil {
		for _, l := range v.repeat.Locks {
			v.locks = append(v.locks, &l)
		}
	}
	keys := map[string]*datakey.Key{}
	for _, l := range v.locks {
		if keys[string(l.Wrapped)] != nil {
			continue
		}
		k, err := s.openingKey(c, v.queue, l)
		if err != nil {
			return nil, err
		}
		keys[string(l.Wrapped)] = k
	}
	var t *taking
	err := c.Commit(func(tx store.Tx) error {
		q, err := found(c)
		if err != nil {
			return err
		}
		if q.Space != v.queue.Space {
			return errNothing
		}
		t = &taking{Service: s, tx: tx, queue: q, now: s.Clock(), most: r.most, keys: keys, hide: time.Duration(q.Settings.Visibility) * time.Second}
		if r.visibility != nil {
			t.hide = time.Duration(*r.visibility) * time.Second
		}
		return t.run(v, r)
	})
	if err != nil {
		return nil, err
	}
	s.flying.received(t.queue.Space, len(t.taken))
	return t.shown(r)
}

func (t *taking) run(v *view, r *reception) error {
	if v.repeat != nil {
		if err := t.repeat(v.repeat); err != nil || len(t.taken) > 0 {
			return err
		}
		return errNothing // it was modified in between: the next look sees that
	}
	for list := v.picked; len(list) > 0; {
		before := t.cleared
		for _, d := range list {
			if len(t.taken) == t.most {
				break
			}
			if err := t.due(d); err != nil {
				return err
			}
		}
		if len(t.taken) > 0 || t.cleared == before {
			break
		}
		behind, err := t.visible(t.tx, t.queue, t.most, t.now) // all were too old, or received too often
		if err != nil {
			return err
		}
		list = behind.free
	}
	if len(t.taken) == 0 && t.cleared == 0 {
		return errNothing
	}
	return t.noteAttempt(r.attempt)
}

func (t *taking) due(d *Due) error {
	if t.queue.FIFO {
		return t.group(d)
	}
	m, err := messages.Get(t.tx, store.K(d.Space, "", d.Number))
	if store.IsAbsent(err) || err == nil && !m.At.Equal(d.At) {
		return nil // received or deleted in between
	}
	if err != nil {
		return err
	}
	away, err := t.sortOut(m, func() error { return t.remove(t.tx, t.queue, m, t.now, m.expired(t.queue, t.now)) })
	if away || err != nil || !t.canOpen(m) {
		return err
	}
	t.mark(m)
	if err := rehide(t.tx, m, d); err != nil {
		return err
	}
	return t.add(m)
}

// group receives messages of a group, from its first.
func (t *taking) group(d *Due) error {
	return change(t.tx, d.Space, d.Lane, func(g *Group) error {
		if g.Count == 0 || g.At.After(t.now) {
			return nil
		}
		for m, err := range messages.Each(t.tx, store.K(d.Space, d.Lane)) {
			if err != nil {
				return err
			}
			if len(t.taken) == t.most || m.At.After(t.now) {
				break
			}
			away, err := t.sortOut(m, func() error {
				g.Count--
				if m.Apart && m.expired(t.queue, t.now) {
					if err := larges.Delete(t.tx, store.K(m.ID)); err != nil {
						return err
					}
				}
				return messages.Delete(t.tx, m.key())
			})
			if err != nil {
				return err
			}
			if away {
				continue
			}
			if !t.canOpen(m) {
				break
			}
			t.mark(m)
			g.land(m.Number)
			g.Flying = append(g.Flying, Flight{Number: m.Number, Until: m.At})
			if err := errors.Join(messages.Update(t.tx, m), t.add(m)); err != nil {
				return err
			}
		}
		return g.settle(t.tx, t.now)
	})
}

// sortOut takes a message away that is too old, or moves it to the dead-letter queue when it was received too often.
func (t *taking) sortOut(m *Message, remove func() error) (away bool, err error) {
	if m.expired(t.queue, t.now) {
		t.cleared++
		return true, remove()
	}
	if t.queue.DeadTo == "" || m.Here < t.queue.Received {
		return false, nil
	}
	dead, err := deadQueue(t.tx, t.queue)
	if err != nil || dead == nil {
		return false, err
	}
	if err := remove(); err != nil {
		return false, err
	}
	t.cleared++
	moved := *m
	moved.From, moved.At = t.queue.arn(), t.now
	if dead.FIFO { // Developer guide: "Using dead-letter queues", message retention
		moved.Sent = t.now
	}
	return true, t.put(t.tx, dead, &moved, t.now)
}

// canOpen says that the key of the message was opened. One that came in between waits for the next look.
func (t *taking) canOpen(m *Message) bool {
	return m.Lock == nil || t.keys[string(m.Lock.Wrapped)] != nil
}

// mark notes a reception.
func (t *taking) mark(m *Message) {
	m.Received++
	m.Here++
	m.Taken, m.At = t.now, t.now.Add(t.hide)
	if m.First.IsZero() {
		m.First = t.now
	}
}

func (t *taking) add(m *Message) error {
	sealed, err := sealedContent(t.tx, m)
	t.taken = append(t.taken, taken{m, sealed})
	return err
}

// shown are the messages as the answer has them.
func (t *taking) shown(r *reception) ([]api.Message, error) {
	var out []api.Message
	for _, x := range t.taken {
		m := x.message
		var key *datakey.Key
		if m.Lock != nil {
			key = t.keys[string(m.Lock.Wrapped)]
		}
		content, err := t.unlock(m, x.sealed, key)
		if err != nil {
			return nil, err
		}
		handle, err := t.handle(t.queue, m)
		if err != nil {
			return nil, err
		}
		attributes := selected(content.Attributes, r.attributes)
		out = append(out, api.Message{
			MessageId: &m.ID, ReceiptHandle: &handle, Body: &content.Body, MD5OfBody: new(md5Hex(content.Body)),
			Attributes: m.system(t.queue, content, r.system), MessageAttributes: attributeValues(attributes), MD5OfMessageAttributes: wire.Optional(digest(attributes)),
		})
	}
	return out, nil
}

func attributeValues(in map[string]Attribute) map[string]api.MessageAttributeValue {
	if len(in) == 0 {
		return nil
	}
	out := make(map[string]api.MessageAttributeValue, len(in))
	for name, a := range in {
		v := api.MessageAttributeValue{DataType: &a.Type}
		if a.Binary {
			v.BinaryValue = a.Bytes
		} else {
			v.StringValue = &a.Text
		}
		out[name] = v
	}
	return out
}

// system are the system attributes that were asked for.
func (m *Message) system(q *Queue, c *Content, asked []string) map[string]string {
	if len(asked) == 0 {
		return nil
	}
	has := map[string]string{
		api.MessageSystemAttributeNameSenderId:                         m.Sender,
		api.MessageSystemAttributeNameSentTimestamp:                    strconv.FormatInt(m.Sent.UnixMilli(), 10),
		api.MessageSystemAttributeNameApproximateReceiveCount:          strconv.Itoa(m.Received),
		api.MessageSystemAttributeNameApproximateFirstReceiveTimestamp: strconv.FormatInt(m.First.UnixMilli(), 10),
		api.MessageSystemAttributeNameMessageGroupId:                   m.Group,
		api.MessageSystemAttributeNameMessageDeduplicationId:           m.Dedup,
		api.MessageSystemAttributeNameAWSTraceHeader:                   c.Trace,
		api.MessageSystemAttributeNameDeadLetterQueueSourceArn:         m.From,
	}
	if q.FIFO {
		has[api.MessageSystemAttributeNameSequenceNumber] = sequenceNumber(m.Number)
	}
	all := slices.Contains(asked, api.MessageSystemAttributeNameAll)
	for name, v := range has {
		if v == "" || !all && !slices.Contains(asked, name) {
			delete(has, name)
		}
	}
	return has
}
