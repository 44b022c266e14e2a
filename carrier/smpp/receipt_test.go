package smpp

import (
	"testing"

	"vauban/carrier/smpp/pdu"
	"vauban/engine/sms"
)

// TestReceipt: whatever coding and layout a centre chooses, the text of the message is not in the log.
func TestReceipt(t *testing.T) {
	wide := func(s string) []byte {
		var out []byte
		for _, c := range s {
			out = append(out, byte(c>>8), byte(c))
		}
		return out
	}
	const all = "id:7 sub:001 dlvrd:001 submit date:2601020304 done date:2601020305 stat:DELIVRD err:000"
	const fields = "id:7 sub:001 dlvrd:001 date:2601020304 date:2601020305 stat:DELIVRD err:000"
	for _, c := range []struct {
		coding byte
		text   []byte
		want   string
	}{
		{0, []byte(all + " text:code 1234"), fields},
		{1, []byte(all + " Text:code 1234"), fields},
		{3, []byte(all + " TEXT:id:1234"), fields},
		{8, wide(all + " text:code 1234"), fields},
		{8, wide("id:7 your code is 1234"), "id:7"},
		{0, wide("text:code 1234"), ""}, // a centre that forgets to say that it writes UCS-2
		{8, []byte("odd"), "unreadable"},
		{4, []byte("text:code 1234"), "unreadable"}, // of no alphabet
		{0, []byte("id:" + string(make([]byte, 70))), ""},
	} {
		if got := receipt(&pdu.Message{Class: pdu.ClassReceipt, Coding: c.coding, Text: c.text}); got != c.want {
			t.Errorf("coding %d, %q: %q, want %q", c.coding, c.text, got, c.want)
		}
	}
}

// FuzzReceipt: nothing but what a field can hold comes out.
func FuzzReceipt(f *testing.F) {
	f.Add(byte(sms.UCS2), []byte("id:7 text:x"), byte(0))
	f.Fuzz(func(t *testing.T, coding byte, text []byte, class byte) {
		for _, c := range receipt(&pdu.Message{Class: class, Coding: coding, Text: text}) {
			if notOfField(c) && c != ':' && c != ' ' {
				t.Fatalf("%q comes out", c)
			}
		}
	})
}
