//go:build linux && (amd64 || arm64)

package bwrap

import (
	"context"
	"errors"
	"os"

	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vauban/sandbox"
)

// shared is the host that most tests use: trying out all interpreters takes seconds. TestMain closes it.
type shared struct {
	once sync.Once
	host *Host
	err  error
	dir  string
}

var theHost shared

func sharedHost(t testing.TB) *Host {
	t.Helper()
	needBubblewrap(t)
	theHost.once.Do(func() {
		if theHost.dir, theHost.err = os.MkdirTemp("", "sandbox-test-"); theHost.err == nil {
			theHost.host, theHost.err = New(context.Background(), Config{Dir: filepath.Join(theHost.dir, "host")})
		}
	})
	if theHost.err != nil {
		t.Fatal(theHost.err)
	}
	return theHost.host
}

// close ends the host, and says what it left behind.
func (s *shared) close() error {
	if s.host == nil {
		return nil
	}
	return errors.Join(s.host.Close(), os.RemoveAll(s.dir))
}

func needBubblewrap(t testing.TB) {
	t.Helper()
	if _, err := exec.LookPath("bwrap"); err != nil {
		t.Skip("SKIP: bubblewrap is not installed: apt-get install bubblewrap")
	}
}

// newHost starts a host, or skips where bubblewrap or namespaces are not to be had.
func newHost(t testing.TB) *Host {
	t.Helper()
	needBubblewrap(t)
	h, err := New(t.Context(), Config{Dir: filepath.Join(t.TempDir(), "sandbox")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// journal keeps lines.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(line []byte) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, string(line))
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Join(j.lines, "\n")
}

// pythonRuntime is the first that this host has.
func pythonRuntime(t testing.TB, h *Host) string {
	t.Helper()
	return firstRuntime(t, h, "python")
}

func firstRuntime(t testing.TB, h *Host, language string) string {
	t.Helper()
	for _, name := range known {
		if strings.HasPrefix(name, language) && h.Runtimes()[name] == nil {
			return name
		}
	}
	t.Skipf("SKIP: this host has no %s that a sandbox can use: %v", language, h.Runtimes())
	return ""
}

// code writes a package.
func code(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := place(filepath.Join(dir, name), []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const mb = 1 << 20

// invocation is an event with time enough.
func invocation(payload string) *sandbox.Invocation {
	return &sandbox.Invocation{
		RequestID: "8476a536-e9f4-11e8-9739-2dfe598c3fcd", FunctionARN: "arn:aws:lambda:us-east-1:123456789012:function:f",
		Payload: []byte(payload), Deadline: time.Now().Add(time.Minute),
	}
}

// start starts an instance that the test's end closes.
func start(t testing.TB, h *Host, s *sandbox.Spec) sandbox.Instance {
	t.Helper()
	if s.Memory == 0 {
		s.Memory = 512 * mb
	}
	if s.Init == 0 {
		s.Init = time.Minute
	}
	in, err := h.Start(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.Close(); err != nil {
			t.Error(err)
		}
	})
	return in
}

func TestPython(t *testing.T) {
	h := sharedHost(t)
	var log journal
	in := start(t, h, &sandbox.Spec{
		Runtime: pythonRuntime(t, h), Handler: "app.handler", Log: log.add, Env: []string{"COLOUR=blue"},
		Code: code(t, map[string]string{"app.py": `
import os
def handler(event, context):
    print("hello", event["name"])
    return {"colour": os.environ["COLOUR"], "id": context.aws_request_id, "left": context.get_remaining_time_in_millis() > 1000}
`}),
	})
	for range 3 {
		r, err := in.Invoke(t.Context(), invocation(`{"name":"Ada"}`))
		if err != nil {
			t.Fatal(err)
		}
		want := `{"colour": "blue", "id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd", "left": true}`
		if string(r.Payload) != want || r.Error != nil || r.Ended {
			t.Fatalf("%+v: %s, want %s", r, r.Payload, want)
		}
		t.Log(r.Duration, r.MaxMemory)
	}
	if log.String() != "hello Ada\nhello Ada\nhello Ada" {
		t.Errorf("log %q", log.String())
	}
}
