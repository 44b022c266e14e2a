package cloudtrail

import (
	"strconv"
	"time"

	api "vauban/api/cloudtrail"
	"vauban/eventlog"
	"vauban/service"
)

// maxResults is the largest page, and the one that a request gets which does not say. CloudTrail API: "LookupEvents".
const maxResults = 50

// insights is the category of events beside the management events.
const insights = "insight"

// lookupEvents answers the events of the caller's account in the region of the call, newest first. Events of global services are in
// us-east-1.
func (s *Service) lookupEvents(c *service.Call, in *api.LookupEventsInput) (*api.LookupEventsOutput, error) {
	q, err := query(c, in)
	if err != nil {
		return nil, err
	}
	if in.NextToken != nil {
		if q.Before, err = s.open(q, *in.NextToken); err != nil {
			return nil, err
		}
	}
	out := &api.LookupEventsOutput{Events: []api.Event{}}
	if in.EventCategory != nil && *in.EventCategory == insights {
		return s.lookupInsights(c, q)
	}
	entries, next, err := s.Log.Lookup(c, q)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		out.Events = append(out.Events, *shown(e))
	}
	if next != "" {
		out.NextToken, err = s.seal(q, next)
	}
	return out, err
}

// query is what the request looks for.
func query(c *service.Call, in *api.LookupEventsInput) (eventlog.Query, error) {
	q := eventlog.Query{Account: c.Account, Region: c.Region, Limit: maxResults}
	if in.MaxResults != nil {
		if *in.MaxResults < 1 || *in.MaxResults > maxResults { // a call of a client has been refused before
			return q, api.InvalidMaxResultsException.New("MaxResults must be between 1 and %d.", maxResults)
		}
		q.Limit = int(*in.MaxResults)
	}
	q.Start, q.End = instant(in.StartTime), instant(in.EndTime)
	if !q.End.IsZero() {
		q.End = q.End.Truncate(time.Second).Add(time.Second - 1) // events are shown with whole seconds
	}
	if !q.Start.IsZero() && !q.End.IsZero() && q.Start.After(q.End) {
		return q, api.InvalidTimeRangeException.New("The start time must not be after the end time.")
	}
	switch len(in.LookupAttributes) {
	case 0:
		return q, nil
	case 1:
	default:
		return q, api.InvalidLookupAttributesException.New("Events can be looked up by one attribute only.")
	}
	a := in.LookupAttributes[0]
	q.Attribute, q.Value = eventlog.Attribute(*a.AttributeKey), *a.AttributeValue
	if q.Attribute == eventlog.ByReadOnly && q.Value != "true" && q.Value != "false" {
		return q, api.InvalidLookupAttributesException.New("The value of the attribute ReadOnly is true or false.")
	}
	if in.EventCategory != nil && *in.EventCategory == insights && !ofInsights(q.Attribute) {
		return q, api.InvalidLookupAttributesException.New("Insights events cannot be looked up by the attribute %s.", q.Attribute)
	}
	return q, nil
}

// ofInsights reports whether Insights events have the attribute.
func ofInsights(a eventlog.Attribute) bool {
	return a == eventlog.ByEventID || a == eventlog.ByEventName || a == eventlog.ByEventSource
}

func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// shown is an event as LookupEvents shows it: what it is found by, and the whole record as text.
func shown(e *eventlog.Entry) *api.Event {
	out := &api.Event{
		EventId: &e.ID, EventName: &e.Name, EventSource: &e.Source, EventTime: new(e.Time.UTC().Truncate(time.Second)),
		ReadOnly: new(strconv.FormatBool(e.ReadOnly)), CloudTrailEvent: new(string(e.Record)), Resources: []api.Resource{},
	}
	if e.User != "" {
		out.Username = &e.User
	}
	if e.AccessKeyID != "" {
		out.AccessKeyId = &e.AccessKeyID
	}
	for i := range e.Resources {
		r := &e.Resources[i]
		out.Resources = append(out.Resources, api.Resource{ResourceType: &r.Type, ResourceName: &r.Name})
	}
	return out
}
