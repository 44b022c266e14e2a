package sqs

import (
	"strings"

	api "vauban/api/sqs"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

const typeQueue = "AWS::SQS::Queue"

// reach says who can be allowed an operation. Developer guide: "Cross-account permissions don't apply to the following actions".
type reach uint8

const (
	own    reach = iota // principals of the queue's account
	shared              // whoever the queue's policy allows, anonymous callers too
	acting              // the same, for an act: what it looks at before it commits is a snapshot
)

// on makes the resource rule of an operation on the queue of that URL. What it finds is the handler's [found].
func on[In any](s *Service, r reach, queueURL func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		account, name, err := parseAddress(wire.Text(queueURL(in)))
		if err != nil {
			return nil, err
		}
		q, err := s.onQueue(c, r, account, name)
		if err != nil {
			return nil, err
		}
		return []service.Question{q}, nil
	}
}

// onQueue is the question about a queue that may not exist.
func (s *Service) onQueue(c *service.Call, r reach, account, name string) (service.Question, error) {
	a := queueARN(account, c.Region, bounded(name, 80))
	q := service.Question{Resource: a, Account: account, ResourceType: typeQueue, Context: map[string][]string{}}
	c.Found = (*Queue)(nil)
	c.Record().Resources = []service.Resource{{ARN: a, Account: account, Type: typeQueue}}
	if !isName(name) {
		return q, nil
	}
	queue, err := s.load(c.Tx, store.K(account, c.Region, name), r == acting && c.Commit == nil)
	if store.IsAbsent(err) {
		return q, nil
	}
	if err != nil {
		return q, err
	}
	c.Found = queue
	service.ResourceTags(q.Context, service.TagMap(queue.Tags))
	if queue.Policy != "" && (r != own || c.Caller.Account == account) {
		doc, err := s.policies.Parse(queue.Policy)
		if err != nil {
			return q, err
		}
		q.Policy = &policy.Named{Name: a, Document: doc}
	}
	return q, nil
}

// load reads a queue. On a snapshot it may be one that was decoded before, which all who ask share: it must not be changed.
func (s *Service) load(tx store.Tx, key store.Key, snapshot bool) (*Queue, error) {
	if !snapshot {
		return queues.Get(tx, key)
	}
	var q *Queue
	_, err := store.VisitMemo(tx, queues, s.decoded, key, nil, func(known *Queue) bool {
		q = known
		return true
	})
	if err == nil && q == nil {
		err = store.ErrNotFound
	}
	return q, err
}

// found is the queue that the rule has found. A stranger who may not know is refused before.
func found(c *service.Call) (*Queue, error) {
	q, _ := c.Found.(*Queue)
	if q == nil {
		return nil, noSuchQueue()
	}
	return q, nil
}

func (s *Service) onNewQueue(c *service.Call, in *api.CreateQueueInput) ([]service.Question, error) {
	q, err := s.onQueue(c, own, c.Account, wire.Text(in.QueueName))
	if err != nil {
		return nil, err
	}
	questions := []service.Question{q}
	if len(in.Tags) > 0 {
		service.RequestTags(q.Context, service.TagMap(in.Tags))
		tagging := questions[0]
		tagging.Action = "sqs:TagQueue"
		questions = append(questions, tagging)
	}
	return questions, nil
}

func (s *Service) onNamed(c *service.Call, in *api.GetQueueUrlInput) ([]service.Question, error) {
	account := c.Account
	if in.QueueOwnerAWSAccountId != nil {
		account = *in.QueueOwnerAWSAccountId
		if !arn.IsAccount(account) {
			return nil, badValue(bounded(account, 100), "QueueOwnerAWSAccountId", "Must be an account ID of twelve digits.")
		}
	}
	q, err := s.onQueue(c, shared, account, wire.Text(in.QueueName))
	return []service.Question{q}, err
}

func onAny[In any](*service.Call, *In) ([]service.Question, error) {
	return []service.Question{{Resource: "*"}}, nil
}

// onARN is the question about the queue of an ARN, which has to be one of the caller's region.
func (s *Service) onARN(c *service.Call, r reach, text, parameter string) (service.Question, error) {
	region, account, name, ok := parseARN(text)
	if !ok || region != c.Region {
		return service.Question{}, invalidParameterValue.New("Value %s for parameter %s is invalid. Reason: You must use this format to specify the %s: arn:<partition>:<service>:<region>:<account-id>:<resource-name>",
			bounded(text, 200), parameter, strings.ToLower(parameter[:1])+parameter[1:])
	}
	return s.onQueue(c, r, account, name)
}
