package lambda

import (
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	api "vauban/api/lambda"
	"vauban/api/sqs"
	"vauban/api/wire"
	"vauban/engine/lineage"
	"vauban/service"
)

// This file ends loops: a function that writes to what invokes it. The trace header counts how often a function has run in a chain. Lambda gives it to the
// function, SDKs send it along from there, and queues, topics, buckets and asynchronous invocations carry it to the next one. Developer guide: "Use Lambda
// recursive loop detection to prevent infinite loops".

// maxRuns is how often a function runs in one chain.
const maxRuns = 16

func (s *Service) recursionOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetFunctionRecursionConfig, onWhole(s, func(in *api.GetFunctionRecursionConfigInput) *string { return in.FunctionName }), s.getRecursion),
		service.Writes(api.OpPutFunctionRecursionConfig, onWhole(s, func(in *api.PutFunctionRecursionConfigInput) *string { return in.FunctionName }), s.putRecursion),
	}
}

func (s *Service) getRecursion(c *service.Call, _ *api.GetFunctionRecursionConfigInput) (*api.GetFunctionRecursionConfigOutput, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	out := &api.GetFunctionRecursionConfigOutput{RecursiveLoop: new(api.RecursiveLoopTerminate)}
	if x.function.Recursive {
		out.RecursiveLoop = new(api.RecursiveLoopAllow)
	}
	return out, nil
}

func (s *Service) putRecursion(c *service.Call, in *api.PutFunctionRecursionConfigInput) (*api.PutFunctionRecursionConfigOutput, error) {
	x, err := ownLatest(c, nil)
	if err != nil {
		return nil, err
	}
	x.function.Recursive = wire.Text(in.RecursiveLoop) == api.RecursiveLoopAllow
	return &api.PutFunctionRecursionConfigOutput{RecursiveLoop: in.RecursiveLoop}, functions.Update(c.Tx, x.function)
}

// loops reports whether the function has run in a chain as often as it may.
func (f *Function) loops(h *lineage.Header) bool {
	return !f.Recursive && h.Count(f.Account, f.arn()) >= maxRuns
}

// extend makes an event's trace the one of what the function does with it, or refuses the event: then it is one too many of a loop.
func (s *Service) extend(x *subject, e *event) error {
	h := lineage.Parse(e.trace, s.Seal, s.Clock())
	if !e.admitted && x.function.loops(h) {
		s.stopped(x, e.id)
		return user(api.RecursiveInvocationException.New("Lambda has detected your function being invoked in a recursive loop with other AWS resources and stopped your function's invocation."))
	}
	var random [20]byte
	if _, err := io.ReadFull(s.Rand, random[:]); err != nil {
		return fmt.Errorf("trace of an invocation: %w", err)
	}
	if h.Root == "" {
		h.Root, h.Sampled = fmt.Sprintf("1-%08x-%s", uint32(s.Clock().Unix()), hex.EncodeToString(random[8:])), "0"
	}
	h.Parent = hex.EncodeToString(random[:8])
	h.Visit(x.function.Account, x.function.arn())
	text, err := h.Write(s.Seal)
	if err != nil {
		return err
	}
	e.trace = text
	return nil
}

// stopped tells of a loop that was ended: by a metric, and in the function's log.
func (s *Service) stopped(x *subject, id string) {
	s.measure(x, "RecursiveInvocationsDropped", 1, "Count")
	f, v := x.function, x.config
	if !s.loops.tell(f.arn(), s.Clock()) {
		return
	}
	l := &stream{Service: s, function: f, config: v, group: v.group(f.Name), name: s.Clock().UTC().Format("2006/01/02") + "/[" + v.Version + "]recursive-loop"}
	l.note(fmt.Sprintf("RequestId: %s Error: the invocation was stopped: the function has run more than %d times in one chain of invocations. If that is meant, aws lambda put-function-recursion-config --function-name %s --recursive-loop Allow", id, maxRuns, f.Name))
}

// loopsTold remembers of which loops the log has told lately.
type loopsTold struct {
	mu sync.Mutex
	at map[string]time.Time
}

const (
	tellLoopEvery = time.Minute
	maxLoopsTold  = 1000
)

// tell reports whether it is time to tell of the loops of a function.
func (l *loopsTold) tell(function string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if last, ok := l.at[function]; ok && now.Sub(last) < tellLoopEvery {
		return false
	}
	if l.at == nil || len(l.at) >= maxLoopsTold {
		l.at = map[string]time.Time{}
	}
	l.at[function] = now
	return true
}

// withoutLoops leaves out the messages of loops: they come back by the queue's visibility timeout, and go by its redrive policy in the end. What is behind
// one in the same group of a FIFO queue waits with it.
func (p *poller) withoutLoops(x *subject, batch []sqs.Message) (rest []sqs.Message) {
	held, ordered := map[string]bool{}, strings.HasSuffix(p.m.Source, ".fifo")
	for _, m := range batch {
		group := m.Attributes[sqs.MessageSystemAttributeNameMessageGroupId]
		switch {
		case ordered && held[group]:
		case x.function.loops(p.chain(&m)):
			p.stopped(x, wire.Text(m.MessageId))
			p.result("PROBLEM: RecursiveInvocationException: a message belongs to a recursive loop, and was left in the queue.")
			held[group] = true
		default:
			rest = append(rest, m)
		}
	}
	return rest
}

// chain is the chain of invocations that a message belongs to.
func (p *poller) chain(m *sqs.Message) *lineage.Header {
	return lineage.Parse(m.Attributes[sqs.MessageSystemAttributeNameAWSTraceHeader], p.Seal, p.Clock())
}

// traceOf is the trace of a batch: what its messages have counted.
func (p *poller) traceOf(batch []sqs.Message) (string, error) {
	all := &lineage.Header{}
	for i := range batch {
		all.Join(p.chain(&batch[i]))
	}
	return all.Write(p.Seal)
}

// event is the event of a batch that has no loops.
func (p *poller) event(id string, payload []byte, trace string) *event {
	return &event{id: id, payload: payload, trace: trace, admitted: true}
}
