package lambda

import (
	"encoding/json"
	"errors"
	"time"
	"unicode/utf8"

	api "vauban/api/lambda"
	"vauban/api/wire"
	"vauban/service"
)

func (s *Service) invokeOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpInvoke, s.onInvocation, s.invoke).OnData().Lasts(maxWait),
	}
}

// onInvocation is the rule of invocations. What it finds may be shared with other calls.
func (s *Service) onInvocation(c *service.Call, in *api.InvokeInput) ([]service.Question, error) {
	n, err := named(c, in.FunctionName, in.Qualifier)
	if err != nil {
		return nil, err
	}
	x, err := s.look(c.Tx, n, c.Commit == nil)
	if err != nil {
		return nil, err
	}
	q, err := s.ask(c, x)
	q.Action = "lambda:InvokeFunction"
	return []service.Question{q}, err
}

// maxWait is how long an invocation takes at most, with a start before it.
const maxWait = maxTimeout*time.Second + time.Minute

// Sizes of payloads. Developer guide: "Lambda quotas".
const (
	maxPayload      = 6291456
	maxPayloadAsync = 1048576
)

func (s *Service) invoke(c *service.Call, in *api.InvokeInput) (*api.InvokeOutput, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	if in.DurableExecutionName != nil || in.TenantId != nil {
		return nil, unbuilt("Durable-Execution-Name and Tenant-Id (durable functions, tenant isolation)")
	}
	kind := wire.Text(in.InvocationType)
	payload, err := checkPayload(in.Payload, kind)
	if err != nil {
		return nil, err
	}
	e := &event{id: c.RequestID, payload: payload, context: wire.Text(in.ClientContext), trace: c.Trace}
	switch kind {
	case api.InvocationTypeDryRun:
		return &api.InvokeOutput{StatusCode: new(int64(204))}, nil
	case api.InvocationTypeEvent:
		return s.invokeLater(c, x, e)
	}
	out, err := s.run(c, c.Door, x, e)
	if err != nil {
		return nil, err
	}
	answer := &api.InvokeOutput{StatusCode: new(int64(200)), Payload: out.payload, ExecutedVersion: &x.config.Version}
	if out.failed {
		answer.FunctionError = new("Unhandled")
	}
	if wire.Text(in.LogType) == api.LogTypeTail {
		answer.LogResult = new(tailText(out.tail))
	}
	return answer, nil
}

// checkPayload refuses a payload that is too large or no JSON; an empty one is an empty object.
func checkPayload(payload []byte, kind string) ([]byte, error) {
	most := maxPayload
	if kind == api.InvocationTypeEvent {
		most = maxPayloadAsync
	}
	switch {
	case len(payload) > most:
		return nil, user(api.RequestTooLargeException.New("Request must be smaller than %d bytes for the InvokeFunction operation", most))
	case len(payload) == 0:
		return []byte("{}"), nil
	case !utf8.Valid(payload):
		return nil, user(api.InvalidRequestContentException.New("Could not parse request body into json: Could not parse payload into json: Invalid UTF-8"))
	case !json.Valid(payload):
		return nil, user(api.InvalidRequestContentException.New("Could not parse request body into json: Could not parse payload into json: Unexpected character"))
	}
	return payload, nil
}

// asLambda words what keeps an invocation from being run.
func asLambda(err error) error {
	var e *wire.Error
	switch {
	case !errors.As(err, &e):
		return api.ServiceException.New("The Lambda service encountered an internal error.").With("Type", "Service").Because(err)
	case e.Shape.Status == 403:
		return user(accessDenied.New("The role defined for the function cannot be assumed by Lambda.").Because(err))
	}
	return err
}
