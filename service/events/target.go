package events

import (
	"slices"

	api "vauban/api/events"
	"vauban/api/wire"
	"vauban/service"
)

// Target is where a rule sends to, and what.
type Target struct {
	ID, ARN     string
	Role        string            `json:",omitempty"`
	Input       string            `json:",omitempty"` // instead of the event
	InputPath   string            `json:",omitempty"`
	Template    string            `json:",omitempty"`
	Paths       map[string]string `json:",omitempty"` // of the template's variables
	DeadLetters string            `json:",omitempty"` // ARN of a queue
	Retries     *int64            `json:",omitempty"` // nil means the most
	Age         *int64            `json:",omitempty"` // in seconds; nil means the most
	Group       string            `json:",omitempty"` // of FIFO queues
	HTTP        *HTTP             `json:",omitempty"` // of API destinations
}

// HTTP is what a target adds to the requests of an API destination. Values that begin with $. are paths into the event.
type HTTP struct {
	Path    []string          `json:",omitempty"` // for the * of the endpoint, in order
	Query   map[string]string `json:",omitempty"`
	Headers map[string]string `json:",omitempty"`
}

// The quotas and limits of targets. User Guide: "Amazon EventBridge quotas", API reference: "RetryPolicy".
const (
	maxTargets = 5
	maxRetries = 185
	maxAge     = 86400
)

func (s *Service) targetOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPutTargets, s.onPutTargets, s.putTargets),
		service.Writes(api.OpRemoveTargets, onRule(s, func(in *api.RemoveTargetsInput) (bus, rule *string) { return in.EventBusName, in.Rule }), s.removeTargets),
		service.Reads(api.OpListTargetsByRule, onRule(s, func(in *api.ListTargetsByRuleInput) (bus, rule *string) { return in.EventBusName, in.Rule }), s.listTargets),
	}
}

// onPutTargets asks beside the operation's own question for each role that is handed over.
func (s *Service) onPutTargets(c *service.Call, in *api.PutTargetsInput) ([]service.Question, error) {
	qs, err := onRule(s, func(in *api.PutTargetsInput) (bus, rule *string) { return in.EventBusName, in.Rule })(c, in)
	if err != nil {
		return nil, err
	}
	var arns, roles []string
	for i := range in.Targets {
		arns = append(arns, wire.Text(in.Targets[i].Arn))
		if role := wire.Text(in.Targets[i].RoleArn); role != "" && !slices.Contains(roles, role) {
			roles = append(roles, role)
			qs = append(qs, service.PassRole(role, principal, nil))
		}
	}
	setMulti(&qs[0], "events:TargetArn", arns)
	return qs, nil
}

func (s *Service) putTargets(c *service.Call, in *api.PutTargetsInput) (*api.PutTargetsOutput, error) {
	r, err := foundRule(c)
	if err != nil {
		return nil, err
	}
	for i := range in.Targets {
		t, err := s.readTarget(c, r, &in.Targets[i])
		if err != nil {
			return nil, err
		}
		if old := r.target(t.ID); old != nil {
			*old = *t
		} else {
			r.Targets = append(r.Targets, *t)
		}
	}
	if len(r.Targets) > maxTargets {
		return nil, overLimit()
	}
	return &api.PutTargetsOutput{FailedEntryCount: new(int64(0)), FailedEntries: []api.PutTargetsResultEntry{}}, s.saveRule(c, r)
}

func (s *Service) removeTargets(c *service.Call, in *api.RemoveTargetsInput) (*api.RemoveTargetsOutput, error) {
	r, err := foundRule(c)
	if err != nil {
		return nil, err
	}
	out := &api.RemoveTargetsOutput{FailedEntries: []api.RemoveTargetsResultEntry{}}
	for _, id := range in.Ids {
		if r.target(id) == nil {
			out.FailedEntries = append(out.FailedEntries, api.RemoveTargetsResultEntry{
				TargetId: &id, ErrorCode: new("ResourceNotFoundException"), ErrorMessage: new("Rule " + r.Name + " does not have the target."),
			})
			continue
		}
		r.Targets = slices.DeleteFunc(r.Targets, func(t Target) bool { return t.ID == id })
	}
	out.FailedEntryCount = new(int64(len(out.FailedEntries)))
	return out, s.saveRule(c, r)
}

// listTargets shows all in one page: there are few.
func (s *Service) listTargets(c *service.Call, in *api.ListTargetsByRuleInput) (*api.ListTargetsByRuleOutput, error) {
	r, err := foundRule(c)
	if err != nil {
		return nil, err
	}
	p, err := s.pageOf("targets", in.Limit, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.ListTargetsByRuleOutput{Targets: []api.Target{}}
	for i := range r.Targets {
		if p.After != nil && r.Targets[i].ID <= string(p.After) {
			continue
		}
		out.Targets = append(out.Targets, r.Targets[i].shown())
	}
	slices.SortFunc(out.Targets, func(a, b api.Target) int { return compare(*a.Id, *b.Id) })
	if len(out.Targets) > p.Limit {
		out.Targets = out.Targets[:p.Limit]
		out.NextToken, err = p.Token([]byte(*out.Targets[p.Limit-1].Id))
	}
	return out, err
}

// shown is the target as it was put.
func (t *Target) shown() api.Target {
	out := api.Target{Id: &t.ID, Arn: &t.ARN, RoleArn: wire.Optional(t.Role), Input: wire.Optional(t.Input), InputPath: wire.Optional(t.InputPath)}
	if t.Template != "" {
		out.InputTransformer = &api.InputTransformer{InputTemplate: &t.Template, InputPathsMap: t.Paths}
	}
	if t.DeadLetters != "" {
		out.DeadLetterConfig = &api.DeadLetterConfig{Arn: &t.DeadLetters}
	}
	if t.Retries != nil || t.Age != nil {
		out.RetryPolicy = &api.RetryPolicy{MaximumRetryAttempts: t.Retries, MaximumEventAgeInSeconds: t.Age}
	}
	if t.Group != "" {
		out.SqsParameters = &api.SqsParameters{MessageGroupId: &t.Group}
	}
	if h := t.HTTP; h != nil {
		out.HttpParameters = &api.HttpParameters{PathParameterValues: h.Path, QueryStringParameters: h.Query, HeaderParameters: h.Headers}
	}
	return out
}
