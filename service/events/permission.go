package events

import (
	api "vauban/api/events"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// maxPolicy is the size of a bus's policy in bytes. User Guide: "Amazon EventBridge quotas".
const maxPolicy = 10_240

func (s *Service) permissionOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPutPermission, onBus(s, func(in *api.PutPermissionInput) *string { return in.EventBusName }), s.putPermission),
		service.Writes(api.OpRemovePermission, onBus(s, func(in *api.RemovePermissionInput) *string { return in.EventBusName }), s.removePermission),
	}
}

func (s *Service) putPermission(c *service.Call, in *api.PutPermissionInput) (*api.PutPermissionOutput, error) {
	b, err := foundBus(c)
	if err != nil {
		return nil, err
	}
	if in.Policy != nil {
		if in.StatementId != nil || in.Principal != nil || in.Action != nil || in.Condition != nil {
			return nil, invalid("Parameter Policy cannot be used together with Action, Principal, StatementId or Condition.")
		}
		return &api.PutPermissionOutput{}, s.setPolicy(c, b, *in.Policy)
	}
	st, err := permitted(b, in)
	if err != nil {
		return nil, err
	}
	doc, err := s.document(c, b)
	if err != nil {
		return nil, err
	}
	if _, err := doc.Put(st); err != nil {
		return nil, err
	}
	return &api.PutPermissionOutput{}, s.putDocument(c, b, doc)
}

// permitted is the statement that the call asks for. API reference: "PutPermission".
func permitted(b *Bus, in *api.PutPermissionInput) (*service.Statement, error) {
	for name, v := range map[string]*string{"Action": in.Action, "Principal": in.Principal, "StatementId": in.StatementId} {
		if v == nil {
			return nil, invalid("Parameter(s) %s must be specified.", name)
		}
	}
	if *in.Action != "events:PutEvents" {
		return nil, invalid("Provided value in parameter 'action' is not supported.")
	}
	st := &service.Statement{Sid: *in.StatementId, Effect: "Allow", Action: service.OneOrMore{*in.Action}, Resource: b.named().arn()}
	if *in.Principal == "*" {
		st.Principal = "*"
	} else {
		st.Principal = map[string]string{"AWS": "arn:aws:iam::" + *in.Principal + ":root"}
	}
	if k := in.Condition; k != nil {
		if wire.Text(k.Type) != "StringEquals" || wire.Text(k.Key) != "aws:PrincipalOrgID" {
			return nil, invalid("Parameter Condition is not valid. Reason: Type must be StringEquals and Key aws:PrincipalOrgID.")
		}
		if *in.Principal != "*" {
			return nil, invalid("Parameter Condition is only valid with the principal '*'.")
		}
		st.Condition = map[string]map[string]string{"StringEquals": {"aws:PrincipalOrgID": wire.Text(k.Value)}}
	}
	return st, nil
}

func (s *Service) removePermission(c *service.Call, in *api.RemovePermissionInput) (*api.RemovePermissionOutput, error) {
	b, err := foundBus(c)
	if err != nil {
		return nil, err
	}
	if in.RemoveAllPermissions != nil && *in.RemoveAllPermissions {
		return &api.RemovePermissionOutput{}, s.setPolicy(c, b, "")
	}
	if in.StatementId == nil {
		return nil, invalid("Parameter StatementId is required.")
	}
	if b.Policy == "" {
		return nil, api.ResourceNotFoundException.New("EventBus does not have a policy.")
	}
	doc, err := s.document(c, b)
	if err != nil {
		return nil, err
	}
	if !doc.Remove(*in.StatementId) {
		return nil, api.ResourceNotFoundException.New("Statement with the provided id does not exist.")
	}
	return &api.RemovePermissionOutput{}, s.putDocument(c, b, doc)
}

// document is the bus's policy, to be changed.
func (s *Service) document(c *service.Call, b *Bus) (*service.ResourcePolicy, error) {
	if b.Policy == "" {
		return &service.ResourcePolicy{Version: "2012-10-17"}, nil
	}
	text, err := s.principals.ShowPrincipals(c.Tx, b.Policy, b.Owners)
	if err != nil {
		return nil, err
	}
	return service.ReadResourcePolicy(text)
}

func (s *Service) putDocument(c *service.Call, b *Bus, doc *service.ResourcePolicy) error {
	if len(doc.Statement) == 0 {
		return s.setPolicy(c, b, "")
	}
	text, err := doc.Text()
	if err != nil {
		return err
	}
	return s.setPolicy(c, b, text)
}

// setPolicy makes text the bus's policy; "" takes it away.
func (s *Service) setPolicy(c *service.Call, b *Bus, text string) error {
	b.Modified = c.Time
	if text == "" {
		b.Policy, b.Owners = "", nil
		return buses.Put(c.Tx, b)
	}
	if len(text) > maxPolicy {
		return api.PolicyLengthExceededException.New("The policy of an event bus can have %d bytes at most.", maxPolicy)
	}
	if _, err := policy.Validate(policy.ResourcePolicy, []byte(text), policy.Checks{}); err != nil {
		return invalid("Invalid policy: %s", err)
	}
	bound, owners, err := s.principals.BindPrincipals(c.Tx, text)
	if store.IsAbsent(err) {
		return invalid("Invalid policy: a principal does not exist.")
	}
	if err != nil {
		return err
	}
	b.Policy, b.Owners = bound, owners
	return buses.Put(c.Tx, b)
}
