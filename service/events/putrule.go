package events

import (
	"errors"

	api "vauban/api/events"
	"vauban/api/wire"
	"vauban/engine/pattern"
	"vauban/service"
	"vauban/store"
)

// principal is EventBridge, as roles and policies name it.
const principal = "events.amazonaws.com"

// maxRules is how many rules a bus has at most. AWS's quota is 300, which it raises on request.
const maxRules = 2000

// onPutRule gives what the pattern wants exactly, so that a policy can say which events somebody may make rules for. User Guide: "Using IAM policy
// conditions in Amazon EventBridge".
func (s *Service) onPutRule(c *service.Call, in *api.PutRuleInput) ([]service.Question, error) {
	qs, err := onRule(s, func(in *api.PutRuleInput) (bus, rule *string) { return in.EventBusName, in.Name })(c, in)
	if err != nil {
		return nil, err
	}
	q := &qs[0]
	service.RequestTags(q.Context, service.Tags(in.Tags))
	if q.Context["events:creatorAccount"] == nil {
		q.Context["events:creatorAccount"] = []string{c.Caller.Account}
	}
	if in.EventPattern != nil {
		if p, err := s.patterns.compile(*in.EventPattern); err == nil { // the handler answers one that is not valid
			setMulti(q, "events:source", p.Strings("source"))
			setMulti(q, "events:detail-type", p.Strings("detail-type"))
			setMulti(q, "events:detail.service", p.Strings("detail", "service"))
			setMulti(q, "events:detail.eventTypeCode", p.Strings("detail", "eventTypeCode"))
			setMulti(q, "events:detail.userIdentity.principalId", p.Strings("detail", "userIdentity", "principalId"))
		}
	}
	if len(in.Tags) > 0 {
		tagging := *q
		tagging.Action = "events:TagResource"
		qs = append(qs, tagging)
	}
	if role := wire.Text(in.RoleArn); role != "" {
		qs = append(qs, service.PassRole(role, principal, nil))
	}
	return qs, nil
}

func (s *Service) putRule(c *service.Call, in *api.PutRuleInput) (*api.PutRuleOutput, error) {
	b, err := busOf(c, in.EventBusName)
	if err != nil {
		return nil, err
	}
	if _, err := bus(c.Tx, b); store.IsAbsent(err) {
		return nil, noSuchBus(b.name)
	} else if err != nil {
		return nil, err
	}
	if err := s.checkRule(b, in); err != nil {
		return nil, err
	}
	n := &ruleName{b, wire.Text(in.Name)}
	r := &Rule{Account: b.account, Region: b.region, Bus: b.name, Name: n.name, CreatedBy: c.Caller.Account, Created: c.Time}
	old, err := rules.Get(c.Tx, n.key())
	switch {
	case err == nil:
		// Tags are for new rules only, AWS says so: TagResource changes those of others.
		r.CreatedBy, r.Created, r.Tags, r.Targets = old.CreatedBy, old.Created, old.Tags, old.Targets
	case !store.IsAbsent(err):
		return nil, err
	default:
		if r.Tags, err = withTags(nil, in.Tags); err != nil {
			return nil, err
		}
		if count, err := rules.Count(c.Tx, b.key(), maxRules); err != nil {
			return nil, err
		} else if count >= maxRules {
			return nil, overLimit()
		}
	}
	r.Description, r.Pattern, r.Schedule, r.Role = wire.Text(in.Description), wire.Text(in.EventPattern), wire.Text(in.ScheduleExpression), wire.Text(in.RoleArn)
	if r.State = wire.Text(in.State); r.State == "" {
		r.State = api.RuleStateEnabled
	}
	return &api.PutRuleOutput{RuleArn: new(n.arn())}, s.saveRule(c, r)
}

// checkRule checks what can be seen without the store.
func (s *Service) checkRule(b busName, in *api.PutRuleInput) error {
	pattern, schedule := wire.Text(in.EventPattern), wire.Text(in.ScheduleExpression)
	switch {
	case pattern == "" && schedule == "":
		return invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.")
	case schedule != "" && b.name != defaultBus:
		return invalid("ScheduleExpression is supported only on the default event bus.")
	}
	if pattern != "" {
		if _, err := s.compilePattern(pattern); err != nil {
			return err
		}
	}
	if schedule != "" {
		if _, err := parseSchedule(schedule); err != nil {
			return err
		}
	}
	return nil
}

// compilePattern answers a pattern that is not valid in AWS's words.
func (s *Service) compilePattern(text string) (*pattern.Pattern, error) {
	p, err := s.patterns.compile(text)
	var bad *pattern.InvalidError
	if errors.As(err, &bad) {
		return nil, api.InvalidEventPatternException.New("%s", bad.Error())
	}
	return p, err
}
