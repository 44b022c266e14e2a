package seal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// Command lets a program of the operator unwrap the root key, e.g. with a key service, a TPM or an HSM. The wrapped key, made beforehand with
// the same means, goes to its standard input; it answers the key on its standard output: 32 bytes raw, in hexadecimal or in base64.
type Command struct {
	Argv        []string      // program and arguments; no shell is involved
	WrappedPath string        // file that holds the wrapped key
	Timeout     time.Duration // 0 means 30 s
}

const (
	maxWrapped       = 64 << 10
	maxCommandOutput = 4 << 10
)

// Create runs the command: the operator made the key.
func (s Command) Create(ctx context.Context, _ io.Reader) (*RootKey, []byte, error) {
	k, err := s.Open(ctx, nil)
	return k, nil, err
}

// Open runs the command.
func (s Command) Open(ctx context.Context, _ []byte) (*RootKey, error) {
	if len(s.Argv) == 0 {
		return nil, errors.New("seal: the unwrap command is empty")
	}
	wrapped, err := readAtMost(s.WrappedPath, maxWrapped)
	if err != nil {
		return nil, fmt.Errorf("%w: read the wrapped key: %w", ErrNoRootKey, err)
	}
	timeout := s.Timeout
	if timeout == 0 {
		timeout = 30 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.Argv[0], s.Argv[1:]...)
	stdout, stderr := &limitedBuffer{max: maxCommandOutput}, &limitedBuffer{max: 512}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(wrapped), stdout, stderr
	cmd.WaitDelay = time.Second // a grandchild that holds the pipes must not hold us
	defer stdout.wipe()
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("no answer within %s", timeout)
		}
		return nil, fmt.Errorf("seal: unwrap command %s: %v; it said: %q", s.Argv[0], err, stderr.b) // not %w: its exit code is not ours
	}
	k, err := parseKey(stdout.b)
	if err != nil {
		return nil, fmt.Errorf("seal: unwrap command %s: its output is %w", s.Argv[0], err)
	}
	return k, nil
}

func readAtMost(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = fmt.Errorf("%s has more than %d bytes", path, limit)
	}
	return b, err
}

// limitedBuffer keeps the first max bytes and swallows the rest, so that a chatty program neither fills memory nor blocks. An output
// longer than any key stays longer than any key.
type limitedBuffer struct {
	b   []byte
	max int
}

func (l *limitedBuffer) Write(p []byte) (int, error) {
	if l.b == nil {
		l.b = make([]byte, 0, l.max) // never grows: no copies of key material are left behind
	}
	l.b = append(l.b, p[:min(len(p), l.max-len(l.b))]...)
	return len(p), nil
}

func (l *limitedBuffer) wipe() { clear(l.b[:cap(l.b)]) }
