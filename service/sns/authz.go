package sns

import (
	api "vauban/api/sns"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

const typeTopic = "AWS::SNS::Topic"

// reach says who can be allowed an operation. Developer guide: "Amazon SNS API permissions", AddPermission.
type reach uint8

const (
	own    reach = iota // principals of the topic's account
	shared              // whoever the topic's policy allows
)

// on makes the resource rule of an operation on the topic of that ARN. What it finds is the handler's [found].
func on[In any](s *Service, r reach, topic func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		q, err := s.onARN(c, r, wire.Text(topic(in)), "TopicArn")
		if err != nil {
			return nil, err
		}
		return []service.Question{q}, nil
	}
}

func (s *Service) onARN(c *service.Call, r reach, text, parameter string) (service.Question, error) {
	region, account, name, err := parseTopicARN(text, parameter)
	if err != nil {
		return service.Question{}, err
	}
	if region != c.Region {
		return service.Question{}, invalid("%s", parameter)
	}
	return s.onTopic(c, r, account, region, name)
}

// onTopic is the question about a topic that may not exist.
func (s *Service) onTopic(c *service.Call, r reach, account, region, name string) (service.Question, error) {
	a := topicARN(account, region, name)
	q := service.Question{Resource: a, Account: account, ResourceType: typeTopic, Context: map[string][]string{}}
	c.Found = (*Topic)(nil)
	t, err := topics.Get(c.Tx, store.K(account, region, name))
	if store.IsAbsent(err) {
		return q, nil
	}
	if err != nil {
		return q, err
	}
	c.Found = t
	service.ResourceTags(q.Context, service.TagMap(t.Tags))
	if owner := sourceOwner(c.Caller); owner != "" {
		q.Context["aws:SourceOwner"] = []string{owner}
	}
	if r != own || c.Caller.Account == account {
		doc, err := s.policies.Parse(t.policy())
		if err != nil {
			return q, err
		}
		q.Policy = &policy.Named{Name: a, Document: doc}
	}
	return q, nil
}

// sourceOwner is the value of the key that the default policy of topics asks for. Of the services here only CloudWatch sends it: its alarms publish to
// topics of their account by the default policy; other services must be named in a policy. Developer guide: "Example cases for Amazon SNS access
// control", aws:SourceAccount versus aws:SourceOwner.
func sourceOwner(who *service.Caller) string {
	if who.Kind == policy.Service && who.ServiceName == "cloudwatch.amazonaws.com" {
		return who.SourceAccount
	}
	return ""
}

// found is the topic that the rule has found. A stranger who may not know is refused before.
func found(c *service.Call) (*Topic, error) {
	t, _ := c.Found.(*Topic)
	if t == nil {
		return nil, noSuchTopic()
	}
	return t, nil
}

func (s *Service) onNewTopic(c *service.Call, in *api.CreateTopicInput) ([]service.Question, error) {
	q, err := s.onTopic(c, own, c.Account, c.Region, bounded(wire.Text(in.Name), 256))
	if err != nil {
		return nil, err
	}
	questions := []service.Question{q}
	if len(in.Tags) > 0 {
		service.RequestTags(q.Context, service.Tags(in.Tags))
		tagging := questions[0]
		tagging.Action = "sns:TagResource"
		questions = append(questions, tagging)
	}
	if text := wire.Text(in.DataProtectionPolicy); text != "" {
		protecting := questions[0]
		protecting.Action = "sns:PutDataProtectionPolicy"
		questions = append(append(questions, protecting), s.auditing(text)...)
	}
	return append(questions, passing(in.Attributes)...), nil
}

func onAny[In any](*service.Call, *In) ([]service.Question, error) {
	return []service.Question{{Resource: "*"}}, nil
}
