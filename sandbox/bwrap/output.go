//go:build linux && (amd64 || arm64)

package bwrap

import (
	"bytes"
	"context"
	"errors"
	"os"
	"sync"
	"syscall"

	"golang.org/x/time/rate"
)

const (
	maxLine   = 256 << 10 // bytes: the size of a log event ("CloudWatch Logs quotas")
	lineRate  = 2 << 20   // bytes a second that are taken from the code: beyond that, its writes wait
	maxDrain  = 1 << 20   // bytes at the end of an invocation
	chunkSize = 32 << 10
)

// output reads what the code writes, in lines. Who writes faster than lines are taken waits: nothing is kept in memory but one line.
type output struct {
	read, write *os.File
	log         func([]byte)
	rate        *rate.Limiter

	mu      sync.Mutex
	chunk   []byte
	line    []byte
	begun   bool         // the code runs; until then it is bubblewrap that writes
	early   bytes.Buffer // of bubblewrap
	stopped context.CancelFunc
	done    chan struct{}
}

func newOutput(log func([]byte)) (*output, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	if log == nil {
		log = func([]byte) {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	o := &output{read: r, write: w, log: log, rate: rate.NewLimiter(lineRate, 4*lineRate), chunk: make([]byte, chunkSize), stopped: cancel, done: make(chan struct{})}
	go o.follow(ctx)
	return o, nil
}

// started gives this process's end of the pipe away: the code alone writes.
func (o *output) started() { o.write.Close() }

// code says that what comes from now on is the code's.
func (o *output) code() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.begun = true
}

// trouble is what bubblewrap wrote, for the reason why it failed.
func (o *output) trouble() string {
	o.drain()
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(bytes.TrimSpace(o.early.Bytes()))
}

func (o *output) follow(ctx context.Context) {
	defer close(o.done)
	c, err := o.read.SyscallConn()
	if err != nil {
		return
	}
	for {
		n := 0
		err := c.Read(func(fd uintptr) bool {
			o.mu.Lock()
			defer o.mu.Unlock()
			n = o.step(fd)
			return n != again
		})
		if err != nil || n == ended || o.rate.WaitN(ctx, n) != nil {
			return
		}
	}
}

// What step answers beside a number of bytes.
const (
	ended = 0
	again = -1
)

// step reads once, without waiting, and gives whole lines away. The caller holds mu.
func (o *output) step(fd uintptr) int {
	for {
		n, err := syscall.Read(int(fd), o.chunk)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN):
			return again
		case err != nil || n == 0:
			o.flush()
			return ended
		}
		o.take(o.chunk[:n])
		return n
	}
}

func (o *output) take(b []byte) {
	if !o.begun {
		if o.early.Len() < 4096 {
			o.early.Write(b)
		}
		return
	}
	for len(b) > 0 {
		i := bytes.IndexByte(b, '\n')
		part := b
		if i >= 0 {
			part = b[:i]
		}
		if room := maxLine - len(o.line); len(part) > room {
			part, i = part[:room], -1
		}
		o.line = append(o.line, part...)
		b = b[len(part):]
		if i >= 0 {
			b = b[1:]
		}
		if i >= 0 || len(o.line) == maxLine {
			o.emit()
		}
	}
}

func (o *output) emit() {
	o.log(o.line)
	o.line = nil // the log may keep it
}

func (o *output) flush() {
	if len(o.line) > 0 {
		o.emit()
	}
}

// drain takes what the code has written up to now, and ends its line.
func (o *output) drain() {
	c, err := o.read.SyscallConn()
	if err != nil {
		return
	}
	_ = c.Control(func(fd uintptr) {
		o.mu.Lock()
		defer o.mu.Unlock()
		for taken := 0; taken < maxDrain; {
			n := o.step(fd)
			if n <= 0 {
				break
			}
			taken += n
		}
		o.flush()
	})
}

// close ends reading.
func (o *output) close() {
	o.stopped()
	o.drain()
	o.read.Close()
	o.write.Close()
	<-o.done
}
