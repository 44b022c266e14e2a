package lambda

import (
	"time"

	api "vauban/api/lambda"
	"vauban/service"
	"vauban/store"
)

// Mapping is an event source mapping: messages of a queue that a function is invoked with. Developer guide: "Using Lambda with Amazon SQS".
type Mapping struct {
	Account, Region, ID string

	Source    string // ARN of the queue
	Function  string // ARN, with the qualifier that was given
	Name      string // of the function
	Qualifier string `json:",omitempty"`

	Enabled     bool
	Batch       int
	Window      int      `json:",omitempty"` // seconds
	Filters     []string `json:",omitempty"` // patterns: a message that matches one of them counts
	Report      bool     `json:",omitempty"` // the function reports which messages of a batch have failed
	Concurrency int      `json:",omitempty"` // batches at a time; 0 means the default

	Modified time.Time
	Tags     map[string]string `json:",omitempty"`
	Result   string            `json:",omitempty"` // of the last poll
}

var mappings = &store.Table[Mapping]{
	Name: "lambda.mapping",
	Key:  func(m *Mapping) store.Key { return store.K(m.Account, m.Region, m.ID) },
	Unique: map[string]func(*Mapping) store.Key{
		"pair": func(m *Mapping) store.Key { return store.K(m.Account, m.Region, m.Source, m.Function) },
	},
	Refs: map[string]func(*Mapping) []store.Key{
		"function": func(m *Mapping) []store.Key { return []store.Key{store.K(m.Account, m.Region, m.Name)} },
	},
}

const typeMapping = "AWS::Lambda::EventSourceMapping"

func mappingARN(account, region, id string) string {
	return "arn:aws:lambda:" + region + ":" + account + ":event-source-mapping:" + id
}

func (m *Mapping) arn() string { return mappingARN(m.Account, m.Region, m.ID) }

// askMapping is the question about a mapping; m is nil when there is none.
func askMapping(c *service.Call, arn string, m *Mapping) service.Question {
	q := service.Question{Resource: arn, ResourceType: typeMapping, Context: map[string][]string{}}
	if m == nil {
		return q
	}
	q.Context["lambda:FunctionArn"] = []string{m.Function}
	service.ResourceTags(q.Context, service.TagMap(m.Tags))
	return q
}

// states of a mapping, in AWS's words.
const (
	stateEnabled  = "Enabled"
	stateDisabled = "Disabled"
	stateDeleting = "Deleting"
)

func (m *Mapping) shown() *api.EventSourceMappingConfiguration {
	out := &api.EventSourceMappingConfiguration{
		UUID: &m.ID, EventSourceMappingArn: new(m.arn()), EventSourceArn: &m.Source, FunctionArn: &m.Function, BatchSize: new(int64(m.Batch)),
		MaximumBatchingWindowInSeconds: new(int64(m.Window)), LastModified: &m.Modified, State: new(stateDisabled), StateTransitionReason: new("USER_INITIATED"),
		FunctionResponseTypes: []string{},
	}
	if m.Enabled {
		out.State = new(stateEnabled)
	}
	if m.Report {
		out.FunctionResponseTypes = []string{api.FunctionResponseTypeReportBatchItemFailures}
	}
	if m.Concurrency > 0 {
		out.ScalingConfig = &api.ScalingConfig{MaximumConcurrency: new(int64(m.Concurrency))}
	}
	if m.Result != "" {
		out.LastProcessingResult = &m.Result
	}
	if len(m.Filters) > 0 {
		out.FilterCriteria = &api.FilterCriteria{}
		for i := range m.Filters {
			out.FilterCriteria.Filters = append(out.FilterCriteria.Filters, api.Filter{Pattern: &m.Filters[i]})
		}
	}
	return out
}
