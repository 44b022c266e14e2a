package sns

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"
	"unicode/utf8"

	api "vauban/api/sns"
	"vauban/api/wire"
)

// maxMessage is the largest message with its attributes, and the largest batch, in bytes. API reference: "Publish".
const maxMessage = 256 << 10

// readContent reads what a message says, without a topic to say what else it must have.
func readContent(e *api.PublishBatchRequestEntry) (*letter, error) {
	l := &letter{entry: e, content: Content{Body: wire.Text(e.Message), Subject: wire.Text(e.Subject)}}
	var err error
	if l.content.Attributes, l.size, err = attributesOf(e.MessageAttributes); err != nil {
		return nil, err
	}
	l.size += len(l.content.Body)
	switch {
	case l.content.Body == "":
		return nil, invalid("Empty message")
	case !utf8.ValidString(l.content.Body):
		return nil, invalid("Message Reason: it is not UTF-8")
	case l.size > maxMessage:
		return l, invalid("Message too long")
	case e.Subject != nil && !isSubject(l.content.Subject):
		return l, invalid("Subject")
	}
	return l, l.readStructure()
}

// isSubject: UTF-8 without line breaks and control characters, fewer than a hundred of them. API reference: "Publish".
func isSubject(s string) bool {
	return s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= 100 && !strings.ContainsFunc(s, isControl)
}

// readStructure takes the messages of each protocol out of a JSON body.
func (l *letter) readStructure() error {
	switch wire.Text(l.entry.MessageStructure) {
	case "":
		return nil
	case "json":
	default:
		return invalid("MessageStructure Reason: only json is a structure")
	}
	var all map[string]any
	if json.Unmarshal([]byte(l.content.Body), &all) != nil {
		return invalid("Message Structure - JSON message body failed to parse")
	}
	text, ok := all["default"].(string)
	if !ok {
		return invalid("Message Structure - No default entry in JSON message body")
	}
	l.content.Body, l.content.Bodies = text, map[string]string{}
	for _, p := range []string{bySQS, byLambda, byHTTP, byHTTPS, byEmail, byEmailJSON, bySMS} {
		if b, ok := all[p].(string); ok {
			l.content.Bodies[p] = b
		}
	}
	return nil
}

// read checks a message against the topic. A letter comes back also with an error, when its size is known.
func (t *Topic) read(e *api.PublishBatchRequestEntry) (*letter, error) {
	l, err := readContent(e)
	if err != nil {
		return l, err
	}
	return l, t.readGroup(l)
}

// identifier is what a group or a deduplication ID looks like.
var identifier = regexp.MustCompile("^[A-Za-z0-9!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~]{1,128}$")

func (t *Topic) readGroup(l *letter) error {
	m := &l.message
	m.Group, m.Dedup = wire.Text(l.entry.MessageGroupId), wire.Text(l.entry.MessageDeduplicationId)
	switch {
	case !t.FIFO && l.entry.MessageDeduplicationId != nil:
		return invalid("MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type")
	case t.FIFO && m.Group == "":
		return invalid("The MessageGroupId parameter is required for FIFO topics")
	case m.Group != "" && !identifier.MatchString(m.Group):
		return invalid("MessageGroupId Reason: letters, digits and punctuation, 1 to 128")
	case m.Dedup != "" && !identifier.MatchString(m.Dedup):
		return invalid("MessageDeduplicationId Reason: letters, digits and punctuation, 1 to 128")
	case !t.FIFO || m.Dedup != "":
		return nil
	case !t.Settings.ContentDeduplication:
		return invalid("The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly")
	}
	sum := sha256.Sum256([]byte(wire.Text(l.entry.Message)))
	m.Dedup = hex.EncodeToString(sum[:])
	return nil
}
