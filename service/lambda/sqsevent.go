package lambda

import (
	"encoding/json"
	"slices"

	"vauban/api/sqs"
	"vauban/api/wire"
	"vauban/engine/pattern"
)

// sqsRecord is a message as functions see it. Developer guide: "Using Lambda with Amazon SQS", example event.
type sqsRecord struct {
	MessageID         string                  `json:"messageId"`
	ReceiptHandle     string                  `json:"receiptHandle"`
	Body              any                     `json:"body"`
	Attributes        map[string]string       `json:"attributes"`
	MessageAttributes map[string]sqsAttribute `json:"messageAttributes"`
	MD5OfAttributes   string                  `json:"md5OfMessageAttributes,omitempty"`
	MD5OfBody         string                  `json:"md5OfBody"`
	EventSource       string                  `json:"eventSource"`
	EventSourceARN    string                  `json:"eventSourceARN"`
	AWSRegion         string                  `json:"awsRegion"`
}

type sqsAttribute struct {
	StringValue      *string  `json:"stringValue,omitempty"`
	BinaryValue      []byte   `json:"binaryValue,omitempty"`
	StringListValues []string `json:"stringListValues"`
	BinaryListValues []string `json:"binaryListValues"`
	DataType         string   `json:"dataType"`
}

func recordOf(m *sqs.Message, from *Mapping) *sqsRecord {
	r := &sqsRecord{
		MessageID: wire.Text(m.MessageId), ReceiptHandle: wire.Text(m.ReceiptHandle), Body: wire.Text(m.Body), Attributes: m.Attributes,
		MessageAttributes: map[string]sqsAttribute{}, MD5OfAttributes: wire.Text(m.MD5OfMessageAttributes), MD5OfBody: wire.Text(m.MD5OfBody),
		EventSource: "aws:sqs", EventSourceARN: from.Source, AWSRegion: from.Region,
	}
	for k, v := range m.MessageAttributes {
		r.MessageAttributes[k] = sqsAttribute{
			StringValue: v.StringValue, BinaryValue: v.BinaryValue, StringListValues: []string{}, BinaryListValues: []string{}, DataType: wire.Text(v.DataType),
		}
	}
	return r
}

// sqsEvent is the event of a batch.
func sqsEvent(batch []sqs.Message, from *Mapping) ([]byte, error) {
	var e struct{ Records []*sqsRecord }
	for i := range batch {
		e.Records = append(e.Records, recordOf(&batch[i], from))
	}
	return json.Marshal(e)
}

// matcher decides which messages count. Developer guide: "Using event filtering with an Amazon SQS event source".
type matcher []filter

type filter struct {
	*pattern.Pattern
	json bool // the pattern looks into the body: a body that is no JSON does not match
}

func compile(filters []string) (matcher, error) {
	var out matcher
	for _, text := range filters {
		p, err := pattern.Compile([]byte(text))
		if err != nil {
			return nil, err
		}
		var shape struct{ Body json.RawMessage }
		_ = json.Unmarshal([]byte(text), &shape) // it has compiled
		out = append(out, filter{p, len(shape.Body) > 0 && shape.Body[0] == '{'})
	}
	return out, nil
}

// takes reports whether a message matches a filter, or there is none.
func (all matcher) takes(m *sqs.Message, from *Mapping) bool {
	if len(all) == 0 {
		return true
	}
	for _, f := range all {
		r := recordOf(m, from)
		if f.json {
			var object map[string]any
			if json.Unmarshal([]byte(wire.Text(m.Body)), &object) != nil {
				continue
			}
			r.Body = json.RawMessage(wire.Text(m.Body))
		}
		text, err := json.Marshal(r)
		if err != nil {
			continue
		}
		if e, err := pattern.Decode(text); err == nil && f.Match(e) {
			return true
		}
	}
	return false
}

// succeeded are the messages that a function does not report as failed. An answer that cannot be read is a failure of all. Developer guide: "Handling
// errors for an SQS event source in Lambda", partial batch responses.
func succeeded(batch []sqs.Message, answer []byte) []sqs.Message {
	var report struct {
		Failures []struct {
			ID *string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if string(answer) == "null" || len(answer) == 0 {
		return batch
	}
	if json.Unmarshal(answer, &report) != nil {
		return nil
	}
	var failed []string
	for _, f := range report.Failures {
		if f.ID == nil || *f.ID == "" {
			return nil
		}
		failed = append(failed, *f.ID)
	}
	var out []sqs.Message
	for _, m := range batch {
		if !slices.Contains(failed, wire.Text(m.MessageId)) {
			out = append(out, m)
		}
	}
	for _, id := range failed {
		if !slices.ContainsFunc(batch, func(m sqs.Message) bool { return wire.Text(m.MessageId) == id }) {
			return nil // of another batch: nothing is known of this one
		}
	}
	return out
}
