package cloudtrail

import (
	"errors"
	"time"

	"vauban/engine/selector"
	"vauban/store"
)

// Trail is a trail. It belongs to an account, or to the management account of an organization, and to its home region.
type Trail struct {
	ID string `json:"id"` // of this trail, not of a later one with its name: its delivery is kept under it
	Settings
	Insights []string          `json:"insights,omitempty"` // types of Insights events, none when they are off
	Tags     map[string]string `json:"tags,omitempty"`

	Logging bool      `json:"logging"`
	Started time.Time `json:"started"` // of the last StartLogging, zero before the first
	Stopped time.Time `json:"stopped"` // of the last StopLogging
}

// Settings say what a trail delivers, and where to.
type Settings struct {
	Account      string             `json:"account"`
	Region       string             `json:"region"` // home
	Name         string             `json:"name"`
	Organization string             `json:"organization,omitempty"` // whose trail it is, "" for an account's own
	Bucket       string             `json:"bucket"`
	Prefix       string             `json:"prefix,omitempty"`
	Key          string             `json:"key,omitempty"`      // ARN of the KMS key, "" for S3's own encryption
	Topic        string             `json:"topic,omitempty"`    // ARN of the SNS topic that is told about log files, "" for none
	LogGroup     string             `json:"logGroup,omitempty"` // ARN of the CloudWatch Logs group that gets the events too, "" for none
	LogRole      string             `json:"logRole,omitempty"`  // ARN of the role that writes there
	GlobalEvents bool               `json:"globalEvents"`
	MultiRegion  bool               `json:"multiRegion"`
	Validation   bool               `json:"validation"` // digests are delivered too
	Basic        []EventSelector    `json:"basic,omitempty"`
	Advanced     selector.Selectors `json:"advanced,omitempty"` // instead of Basic
}

// EventSelector is a basic event selector.
type EventSelector struct {
	ReadWrite  string         `json:"readWrite"` // "All", "ReadOnly" or "WriteOnly"
	Management bool           `json:"management"`
	Excluded   []string       `json:"excluded,omitempty"` // sources of management events
	Data       []DataResource `json:"data,omitempty"`
}

// DataResource selects the data events of resources whose ARN begins with one of the values.
type DataResource struct {
	Type   string   `json:"type"`
	Values []string `json:"values"`
}

// ARN is the trail's.
func (t *Settings) ARN(partition string) string {
	return "arn:" + partition + ":cloudtrail:" + t.Region + ":" + t.Account + ":trail/" + t.Name
}

var trails = &store.Table[Trail]{
	Name: "cloudtrail.trail",
	Key:  func(t *Trail) store.Key { return trailKey(t.Account, t.Region, t.Name) },
	Refs: map[string]func(*Trail) []store.Key{"organization": func(t *Trail) []store.Key {
		if t.Organization == "" {
			return nil
		}
		return []store.Key{store.K(t.Organization)}
	}},
}

func trailKey(account, region, name string) store.Key { return store.K(account, region, name) }

func absent(err error) bool { return errors.Is(err, store.ErrNotFound) }

// customSelectors reports whether the trail has other selectors than those that it was made with.
func (t *Trail) customSelectors() bool {
	return len(t.Advanced) > 0 || len(t.Basic) != 1 || !t.Basic[0].isDefault()
}

// defaultSelectors are those of a trail that was not given any: all management events.
func defaultSelectors() []EventSelector {
	return []EventSelector{{ReadWrite: "All", Management: true}}
}

func (e *EventSelector) isDefault() bool {
	return e.ReadWrite == "All" && e.Management && len(e.Excluded) == 0 && len(e.Data) == 0
}
