package sns

import (
	api "vauban/api/sns"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

func (s *Service) confirmOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpConfirmSubscription, s.onConfirming, s.confirm).WithoutSignature(),
		service.Writes(api.OpUnsubscribe, s.onUnsubscribing, s.unsubscribe).WithoutSignature(),
	}
}

// openTo is the policy of what anybody may try who was sent a token or an address: what these do not prove, the handler refuses.
func openTo(resource, action string) (*policy.Named, error) {
	doc, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"` + action + `","Resource":"` + resource + `"}]}`))
	return &policy.Named{Name: "link of " + resource, Document: doc}, err
}

// onConfirming asks whether a caller with a signature may confirm, of its own account's policies: the endpoint is the caller's, the topic may be another
// account's. Whoever has no signature has only the token.
func (s *Service) onConfirming(c *service.Call, in *api.ConfirmSubscriptionInput) ([]service.Question, error) {
	region, account, name, err := parseTopicARN(wire.Text(in.TopicArn), "TopicArn")
	if err != nil {
		return nil, err
	}
	q, err := s.onTopic(c, own, account, region, name)
	if err != nil {
		return nil, err
	}
	if c.Caller.Kind != policy.Anonymous {
		q.Account = c.Caller.Account
		return []service.Question{q}, nil
	}
	q.Policy, err = openTo(q.Resource, "sns:ConfirmSubscription")
	return []service.Question{q}, err
}

func (s *Service) confirm(c *service.Call, in *api.ConfirmSubscriptionInput) (*api.ConfirmSubscriptionOutput, error) {
	authenticated := wire.Text(in.AuthenticateOnUnsubscribe) == "true"
	if authenticated && c.Caller.Kind == policy.Anonymous {
		return nil, api.AuthorizationErrorException.New("AuthenticateOnUnsubscribe is for callers who sign")
	}
	given, err := s.openToken(wire.Text(in.Token))
	if err != nil {
		return nil, err
	}
	t, err := found(c)
	if err != nil {
		return nil, err
	}
	x, err := s.confirmed(c, t, given)
	if err != nil {
		return nil, err
	}
	out := &api.ConfirmSubscriptionOutput{SubscriptionArn: new(x.arn())}
	if !x.Pending { // the second time: the answer is the same
		return out, nil
	}
	x.Pending, x.Authenticated, x.ByOwner = false, authenticated, c.Caller.Kind != policy.Anonymous
	return out, subscriptions.Update(c.Tx, x)
}

// confirmed is the subscription that the token is about. One that has ended is made again, if the topic is the same and its policy too: what let it be
// made may have been taken back since.
func (s *Service) confirmed(c *service.Call, t *Topic, given *token) (*Subscription, error) {
	bad := wireInvalid("Invalid token")
	f := given.Return
	if f == nil {
		if given.Space != t.Space {
			return nil, bad
		}
		x, err := subscriptions.Get(c.Tx, store.K(given.Space, given.ID))
		if store.IsAbsent(err) || err == nil && x.Endpoint != given.Endpoint {
			return nil, bad
		}
		return x, err
	}
	if f.Space != t.Space || f.Policy != t.policyDigest() {
		return nil, bad
	}
	old, err := subscriptions.ByUnique(c.Tx, "endpoint", store.K(t.Space, f.Protocol, f.Endpoint))
	if err == nil || !store.IsAbsent(err) {
		return old, err
	}
	x := &Subscription{
		Space: t.Space, ID: f.ID, Account: t.Account, Region: t.Region, Name: t.Name, Protocol: f.Protocol, Endpoint: f.Endpoint, Owner: f.Owner, By: f.By,
		Issuer: f.Issuer, Pending: true, Created: c.Time, Raw: f.Raw,
	}
	return x, subscriptions.Insert(c.Tx, x)
}

func (s *Service) onUnsubscribing(c *service.Call, in *api.UnsubscribeInput) ([]service.Question, error) {
	q, err := s.onSubscriptionARN(c, wire.Text(in.SubscriptionArn))
	if err != nil {
		return nil, err
	}
	if c.Caller.Kind == policy.Anonymous {
		q.Policy, err = openTo(q.Resource, "sns:Unsubscribe")
	}
	return []service.Question{q}, err
}

// unsubscribe ends a subscription. Whoever opens the link that every notification has needs no signature; the endpoint is told, and can take it back.
// Not so a subscription that was confirmed with AuthenticateOnUnsubscribe, or that the endpoint's owner made by a signed call: lists show its ARN to
// others, and an alarm's way to its queue is not theirs to end.
func (s *Service) unsubscribe(c *service.Call, _ *api.UnsubscribeInput) (*api.UnsubscribeOutput, error) {
	x, err := subscribed(c)
	anybody := c.Caller.Kind == policy.Anonymous
	if err != nil {
		if anybody {
			return nil, err
		}
		return &api.UnsubscribeOutput{}, nil // as AWS: it is gone
	}
	switch {
	case x.Pending && anybody:
		return nil, noSuchSubscription()
	case anybody && (x.Authenticated || x.confirmedAtOnce()):
		return nil, api.AuthorizationErrorException.New("Only its owner or the owner of the topic can end this subscription, with a signature")
	}
	if err := s.end(c.Tx, x); err != nil {
		return nil, err
	}
	if !anybody {
		return &api.UnsubscribeOutput{}, nil
	}
	t, err := topics.Get(c.Tx, store.K(x.Account, x.Region, x.Name))
	if store.IsAbsent(err) || err == nil && t.Space != x.Space { // there is nothing to come back to
		return &api.UnsubscribeOutput{}, nil
	}
	if err != nil {
		return nil, err
	}
	f := &Farewell{
		Account: x.Account, Region: x.Region, Name: x.Name, Space: x.Space, Policy: t.policyDigest(), ID: x.ID, Protocol: x.Protocol, Endpoint: x.Endpoint,
		Owner: x.Owner, By: x.By, Issuer: x.Issuer, Raw: x.Raw,
	}
	return &api.UnsubscribeOutput{}, s.enqueueNotice(c.Tx, x, order{ID: x.ID, Farewell: f}, "farewell/")
}

// end deletes a subscription, and counts it in its topic.
func (s *Service) end(tx store.Tx, x *Subscription) error {
	if err := subscriptions.Delete(tx, store.K(x.Space, x.ID)); err != nil {
		return err
	}
	t, err := topics.Get(tx, store.K(x.Account, x.Region, x.Name))
	if store.IsAbsent(err) || err == nil && t.Space != x.Space {
		return nil
	}
	if err != nil {
		return err
	}
	t.Deleted++
	return topics.Update(tx, t)
}
