package events

import (
	api "vauban/api/events"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

const (
	typeBus  = "AWS::Events::EventBus"
	typeRule = "AWS::Events::Rule"
)

func onAny[In any](*service.Call, *In) ([]service.Question, error) {
	return []service.Question{{Resource: "*"}}, nil
}

// askBus is the question about a bus that may not exist, which is then nil.
func (s *Service) askBus(tx store.Tx, n busName) (service.Question, *Bus, error) {
	q := service.Question{Resource: n.arn(), Account: n.account, ResourceType: typeBus, Context: map[string][]string{}}
	b, err := bus(tx, n)
	if store.IsAbsent(err) {
		return q, nil, nil
	}
	if err != nil {
		return q, nil, err
	}
	service.ResourceTags(q.Context, service.TagMap(b.Tags))
	q.Policy, err = s.policyOf(b)
	return q, b, err
}

func (s *Service) policyOf(b *Bus) (*policy.Named, error) {
	if b.Policy == "" {
		return nil, nil
	}
	doc, err := s.policies.Parse(b.Policy)
	return &policy.Named{Name: b.named().arn(), Document: doc}, err
}

// setMulti gives a condition key that holds a set.
func setMulti(q *service.Question, key string, values []string) {
	if len(values) > 0 {
		q.Context[key] = values
		q.Multi = append(q.Multi, key)
	}
}

// onBus is the rule of operations on a bus; what it finds is [foundBus].
func onBus[In any](s *Service, name func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		n, err := busOf(c, name(in))
		if err != nil {
			return nil, err
		}
		q, b, err := s.askBus(c.Tx, n)
		c.Found = onFound[Bus]{b, noSuchBus(n.name)}
		return []service.Question{q}, err
	}
}

// onFound is what a rule found, or the error for a handler that needs it.
type onFound[T any] struct {
	v       *T
	missing error
}

func foundBus(c *service.Call) (*Bus, error) { return found[Bus](c) }

func found[T any](c *service.Call) (*T, error) {
	f := c.Found.(onFound[T])
	if f.v == nil {
		return nil, f.missing
	}
	return f.v, nil
}

func (s *Service) onNewBus(c *service.Call, in *api.CreateEventBusInput) ([]service.Question, error) {
	q := service.Question{Resource: busName{c.Account, c.Region, wire.Text(in.Name)}.arn(), ResourceType: typeBus, Context: map[string][]string{}}
	service.RequestTags(q.Context, service.Tags(in.Tags))
	questions := []service.Question{q}
	if len(in.Tags) > 0 {
		tagging := q
		tagging.Action = "events:TagResource"
		questions = append(questions, tagging)
	}
	return questions, nil
}

// askRule is the question about a rule that may not exist, which is then nil. The policy of its bus lets others in.
func (s *Service) askRule(tx store.Tx, n *ruleName) (service.Question, *Rule, error) {
	q := service.Question{Resource: n.arn(), Account: n.bus.account, ResourceType: typeRule, Context: map[string][]string{}}
	b, err := bus(tx, n.bus)
	if err == nil {
		q.Policy, err = s.policyOf(b)
	}
	if err != nil && !store.IsAbsent(err) {
		return q, nil, err
	}
	r, err := rules.Get(tx, n.key())
	if store.IsAbsent(err) {
		return q, nil, nil
	}
	if err != nil {
		return q, nil, err
	}
	service.ResourceTags(q.Context, service.TagMap(r.Tags))
	q.Context["events:creatorAccount"] = []string{r.CreatedBy}
	return q, r, nil
}

// onRule is the rule of operations on a rule; what it finds is [foundRule].
func onRule[In any](s *Service, name func(*In) (bus, rule *string)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		busText, rule := name(in)
		b, err := busOf(c, busText)
		if err != nil {
			return nil, err
		}
		n := &ruleName{b, wire.Text(rule)}
		q, r, err := s.askRule(c.Tx, n)
		c.Found = onFound[Rule]{r, noSuchRule(n)}
		return []service.Question{q}, err
	}
}

func foundRule(c *service.Call) (*Rule, error) { return found[Rule](c) }
