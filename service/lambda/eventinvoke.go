package lambda

import (
	"time"

	api "vauban/api/lambda"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// EventInvoke says what becomes of events that a version or alias is invoked with asynchronously. Developer guide: "Configuring error handling settings
// for Lambda asynchronous invocations".
type EventInvoke struct {
	Account, Region, Name, Qualifier string // Qualifier is "$LATEST" for the unqualified function

	Age       int `json:",omitempty"` // seconds; 0 means the default
	Retries   *int
	OnSuccess string `json:",omitempty"`
	OnFailure string `json:",omitempty"`
	Modified  time.Time
}

var eventInvokes = &store.Table[EventInvoke]{
	Name: "lambda.eventinvoke",
	Key:  func(e *EventInvoke) store.Key { return store.K(e.Account, e.Region, e.Name, e.Qualifier) },
}

const (
	defaultAge     = 6 * time.Hour
	defaultRetries = 2
)

func (e *EventInvoke) age() time.Duration {
	if e == nil || e.Age == 0 {
		return defaultAge
	}
	return time.Duration(e.Age) * time.Second
}

func (e *EventInvoke) retries() int {
	if e == nil || e.Retries == nil {
		return defaultRetries
	}
	return *e.Retries
}

func (s *Service) eventInvokeOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPutFunctionEventInvokeConfig, onEither(s, func(in *api.PutFunctionEventInvokeConfigInput) (f, q *string) { return in.FunctionName, in.Qualifier }), s.putEventInvoke),
		service.Writes(api.OpUpdateFunctionEventInvokeConfig, onEither(s, func(in *api.UpdateFunctionEventInvokeConfigInput) (f, q *string) {
			return in.FunctionName, in.Qualifier
		}), s.updateEventInvoke),
		service.Writes(api.OpDeleteFunctionEventInvokeConfig, onEither(s, func(in *api.DeleteFunctionEventInvokeConfigInput) (f, q *string) {
			return in.FunctionName, in.Qualifier
		}), s.deleteEventInvoke),
		service.Reads(api.OpGetFunctionEventInvokeConfig, onEither(s, func(in *api.GetFunctionEventInvokeConfigInput) (f, q *string) { return in.FunctionName, in.Qualifier }), s.getEventInvoke),
		service.Reads(api.OpListFunctionEventInvokeConfigs, onWhole(s, func(in *api.ListFunctionEventInvokeConfigsInput) *string { return in.FunctionName }), s.listEventInvokes),
	}
}

// qualifierOf is the qualifier under which settings of a version or alias are kept.
func qualifierOf(q string) string {
	if q == "" {
		return latest
	}
	return q
}

func (e *EventInvoke) arn() string { return functionARN(e.Account, e.Region, e.Name, e.Qualifier) }

func (e *EventInvoke) shown() *api.FunctionEventInvokeConfig {
	out := &api.FunctionEventInvokeConfig{
		FunctionArn: new(e.arn()), LastModified: &e.Modified,
		DestinationConfig: &api.DestinationConfig{OnSuccess: &api.OnSuccess{Destination: wire.Optional(e.OnSuccess)}, OnFailure: &api.OnFailure{Destination: wire.Optional(e.OnFailure)}},
	}
	if e.Age > 0 {
		out.MaximumEventAgeInSeconds = new(int64(e.Age))
	}
	if e.Retries != nil {
		out.MaximumRetryAttempts = new(int64(*e.Retries))
	}
	return out
}

// apply puts what a call asks for into the settings.
func (e *EventInvoke) apply(x *subject, age, retries *int64, d *api.DestinationConfig) error {
	if age == nil && retries == nil && d == nil {
		return invalid("You must specify at least one of error handling or destination setting.")
	}
	if age != nil {
		e.Age = int(*age)
	}
	if retries != nil {
		e.Retries = new(int(*retries))
	}
	if d == nil {
		return nil
	}
	for _, to := range []struct {
		set  *string
		from *string
	}{{&e.OnSuccess, destination(d.OnSuccess)}, {&e.OnFailure, destinationOnFailure(d.OnFailure)}} {
		if to.from == nil {
			continue
		}
		switch kind := kindOf(*to.from); {
		case *to.from == "":
		case kind == "lambda" && sameFunction(*to.from, x.function):
			return invalid("You can't specify the function as a destination for itself.")
		case kind != "sqs" && kind != "sns" && kind != "lambda" && kind != "events":
			return invalid("The provided destination config is invalid: %s is not a queue, topic, function or event bus.", bounded(*to.from, 200))
		}
		*to.set = *to.from
	}
	return nil
}

