package wire_test

import (
	"bytes"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"

	"vauban/api/wire"
)

// TestEventsAreRead: the SDK's decoder reads what is written.
func TestEventsAreRead(t *testing.T) {
	b := wire.AppendEvent(nil, wire.InitialResponse, []byte("{}"))
	b = wire.AppendEvent(b, "sessionUpdate", []byte(`{"a":1}`))
	b = wire.AppendException(b, "SessionTimeoutException", nil)
	r, d := bytes.NewReader(b), eventstream.NewDecoder()
	for _, want := range []struct{ kind, name, header, payload string }{
		{"event", "initial-response", ":event-type", "{}"}, {"event", "sessionUpdate", ":event-type", `{"a":1}`}, {"exception", "SessionTimeoutException", ":exception-type", ""},
	} {
		m, err := d.Decode(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Headers.Get(":message-type").String(); got != want.kind {
			t.Errorf("message type %s, want %s", got, want.kind)
		}
		if got := m.Headers.Get(want.header).String(); got != want.name || string(m.Payload) != want.payload {
			t.Errorf("%s %s, want %s %s", got, m.Payload, want.name, want.payload)
		}
	}
	if r.Len() > 0 {
		t.Errorf("%d bytes are left", r.Len())
	}
}
