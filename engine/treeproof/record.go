package treeproof

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// EventID is the record's eventID, "" when it has none.
func EventID(record []byte) string {
	var r struct {
		EventID string `json:"eventID"`
	}
	if json.Unmarshal(record, &r) != nil {
		return ""
	}
	return r.EventID
}

// MaxDelivered bounds a delivered file in bytes, unpacked.
const MaxDelivered = 256 << 20

// ErrNoRecord says that a file has no record of the event.
var ErrNoRecord = errors.New("the file holds no record of this event")

// Delivered finds the record of the event in what CloudTrail gives out: a log file (also gzipped), an answer of LookupEvents, or a record alone. Its
// bytes are those of the file.
func Delivered(file []byte, eventID string) ([]byte, error) {
	b, err := unpacked(file)
	if err != nil {
		return nil, err
	}
	var all struct {
		Records []json.RawMessage
		Events  []struct{ CloudTrailEvent string }
	}
	if err := json.Unmarshal(b, &all); err != nil {
		return nil, errors.New("the file is not JSON: give a log file, an answer of LookupEvents, or a record")
	}
	records := all.Records
	for _, e := range all.Events {
		records = append(records, json.RawMessage(e.CloudTrailEvent))
	}
	if all.Records == nil && all.Events == nil {
		records = []json.RawMessage{bytes.TrimSpace(b)}
	}
	for _, r := range records {
		if EventID(r) == eventID {
			return r, nil
		}
	}
	return nil, ErrNoRecord
}

func unpacked(file []byte) ([]byte, error) {
	if !bytes.HasPrefix(file, []byte{0x1f, 0x8b}) {
		return file, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("unpack the file: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(z, MaxDelivered+1))
	if err == nil && len(b) > MaxDelivered {
		err = fmt.Errorf("it has more than %d bytes", MaxDelivered)
	}
	if err != nil {
		return nil, fmt.Errorf("unpack the file: %w", err)
	}
	return b, nil
}

// SameButSpaces reports whether two records differ in nothing but spaces and line ends outside of strings.
func SameButSpaces(a, b []byte) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}
