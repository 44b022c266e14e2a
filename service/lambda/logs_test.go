package lambda

import (
	"strings"
	"testing"
	"time"
)

// TestBabbler: a stream that writes without end loses lines, is told how many, and takes none from others.
func TestBabbler(t *testing.T) {
	b := &logBuffer{wake: make(chan struct{}, 1)}
	babbler, quiet := &stream{name: "babbler"}, &stream{name: "quiet"}
	now := time.Unix(1, 0)
	line := strings.Repeat("x", 1<<20)
	for range 10 {
		b.add(logLine{babbler, now, line})
	}
	b.add(logLine{quiet, now, "hello"})
	count := map[*stream]int{}
	said := ""
	for _, l := range b.take(now) {
		if count[l.stream]++; l.stream == babbler {
			said = l.text
		} else if l.text != "hello" {
			t.Errorf("the quiet one is told %q", l.text)
		}
	}
	if count[babbler] != 4 || count[quiet] != 1 || said != "7 lines were lost here: the function wrote faster than its log takes them" {
		t.Errorf("%d and %d lines, the last is %.80q", count[babbler], count[quiet], said)
	}
	if b.add(logLine{babbler, now, line}); len(b.take(now)) != 1 {
		t.Error("there is no room after all was taken")
	}
}
