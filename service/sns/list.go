package sns

import (
	api "vauban/api/sns"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

func (s *Service) listOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpListSubscriptions, onAny[api.ListSubscriptionsInput], s.listSubscriptions),
		service.Reads(api.OpListSubscriptionsByTopic, on(s, shared, func(in *api.ListSubscriptionsByTopicInput) *string { return in.TopicArn }), s.listByTopic),
	}
}

func (s *Service) listSubscriptions(c *service.Call, in *api.ListSubscriptionsInput) (*api.ListSubscriptionsOutput, error) {
	after, err := s.pageAfter("subscriptions", in.NextToken)
	if err != nil {
		return nil, err
	}
	page, err := subscriptions.ListRef(c.Tx, "owner", store.K(c.Account, c.Region), after, pageSize)
	if err != nil {
		return nil, err
	}
	out := &api.ListSubscriptionsOutput{Subscriptions: shownSubscriptions(page.Items)}
	out.NextToken, err = s.pageToken("subscriptions", page.Next)
	return out, err
}

func (s *Service) listByTopic(c *service.Call, in *api.ListSubscriptionsByTopicInput) (*api.ListSubscriptionsByTopicOutput, error) {
	t, err := found(c)
	if err != nil {
		return nil, err
	}
	after, err := s.pageAfter(wire.Text(in.TopicArn), in.NextToken)
	if err != nil {
		return nil, err
	}
	page, err := subscriptions.List(c.Tx, store.K(t.Space), after, pageSize)
	if err != nil {
		return nil, err
	}
	out := &api.ListSubscriptionsByTopicOutput{Subscriptions: shownSubscriptions(page.Items)}
	out.NextToken, err = s.pageToken(t.arn(), page.Next)
	return out, err
}

func shownSubscriptions(list []*Subscription) []api.Subscription {
	out := make([]api.Subscription, len(list))
	for i, x := range list {
		out[i] = api.Subscription{SubscriptionArn: x.shownARN(), TopicArn: new(x.topicARN()), Owner: &x.Owner, Protocol: &x.Protocol, Endpoint: &x.Endpoint}
	}
	return out
}
