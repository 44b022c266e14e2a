package cloudwatch

import (
	"encoding/hex"
	"fmt"
	"io"
	"time"

	api "vauban/api/cloudwatch"
	"vauban/api/wire"
	"vauban/engine/contributor"
	"vauban/service"
	"vauban/store"
)

// InsightRule is a rule of Contributor Insights. What it has counted is in package contributors, under its ID.
type InsightRule struct {
	Account    string            `json:"account"`
	Region     string            `json:"region"`
	Name       string            `json:"name"`
	ID         string            `json:"id"` // new whenever what was counted has nothing to do with what will be
	Definition string            `json:"definition"`
	Enabled    bool              `json:"enabled,omitempty"`
	Made       bool              `json:"made,omitempty"` // it sees what transformers have made of events
	Tags       map[string]string `json:"tags,omitempty"`
	Created    time.Time         `json:"created"`
}

var insightRules = &store.Table[InsightRule]{
	Name:   "cloudwatch.insightrule",
	Key:    func(r *InsightRule) store.Key { return store.K(r.Account, r.Region, r.Name) },
	Unique: map[string]func(*InsightRule) store.Key{"id": func(r *InsightRule) store.Key { return store.K(r.ID) }},
}

// maxInsightRules is how many rules an account has in a region. User Guide: "CloudWatch service quotas".
const maxInsightRules = 100

const (
	enabled  = "ENABLED"
	disabled = "DISABLED"
)

// knownInsight tells the account of the rule with the ID; "" when there is none.
func knownInsight(tx store.Tx, id string) (account string, err error) {
	r, err := insightRules.ByUnique(tx, "id", store.K(id))
	if store.IsAbsent(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return r.Account, nil
}

func (s *Service) insightOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPutInsightRule, onPutInsight, s.putInsightRule),
		service.Reads(api.OpDescribeInsightRules, onAny[api.DescribeInsightRulesInput], s.describeInsightRules),
		service.Writes(api.OpEnableInsightRules, func(c *service.Call, in *api.EnableInsightRulesInput) ([]service.Question, error) {
			return onInsights(c, in.RuleNames)
		}, s.enableInsightRules),
		service.Writes(api.OpDisableInsightRules, func(c *service.Call, in *api.DisableInsightRulesInput) ([]service.Question, error) {
			return onInsights(c, in.RuleNames)
		}, s.disableInsightRules),
		service.Writes(api.OpDeleteInsightRules, func(c *service.Call, in *api.DeleteInsightRulesInput) ([]service.Question, error) {
			return onInsights(c, in.RuleNames)
		}, s.deleteInsightRules),
		service.Reads(api.OpGetInsightRuleReport, func(c *service.Call, in *api.GetInsightRuleReportInput) ([]service.Question, error) {
			return onInsights(c, []string{*in.RuleName})
		}, s.getInsightRuleReport),
	}
}

func (s *Service) putInsightRule(c *service.Call, in *api.PutInsightRuleInput) (*api.PutInsightRuleOutput, error) {
	rule, err := parseInsight(c, *in.RuleDefinition)
	if err != nil {
		return nil, err
	}
	r := &InsightRule{Account: c.Account, Region: c.Region, Name: *in.RuleName, Definition: *in.RuleDefinition, Enabled: true, Created: c.Time}
	r.Made = in.ApplyOnTransformedLogs != nil && *in.ApplyOnTransformedLogs
	switch state := wire.Text(in.RuleState); state {
	case "", enabled:
	case disabled:
		r.Enabled = false
	default:
		return nil, badValue("The value %s for parameter RuleState is invalid: it must be ENABLED or DISABLED.", bounded(state))
	}
	have, err := insightRules.Get(c.Tx, insightRules.Key(r))
	switch {
	case store.IsAbsent(err):
		if r.Tags, err = withTags(nil, in.Tags); err != nil {
			return nil, err
		}
		n, err := insightRules.Count(c.Tx, store.K(c.Account, c.Region), maxInsightRules)
		if err != nil {
			return nil, err
		}
		if n >= maxInsightRules {
			return nil, api.LimitExceededException.New("An account can have %d Contributor Insights rules in a region. Delete one first.", maxInsightRules)
		}
	case err != nil:
		return nil, err
	default:
		r.Tags, r.Created = have.Tags, have.Created // tags of a rule that is there are ignored, as the API reference says
		if old, err := contributor.Parse(have.Definition); err == nil && old.Same(rule) {
			r.ID = have.ID
		}
	}
	if r.ID == "" {
		if r.ID, err = s.newInsightID(); err != nil {
			return nil, err
		}
	}
	return &api.PutInsightRuleOutput{}, insightRules.Put(c.Tx, r)
}

