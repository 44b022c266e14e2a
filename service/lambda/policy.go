package lambda

import (
	api "vauban/api/lambda"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// Policy is a resource policy, with unique IDs in place of principals.
type Policy struct {
	Text   string            `json:",omitempty"`
	Owners map[string]string `json:",omitempty"` // accounts of these IDs
}

// maxPolicy is the size of a resource policy in bytes. Developer guide: "Lambda quotas".
const maxPolicy = 20480

// document is the policy with the principals that live, to be changed.
func (s *Service) document(tx store.Tx, p *Policy) (*service.ResourcePolicy, error) {
	if p.Text == "" {
		return &service.ResourcePolicy{Version: "2012-10-17", ID: "default"}, nil
	}
	text, err := s.principals.ShowPrincipals(tx, p.Text, p.Owners)
	if err != nil {
		return nil, err
	}
	return service.ReadResourcePolicy(text)
}

// add returns the policy with one more statement, and the statement as it is written.
func (s *Service) add(tx store.Tx, p *Policy, st *service.Statement) (Policy, string, error) {
	doc, err := s.document(tx, p)
	if err != nil {
		return Policy{}, "", err
	}
	if doc.Has(st.Sid) {
		return Policy{}, "", conflict("The statement id (%s) provided already exists. Please provide a new statement id, or remove the existing statement.", st.Sid)
	}
	raw, err := doc.Put(st)
	if err != nil {
		return Policy{}, "", err
	}
	out, err := s.bind(tx, doc)
	return out, raw, err
}

// remove returns the policy without the statement.
func (s *Service) remove(tx store.Tx, p *Policy, sid string) (Policy, error) {
	doc, err := s.document(tx, p)
	if err != nil {
		return Policy{}, err
	}
	if !doc.Remove(sid) {
		return Policy{}, missing("Statement %s is not found in resource policy.", bounded(sid, 100))
	}
	if len(doc.Statement) == 0 {
		return Policy{}, nil
	}
	return s.bind(tx, doc)
}

// bind is a policy as it is stored.
func (s *Service) bind(tx store.Tx, doc *service.ResourcePolicy) (Policy, error) {
	text, err := doc.Text()
	if err != nil {
		return Policy{}, err
	}
	if len(text) > maxPolicy {
		return Policy{}, user(api.PolicyLengthExceededException.New("The final policy size (%d) is bigger than the limit (%d).", len(text), maxPolicy))
	}
	if _, err := policy.Validate(policy.ResourcePolicy, []byte(text), policy.Checks{}); err != nil {
		return Policy{}, badPrincipal().Because(err)
	}
	bound, owners, err := s.principals.BindPrincipals(tx, text)
	if store.IsAbsent(err) {
		return Policy{}, badPrincipal().Because(err)
	}
	return Policy{Text: bound, Owners: owners}, err
}

// written is the policy for its readers.
func (s *Service) written(tx store.Tx, p *Policy) (string, error) {
	doc, err := s.document(tx, p)
	if err != nil {
		return "", err
	}
	return doc.Text()
}
