package main

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// authz is the data of the Service Authorization Reference: per service prefix its actions and resource types.
type authz struct {
	Source      string                   `json:"source,omitempty"`
	License     string                   `json:"license,omitempty"`
	RCPServices []string                 `json:"rcpServices,omitempty"` // services whose resources resource control policies cover
	Services    map[string]*authzService `json:"services"`
}

type authzService struct {
	Name      string                     `json:"name,omitempty"`
	Actions   map[string]json.RawMessage `json:"actions"`
	Resources map[string]json.RawMessage `json:"resources"`
	Keys      map[string]string          `json:"keys,omitempty"` // condition keys and their types
}

// action is one row: access level, resource types, condition keys, dependent actions.
type action struct {
	Level     byte
	Resources []actionResource
	Keys      []string
	Dependent []string
}

type actionResource struct {
	Name     string
	Required bool
	Keys     []string // keys of the type that hold for this action only
}

func readAuthz(path string) (*authz, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		r = z
	}
	a := &authz{}
	if err := json.NewDecoder(r).Decode(a); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return a, nil
}

// action returns the row of "prefix:Name", or nil when the reference has none.
func (a *authz) action(name string) (*action, error) {
	prefix, op, _ := strings.Cut(name, ":")
	s := a.Services[prefix]
	if s == nil || s.Actions[op] == nil {
		return nil, nil
	}
	var row []json.RawMessage
	if err := json.Unmarshal(s.Actions[op], &row); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	out := &action{}
	for i, to := range []any{new(string), new([]json.RawMessage), &out.Keys, &out.Dependent} {
		if i >= len(row) {
			break
		}
		if err := json.Unmarshal(row[i], to); err != nil {
			return nil, fmt.Errorf("%s: column %d: %w", name, i, err)
		}
		switch to := to.(type) {
		case *string:
			out.Level = level(*to)
		case *[]json.RawMessage:
			for _, raw := range *to {
				r, err := resource(raw)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", name, err)
				}
				out.Resources = append(out.Resources, r)
			}
		}
	}
	if out.Level == 0 {
		return nil, fmt.Errorf("%s: no access level", name)
	}
	return out, nil
}

// level reads one letter, or the long form of actions that are of two levels ("Permissions management, Write").
func level(s string) byte {
	switch {
	case strings.Contains(s, "Permissions"):
		return 'P'
	case strings.Contains(s, "Tagging"):
		return 'T'
	case len(s) == 1 && strings.Contains("LRWPT", s):
		return s[0]
	}
	return 0
}

// resource reads "type", "type*" or ["type*", "key", ...].
func resource(raw json.RawMessage) (actionResource, error) {
	var parts []string
	if len(raw) > 0 && raw[0] == '[' {
		if err := json.Unmarshal(raw, &parts); err != nil {
			return actionResource{}, err
		}
	} else {
		parts = make([]string, 1)
		if err := json.Unmarshal(raw, &parts[0]); err != nil {
			return actionResource{}, err
		}
	}
	if len(parts) == 0 {
		return actionResource{}, fmt.Errorf("empty resource type")
	}
	name, required := strings.CutSuffix(parts[0], "*")
	return actionResource{Name: name, Required: required, Keys: parts[1:]}, nil
}

// resourceType returns the ARN templates and condition keys of a type. Its row is ["arn"], ["arn", [keys]] or [["arn", ...], [keys]].
func (a *authz) resourceType(prefix, name string) (arns, keys []string, err error) {
	s := a.Services[prefix]
	if s == nil || s.Resources[name] == nil {
		return nil, nil, nil
	}
	var row []json.RawMessage
	if err := json.Unmarshal(s.Resources[name], &row); err != nil {
		return nil, nil, fmt.Errorf("resource type %s:%s: %w", prefix, name, err)
	}
	for _, raw := range row {
		if len(raw) > 0 && raw[0] == '"' {
			var arn string
			if err := json.Unmarshal(raw, &arn); err != nil {
				return nil, nil, err
			}
			arns = append(arns, arn)
			continue
		}
		var l []string
		if err := json.Unmarshal(raw, &l); err != nil {
			return nil, nil, fmt.Errorf("resource type %s:%s: %w", prefix, name, err)
		}
		if len(l) > 0 && strings.HasPrefix(l[0], "arn:") {
			arns = append(arns, l...)
		} else {
			keys = append(keys, l...)
		}
	}
	return arns, keys, nil
}
