package service

import (
	"encoding/json"
	"fmt"
	"slices"

	"vauban/store"
)

// Principals keeps resource policies true to whom they name: a user or role that is made again under an old name is another one.
type Principals interface {
	// BindPrincipals puts unique IDs in place of the ARNs of users and roles that a policy names, and tells the accounts of the IDs;
	// [store.ErrNotFound] when one does not exist.
	BindPrincipals(tx store.Tx, text string) (bound string, accounts map[string]string, err error)
	// ShowPrincipals puts the ARNs of those that live back.
	ShowPrincipals(tx store.Tx, stored string, accounts map[string]string) (string, error)
}

// ResourcePolicy is a policy into which operations like AddPermission put single statements. The others stay as they are written.
type ResourcePolicy struct {
	Version   string            `json:",omitempty"`
	ID        string            `json:"Id,omitempty"`
	Statement []json.RawMessage // a single one without brackets is read, too
}

// Statement is what such an operation makes.
type Statement struct {
	Sid       string
	Effect    string
	Principal any // "*", or values by AWS or Service
	Action    OneOrMore
	Resource  string
	Condition map[string]map[string]string `json:",omitempty"`
}

// OneOrMore is a list that a policy writes without brackets when it has one item.
type OneOrMore []string

// MarshalJSON implements json.Marshaler.
func (l OneOrMore) MarshalJSON() ([]byte, error) {
	if len(l) == 1 {
		return json.Marshal(l[0])
	}
	return json.Marshal([]string(l))
}

// ReadResourcePolicy takes apart a policy that was valid when it was stored.
func ReadResourcePolicy(text string) (*ResourcePolicy, error) {
	var has struct {
		Version   string
		ID        string `json:"Id"`
		Statement json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &has); err != nil {
		return nil, fmt.Errorf("read resource policy: %w", err)
	}
	p := &ResourcePolicy{Version: has.Version, ID: has.ID}
	if json.Unmarshal(has.Statement, &p.Statement) != nil {
		p.Statement = []json.RawMessage{has.Statement}
	}
	return p, nil
}

func (p *ResourcePolicy) index(sid string) int {
	return slices.IndexFunc(p.Statement, func(raw json.RawMessage) bool {
		var st struct{ Sid string }
		return json.Unmarshal(raw, &st) == nil && st.Sid == sid
	})
}

// Has tells whether a statement has that ID.
func (p *ResourcePolicy) Has(sid string) bool { return p.index(sid) >= 0 }

// Put puts the statement in the place of the one with its ID, or behind all others, and returns it as it is written.
func (p *ResourcePolicy) Put(st *Statement) (string, error) {
	raw, err := json.Marshal(st)
	if err != nil {
		return "", fmt.Errorf("write statement %s: %w", st.Sid, err)
	}
	if i := p.index(st.Sid); i >= 0 {
		p.Statement[i] = raw
	} else {
		p.Statement = append(p.Statement, raw)
	}
	return string(raw), nil
}

// Remove takes the statement of that ID out, and tells whether there was one.
func (p *ResourcePolicy) Remove(sid string) bool {
	i := p.index(sid)
	if i >= 0 {
		p.Statement = slices.Delete(p.Statement, i, i+1)
	}
	return i >= 0
}

// Text is the policy as it is stored and shown.
func (p *ResourcePolicy) Text() (string, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("write resource policy: %w", err)
	}
	return string(b), nil
}
