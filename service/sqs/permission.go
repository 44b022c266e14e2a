package sqs

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	api "vauban/api/sqs"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

func (s *Service) permissionOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpAddPermission, on(s, own, func(in *api.AddPermissionInput) *string { return in.QueueUrl }), s.addPermission),
		service.Writes(api.OpRemovePermission, on(s, own, func(in *api.RemovePermissionInput) *string { return in.QueueUrl }), s.removePermission),
	}
}

// maxPolicy is the size of a queue policy in bytes, and of its parts. Developer guide: "Amazon SQS policy quotas".
const (
	maxPolicy     = 8192
	maxActions    = 7
	maxPrincipals = 50
)

// setPolicy makes text the queue's policy; "" takes it away.
func (s *Service) setPolicy(c *service.Call, q *Queue, text string) error {
	if text == "" {
		q.Policy, q.Owners = "", nil
		return nil
	}
	bad := badAttribute(api.QueueAttributeNamePolicy)
	if len(text) > maxPolicy {
		return bad
	}
	doc, err := policy.Validate(policy.ResourcePolicy, []byte(text), policy.Checks{})
	if err != nil {
		return bad.Because(err)
	}
	for i := range doc.Statements {
		for _, a := range slices.Concat(doc.Statements[i].Action, doc.Statements[i].NotAction) {
			if prefix, _, _ := strings.Cut(a.Text, ":"); a.Text != "*" && !strings.EqualFold(prefix, "sqs") {
				return bad.Because(errors.New("the action " + a.Text + " is not one of SQS"))
			}
		}
	}
	bound, owners, err := s.principals.BindPrincipals(c.Tx, text)
	if store.IsAbsent(err) {
		return bad.Because(errors.New("a principal does not exist"))
	}
	if err != nil {
		return err
	}
	q.Policy, q.Owners = bound, owners
	return nil
}

var label = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

func (s *Service) addPermission(c *service.Call, in *api.AddPermissionInput) (*api.AddPermissionOutput, error) {
	q, err := found(c)
	if err != nil {
		return nil, err
	}
	st, err := q.permitted(in)
	if err != nil {
		return nil, err
	}
	doc, err := s.document(c, q)
	if err != nil {
		return nil, err
	}
	if doc.Has(st.Sid) {
		return nil, badValue(st.Sid, "Label", "Already exists.")
	}
	if _, err := doc.Put(st); err != nil {
		return nil, err
	}
	return &api.AddPermissionOutput{}, s.putDocument(c, q, doc)
}

// permitted is the statement that the call asks for.
func (q *Queue) permitted(in *api.AddPermissionInput) (*service.Statement, error) {
	st := &service.Statement{Sid: wire.Text(in.Label), Effect: "Allow", Resource: q.arn()}
	switch {
	case !label.MatchString(st.Sid):
		return nil, badValue(bounded(st.Sid, 100), "Label", "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	case len(in.AWSAccountIds) == 0:
		return nil, missing("PrincipalId")
	case len(in.Actions) == 0:
		return nil, missing("Actions")
	case len(in.Actions) > maxActions:
		return nil, api.OverLimit.New("%d Actions were found, maximum allowed is %d.", len(in.Actions), maxActions)
	case len(in.AWSAccountIds) > maxPrincipals:
		return nil, api.OverLimit.New("%d principals were found, maximum allowed is %d.", len(in.AWSAccountIds), maxPrincipals)
	}
	var accounts service.OneOrMore
	for _, a := range in.AWSAccountIds {
		if !arn.IsAccount(a) {
			return nil, badValue("["+bounded(strings.Join(in.AWSAccountIds, ", "), 200)+"]", "PrincipalId", "Unable to verify.")
		}
		accounts = append(accounts, "arn:aws:iam::"+a+":root")
	}
	st.Principal = map[string]service.OneOrMore{"AWS": accounts}
	for _, a := range in.Actions {
		if !slices.Contains(permissible, a) {
			return nil, badValue("SQS:"+bounded(a, 100), "ActionName", "Only the queue owner is allowed to invoke this action.")
		}
		st.Action = append(st.Action, "SQS:"+a)
	}
	return st, nil
}

// permissible are the actions that AddPermission takes. API reference: "AddPermission".
var permissible = []string{
	"*", "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue",
}

func (s *Service) removePermission(c *service.Call, in *api.RemovePermissionInput) (*api.RemovePermissionOutput, error) {
	q, err := found(c)
	if err != nil {
		return nil, err
	}
	doc, err := s.document(c, q)
	if err != nil {
		return nil, err
	}
	if !doc.Remove(wire.Text(in.Label)) {
		return nil, badValue(bounded(wire.Text(in.Label), 100), "Label", "can't find label.")
	}
	return &api.RemovePermissionOutput{}, s.putDocument(c, q, doc)
}

// document is the queue's policy, to be changed.
func (s *Service) document(c *service.Call, q *Queue) (*service.ResourcePolicy, error) {
	if q.Policy == "" {
		return &service.ResourcePolicy{Version: "2012-10-17", ID: q.arn() + "/SQSDefaultPolicy"}, nil
	}
	text, err := s.principals.ShowPrincipals(c.Tx, q.Policy, q.Owners)
	if err != nil {
		return nil, err
	}
	return service.ReadResourcePolicy(text)
}

func (s *Service) putDocument(c *service.Call, q *Queue, doc *service.ResourcePolicy) error {
	text := ""
	if len(doc.Statement) > 0 {
		var err error
		if text, err = doc.Text(); err != nil {
			return err
		}
	}
	if err := s.setPolicy(c, q, text); err != nil {
		return err
	}
	q.Modified = c.Time
	return queues.Update(c.Tx, q)
}
