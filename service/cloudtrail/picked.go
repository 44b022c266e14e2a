package cloudtrail

import (
	"bytes"
	"slices"
	"strings"

	"vauban/engine/selector"
	"vauban/eventlog"
)

// globalSources are the services whose events belong to no region: IncludeGlobalServiceEvents is about them. CloudTrail User Guide: "Global
// service events".
var globalSources = []string{"iam.amazonaws.com", "sts.amazonaws.com", "cloudfront.amazonaws.com"}

// globalHome is the region in whose trails global events are.
const globalHome = "us-east-1"

// covers reports whether events of the account and region belong to the trail at all. members are the organization's accounts, in order.
func (t *Settings) covers(e *eventlog.Entry, members []string) bool {
	if e.Account != t.Account {
		if t.Organization == "" {
			return false
		}
		if _, member := slices.BinarySearch(members, e.Account); !member {
			return false
		}
	}
	if t.MultiRegion {
		return true
	}
	if e.Region != t.Region {
		return false
	}
	return t.GlobalEvents || t.Region != globalHome || !slices.Contains(globalSources, e.Source)
}

// picks reports whether the selectors select the event.
func (t *Settings) picks(e *eventlog.Entry) bool {
	if len(t.Advanced) > 0 {
		return t.Advanced.Match(seenBySelectors(e))
	}
	return slices.ContainsFunc(t.Basic, func(b EventSelector) bool { return b.picks(e) })
}

// picks reports whether a basic selector selects the event.
func (b *EventSelector) picks(e *eventlog.Entry) bool {
	if b.ReadWrite == "ReadOnly" && !e.ReadOnly || b.ReadWrite == "WriteOnly" && e.ReadOnly {
		return false
	}
	if !e.Data {
		return b.Management && !slices.Contains(b.Excluded, e.Source)
	}
	return slices.ContainsFunc(b.Data, func(d DataResource) bool {
		return slices.ContainsFunc(e.Resources, func(r eventlog.Resource) bool {
			return r.Type == d.Type && slices.ContainsFunc(d.Values, func(v string) bool { return strings.HasPrefix(r.Name, v) })
		})
	})
}

// seenBySelectors is what advanced selectors see of an entry. The rare fields stand only in the record.
func seenBySelectors(e *eventlog.Entry) *selector.Event {
	v, err := selector.EventOf(e.Record)
	if err != nil { // not a record of this program: what the log knows of it decides
		v = &selector.Event{Source: e.Source, Name: e.Name, ReadOnly: e.ReadOnly, Category: "Management"}
		if e.Data {
			v.Category = "Data"
		}
	}
	for _, r := range e.Resources {
		if x := (selector.Resource{Type: r.Type, ARN: r.Name}); strings.HasPrefix(r.Name, "arn:") && !slices.Contains(v.Resources, x) {
			v.Resources = append(v.Resources, x)
		}
	}
	return v
}

// ofRequest reports whether the entry is the record of the request.
func ofRequest(e *eventlog.Entry, request string) bool {
	return e.Source == principal && bytes.Contains(e.Record, []byte(`"requestID":"`+request+`"`))
}
