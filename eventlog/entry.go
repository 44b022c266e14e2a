package eventlog

import (
	"encoding/json"
	"time"
)

// Entry is one recorded call.
type Entry struct {
	Seq     int64     // log order; given by the store
	ID      string    // eventID, a UUID
	Time    time.Time // eventTime
	Account string    // recipientAccountId
	Region  string    // awsRegion of the record
	Data    bool      // data event: kept 7 days, absent from Lookup

	// What Lookup finds it by.
	Name        string // eventName
	Source      string // eventSource
	User        string // user name as CloudTrail's Username attribute has it
	AccessKeyID string
	ReadOnly    bool
	Resources   []Resource

	Record json.RawMessage // the CloudTrail record, format 1.11
	Authz  json.RawMessage // the questions asked and the decision, for replay; never delivered
}

// Resource is a resource named in an entry.
type Resource struct {
	Type string `json:"type"` // "AWS::IAM::User"
	Name string `json:"name"` // name or ARN
}

// Attribute is one of LookupEvents' lookup attributes.
type Attribute string

// The attributes, with CloudTrail's names.
const (
	ByEventID      Attribute = "EventId"
	ByEventName    Attribute = "EventName"
	ByReadOnly     Attribute = "ReadOnly"
	ByUsername     Attribute = "Username"
	ByResourceType Attribute = "ResourceType"
	ByResourceName Attribute = "ResourceName"
	ByEventSource  Attribute = "EventSource"
	ByAccessKeyID  Attribute = "AccessKeyId"
)

// Query selects management events of one account, newest first.
type Query struct {
	Account    string
	Region     string    // "" for all
	Attribute  Attribute // "" for all
	Value      string
	Start, End time.Time // inclusive; zero means open
	Limit      int
	Before     string // position from a former page, "" for the first
}
