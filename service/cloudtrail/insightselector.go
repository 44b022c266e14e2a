package cloudtrail

import (
	api "vauban/api/cloudtrail"
	"vauban/api/wire"
	"vauban/eventlog"
	"vauban/service"
	"vauban/store"
)

func (s *Service) insightOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPutInsightSelectors, func(c *service.Call, in *api.PutInsightSelectorsInput) ([]service.Question, error) {
			return s.aboutSource(c, in.TrailName, in.EventDataStore)
		}, s.putInsightSelectors),
		service.Reads(api.OpGetInsightSelectors, func(c *service.Call, in *api.GetInsightSelectorsInput) ([]service.Question, error) {
			return s.aboutSource(c, in.TrailName, in.EventDataStore)
		}, s.getInsightSelectors),
	}
}

// aboutSource is the question about the trail or event data store whose Insights are meant.
func (s *Service) aboutSource(c *service.Call, trail, dataStore *string) ([]service.Question, error) {
	if (trail == nil) == (dataStore == nil) {
		return nil, api.InvalidParameterCombinationException.New("Give either a TrailName or an EventDataStore.")
	}
	if dataStore != nil {
		return s.lake.About(c, *dataStore)
	}
	q, err := s.aboutTrail(c, *trail)
	return []service.Question{q}, err
}

// putInsightSelectors replaces the types of Insights events that a trail or event data store gets; none turns them off.
func (s *Service) putInsightSelectors(c *service.Call, in *api.PutInsightSelectorsInput) (*api.PutInsightSelectorsOutput, error) {
	types, err := insightTypes(in.InsightSelectors)
	if err != nil {
		return nil, err
	}
	out := &api.PutInsightSelectorsOutput{InsightSelectors: shownInsights(types)}
	if in.EventDataStore != nil {
		source, to, err := s.lake.SetInsights(c, *in.EventDataStore, in.InsightsDestination, types)
		if err != nil {
			return nil, err
		}
		out.EventDataStoreArn, out.InsightsDestination = &source, wire.Optional(to)
		return out, startWatch(c, c.Account, types)
	}
	if in.InsightsDestination != nil {
		return nil, api.InvalidParameterCombinationException.New("An InsightsDestination goes with an EventDataStore: those of a trail go into its bucket.")
	}
	t, err := s.owned(c, c.Tx, *in.TrailName)
	if err != nil {
		return nil, err
	}
	if t.Organization != "" && len(types) > 0 {
		return nil, api.InvalidInsightSelectorsException.New("Insights of organization trails are not available. Enable them on a trail of each account.")
	}
	for _, kind := range types {
		if !t.sees(kind) {
			return nil, api.InvalidInsightSelectorsException.New("The trail must log the management events that %s looks at: those that write for the call rate, any for the error rate.", kind)
		}
	}
	t.Insights, out.TrailARN = types, new(t.ARN(c.Partition))
	if err := trails.Update(c.Tx, t); err != nil {
		return nil, err
	}
	return out, startWatch(c, t.Account, types)
}

// sees reports whether the trail logs what the type of Insights looks at.
func (t *Trail) sees(kind string) bool {
	probe := func(readOnly bool, record string) bool {
		return t.picks(&eventlog.Entry{Source: "ec2.amazonaws.com", Name: "RunInstances", ReadOnly: readOnly, Record: []byte(record)})
	}
	writes := probe(false, `{"eventCategory":"Management","eventSource":"ec2.amazonaws.com","readOnly":false}`)
	return writes || kind == api.InsightTypeApiErrorRateInsight && probe(true, `{"eventCategory":"Management","eventSource":"ec2.amazonaws.com","readOnly":true}`)
}

// startWatch begins to count the calls of an account, unless they are counted. A job ends it when nobody wants Insights any more.
func startWatch(c *service.Call, account string, types []string) error {
	if len(types) == 0 {
		return nil
	}
	if has, err := watches.Has(c.Tx, store.K(account)); err != nil || has {
		return err
	}
	return watches.Insert(c.Tx, &watch{Account: account, Since: c.Time.UTC()})
}

func shownInsights(types []string) []api.InsightSelector {
	out := make([]api.InsightSelector, len(types))
	for i := range types {
		out[i] = api.InsightSelector{InsightType: &types[i], EventCategories: []string{api.SourceEventCategoryManagement}}
	}
	return out
}

func (s *Service) getInsightSelectors(c *service.Call, in *api.GetInsightSelectorsInput) (*api.GetInsightSelectorsOutput, error) {
	out := &api.GetInsightSelectorsOutput{}
	var types []string
	if in.EventDataStore != nil {
		source, to, found, err := s.lake.Insights(c, *in.EventDataStore)
		if err != nil {
			return nil, err
		}
		types, out.EventDataStoreArn, out.InsightsDestination = found, &source, wire.Optional(to)
	} else {
		t, err := s.visible(c, c.Tx, *in.TrailName)
		if err != nil {
			return nil, err
		}
		types, out.TrailARN = t.Insights, new(t.ARN(c.Partition))
	}
	if len(types) == 0 {
		return nil, api.InsightNotEnabledException.New("Insights are not enabled. Enable them with PutInsightSelectors.")
	}
	out.InsightSelectors = shownInsights(types)
	return out, nil
}
