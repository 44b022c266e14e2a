package sandbox

import (
	"context"
	"encoding/json"
	"time"
)

// Sandbox starts instances of functions on this host.
type Sandbox interface {
	// Runtimes says for each runtime that is known ("python3.12", "nodejs22.x", "provided.al2023") why it cannot run here: nil when it can.
	Runtimes() map[string]error

	// Start starts an instance, a cold start, and returns when the code waits for its first invocation. An *InitError says that the code failed.
	Start(ctx context.Context, s *Spec) (Instance, error)
}

// Spec is what an instance is made of.
type Spec struct {
	Runtime string
	Handler string   // "app.handler"
	Code    string   // directory, mounted read-only at /var/task: absolute, its files readable by others (0644, 0755), as AWS demands of a package
	Layers  []string // directories, merged in order at /opt, read-only
	Env     []string // "K=V": the function's own and those that the service knows; the sandbox adds what the runtime is (PATH, LANG, _HANDLER ...)
	Memory  int64    // bytes
	Tmp     int64    // bytes of /tmp
	Dial    string   // host:port of the API, which the code reaches under that very address; "" means no network at all
	Init    time.Duration
	Log     func(line []byte) // takes each line that the code writes, in order; bounded in length
}

// Instance is one execution environment. It runs one invocation at a time.
type Instance interface {
	// Invoke runs one invocation, which ends at its deadline at the latest. What the code does is the result, its end too: it timed out, exited, ran
	// out of memory. An error is the host's or the context's, and ends the instance.
	Invoke(ctx context.Context, i *Invocation) (*Result, error)

	// Done is closed when the instance has ended: it takes no more invocations.
	Done() <-chan struct{}

	// Close ends the code and frees what it held. It may be called twice.
	Close() error
}

// Invocation is one event for the code.
type Invocation struct {
	RequestID     string
	FunctionARN   string
	Payload       []byte
	Deadline      time.Time
	ClientContext string
	TraceID       string
}

// Result is what the code answered.
type Result struct {
	Payload   []byte
	Error     *FunctionError // the code answered with an error, or came to its end
	Ended     bool           // with Error: the instance is no more
	Duration  time.Duration
	MaxMemory int64 // bytes; 0 when it cannot be measured
}

// FunctionError is an error that the code, or its end, gave.
type FunctionError struct {
	Type    string // "Runtime.ExitError", "Sandbox.Timedout", "Runtime.OutOfMemory", or the code's own
	Payload json.RawMessage
}

// Error implements error.
func (e *FunctionError) Error() string { return e.Type }

// InitError says that the code did not come up. Its message names no request: there is none yet.
type InitError struct{ FunctionError }