func destination(d *api.OnSuccess) *string {
	if d == nil {
		return nil
	}
	return new(wire.Text(d.Destination))
}

func destinationOnFailure(d *api.OnFailure) *string {
	if d == nil {
		return nil
	}
	return new(wire.Text(d.Destination))
}

// sameFunction reports whether an ARN, with or without a qualifier, is the function's.
func sameFunction(text string, f *Function) bool {
	own := f.arn()
	return text == own || len(text) > len(own) && text[:len(own)] == own && text[len(own)] == ':'
}

func (x *subject) eventInvokeKey() store.Key {
	return x.function.key().With(qualifierOf(x.name.qualifier))
}

func (s *Service) putEventInvoke(c *service.Call, in *api.PutFunctionEventInvokeConfigInput) (*api.PutFunctionEventInvokeConfigOutput, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	e := &EventInvoke{Account: x.function.Account, Region: x.function.Region, Name: x.function.Name, Qualifier: qualifierOf(x.name.qualifier), Modified: c.Time}
	if err := e.apply(x, in.MaximumEventAgeInSeconds, in.MaximumRetryAttempts, in.DestinationConfig); err != nil {
		return nil, err
	}
	return (*api.PutFunctionEventInvokeConfigOutput)(e.shown()), eventInvokes.Put(c.Tx, e)
}

// eventInvokeOf are the settings of what the call is about.
func eventInvokeOf(c *service.Call) (*subject, *EventInvoke, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, nil, err
	}
	e, err := eventInvokes.Get(c.Tx, x.eventInvokeKey())
	if store.IsAbsent(err) {
		n := x.name
		n.qualifier = qualifierOf(n.qualifier)
		return x, nil, missing("The function %s doesn't have an EventInvokeConfig", n.arn())
	}
	return x, e, err
}

func (s *Service) updateEventInvoke(c *service.Call, in *api.UpdateFunctionEventInvokeConfigInput) (*api.UpdateFunctionEventInvokeConfigOutput, error) {
	x, e, err := eventInvokeOf(c)
	if err != nil {
		return nil, err
	}
	if err := e.apply(x, in.MaximumEventAgeInSeconds, in.MaximumRetryAttempts, in.DestinationConfig); err != nil {
		return nil, err
	}
	e.Modified = c.Time
	return (*api.UpdateFunctionEventInvokeConfigOutput)(e.shown()), eventInvokes.Update(c.Tx, e)
}

func (s *Service) deleteEventInvoke(c *service.Call, in *api.DeleteFunctionEventInvokeConfigInput) (*api.DeleteFunctionEventInvokeConfigOutput, error) {
	_, e, err := eventInvokeOf(c)
	if err != nil {
		return nil, err
	}
	return &api.DeleteFunctionEventInvokeConfigOutput{}, eventInvokes.Delete(c.Tx, eventInvokes.Key(e))
}

func (s *Service) getEventInvoke(c *service.Call, in *api.GetFunctionEventInvokeConfigInput) (*api.GetFunctionEventInvokeConfigOutput, error) {
	_, e, err := eventInvokeOf(c)
	if err != nil {
		return nil, err
	}
	return (*api.GetFunctionEventInvokeConfigOutput)(e.shown()), nil
}

func (s *Service) listEventInvokes(c *service.Call, in *api.ListFunctionEventInvokeConfigsInput) (*api.ListFunctionEventInvokeConfigsOutput, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	p, err := s.pageOf(in.MaxItems, in.Marker, "ListFunctionEventInvokeConfigs", 50)
	if err != nil {
		return nil, err
	}
	out := &api.ListFunctionEventInvokeConfigsOutput{FunctionEventInvokeConfigs: []api.FunctionEventInvokeConfig{}}
	out.NextMarker, err = visit(p, c.Tx, eventInvokes, x.function.key(), func(e *EventInvoke) bool {
		out.FunctionEventInvokeConfigs = append(out.FunctionEventInvokeConfigs, *e.shown())
		return true
	})
	return out, err
}