func (s *Service) newInsightID() (string, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(s.Rand, b); err != nil {
		return "", fmt.Errorf("name what a rule counts: %w", err)
	}
	return hex.EncodeToString(b), nil
}

// parseInsight reads a definition, which looks at log groups of the account and region only.
func parseInsight(c *service.Call, text string) (*contributor.Rule, error) {
	rule, err := contributor.Parse(text)
	if err != nil {
		return nil, badValue("The parameter RuleDefinition is invalid: %v.", err)
	}
	for _, g := range rule.Groups {
		switch {
		case g.Region != c.Region:
			return nil, badValue("The parameter RuleDefinition is invalid: LogGroupARNs must name log groups of the Region %s.", c.Region)
		case g.Account != "*" && g.Account != c.Account:
			return nil, badValue("The parameter RuleDefinition is invalid: log groups of other accounts are not built in this version of Vauban. Put the rule in account %s.", g.Account)
		}
	}
	return rule, nil
}

const maxInsightsShown = 500

func (s *Service) describeInsightRules(c *service.Call, in *api.DescribeInsightRulesInput) (*api.DescribeInsightRulesOutput, error) {
	after, err := afterOf(in.NextToken)
	if err != nil {
		return nil, err
	}
	page, err := insightRules.List(c.Tx, store.K(c.Account, c.Region), after, limitOf(in.MaxResults, maxInsightsShown))
	if err != nil {
		return nil, err
	}
	out := &api.DescribeInsightRulesOutput{InsightRules: []api.InsightRule{}, NextToken: tokenOf(page.Next)}
	for _, r := range page.Items {
		state := disabled
		if r.Enabled {
			state = enabled
		}
		out.InsightRules = append(out.InsightRules, api.InsightRule{
			Name: &r.Name, State: &state, Definition: &r.Definition, Schema: new(`{"Name": "CloudWatchLogRule", "Version": 1}`), ManagedRule: new(false), ApplyOnTransformedLogs: &r.Made,
		})
	}
	return out, nil
}

// eachInsight does something with the rules of the names, and answers which there are not.
func eachInsight(c *service.Call, names []string, do func(*InsightRule) error) ([]api.PartialFailure, error) {
	failures := []api.PartialFailure{}
	for _, name := range names {
		r, err := insightRules.Get(c.Tx, store.K(c.Account, c.Region, name))
		if store.IsAbsent(err) {
			failures = append(failures, api.PartialFailure{
				FailureResource: &name, ExceptionType: new("ResourceNotFoundException"), FailureCode: new("404"), FailureDescription: new("There is no Contributor Insights rule of this name."),
			})
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := do(r); err != nil {
			return nil, err
		}
	}
	return failures, nil
}

func (s *Service) enableInsightRules(c *service.Call, in *api.EnableInsightRulesInput) (*api.EnableInsightRulesOutput, error) {
	failures, err := eachInsight(c, in.RuleNames, switchInsight(c, true))
	return &api.EnableInsightRulesOutput{Failures: failures}, err
}

func (s *Service) disableInsightRules(c *service.Call, in *api.DisableInsightRulesInput) (*api.DisableInsightRulesOutput, error) {
	failures, err := eachInsight(c, in.RuleNames, switchInsight(c, false))
	return &api.DisableInsightRulesOutput{Failures: failures}, err
}

func switchInsight(c *service.Call, on bool) func(*InsightRule) error {
	return func(r *InsightRule) error {
		r.Enabled = on
		return insightRules.Update(c.Tx, r)
	}
}

func (s *Service) deleteInsightRules(c *service.Call, in *api.DeleteInsightRulesInput) (*api.DeleteInsightRulesOutput, error) {
	failures, err := eachInsight(c, in.RuleNames, func(r *InsightRule) error { return insightRules.Delete(c.Tx, insightRules.Key(r)) })
	return &api.DeleteInsightRulesOutput{Failures: failures}, err
}
