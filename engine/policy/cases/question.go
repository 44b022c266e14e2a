package cases

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Question is one question with all that bears on it. Members that it does not know are refused.
type Question struct {
	ID                   string          `json:"id"`
	Request              Request         `json:"request"`
	IdentityPolicies     []Policy        `json:"identityPolicies,omitempty"` // of the user and its groups, or of the role
	PermissionBoundaries []Policy        `json:"permissionBoundaries,omitempty"`
	SessionPolicy        json.RawMessage `json:"sessionPolicy,omitempty"`
	SCPs                 []Level         `json:"scps,omitempty"` // from the root down to the account; none: no organisation
	RCPs                 []Level         `json:"rcps,omitempty"` // likewise; RCPFullAWSAccess is implied
	ResourcePolicy       json.RawMessage `json:"resourcePolicy,omitempty"`
	EndpointPolicies     []Policy        `json:"endpointPolicies,omitempty"`
}

// Request is who wants to do what.
type Request struct {
	Principal       Principal         `json:"principal"`
	Action          string            `json:"action"`
	Resource        string            `json:"resource"`                  // ARN, or "*"
	ResourceAccount string            `json:"resourceAccount,omitempty"` // default: the account in the ARN, or the principal's
	Context         map[string]Values `json:"context,omitempty"`
}

// Policy is a policy document with the name that answers cite.
type Policy struct {
	Name   string          `json:"name"`
	Policy json.RawMessage `json:"policy"`
}

// Level is one node of the organisation with all that is attached to it.
type Level struct {
	Level    string   `json:"level"`
	Policies []Policy `json:"policies"`
}

// Principal is an ARN, a service name, or {"type": "Anonymous"}.
type Principal struct {
	Text      string
	Anonymous bool
}

// UnmarshalJSON reads either form.
func (p *Principal) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &p.Text)
	}
	var o struct {
		Type string `json:"type"`
	}
	if err := strict(b, &o); err != nil || o.Type != "Anonymous" {
		return errors.New(`principal is an ARN, a service name or {"type":"Anonymous"}`)
	}
	p.Anonymous = true
	return nil
}

// Values is one value, or a set of them.
type Values struct {
	Multi bool
	List  []string
}

// UnmarshalJSON reads a string or a list of strings.
func (v *Values) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil && len(b) > 0 && b[0] == '"' {
		*v = Values{List: []string{one}}
		return nil
	}
	v.Multi = true
	if err := json.Unmarshal(b, &v.List); err != nil || v.List == nil {
		return errors.New("a context value is a string or a list of strings")
	}
	return nil
}

// strict decodes one JSON value and refuses unknown members and anything after it.
func strict(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("more than one JSON value")
	}
	return nil
}
