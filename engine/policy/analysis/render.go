package analysis

import (
	"encoding/json"
	"fmt"

	"vauban/engine/policy"
)

// statement is a statement of a policy as JSON, in the members that probes need.
type statement struct {
	Effect       string
	Principal    any                            `json:",omitempty"`
	NotPrincipal any                            `json:",omitempty"`
	Action       any                            `json:",omitempty"`
	NotAction    any                            `json:",omitempty"`
	Resource     any                            `json:",omitempty"`
	NotResource  any                            `json:",omitempty"`
	Condition    map[string]map[string][]string `json:",omitempty"`
}

// document parses statements that this package has written.
func document(version string, list ...statement) (*policy.Document, error) {
	text, err := json.Marshal(map[string]any{"Version": version, "Statement": append([]statement{}, list...)})
	if err != nil {
		return nil, fmt.Errorf("write policy: %w", err)
	}
	d, err := policy.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	return d, nil
}

func effect(e policy.Effect) string {
	if e == policy.Allow {
		return "Allow"
	}
	return "Deny"
}

// principal writes a Principal element.
func principal(list []policy.PrincipalElement) any {
	if list == nil {
		return nil
	}
	out := map[policy.PrincipalType][]string{}
	for _, p := range list {
		t := p.Type
		if t == policy.PrincipalAny {
			t = policy.PrincipalAWS
		}
		out[t] = append(out[t], p.Text)
	}
	return out
}

func texts(list []policy.Element) []string {
	var out []string
	for _, e := range list {
		out = append(out, e.Text)
	}
	return out
}

// optional keeps an absent list absent.
func optional(list []policy.Element) any {
	if list == nil {
		return nil
	}
	return texts(list)
}

// conditions writes a Condition block. Names of operators that differ only in case stay apart.
func conditions(list []policy.Condition) map[string]map[string][]string {
	if len(list) == 0 {
		return nil
	}
	out := map[string]map[string][]string{}
	for i := range list {
		c := &list[i]
		if out[c.Operator.Name] == nil {
			out[c.Operator.Name] = map[string][]string{}
		}
		out[c.Operator.Name][c.Key] = append([]string{}, texts(c.Values)...)
	}
	return out
}

// render writes a whole statement.
func render(s *policy.Statement) statement {
	return statement{
		Effect: effect(s.Effect), Principal: principal(s.Principal), NotPrincipal: principal(s.NotPrincipal),
		Action: optional(s.Action), NotAction: optional(s.NotAction),
		Resource: optional(s.Resource), NotResource: optional(s.NotResource), Condition: conditions(s.Condition),
	}
}
