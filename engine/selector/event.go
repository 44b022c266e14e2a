package selector

import (
	"encoding/json"
	"fmt"
)

// Event is what selectors see of a record.
type Event struct {
	Category    string // "Management", "Data", "Insight"
	Source      string
	Name        string
	Type        string // "AwsApiCall"
	UserARN     string
	ReadOnly    bool
	FromConsole bool
	Resources   []Resource
}

// Resource is a resource that a record names.
type Resource struct{ Type, ARN string }

// EventOf reads a CloudTrail record.
func EventOf(record []byte) (*Event, error) {
	var r struct {
		Category    string `json:"eventCategory"`
		Source      string `json:"eventSource"`
		Name        string `json:"eventName"`
		Type        string `json:"eventType"`
		ReadOnly    bool   `json:"readOnly"`
		FromConsole string `json:"sessionCredentialFromConsole"`
		User        struct {
			ARN string `json:"arn"`
		} `json:"userIdentity"`
		Resources []struct {
			Type string `json:"type"`
			ARN  string `json:"ARN"`
		} `json:"resources"`
	}
	if err := json.Unmarshal(record, &r); err != nil {
		return nil, fmt.Errorf("read a record for selectors: %w", err)
	}
	e := &Event{Category: r.Category, Source: r.Source, Name: r.Name, Type: r.Type, UserARN: r.User.ARN, ReadOnly: r.ReadOnly, FromConsole: r.FromConsole == "true"}
	for _, x := range r.Resources {
		e.Resources = append(e.Resources, Resource{x.Type, x.ARN})
	}
	return e, nil
}
