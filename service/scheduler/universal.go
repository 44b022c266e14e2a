package scheduler

import (
	"encoding/json"
	"reflect"
	"strings"

	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/service"
)

// universalService is the service part of a universal target's ARN, arn:aws:scheduler:::aws-sdk:sqs:sendMessage. User guide: "Using universal targets
// with EventBridge Scheduler".
const universalService = "scheduler"

// Serves tells which services can be universal targets. Their names are those of the SDK for Java: "eventbridge", "cloudwatchlogs".
func (s *Service) Serves(services []service.Service) {
	s.universal = map[string]*wire.Service{}
	for _, sv := range services {
		s.universal[strings.ToLower(strings.ReplaceAll(sv.API().SDKID, " ", ""))] = sv.API()
	}
}

// operation is the one that a universal target names, and its input.
func (s *Service) operation(a arn.ARN, t *Target) (*universal, error) {
	part := strings.Split(a.Resource, ":")
	if a.Account != "" || a.Region != "" || len(part) != 3 || part[0] != "aws-sdk" || part[1] == "" || part[2] == "" {
		return nil, invalid("Provided Arn is not in correct format.")
	}
	if t.Message != nil || t.Source != "" {
		return nil, invalid("A universal target has no parameters but its Input.")
	}
	sv := s.universal[strings.ToLower(part[1])]
	if sv == nil {
		return nil, notBuilt("The universal target of the service " + part[1])
	}
	for _, op := range sv.Operations {
		if !strings.EqualFold(op.Name, part[2]) {
			continue
		}
		if op.ReadOnly || readOnly(op.Name) {
			return nil, invalid("The operation %s only reads: it cannot be a target.", op.Name)
		}
		if op.Streams() {
			return nil, notBuilt("The universal target " + t.ARN)
		}
		u := &universal{sv, op, nil}
		return u, u.read(t.Input)
	}
	return nil, notBuilt("The universal target " + t.ARN)
}

// readOnly says that an operation is one of those that AWS leaves out for their names.
func readOnly(name string) bool {
	for _, verb := range []string{"Get", "Describe", "List", "Poll", "Receive", "Search", "Scan", "Query", "Select", "Read", "BatchGet", "TransactGet"} {
		if strings.HasPrefix(name, verb) {
			return true
		}
	}
	return false
}

// universal is a call of an operation.
type universal struct {
	service *wire.Service
	op      *wire.Operation
	in      any
}

// read reads the input, which is the JSON of the request for operations of all protocols. Its members have the names of the SDKs, which begin with a
// capital letter; those that the operation does not have are refused.
func (u *universal) read(input *string) error {
	body := []byte("{}")
	if input != nil {
		body = []byte(*input)
	}
	wrong := func(why string) error {
		return invalid("The Input of this target must be the JSON request of %s: %s.", u.op.Name, why)
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return wrong("it is not a JSON object")
	}
	named := make(map[string]json.RawMessage, len(members))
	for given, value := range members {
		name := memberOf(u.op.Input, given)
		if name == "" {
			return wrong("the operation has no parameter " + given)
		}
		named[name] = value
	}
	body, err := json.Marshal(named)
	if err != nil {
		return wrong("it cannot be read")
	}
	if u.in, err = wire.Decode(wire.AWSJSON11, u.op, &wire.Request{Body: body}); err != nil {
		return wrong("a parameter is of another type")
	}
	return nil
}

// memberOf is the name on the wire of an operation's member.
func memberOf(in reflect.Type, given string) string {
	for i := range in.NumField() {
		f := in.Field(i)
		if !strings.EqualFold(f.Name, given) {
			continue
		}
		if name, _, _ := strings.Cut(f.Tag.Get("api"), ","); name != "" {
			return name
		}
		return f.Name
	}
	return ""
}

// call performs the operation as the role.
func (a *attempt) call(c *service.Call, where arn.ARN) error {
	t := a.x.Target
	if t.Input != nil {
		t.Input = new(a.input())
	}
	u, err := a.operation(where, &t)
	if err != nil {
		return err
	}
	if err := wire.Validate(u.service.Protocols[0], u.op, u.in); err != nil {
		return err
	}
	_, err = a.w.Door.Call(c, a.role, u.service.Name, u.op.Name, u.in)
	return err
}
