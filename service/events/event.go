package events

import (
	"bytes"
	"encoding/json"
	"time"

	"vauban/engine/pattern"
)

// envelope is an event as it is written. User Guide: "EventBridge event structure".
type envelope struct {
	Version    string          `json:"version"`
	ID         string          `json:"id"`
	DetailType string          `json:"detail-type"`
	Source     string          `json:"source"`
	Account    string          `json:"account"`
	Time       string          `json:"time"`
	Region     string          `json:"region"`
	ReplayName string          `json:"replay-name,omitempty"`
	Resources  []string        `json:"resources"`
	Detail     json.RawMessage `json:"detail"`
}

// event is an event on its way through a bus.
type event struct {
	envelope
	text     []byte
	decoded  *pattern.Event
	received time.Time
	hops     []string  // ARNs of the buses that it was on before
	copies   int       // of it that rules may have made on these; 0 means that it is the only one
	readOnly bool      // a management event of CloudTrail that only reads
	recorded time.Time // when CloudTrail recorded it; zero for other events
	trace    string    // header of X-Ray that came with it
	only     []string  // ARNs of the only rules that a replay is for; none means all
}

// newEvent writes an event, and reads it again for the patterns.
func newEvent(e envelope, received time.Time) (*event, error) {
	e.Version = "0"
	if e.Resources == nil {
		e.Resources = []string{}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return nil, err
	}
	return readEvent(bytes.TrimSuffix(b.Bytes(), []byte("\n")), received)
}

// readEvent reads an event that was written before.
func readEvent(text []byte, received time.Time) (*event, error) {
	out := &event{text: text, received: received}
	if err := json.Unmarshal(text, &out.envelope); err != nil {
		return nil, err
	}
	var err error
	out.decoded, err = pattern.Decode(text)
	return out, err
}

// timeText is a time as events have it: to the second.
func timeText(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// when is the event's time.
func (e *event) when() time.Time {
	t, err := time.Parse(time.RFC3339, e.Time)
	if err != nil {
		return e.received
	}
	return t
}
