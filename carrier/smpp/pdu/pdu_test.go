package pdu

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// units of each kind.
func units() []*PDU {
	return []*PDU{
		{Command: BindTransmitter, Sequence: 1, Body: &Bind{SystemID: "SMPP3TEST", Password: "secret08", SystemType: "SUBMIT1", Version: 0, Range: Address{1, 1, ""}}},
		{Command: BindTransceiver.Response(), Sequence: 1, Body: &BindResponse{SystemID: "smsc", Parameters: []Parameter{{InterfaceVersion, []byte{Version}}}}},
		{Command: BindTransmitter.Response(), Status: InvalidPassword, Sequence: 1},
		{Command: SubmitSM, Sequence: 2, Body: &Message{
			ServiceType: "CMT", Source: Address{TONAlphanumeric, NPIUnknown, "Vauban"}, To: Address{TONInternational, NPIE164, "4915112345678"}, Class: ClassHeader, Registered: 1, Coding: 8,
			Text: []byte{5, 0, 3, 1, 2, 1, 0xd8, 0x3d}, Parameters: []Parameter{{MessagePayload, []byte("x")}, {0x1234, []byte{}}},
		}},
		{Command: SubmitSM.Response(), Sequence: 2, Body: &MessageResponse{ID: "0a1b"}},
		{Command: SubmitSM.Response(), Status: Throttled, Sequence: 3},
		{Command: DeliverSM, Sequence: 1, Body: &Message{Class: ClassReceipt, Text: []byte("id:0a1b stat:DELIVRD")}},
		{Command: EnquireLink, Sequence: 4},
		{Command: EnquireLink.Response(), Sequence: 4},
		{Command: Unbind, Sequence: 5},
		{Command: GenericNack, Status: InvalidCommand, Sequence: 6},
		{Command: 0x00000103, Sequence: 7},
	}
}

func TestRoundTrip(t *testing.T) {
	var stream []byte
	for _, p := range units() {
		var err error
		if stream, err = Append(stream, p); err != nil {
			t.Fatalf("%#x: %v", p.Command, err)
		}
	}
	r := bytes.NewReader(stream)
	for _, want := range units() {
		got, err := Read(r)
		if err != nil {
			t.Fatalf("%#x: %v", want.Command, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%#x: %s", want.Command, diff)
		}
	}
	if _, err := Read(r); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

// TestSpecification is the example of section 3.2.3 of the specification.
func TestSpecification(t *testing.T) {
	want, err := hex.DecodeString(strings.ReplaceAll("00 00 00 2F 00 00 00 02 00 00 00 00 00 00 00 01 53 4D 50 50 33 54 45 53 54 00 73 65 63 72 65 74 30 38 00 53 55 42 4D 49 54 31 00 00 01 01 00", " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Append(nil, units()[0])
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v\n% x\n% x", err, got, want)
	}
}

func TestTooLongFields(t *testing.T) {
	for name, b := range map[string]Body{
		"system_id":        &Bind{SystemID: strings.Repeat("a", 16)},
		"password":         &Bind{Password: strings.Repeat("a", 9)},
		"a zero":           &Bind{SystemID: "a\x00b"},
		"destination_addr": &Message{To: Address{Text: strings.Repeat("1", 21)}},
		"short_message":    &Message{Text: make([]byte, 255)},
		"parameter":        &Message{Parameters: []Parameter{{MessagePayload, make([]byte, 1<<16)}}},
		"message_id":       &MessageResponse{ID: strings.Repeat("a", 65)},
	} {
		if _, err := Append(nil, &PDU{Command: SubmitSM, Body: b}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMalformed(t *testing.T) {
	for name, c := range map[string]struct {
		octets string
		want   error
	}{
		"no room for a header":   {"0000000f 00000015 00000000 000001", ErrLength},
		"a unit of 4 GiB":        {"ffffffff 00000015 00000000 00000001", ErrLength},
		"longer than it says":    {"00000010 00000015 00000000 00000001 00", nil}, // the octet belongs to the next unit
		"a body that is missing": {"00000010 00000004 00000000 00000001", ErrMalformed},
		"a text without end":     {"00000014 80000004 00000000 00000001 61616161", ErrMalformed},
		"octets at the end":      {"00000013 80000004 00000000 00000001 610001", ErrMalformed},
		"a parameter cut off":    {"00000016 80000004 00000000 00000001 610004240001", ErrMalformed},
		"ends within":            {"00000011 00000015 00000000 00000001", io.ErrUnexpectedEOF},
	} {
		b, err := hex.DecodeString(strings.ReplaceAll(c.octets, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		p, err := Read(bytes.NewReader(b))
		if !errors.Is(err, c.want) || errors.Is(err, ErrMalformed) && (p == nil || p.Sequence != 1) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, p := range units() {
		b, err := Append(nil, p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Parse(b)
		if err != nil || p.Body == nil {
			return
		}
		again, err := Append(nil, p)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if !bytes.Equal(again, b) {
			t.Errorf("% x became % x", b, again)
		}
	})
}
