package sqs

import (
	"encoding/json"
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

// permission is a statement that AddPermission makes.
type permission struct {
	Sid       string
	Effect    string
	Principal struct{ AWS oneOrMore }
	Action    oneOrMore
	Resource  string
}

// oneOrMore is a list that a policy writes without brackets when it has one item.
type oneOrMore []string

// MarshalJSON implements json.Marshaler.
func (l oneOrMore) MarshalJSON() ([]byte, error) {
	if len(l) == 1 {
		return json.Marshal(l[0])
	}
	return json.Marshal([]string(l))
}

// document is a policy whose statements are taken as they are.
type document struct {
	Version   string
	ID        string            `json:"Id,omitempty"`
	Statement []json.RawMessage // a single one without brackets is read, too
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
	if doc.labelled(st.Sid) >= 0 {
		return nil, badValue(st.Sid, "Label", "Already exists.")
	}
	raw, err := json.Marshal(st)
	if err != nil {
		return nil, err
	}
	doc.Statement = append(doc.Statement, raw)
	return &api.AddPermissionOutput{}, s.putDocument(c, q, doc)
}

// permitted is the statement that the call asks for.
func (q *Queue) permitted(in *api.AddPermissionInput) (*permission, error) {
	st := &permission{Sid: wire.Text(in.Label), Effect: "Allow", Resource: q.arn()}
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
	for _, a := range in.AWSAccountIds {
		if !arn.IsAccount(a) {
			return nil, badValue("["+bounded(strings.Join(in.AWSAccountIds, ", "), 200)+"]", "PrincipalId", "Unable to verify.")
		}
		st.Principal.AWS = append(st.Principal.AWS, "arn:aws:iam::"+a+":root")
	}
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
	i := doc.labelled(wire.Text(in.Label))
	if i < 0 {
		return nil, badValue(bounded(wire.Text(in.Label), 100), "Label", "can't find label.")
	}
	doc.Statement = slices.Delete(doc.Statement, i, i+1)
	return &api.RemovePermissionOutput{}, s.putDocument(c, q, doc)
}

// document is the queue's policy, to be changed.
func (s *Service) document(c *service.Call, q *Queue) (*document, error) {
	if q.Policy == "" {
		return &document{Version: "2012-10-17", ID: q.arn() + "/SQSDefaultPolicy"}, nil
	}
	text, err := s.principals.ShowPrincipals(c.Tx, q.Policy, q.Owners)
	if err != nil {
		return nil, err
	}
	var doc document
	if json.Unmarshal([]byte(text), &doc) == nil {
		return &doc, nil
	}
	var one struct {
		Version   string
		ID        string `json:"Id"`
		Statement json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &one); err != nil {
		return nil, err
	}
	return &document{Version: one.Version, ID: one.ID, Statement: []json.RawMessage{one.Statement}}, nil
}

// labelled is where the statement of that ID stands, -1 when there is none.
func (d *document) labelled(sid string) int {
	return slices.IndexFunc(d.Statement, func(raw json.RawMessage) bool {
		var st struct{ Sid string }
		return json.Unmarshal(raw, &st) == nil && st.Sid == sid
	})
}

func (s *Service) putDocument(c *service.Call, q *Queue, doc *document) error {
	text := ""
	if len(doc.Statement) > 0 {
		b, err := json.Marshal(doc)
		if err != nil {
			return err
		}
		text = string(b)
	}
	if err := s.setPolicy(c, q, text); err != nil {
		return err
	}
	q.Modified = c.Time
	return queues.Update(c.Tx, q)
}
