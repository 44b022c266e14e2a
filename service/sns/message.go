package sns

import (
	"fmt"
	"io"
	"time"

	"vauban/service"
	"vauban/store"
)

// Message is one message that waits to be delivered. It goes when all its deliveries have ended.
type Message struct {
	ID                     string
	Space                  string // of its topic; "" for one that goes straight to a phone
	Account, Region, Topic string
	Published              time.Time

	Trace  string    `json:",omitempty"` // X-Amzn-Trace-Id of the publication
	Group  string    `json:",omitempty"` // MessageGroupId
	Dedup  string    `json:",omitempty"` // MessageDeduplicationId
	Number int64     `json:",omitempty"` // of a FIFO topic's
	After  store.Key `json:",omitempty"` // subscriptions up to here have their deliveries
	Fanned bool      `json:",omitempty"` // all have
	Lock   *Lock     `json:",omitempty"` // its content is under a key of KMS
}

// Lock is the data key of a message, encrypted by KMS, and in whose name it is opened again.
type Lock struct {
	Wrapped   []byte
	Publisher service.Caller
}

var messages = &store.Table[Message]{
	Name: "sns.message",
	Key:  func(m *Message) store.Key { return store.K(m.ID) },
}

// Sealed is the content of a message.
type Sealed struct {
	ID      string
	Content []byte
}

var contents = &store.Table[Sealed]{
	Name: "sns.content",
	Key:  func(x *Sealed) store.Key { return store.K(x.ID) },
}

// Content is what a message says.
type Content struct {
	Body       string
	Bodies     map[string]string    `json:",omitempty"` // by protocol, where they differ: MessageStructure is json
	Subject    string               `json:",omitempty"`
	Attributes map[string]Attribute `json:",omitempty"`
}

// body is what is delivered by the protocol.
func (c *Content) body(protocol string) string {
	if b, ok := c.Bodies[protocol]; ok {
		return b
	}
	return c.Body
}

// Pending is a delivery that has not ended.
type Pending struct {
	Message string
	Space   string // of the subscription
	ID      string // of the subscription; the number for a message to a phone
	Created time.Time
	Tries   int  `json:",omitempty"` // that failed
	Dead    bool `json:",omitempty"` // only its dead-letter queue is tried now
	// Reason is why the delivery failed for good, Status the code of the answer, for a delivery that is on its way to its dead-letter queue.
	Reason string `json:",omitempty"`
}

var pendings = &store.Table[Pending]{
	Name: "sns.pending",
	Key:  func(p *Pending) store.Key { return store.K(p.Message, p.ID) },
}

func (m *Message) topicARN() string { return topicARN(m.Account, m.Region, m.Topic) }

// sequenceNumber is how a number is shown: twenty digits.
func sequenceNumber(n int64) string { return fmt.Sprintf("1%019d", n) }

// newID is a random UUID.
func newID(r io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return "", fmt.Errorf("random ID: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}
