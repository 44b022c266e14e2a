package accessanalyzer

import (
	"slices"
	"strings"
	"time"

	api "vauban/api/accessanalyzer"
	"vauban/service"
	"vauban/store"
)

// archiveRule archives new findings that its filter matches.
type archiveRule struct {
	Name    string    `json:"name"`
	Filter  filter    `json:"filter"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

// mostRules is the quota of rules of one analyzer. IAM User Guide: "IAM Access Analyzer quotas".
const mostRules = 100

func (s *Service) ruleOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateArchiveRule, ruled(func(in *api.CreateArchiveRuleInput) *string { return in.AnalyzerName }, func(in *api.CreateArchiveRuleInput) *string { return in.RuleName }), s.createArchiveRule),
		service.Reads(api.OpGetArchiveRule, ruled(func(in *api.GetArchiveRuleInput) *string { return in.AnalyzerName }, func(in *api.GetArchiveRuleInput) *string { return in.RuleName }), s.getArchiveRule),
		service.Reads(api.OpListArchiveRules, named(s, func(in *api.ListArchiveRulesInput) *string { return in.AnalyzerName }), s.listArchiveRules),
		service.Writes(api.OpUpdateArchiveRule, ruled(func(in *api.UpdateArchiveRuleInput) *string { return in.AnalyzerName }, func(in *api.UpdateArchiveRuleInput) *string { return in.RuleName }), s.updateArchiveRule),
		service.Writes(api.OpDeleteArchiveRule, ruled(func(in *api.DeleteArchiveRuleInput) *string { return in.AnalyzerName }, func(in *api.DeleteArchiveRuleInput) *string { return in.RuleName }), s.deleteArchiveRule),
		service.Writes(api.OpApplyArchiveRule, func(c *service.Call, in *api.ApplyArchiveRuleInput) ([]service.Question, error) {
			return []service.Question{{Resource: *in.AnalyzerArn + "/archive-rule/" + *in.RuleName, ResourceType: "AWS::AccessAnalyzer::ArchiveRule"}}, nil
		}, s.applyArchiveRule),
	}
}

func (a *Analyzer) rule(name string) int {
	return slices.IndexFunc(a.Rules, func(r archiveRule) bool { return r.Name == name })
}

func (a *Analyzer) addRule(name string, in map[string]api.Criterion, now time.Time) error {
	if a.rule(name) >= 0 {
		return conflict("ArchiveRule", name)
	}
	if len(a.Rules) >= mostRules {
		return exceeded("ArchiveRule", name, "The number of archive rules has reached the quota of %d.", mostRules)
	}
	f, err := readFilter(in)
	if err != nil {
		return err
	}
	a.Rules = append(a.Rules, archiveRule{name, f, now, now})
	slices.SortFunc(a.Rules, func(x, y archiveRule) int { return strings.Compare(x.Name, y.Name) })
	return nil
}

// archives reports whether some rule archives the finding.
func (a *Analyzer) archives(f *Finding) bool {
	return slices.ContainsFunc(a.Rules, func(r archiveRule) bool { return r.Filter.matches(f) })
}

func (r *archiveRule) shown() api.ArchiveRuleSummary {
	return api.ArchiveRuleSummary{RuleName: &r.Name, Filter: r.Filter.shown(), CreatedAt: &r.Created, UpdatedAt: &r.Updated}
}

// theRule reads an analyzer and where it has the rule.
func theRule(c *service.Call, analyzer, rule string) (*Analyzer, int, error) {
	a, err := analyzerNamed(c, c.Tx, analyzer)
	if err != nil {
		return nil, 0, err
	}
	i := a.rule(rule)
	if i < 0 {
		return nil, 0, absent("ArchiveRule", rule)
	}
	return a, i, nil
}

func (s *Service) createArchiveRule(c *service.Call, in *api.CreateArchiveRuleInput) (*api.CreateArchiveRuleOutput, error) {
	a, err := analyzerNamed(c, c.Tx, *in.AnalyzerName)
	if err != nil {
		return nil, err
	}
	if err := a.addRule(*in.RuleName, in.Filter, moment(c)); err != nil {
		return nil, err
	}
	return &api.CreateArchiveRuleOutput{}, analyzers.Update(c.Tx, a)
}

func (s *Service) getArchiveRule(c *service.Call, in *api.GetArchiveRuleInput) (*api.GetArchiveRuleOutput, error) {
	a, i, err := theRule(c, *in.AnalyzerName, *in.RuleName)
	if err != nil {
		return nil, err
	}
	return &api.GetArchiveRuleOutput{ArchiveRule: new(a.Rules[i].shown())}, nil
}

func (s *Service) listArchiveRules(c *service.Call, in *api.ListArchiveRulesInput) (*api.ListArchiveRulesOutput, error) {
	a, err := analyzers.Get(c.Tx, (&Analyzer{Account: c.Account, Region: c.Region, Name: *in.AnalyzerName}).key())
	if store.IsAbsent(err) {
		return &api.ListArchiveRulesOutput{ArchiveRules: []api.ArchiveRuleSummary{}}, nil // the operation has no error for it
	}
	if err != nil {
		return nil, err
	}
	var all []api.ArchiveRuleSummary
	for i := range a.Rules {
		all = append(all, a.Rules[i].shown())
	}
	page, next, err := cut(all, in.NextToken, in.MaxResults, func(r *api.ArchiveRuleSummary) string { return *r.RuleName })
	return &api.ListArchiveRulesOutput{ArchiveRules: page, NextToken: next}, err
}

func (s *Service) updateArchiveRule(c *service.Call, in *api.UpdateArchiveRuleInput) (*api.UpdateArchiveRuleOutput, error) {
	a, i, err := theRule(c, *in.AnalyzerName, *in.RuleName)
	if err != nil {
		return nil, err
	}
	f, err := readFilter(in.Filter)
	if err != nil {
		return nil, err
	}
	a.Rules[i].Filter, a.Rules[i].Updated = f, moment(c)
	return &api.UpdateArchiveRuleOutput{}, analyzers.Update(c.Tx, a)
}

func (s *Service) deleteArchiveRule(c *service.Call, in *api.DeleteArchiveRuleInput) (*api.DeleteArchiveRuleOutput, error) {
	a, i, err := theRule(c, *in.AnalyzerName, *in.RuleName)
	if err != nil {
		return nil, err
	}
	a.Rules = slices.Delete(a.Rules, i, i+1)
	return &api.DeleteArchiveRuleOutput{}, analyzers.Update(c.Tx, a)
}

// applyArchiveRule archives the findings that are active and match.
func (s *Service) applyArchiveRule(c *service.Call, in *api.ApplyArchiveRuleInput) (*api.ApplyArchiveRuleOutput, error) {
	a, err := analyzerOf(c, c.Tx, *in.AnalyzerArn)
	if err != nil {
		return nil, err
	}
	i := a.rule(*in.RuleName)
	if i < 0 {
		return nil, absent("ArchiveRule", *in.RuleName)
	}
	if err := s.renew(c.Tx, a, c.Time); err != nil {
		return nil, err
	}
	for f, err := range findings.Each(c.Tx, a.key()) {
		if err != nil {
			return nil, err
		}
		if f.Status == api.FindingStatusActive && a.Rules[i].Filter.matches(f) {
			f.Status, f.Updated = api.FindingStatusArchived, moment(c)
			if err := findings.Update(c.Tx, f); err != nil {
				return nil, err
			}
		}
	}
	return &api.ApplyArchiveRuleOutput{}, nil
}

// moment is the time of a call as it is kept.
func moment(c *service.Call) time.Time { return c.Time.UTC().Truncate(time.Millisecond) }
