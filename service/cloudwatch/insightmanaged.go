package cloudwatch

import (
	api "vauban/api/cloudwatch"
	"vauban/service"
)

// managedOperations are about the rules that services offer for their resources, such as endpoint services of PrivateLink. No service here offers any.
func (s *Service) managedOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPutManagedInsightRules, func(_ *service.Call, in *api.PutManagedInsightRulesInput) ([]service.Question, error) {
			q := service.Question{Resource: "*", Context: map[string][]string{}}
			for _, r := range in.ManagedRules {
				q.Context[managedResources] = append(q.Context[managedResources], *r.ResourceARN)
			}
			q.Multi = []string{managedResources}
			return []service.Question{q}, nil
		}, putManagedInsightRules),
		service.Reads(api.OpListManagedInsightRules, func(_ *service.Call, in *api.ListManagedInsightRulesInput) ([]service.Question, error) {
			return []service.Question{{Resource: "*", Context: map[string][]string{managedResources: {*in.ResourceARN}}, Multi: []string{managedResources}}}, nil
		}, listManagedInsightRules),
	}
}

const managedResources = "cloudwatch:requestManagedResourceARNs"

func putManagedInsightRules(*service.Call, *api.PutManagedInsightRulesInput) (*api.PutManagedInsightRulesOutput, error) {
	return nil, badValue("Managed Contributor Insights rules are offered by services that are not in this version of Vauban, such as endpoint services of AWS PrivateLink: there is no template. Use PutInsightRule for rules over log groups.")
}

// listManagedInsightRules tells the truth: no resource has a managed rule.
func listManagedInsightRules(*service.Call, *api.ListManagedInsightRulesInput) (*api.ListManagedInsightRulesOutput, error) {
	return &api.ListManagedInsightRulesOutput{ManagedRules: []api.ManagedRuleDescription{}}, nil
}
