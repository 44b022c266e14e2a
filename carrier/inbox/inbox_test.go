package inbox

import (
	"context"
	"errors"
	"testing"

	"vauban/carrier/smpp/pdu"
	"vauban/engine/sms"
)

func TestShelf(t *testing.T) {
	var s shelf[int]
	s.put(1)
	found := make(chan int)
	go func() {
		got, err := s.wait(t.Context(), func(n int) bool { return n == 3 })
		if err != nil {
			t.Error(err)
		}
		found <- got
	}()
	s.put(2)
	s.put(3)
	if got := <-found; got != 3 || len(s.all()) != 3 {
		t.Errorf("found %d of %v", got, s.all())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.wait(ctx, func(n int) bool { return n == 4 }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if got, err := s.wait(ctx, func(n int) bool { return n == 1 }); got != 1 || err != nil { // what is there needs no time
		t.Errorf("%d, %v", got, err)
	}
}

// TestParts: parts come in any order, and of several texts at a time.
func TestParts(t *testing.T) {
	p, err := OpenPhone(PhoneConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	part := func(reference byte, n int, text string) pdu.Status {
		_, status := p.take(&pdu.Message{To: pdu.Address{Text: "4915112345678"}, Class: pdu.ClassHeader, Text: append(sms.Header(reference, 2, n), text...)}, "s")
		return status
	}
	for _, status := range []pdu.Status{part(1, 2, "b"), part(2, 1, "c"), part(2, 2, "d"), part(1, 1, "a")} {
		if status != pdu.OK {
			t.Error(status)
		}
	}
	if texts := p.Texts(); len(texts) != 2 || texts[0].Body != "cd" || texts[1].Body != "ab" {
		t.Errorf("%+v", texts)
	}
	if _, status := p.take(&pdu.Message{Class: pdu.ClassHeader, Text: []byte{9}}, "s"); status != pdu.InvalidClass {
		t.Errorf("a header cut off: %v", status)
	}
}
