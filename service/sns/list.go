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
	p, err := s.pageOf("subscriptions", in.NextToken)
	if err != nil {
		return nil, err
	}
	list, err := subscriptions.ListRef(c.Tx, "owner", store.K(c.Account, c.Region), p.After, p.Limit)
	if err != nil {
		return nil, err
	}
	out := &api.ListSubscriptionsOutput{Subscriptions: shownSubscriptions(list.Items)}
	out.NextToken, err = p.Token(list.Next)
	return out, err
}

func (s *Service) listByTopic(c *service.Call, in *api.ListSubscriptionsByTopicInput) (*api.ListSubscriptionsByTopicOutput, error) {
	t, err := found(c)
	if err != nil {
		return nil, err
	}
	p, err := s.pageOf(wire.Text(in.TopicArn), in.NextToken)
	if err != nil {
		return nil, err
	}
	list, err := subscriptions.List(c.Tx, store.K(t.Space), p.After, p.Limit)
	if err != nil {
		return nil, err
	}
	out := &api.ListSubscriptionsByTopicOutput{Subscriptions: shownSubscriptions(list.Items)}
	out.NextToken, err = p.Token(list.Next)
	return out, err
}

func shownSubscriptions(list []*Subscription) []api.Subscription {
	out := make([]api.Subscription, len(list))
	for i, x := range list {
		out[i] = api.Subscription{SubscriptionArn: x.shownARN(), TopicArn: new(x.topicARN()), Owner: &x.Owner, Protocol: &x.Protocol, Endpoint: &x.Endpoint}
	}
	return out
}
