package lambda

import (
	"bytes"
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
)

// line takes a line of the code.
func (l *stream) line(text []byte) {
	if len(text) > maxLine {
		text = text[:maxLine]
	}
	l.note(string(bytes.TrimRight(text, "\n")))
}

// note adds a line. It never waits: what is too much is dropped and counted.
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
	mu      sync.Mutex
	lines   []logLine
	size    int
	dropped int64
	wake    chan struct{}
}

func (b *logBuffer) add(l logLine) {
	b.mu.Lock()
	full := b.size+len(l.text) > maxBuffered
	if full {
		b.dropped++
	} else {
		b.lines = append(b.lines, l)
		b.size += len(l.text) + 64
	}
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

func (b *logBuffer) take() []logLine {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.lines
	b.lines, b.size = nil, 0
	return out
}
