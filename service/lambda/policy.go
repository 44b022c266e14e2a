package lambda

import (
	"encoding/json"
	"slices"

	api "vauban/api/lambda"
	"vauban/engine/policy"
	"vauban/store"
)

// Policy is a resource policy, with unique IDs in place of principals.
type Policy struct {
	Text   string            `json:",omitempty"`
	Owners map[string]string `json:",omitempty"` // accounts of these IDs
}

// maxPolicy is the size of a resource policy in bytes. Developer guide: "Lambda quotas".
const maxPolicy = 20480

// statement is one of a resource policy, as AddPermission makes it.
type statement struct {
	Sid       string
	Effect    string
	Principal any
	Action    string
	Resource  string
	Condition map[string]map[string]string `json:",omitempty"`
}

// document is a resource policy whose statements are taken as they are.
type document struct {
	Version   string
	ID        string `json:"Id"`
	Statement []json.RawMessage
}

// document is the policy with the principals that live, to be changed.
func (s *Service) document(tx store.Tx, p *Policy) (*document, error) {
	doc := &document{Version: "2012-10-17", ID: "default"}
	if p.Text == "" {
		return doc, nil
	}
	text, err := s.principals.ShowPrincipals(tx, p.Text, p.Owners)
	if err != nil {
		return nil, err
	}
	return doc, json.Unmarshal([]byte(text), doc)
}

// labelled is where the statement of that ID stands, -1 when there is none.
func (d *document) labelled(sid string) int {
	return slices.IndexFunc(d.Statement, func(raw json.RawMessage) bool {
		var st struct{ Sid string }
		return json.Unmarshal(raw, &st) == nil && st.Sid == sid
	})
}

// add returns the policy with one more statement, and the statement as it is written.
func (s *Service) add(tx store.Tx, p *Policy, st *statement) (Policy, string, error) {
	doc, err := s.document(tx, p)
	if err != nil {
		return Policy{}, "", err
	}
	if doc.labelled(st.Sid) >= 0 {
		return Policy{}, "", conflict("The statement id (%s) provided already exists. Please provide a new statement id, or remove the existing statement.", st.Sid)
	}
	raw, err := json.Marshal(st)
	if err != nil {
		return Policy{}, "", err
	}
	doc.Statement = append(doc.Statement, raw)
	out, err := s.bind(tx, doc)
	return out, string(raw), err
}

// remove returns the policy without the statement.
func (s *Service) remove(tx store.Tx, p *Policy, sid string) (Policy, error) {
	doc, err := s.document(tx, p)
	if err != nil {
		return Policy{}, err
	}
	i := doc.labelled(sid)
	if i < 0 {
		return Policy{}, missing("Statement %s is not found in resource policy.", bounded(sid, 100))
	}
	doc.Statement = slices.Delete(doc.Statement, i, i+1)
	if len(doc.Statement) == 0 {
		return Policy{}, nil
	}
	return s.bind(tx, doc)
}

// bind is a policy as it is stored.
func (s *Service) bind(tx store.Tx, doc *document) (Policy, error) {
	b, err := json.Marshal(doc)
	if err != nil {
		return Policy{}, err
	}
	if len(b) > maxPolicy {
		return Policy{}, user(api.PolicyLengthExceededException.New("The final policy size (%d) is bigger than the limit (%d).", len(b), maxPolicy))
	}
	if _, err := policy.Validate(policy.ResourcePolicy, b, policy.Checks{}); err != nil {
		return Policy{}, badPrincipal().Because(err)
	}
	bound, owners, err := s.principals.BindPrincipals(tx, string(b))
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
	b, err := json.Marshal(doc)
	return string(b), err
}
