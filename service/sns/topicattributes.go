package sns

import (
	"encoding/json"
	"strconv"
	"strings"

	api "vauban/api/sns"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/engine/retry"
	"vauban/service"
	"vauban/store"
)

// principal is who SNS is to others.
const principal = "sns.amazonaws.com"

func isRole(text string) bool {
	a, err := arn.Parse(text)
	return err == nil && a.Service == "iam" && arn.IsAccount(a.Account) && strings.HasPrefix(a.Resource, "role/")
}

func (s *Service) onSetting(c *service.Call, in *api.SetTopicAttributesInput) ([]service.Question, error) {
	q, err := s.onARN(c, shared, wire.Text(in.TopicArn), "TopicArn")
	if err != nil {
		return nil, err
	}
	return append([]service.Question{q}, passing(map[string]string{wire.Text(in.AttributeName): wire.Text(in.AttributeValue)})...), nil
}

func (s *Service) setTopicAttributes(c *service.Call, in *api.SetTopicAttributesInput) (*api.SetTopicAttributesOutput, error) {
	t, err := found(c)
	if err != nil {
		return nil, err
	}
	name, value := wire.Text(in.AttributeName), wire.Text(in.AttributeValue)
	if name == attrFIFO && value == strconv.FormatBool(t.FIFO) {
		return &api.SetTopicAttributesOutput{}, nil
	}
	if err := s.setOne(c, t, name, name, value); err != nil {
		return nil, err
	}
	return &api.SetTopicAttributesOutput{}, topics.Update(c.Tx, t)
}

// maxCounted bounds how far subscriptions are counted for an answer.
const maxCounted = 100_000

func (s *Service) getTopicAttributes(c *service.Call, _ *api.GetTopicAttributesInput) (*api.GetTopicAttributesOutput, error) {
	t, err := found(c)
	if err != nil {
		return nil, err
	}
	m, err := s.settingsShown(c, t)
	if err != nil {
		return nil, err
	}
	all, err := subscriptions.Count(c.Tx, store.K(t.Space), maxCounted)
	if err != nil {
		return nil, err
	}
	pending, err := subscriptions.CountRef(c.Tx, "pending", store.K(t.Space), maxCounted)
	if err != nil {
		return nil, err
	}
	m["SubscriptionsConfirmed"], m["SubscriptionsPending"], m["SubscriptionsDeleted"] = strconv.Itoa(all-pending), strconv.Itoa(pending), strconv.Itoa(t.Deleted)
	return &api.GetTopicAttributesOutput{Attributes: m}, nil
}

// effectiveOfTopic is what the topic's delivery policy comes to.
func effectiveOfTopic(text string) string {
	t, _ := retry.ParseTopic(text) // checked when it was set
	e := retry.Of(t, nil)
	out := retry.TopicHTTP{Retry: &e.Retry, Request: &retry.Request{Type: contentType(e.Type)}, NoOverrides: t != nil && t.HTTP != nil && t.HTTP.NoOverrides}
	if e.Throttle > 0 {
		out.Throttle = &retry.Throttle{Receives: e.Throttle}
	}
	return asText(retry.Topic{HTTP: &out})
}

// plainText is the content type of requests that no policy gives another.
const plainText = "text/plain; charset=UTF-8"

func contentType(chosen string) string {
	if chosen == "" {
		return plainText
	}
	return chosen
}

func asText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "" // none of these values can fail
	}
	return string(b)
}
