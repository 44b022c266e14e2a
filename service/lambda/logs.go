package lambda

import (
	"bytes"
	"fmt"
	"sync"
	"time"
)

// stream is the log of one instance.
type stream struct {
	*Service
	function    *Function
	config      *Config
	group, name string

	mu     sync.Mutex
	tail   []byte // of the invocation that runs
	opened bool   // the stream is there
	mute   time.Time
}

const (
	maxTail     = 4096 // bytes that LogResult has
	maxLine     = 256 << 10
	maxBuffered = 16 << 20 // bytes of all logs of a replica that wait
	maxShare    = 4 << 20  // of them, of one instance
)

// line takes a line of the code.
func (l *stream) line(text []byte) {
	if len(text) > maxLine {
		text = text[:maxLine]
	}
	l.note(string(bytes.TrimRight(text, "\n")))
}

// note adds a line. It never waits: what is too much is lost, and the log says so.
func (l *stream) note(text string) {
	l.mu.Lock()
	l.tail = append(append(l.tail, text...), '\n')
	if len(l.tail) > 2*maxTail {
		l.tail = append(l.tail[:0], l.tail[len(l.tail)-maxTail:]...)
	}
	l.mu.Unlock()
	l.logs.add(logLine{l, l.Clock(), text})
}

// begin notes the start of an invocation.
func (l *stream) begin(id, version string) {
	l.mu.Lock()
	l.tail = l.tail[:0]
	l.mu.Unlock()
	l.note("START RequestId: " + id + " Version: " + version)
}

// finish notes the end of an invocation and returns the tail of its log.
func (l *stream) finish(id string, r report) []byte {
	l.note("END RequestId: " + id)
	l.note(r.String())
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.tail[max(0, len(l.tail)-maxTail):])
}

// logLine is a line on its way to CloudWatch Logs.
type logLine struct {
	stream *stream
	time   time.Time
	text   string
}

// logBuffer is what waits to be sent to CloudWatch Logs.
type logBuffer struct {
	mu     sync.Mutex
	lines  []logLine
	size   int
	shares map[*stream]*share
	wake   chan struct{}
}

// share is what one stream has of the buffer.
type share struct {
	size int
	lost int64 // lines that found no room
}

// add keeps a line, if there is room for it: in all, and in its stream's share, so that one function that babbles does not silence the others.
func (b *logBuffer) add(l logLine) {
	b.mu.Lock()
	mine := b.shares[l.stream]
	if mine == nil {
		if b.shares == nil {
			b.shares = map[*stream]*share{}
		}
		mine = &share{}
		b.shares[l.stream] = mine
	}
	size := len(l.text) + 64
	if b.size+size > maxBuffered || mine.size+size > maxShare {
		mine.lost++
	} else {
		b.lines = append(b.lines, l)
		b.size += size
		mine.size += size
	}
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// take empties the buffer. A stream that lost lines is told so at its end.
func (b *logBuffer) take(now time.Time) []logLine {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.lines
	for l, mine := range b.shares {
		if mine.lost > 0 {
			out = append(out, logLine{l, now, fmt.Sprintf("%d lines were lost here: the function wrote faster than its log takes them", mine.lost)})
		}
	}
	b.lines, b.size, b.shares = nil, 0, nil
	return out
}
