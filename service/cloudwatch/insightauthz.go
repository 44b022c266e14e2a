package cloudwatch

import (
	api "vauban/api/cloudwatch"
	"vauban/engine/contributor"
	"vauban/service"
	"vauban/store"
)

const typeInsightRule = "AWS::CloudWatch::InsightRule"

func insightARN(account, region, name string) string {
	return "arn:aws:cloudwatch:" + region + ":" + account + ":insight-rule/" + name
}

// maxInsightNames is how many rules one call names.
const maxInsightNames = maxInsightRules

// onInsights is the question about each rule of the names, which may not exist.
func onInsights(c *service.Call, names []string) ([]service.Question, error) {
	switch {
	case len(names) == 0:
		return nil, missing("The parameter RuleNames is required.")
	case len(names) > maxInsightNames:
		return nil, badValue("The collection RuleNames must not have a size greater than %d.", maxInsightNames)
	}
	var out []service.Question
	for _, name := range names {
		q := service.Question{Resource: insightARN(c.Account, c.Region, name), ResourceType: typeInsightRule, Context: map[string][]string{}}
		r, err := insightRules.Get(c.Tx, store.K(c.Account, c.Region, name))
		if err != nil && !store.IsAbsent(err) {
			return nil, err
		}
		if r != nil {
			service.ResourceTags(q.Context, service.TagMap(r.Tags))
		}
		out = append(out, q)
	}
	return out, nil
}

// onPutInsight gives the log groups that the rule asks for, as it names them. User Guide: "Using condition keys to limit Contributor Insights users' access to log groups".
func onPutInsight(c *service.Call, in *api.PutInsightRuleInput) ([]service.Question, error) {
	qs, err := onInsights(c, []string{*in.RuleName})
	if err != nil {
		return nil, err
	}
	q := &qs[0]
	if rule, err := contributor.Parse(*in.RuleDefinition); err == nil { // the handler refuses the others
		groups := rule.Names
		for _, g := range rule.Groups {
			groups = append(groups, g.Name)
		}
		q.Context["cloudwatch:requestInsightRuleLogGroups"] = groups
		q.Multi = append(q.Multi, "cloudwatch:requestInsightRuleLogGroups")
	}
	return askTags(qs, in.Tags)
}

// taggedInsight finds a rule by its name; nil when there is none.
func taggedInsight(c *service.Call, name string) (*tagged, error) {
	r, err := insightRules.Get(c.Tx, store.K(c.Account, c.Region, name))
	if store.IsAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &tagged{r.Tags, func(tx store.Tx, tags map[string]string) error {
		r.Tags = tags
		return insightRules.Update(tx, r)
	}}, nil
}
