package lambda

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	api "vauban/api/lambda"
	"vauban/sandbox"
	"vauban/service"
)

// event is what a function is invoked with.
type event struct {
	id      string // request ID
	payload []byte
	context string // of the client
	trace   string // X-Amzn-Trace-Id: of who invokes, and once it runs of what the function does

	admitted bool // it is a batch without loops: each of its messages was looked at, and all together say more than any of them
}

// outcome is what an invocation came to.
type outcome struct {
	payload  []byte
	failed   bool // the function answered with an error, or ended without an answer
	kind     string
	tail     []byte // of its log
	duration time.Duration
}

// maxAnswer is the largest answer of a function. Developer guide: "Lambda quotas".
const maxAnswer = 6291556

// run invokes a version, on a warm instance where there is one, and waits for its answer. The error is Lambda's: the code was not, or not whole, run.
func (s *Service) run(c *service.Call, door service.Door, x *subject, e *event) (*outcome, error) {
	f, v := x.function, x.config
	if s.Sandbox == nil {
		return nil, s.runs(v.Runtime)
	}
	if err := s.extend(x, e); err != nil {
		return nil, err
	}
	leave, why := s.pools.enter(f)
	if why != "" {
		s.measure(x, "Throttles", 1, "Count")
		return nil, throttled(why)
	}
	defer leave()
	s.measure(x, "ConcurrentExecutions", float64(s.pools.concurrency(f)), "Count")
	out, err := s.perform(c, door, x, e)
	if err != nil {
		return nil, err
	}
	s.measure(x, "Invocations", 1, "Count")
	s.measure(x, "Errors", map[bool]float64{true: 1}[out.failed], "Count")
	s.measure(x, "Duration", float64(out.duration.Microseconds())/1000, "Milliseconds")
	return out, nil
}

func throttled(why reason) error {
	return api.TooManyRequestsException.New("Rate Exceeded.").With("Reason", string(why)).With("Type", "User")
}

func (s *Service) perform(c *service.Call, door service.Door, x *subject, e *event) (*outcome, error) {
	f, v := x.function, x.config
	i, q, none := s.pools.take(f, v)
	if none {
		s.measure(x, "Throttles", 1, "Count")
		return nil, throttled(accountReached)
	}
	if i == nil {
		var err error
		if i, err = s.start(c, door, f, v, "on-demand"); err != nil {
			s.pools.lost(q, problemOfStart(err))
			return s.notStarted(f, v, e, err)
		}
		s.pools.started(i, q)
	}
	out, alive := s.on(c, i, x, e)
	s.pools.put(i, q, alive)
	return out, nil
}

// notStarted tells an error of the code at its start from one of Lambda.
func (s *Service) notStarted(f *Function, v *Config, e *event, err error) (*outcome, error) {
	var failed *sandbox.InitError
	if !errors.As(err, &failed) {
		s.forget(f, v)
		return nil, asLambda(err)
	}
	return &outcome{payload: failure(e.id, &failed.FunctionError, 0), failed: true, kind: failed.Type}, nil
}

// on runs one invocation on an instance, and tells its log of it. alive says whether the instance can take another.
func (s *Service) on(c *service.Call, i *instance, x *subject, e *event) (out *outcome, alive bool) {
	v := x.config
	limit := time.Duration(v.Timeout) * time.Second
	log := i.stream
	log.begin(e.id, v.Version)
	begin := s.Clock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c), limit+5*time.Second) // in case that the sandbox does not end it
	r, err := i.Invoke(ctx, &sandbox.Invocation{
		RequestID: e.id, FunctionARN: x.name.arn(), Payload: e.payload, Deadline: begin.Add(limit), ClientContext: e.context, TraceID: e.trace,
	})
	cancel()
	out = &outcome{duration: s.Clock().Sub(begin)}
	alive = err == nil && !r.Ended
	var ended *sandbox.FunctionError
	memory := int64(0)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		ended = &sandbox.FunctionError{Type: timedOut}
	case err != nil:
		ended = &sandbox.FunctionError{Type: "Runtime.ExitError"}
	default:
		out.payload, ended, memory = r.Payload, r.Error, r.MaxMemory
		if r.Duration > 0 {
			out.duration = r.Duration
		}
	}
	if ended == nil && len(out.payload) > maxAnswer {
		ended = &sandbox.FunctionError{Type: "Function.ResponseSizeTooLarge", Payload: mustJSON(map[string]string{
			"errorMessage": fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", maxAnswer), "errorType": "Function.ResponseSizeTooLarge",
		})}
	}
	if ended != nil {
		out.failed, out.kind, out.payload = true, ended.Type, failure(e.id, ended, limit)
		switch ended.Type {
		case timedOut:
			out.duration = limit
			log.note(fmt.Sprintf("%s %s Task timed out after %.2f seconds", s.Clock().UTC().Format("2006-01-02T15:04:05.000Z"), e.id, limit.Seconds()))
			alive = false
		case "Runtime.ExitError", "Runtime.OutOfMemory":
			log.note("RequestId: " + e.id + " Error: " + messageOf(out.payload))
			alive = false
		}
	}
	out.tail = log.finish(e.id, report{
		id: e.id, duration: out.duration, memory: int64(v.Memory), used: memory, init: i.init,
	})
	i.init = 0
	return out, alive
}

const timedOut = "Sandbox.Timedout"

// failure is the answer of an invocation that failed, as AWS words it.
func failure(id string, e *sandbox.FunctionError, limit time.Duration) []byte {
	switch {
	case e.Type == timedOut && limit > 0:
		return mustJSON(errorAnswer{Type: timedOut, Message: fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", id, limit.Seconds())})
	case json.Valid(e.Payload):
		return e.Payload
	case e.Type == "Runtime.ExitError", e.Type == "Runtime.OutOfMemory":
		text := "Runtime exited without providing a reason"
		if e.Type == "Runtime.OutOfMemory" {
			text, e = "Runtime exited with error: signal: killed", &sandbox.FunctionError{Type: "Runtime.ExitError"}
		}
		return mustJSON(errorAnswer{Type: e.Type, Message: "RequestId: " + id + " Error: " + text})
	}
	return mustJSON(errorAnswer{Type: e.Type, Message: "RequestId: " + id + " Error: " + e.Type})
}

// errorAnswer is how Lambda tells of an error.
type errorAnswer struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

func messageOf(payload []byte) string {
	var a errorAnswer
	if json.Unmarshal(payload, &a) != nil {
		return ""
	}
	_, after, ok := strings.Cut(a.Message, " Error: ")
	if ok {
		return after
	}
	return a.Message
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings only
	}
	return b
}

// report is the line that ends an invocation.
type report struct {
	id           string
	duration     time.Duration
	memory, used int64 // MB, bytes
	init         time.Duration
}

func (r report) String() string {
	ms := float64(r.duration.Microseconds()) / 1000
	text := fmt.Sprintf("REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %.0f ms\tMemory Size: %d MB\t", r.id, ms, math.Ceil(ms), r.memory)
	if r.used > 0 {
		text += fmt.Sprintf("Max Memory Used: %d MB\t", (r.used+1<<20-1)>>20)
	}
	if r.init > 0 {
		text += fmt.Sprintf("Init Duration: %.2f ms\t", float64(r.init.Microseconds())/1000)
	}
	return text
}

func tailText(tail []byte) string { return base64.StdEncoding.EncodeToString(tail) }
