package lambda

import "testing"

// SQS refuses a message with other characters for good.
func TestResultsFitInMessages(t *testing.T) {
	if got := plain("a\x00b\x7f\tc\uFFFE\uFFFFé" + "é"[:1]); got != "a b\x7f\tc  é" {
		t.Errorf("a message is %q", got)
	}
	if got := string(escaped([]byte("{\"a\":\"\uFFFE\uFFFF\"}"))); got != `{"a":"\uFFFE\uFFFF"}` {
		t.Errorf("a document is %q", got)
	}
}

// A dead-letter queue may be the destination, too: it gets both, and neither takes the other's place on the way.
func TestADeadLetterIsNotTheResult(t *testing.T) {
	result, dead := &parcel{ID: "r", To: "q"}, &parcel{ID: "r", To: "q", Dead: true}
	if result.id() != "r" || dead.id() == result.id() {
		t.Errorf("they are %q and %q", result.id(), dead.id())
	}
}
