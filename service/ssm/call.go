package ssm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	api "vauban/api/ssm"
	"vauban/api/wire"
	"vauban/engine/automation"
	"vauban/service"
	"vauban/service/target"
)

// Serves tells which services steps can call. Their names are those of the SDK for Python, as the AWS documentation of aws:executeAwsApi says.
func (s *Service) Serves(services []service.Service) {
	s.called = map[string]*wire.Service{}
	for _, sv := range services {
		s.called[strings.ToLower(sv.API().Name)] = sv.API()
	}
}

// errInputs says that a call cannot be made as the runbook has it: trying again does not mend it.
var errInputs = errors.New("the inputs of the step are not valid")

func badInputs(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errInputs, fmt.Sprintf(format, args...))
}

// operation finds an operation by the names of the SDK for Python, "put_bucket_policy", or of the API.
func (s *Service) operation(name, operation string) (*wire.Service, *wire.Operation, error) {
	sv := s.called[strings.ToLower(name)]
	if sv == nil {
		return nil, nil, badInputs("the service %s is not built in this version of Vauban", clipped(name))
	}
	plain := strings.ReplaceAll(operation, "_", "")
	for _, op := range sv.Operations {
		if !strings.EqualFold(op.Name, plain) {
			continue
		}
		if op.Streams() || gives(op) {
			return nil, nil, badInputs("the operation %s of %s, which has a stream, is not built for steps in this version of Vauban", op.Name, sv.Name)
		}
		return sv, op, nil
	}
	return nil, nil, badInputs("the operation %s of %s is not built in this version of Vauban", clipped(operation), sv.Name)
}

// gives says that an operation answers with a stream.
func gives(op *wire.Operation) bool {
	for i := range op.Output.NumField() {
		if op.Output.Field(i).Type == reflect.TypeFor[io.ReadCloser]() {
			return true
		}
	}
	return false
}

// callable says why a runbook cannot be done that names operations which are not built, "" for one that can.
func (s *Service) callable(d *automation.Document) (why string) {
	for _, call := range d.Calls() {
		if _, _, err := s.operation(call.Service, call.API); err != nil {
			return fmt.Sprintf("Step %s cannot be done: %s.", call.Step, strings.TrimPrefix(err.Error(), errInputs.Error()+": "))
		}
	}
	return ""
}

// identity is who an execution acts as.
func (s *Service) identity(w *service.Work, c *service.Call, x *Execution) (service.Identity, error) {
	if x.Role != "" {
		return target.Role(w.Door, c, s.Seal, principal, x.arn(w.Partition), x.Account, x.Role, sessionOf(x))
	}
	who := x.By
	if n := len(who.CalledVia); n == 0 || who.CalledVia[n-1] != principal {
		who.CalledVia = append(append([]string(nil), who.CalledVia...), principal)
	}
	return service.AsStarter(principal, who), nil
}

// call performs the operation of a task, and gives its answer as decoded JSON.
func (s *Service) call(w *service.Work, c *service.Call, as service.Identity, k *automation.Task) (any, error) {
	sv, op, err := s.operation(k.Service, k.API)
	if err != nil {
		return nil, err
	}
	in, err := request(op, k.Inputs)
	if err != nil {
		return nil, err
	}
	if err := wire.Validate(sv.Protocols[0], op, in); err != nil {
		return nil, err
	}
	out, err := w.Door.Call(c, as, sv.Name, op.Name, in)
	if err != nil {
		return nil, err
	}
	return answer(op, out)
}

// answer is an operation's output as decoded JSON, with the names of the model.
func answer(op *wire.Operation, out any) (any, error) {
	if op.NoOutput || out == nil || reflect.ValueOf(out).IsNil() {
		return map[string]any{}, nil
	}
	body, err := wire.AppendBody(nil, wire.AWSJSON11, op, out, "")
	if err != nil {
		return nil, fmt.Errorf("write the answer of %s: %w", op.Name, err)
	}
	if v := reflect.ValueOf(out).Elem().FieldByName("Payload"); op.Name == "Invoke" && v.IsValid() { // a function's answer is a text
		if text, ok := v.Interface().([]byte); ok {
			m, err := decoded(body)
			if o, is := m.(map[string]any); is && err == nil {
				o["Payload"] = string(text)
			}
			return m, err
		}
	}
	return decoded(body)
}

func decoded(body []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("read an answer: %w", err)
	}
	return v, nil
}

// startChild starts the runbook that a step names.
func (s *Service) startChild(w *service.Work, c *service.Call, as service.Identity, x *Execution, k *automation.Task) (string, error) {
	in := &api.StartAutomationExecutionInput{DocumentName: new(fmt.Sprint(k.Inputs["DocumentName"])), ClientToken: new(childToken(x, k.Name))}
	if v, ok := k.Inputs["DocumentVersion"]; ok {
		in.DocumentVersion = new(fmt.Sprint(v))
	}
	if v, ok := k.Inputs["RuntimeParameters"]; ok {
		m, isMap := v.(map[string]any)
		if !isMap {
			return "", badInputs("RuntimeParameters must be a map")
		}
		in.Parameters = map[string][]string{}
		for name, value := range m {
			body, err := json.Marshal(value)
			if err != nil {
				return "", badInputs("RuntimeParameters cannot be written")
			}
			in.Parameters[name] = automation.Shown(body)
		}
	}
	if err := wire.Validate(api.API.Protocols[0], api.OpStartAutomationExecution, in); err != nil {
		return "", err
	}
	out, err := w.Door.Call(c, as, api.API.Name, api.OpStartAutomationExecution.Name, in)
	if err != nil {
		return "", err
	}
	return wire.Text(out.(*api.StartAutomationExecutionOutput).AutomationExecutionId), nil
}
