package sqs

import (
	"errors"
	"time"

	"vauban/store"
)

// Message is one message with where it stands. On a FIFO queue its lane is its group, on a standard queue all messages have one lane, "".
// Within a lane they are ordered by their number.
type Message struct {
	Space, Lane string
	Number      int64

	ID       string
	Sender   string
	Group    string    `json:",omitempty"` // MessageGroupId
	Dedup    string    `json:",omitempty"` // MessageDeduplicationId
	Sent     time.Time // retention counts from here
	At       time.Time // when it can be received: after a delay or, once it was received, unless it is deleted before
	Received int       `json:",omitempty"` // times, in all
	Here     int       `json:",omitempty"` // of them in this queue
	First    time.Time `json:",omitzero"`  // first reception
	Taken    time.Time `json:",omitzero"`  // last reception
	From     string    `json:",omitempty"` // ARN of the queue where it was received in vain

	Content []byte `json:",omitempty"` // sealed under the message's ID; in a document of its own when it is large
	Apart   bool   `json:",omitempty"`
	Lock    *Lock  `json:",omitempty"` // SSE-KMS
}

// Lock is the data key of a message, encrypted by KMS for a queue.
type Lock struct {
	Queue   string // ARN, in the encryption context
	Wrapped []byte
}

// Content is what a message holds.
type Content struct {
	Body       string
	Attributes map[string]Attribute `json:",omitempty"`
	Trace      string               `json:",omitempty"` // AWSTraceHeader
}

// Attribute is a message attribute. Binary says which of the values is set.
type Attribute struct {
	Type   string
	Text   string `json:",omitempty"`
	Bytes  []byte `json:",omitempty"`
	Binary bool   `json:",omitempty"`
}

var messages = &store.Table[Message]{
	Name: "sqs.message",
	Key:  func(m *Message) store.Key { return store.K(m.Space, m.Lane, m.Number) },
}

func (m *Message) key() store.Key { return store.K(m.Space, m.Lane, m.Number) }

// Large is the content of a message that is not rewritten with each of its moves.
type Large struct {
	ID      string
	Content []byte
}

var larges = &store.Table[Large]{
	Name: "sqs.content",
	Key:  func(l *Large) store.Key { return store.K(l.ID) },
}

// inline is the largest content that is kept in the message's own document.
const inline = 8 << 10

// Due says when something can be received: a message of a standard queue, or the next one of a group. Dues are ordered by time, so that
// receiving is a short scan.
type Due struct {
	Space  string
	At     time.Time
	Lane   string `json:",omitempty"`
	Number int64  `json:",omitempty"` // 0 for a group

	Seen   bool   `json:",omitempty"` // the message was received before
	Fair   string `json:",omitempty"` // MessageGroupId on a standard queue
	Locked bool   `json:",omitempty"` // some content is under a key of KMS
}

var dues = &store.Table[Due]{
	Name: "sqs.due",
	Key:  func(d *Due) store.Key { return d.key() },
}

func (d *Due) key() store.Key { return store.K(d.Space, d.At, d.Lane, d.Number) }

// due is the entry of a message on a standard queue.
func (m *Message) due() *Due {
	return &Due{Space: m.Space, At: m.At, Number: m.Number, Seen: m.Here > 0, Fair: m.Group, Locked: m.Lock != nil}
}

// expired says that the retention is over.
func (m *Message) expired(q *Queue, now time.Time) bool {
	return !now.Before(m.Sent.Add(q.Settings.retention()))
}

// counterBits of a number tell messages of the same millisecond apart.
const counterBits = 22

// sequence is a number greater than those of earlier milliseconds, which this replica has not given before.
func (s *Service) sequence(now time.Time) int64 {
	return now.UnixMilli()<<counterBits | s.numbers.Add(1)&(1<<counterBits-1)
}

// put stores a message at the end of the queue, and wakes those who wait for one.
func (s *Service) put(tx store.Tx, q *Queue, m *Message, now time.Time) error {
	if err := tx.Ring(q.arn()); err != nil {
		return err
	}
	m.Space, m.Here = q.Space, 0
	if m.At.Before(now) {
		m.At = now
	}
	if q.FIFO {
		return s.putInGroup(tx, q, m, now)
	}
	m.Lane = ""
	for {
		m.Number = s.sequence(now)
		if err := messages.Insert(tx, m); !store.IsTaken(err) { // another replica may have given the number
			return errors.Join(err, dues.Insert(tx, m.due()))
		}
	}
}

// rehide moves a message of a standard queue to another time.
func rehide(tx store.Tx, m *Message, from *Due) error {
	to := m.due()
	if from.At.Equal(to.At) {
		return errors.Join(messages.Update(tx, m), dues.Update(tx, to))
	}
	return errors.Join(messages.Update(tx, m), dues.Delete(tx, from.key()), dues.Insert(tx, to))
}

// remove takes a message out of its queue. Its content stays for the queue that it goes to, unless it goes nowhere.
func (s *Service) remove(tx store.Tx, q *Queue, m *Message, now time.Time, forever bool) error {
	if forever && m.Apart {
		if err := larges.Delete(tx, store.K(m.ID)); err != nil && !store.IsAbsent(err) {
			return err
		}
	}
	if q.FIFO {
		return s.removeFromGroup(tx, q, m, now)
	}
	return errors.Join(messages.Delete(tx, m.key()), dues.Delete(tx, m.due().key()))
}
