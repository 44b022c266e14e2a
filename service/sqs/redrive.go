package sqs

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	api "vauban/api/sqs"
	"vauban/service"
	"vauban/store"
)

func (s *Service) redriveOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpListDeadLetterSourceQueues, on(s, shared, func(in *api.ListDeadLetterSourceQueuesInput) *string { return in.QueueUrl }), s.listSources).OnData(),
	}
}

// maxReceives is the largest maxReceiveCount. API reference: "SetQueueAttributes", RedrivePolicy.
const maxReceives = 1000

// setRedrive names the queue that takes what is received in vain; "" takes the naming back.
func setRedrive(c *service.Call, q *Queue, text string) error {
	const name = api.QueueAttributeNameRedrivePolicy
	if text == "" {
		q.Settings.DeadQueue, q.DeadTo, q.Received = "", "", 0
		return nil
	}
	var p struct {
		Target *string         `json:"deadLetterTargetArn"`
		Count  json.RawMessage `json:"maxReceiveCount"`
	}
	if len(text) > 4096 || json.Unmarshal([]byte(text), &p) != nil {
		return badValue(bounded(text, 200), name, "Redrive policy is not a valid JSON map.")
	}
	switch {
	case p.Target == nil:
		return badValue(text, name, "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.")
	case p.Count == nil:
		return badValue(text, name, "Redrive policy does not contain mandatory attribute: maxReceiveCount.")
	}
	count, err := strconv.Atoi(strings.Trim(string(p.Count), `"`))
	if err != nil || count < 1 || count > maxReceives {
		return badValue(text, name, "Invalid value for maxReceiveCount: "+bounded(strings.Trim(string(p.Count), `"`), 20)+", valid values are from 1 to 1000 both inclusive.")
	}
	region, account, target, ok := parseARN(*p.Target)
	if !ok || region != q.Region || account != q.Account {
		return badValue(text, name, "Dead-letter target owner should be same as the source.")
	}
	dead, err := queues.Get(c.Tx, store.K(account, region, target))
	switch {
	case store.IsAbsent(err):
		return badValue(text, name, "Dead letter target does not exist.")
	case err != nil:
		return err
	case dead.FIFO != q.FIFO:
		return badValue(text, name, "Dead-letter queue must be same type of queue as the source.")
	case !dead.admits(q):
		return badValue(text, name, "Dead-letter target does not allow redrive from this source queue.")
	}
	shown, err := json.Marshal(struct {
		Target string `json:"deadLetterTargetArn"`
		Count  int    `json:"maxReceiveCount"`
	}{*p.Target, count})
	q.Settings.DeadQueue, q.DeadTo, q.Received = string(shown), target, count
	return err
}

// The permissions of a RedriveAllowPolicy.
const (
	allowAll     = "allowAll"
	denyAll      = "denyAll"
	allowByQueue = "byQueue"
	maxSources   = 10
)

// redriveAllow says which queues may name this one as their dead-letter queue.
type redriveAllow struct {
	Permission string   `json:"redrivePermission"`
	Sources    []string `json:"sourceQueueArns,omitempty"`
}

func setRedriveAllow(q *Queue, text string) error {
	const name = api.QueueAttributeNameRedriveAllowPolicy
	if text == "" {
		q.Settings.DeadAllow = ""
		return nil
	}
	var p redriveAllow
	if len(text) > 8192 || json.Unmarshal([]byte(text), &p) != nil {
		return badValue(bounded(text, 200), name, "Redrive allow policy is not a valid JSON map.")
	}
	switch p.Permission {
	case allowAll, denyAll:
		if len(p.Sources) > 0 {
			return badValue(text, name, "sourceQueueArns can be specified only when redrivePermission is byQueue.")
		}
	case allowByQueue:
		if len(p.Sources) == 0 || len(p.Sources) > maxSources {
			return badValue(text, name, "sourceQueueArns must have 1 to 10 queues when redrivePermission is byQueue.")
		}
		for _, a := range p.Sources {
			if _, _, _, ok := parseARN(a); !ok {
				return badValue(text, name, "sourceQueueArns has an invalid ARN: "+bounded(a, 100)+".")
			}
		}
	default:
		return badValue(text, name, "redrivePermission must be allowAll, denyAll or byQueue.")
	}
	q.Settings.DeadAllow = text
	return nil
}

// admits says whether the queue takes the dead letters of the source.
func (q *Queue) admits(source *Queue) bool {
	if q.Settings.DeadAllow == "" {
		return true
	}
	var p redriveAllow
	if json.Unmarshal([]byte(q.Settings.DeadAllow), &p) != nil {
		return false
	}
	return p.Permission == allowAll || p.Permission == allowByQueue && slices.Contains(p.Sources, source.arn())
}

// deadQueue is where the queue's messages go that are received in vain; nil when there is none, or no more.
func deadQueue(tx store.Tx, q *Queue) (*Queue, error) {
	if q.DeadTo == "" {
		return nil, nil
	}
	d, err := queues.Get(tx, store.K(q.Account, q.Region, q.DeadTo))
	if store.IsAbsent(err) {
		return nil, nil
	}
	if err != nil || d.FIFO != q.FIFO || !d.admits(q) {
		return nil, err
	}
	return d, nil
}

func (s *Service) listSources(c *service.Call, in *api.ListDeadLetterSourceQueuesInput) (*api.ListDeadLetterSourceQueuesOutput, error) {
	q, err := found(c)
	if err != nil {
		return nil, err
	}
	p, err := pageOf(in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	list, err := queues.ListRef(c.Tx, "dead", store.K(q.Account, q.Region, q.Name), p.after, p.limit)
	if err != nil {
		return nil, err
	}
	out := &api.ListDeadLetterSourceQueuesOutput{QueueUrls: []string{}}
	for _, source := range list.Items {
		out.QueueUrls = append(out.QueueUrls, address(c, source))
	}
	if p.token {
		out.NextToken = tokenOf(list.Next)
	}
	return out, nil
}
