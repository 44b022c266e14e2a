package events

import (
	"strings"
	"time"

	api "vauban/api/events"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Rule selects events of a bus by a pattern, or is due by a schedule, and sends to its targets.
type Rule struct {
	Account, Region, Bus, Name string

	Description string            `json:",omitempty"`
	Pattern     string            `json:",omitempty"`
	Schedule    string            `json:",omitempty"`
	State       string            // api.RuleState…
	Role        string            `json:",omitempty"`
	CreatedBy   string            // account
	Created     time.Time         `json:",omitzero"`
	Tags        map[string]string `json:",omitempty"`
	Targets     []Target          `json:",omitempty"`
}

var rules = &store.Table[Rule]{
	Name: "events.rule",
	Key:  func(r *Rule) store.Key { return r.named().key() },
	Refs: map[string]func(*Rule) []store.Key{
		"target": func(r *Rule) []store.Key {
			var out []store.Key
			for i := range r.Targets {
				out = append(out, targetRef(r.busName(), r.Targets[i].ARN))
			}
			return out
		},
	},
}

func targetRef(b busName, arn string) store.Key { return store.K(b.account, b.region, b.name, arn) }

func (r *Rule) busName() busName { return busName{r.Account, r.Region, r.Bus} }
func (r *Rule) named() *ruleName { return &ruleName{r.busName(), r.Name} }
func (r *Rule) arn() string      { return r.named().arn() }

func (r *Rule) target(id string) *Target {
	for i := range r.Targets {
		if r.Targets[i].ID == id {
			return &r.Targets[i]
		}
	}
	return nil
}

func (s *Service) ruleOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPutRule, s.onPutRule, s.putRule),
		service.Writes(api.OpDeleteRule, onRule(s, func(in *api.DeleteRuleInput) (bus, rule *string) { return in.EventBusName, in.Name }), s.deleteRule),
		service.Writes(api.OpEnableRule, onRule(s, func(in *api.EnableRuleInput) (bus, rule *string) { return in.EventBusName, in.Name }), s.enableRule),
		service.Writes(api.OpDisableRule, onRule(s, func(in *api.DisableRuleInput) (bus, rule *string) { return in.EventBusName, in.Name }), s.disableRule),
		service.Reads(api.OpDescribeRule, onRule(s, func(in *api.DescribeRuleInput) (bus, rule *string) { return in.EventBusName, in.Name }), s.describeRule),
		service.Reads(api.OpListRules, onRulesOf(s, func(in *api.ListRulesInput) *string { return in.EventBusName }), s.listRules),
		service.Reads(api.OpListRuleNamesByTarget, onRulesOf(s, func(in *api.ListRuleNamesByTargetInput) *string { return in.EventBusName }), s.listByTarget),
	}
}

// onRulesOf is the rule of listings of a bus's rules, which have no resource of their own: the question is about all rules of the bus.
func onRulesOf[In any](s *Service, name func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		n, err := busOf(c, name(in))
		if err != nil {
			return nil, err
		}
		q, b, err := s.askBus(c.Tx, n)
		c.Found = onFound[Bus]{b, noSuchBus(n.name)}
		q.Resource, q.ResourceType = (&ruleName{n, "*"}).arn(), ""
		return []service.Question{q}, err
	}
}

// deleteRule answers success for a rule that does not exist, as AWS does.
func (s *Service) deleteRule(c *service.Call, _ *api.DeleteRuleInput) (*api.DeleteRuleOutput, error) {
	r, err := foundRule(c)
	if err != nil {
		return &api.DeleteRuleOutput{}, nil
	}
	if len(r.Targets) > 0 {
		return nil, invalid("Rule can't be deleted since it has targets.")
	}
	if err := unschedule(c.Tx, r); err != nil {
		return nil, err
	}
	if err := touch(c.Tx, r.busName()); err != nil {
		return nil, err
	}
	return &api.DeleteRuleOutput{}, rules.Delete(c.Tx, r.named().key())
}

func (s *Service) enableRule(c *service.Call, _ *api.EnableRuleInput) (*api.EnableRuleOutput, error) {
	return &api.EnableRuleOutput{}, s.setState(c, api.RuleStateEnabled)
}

func (s *Service) disableRule(c *service.Call, _ *api.DisableRuleInput) (*api.DisableRuleOutput, error) {
	return &api.DisableRuleOutput{}, s.setState(c, api.RuleStateDisabled)
}

func (s *Service) setState(c *service.Call, state string) error {
	r, err := foundRule(c)
	if err != nil {
		return err
	}
	r.State = state
	return s.saveRule(c, r)
}

// saveRule writes a rule, and what follows from it.
func (s *Service) saveRule(c *service.Call, r *Rule) error {
	if err := s.reschedule(c, r); err != nil {
		return err
	}
	if err := touch(c.Tx, r.busName()); err != nil {
		return err
	}
	return rules.Put(c.Tx, r)
}

func (s *Service) describeRule(c *service.Call, _ *api.DescribeRuleInput) (*api.DescribeRuleOutput, error) {
	r, err := foundRule(c)
	if err != nil {
		return nil, err
	}
	return &api.DescribeRuleOutput{
		Arn: new(r.arn()), Name: &r.Name, EventBusName: &r.Bus, Description: wire.Optional(r.Description), EventPattern: wire.Optional(r.Pattern),
		ScheduleExpression: wire.Optional(r.Schedule), State: &r.State, RoleArn: wire.Optional(r.Role), CreatedBy: &r.CreatedBy,
	}, nil
}

func (s *Service) listRules(c *service.Call, in *api.ListRulesInput) (*api.ListRulesOutput, error) {
	b, err := foundBus(c)
	if err != nil {
		return nil, err
	}
	p, err := s.pageOf("rules", in.Limit, in.NextToken)
	if err != nil {
		return nil, err
	}
	out, prefix := &api.ListRulesOutput{Rules: []api.Rule{}}, wire.Text(in.NamePrefix)
	out.NextToken, err = visit(p, c.Tx, rules, b.named().key(), func(r *Rule) (bool, error) {
		if !strings.HasPrefix(r.Name, prefix) {
			return false, nil
		}
		out.Rules = append(out.Rules, api.Rule{
			Arn: new(r.arn()), Name: &r.Name, EventBusName: &r.Bus, Description: wire.Optional(r.Description), EventPattern: wire.Optional(r.Pattern),
			ScheduleExpression: wire.Optional(r.Schedule), State: &r.State, RoleArn: wire.Optional(r.Role),
		})
		return true, nil
	})
	return out, err
}

func (s *Service) listByTarget(c *service.Call, in *api.ListRuleNamesByTargetInput) (*api.ListRuleNamesByTargetOutput, error) {
	b, err := foundBus(c)
	if err != nil {
		return nil, err
	}
	p, err := s.pageOf("rulesByTarget", in.Limit, in.NextToken)
	if err != nil {
		return nil, err
	}
	list, err := rules.ListRef(c.Tx, "target", targetRef(b.named(), wire.Text(in.TargetArn)), p.After, p.Limit)
	if err != nil {
		return nil, err
	}
	out := &api.ListRuleNamesByTargetOutput{RuleNames: []string{}}
	for _, r := range list.Items {
		out.RuleNames = append(out.RuleNames, r.Name)
	}
	if list.Next != nil {
		out.NextToken, err = p.Token(list.Next)
	}
	return out, err
}
