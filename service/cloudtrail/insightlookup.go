package cloudtrail

import (
	"strconv"
	"strings"
	"time"

	api "vauban/api/cloudtrail"
	"vauban/eventlog"
	"vauban/service"
	"vauban/store"
)

// lookupInsights answers the Insights events that the query selects, newest first.
func (s *Service) lookupInsights(c *service.Call, q eventlog.Query) (*api.LookupEventsOutput, error) {
	var after store.Key
	if q.Before != "" {
		micros, id, _ := strings.Cut(q.Before, "/")
		n, err := strconv.ParseInt(micros, 10, 64)
		if err != nil {
			return nil, otherQuery()
		}
		after = insightKey(q.Account, q.Region, time.UnixMicro(n), id)
	}
	oldest := c.Time.Add(-keepInsights)
	var found []*insightEvent
	more := false
	err := s.Store.Read(c, func(tx store.Tx) error {
		found, more = nil, false
		_, err := store.Visit(tx, insightEvents, store.K(q.Account, q.Region), after, func(e *insightEvent) bool {
			switch {
			case e.Time.Before(oldest), !q.Start.IsZero() && e.Time.Before(q.Start):
				return false // and so are all that follow
			case !q.End.IsZero() && e.Time.After(q.End), !e.has(q.Attribute, q.Value):
				return true
			}
			if more = len(found) == q.Limit; !more {
				found = append(found, e)
			}
			return !more
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.LookupEventsOutput{Events: []api.Event{}}
	for _, e := range found {
		out.Events = append(out.Events, api.Event{EventId: &e.ID, EventName: &e.Name, EventSource: &e.Source, EventTime: &e.Time, CloudTrailEvent: &e.Record, Resources: []api.Resource{}})
	}
	if more {
		last := found[len(found)-1]
		out.NextToken, err = s.seal(q, strconv.FormatInt(last.Time.UnixMicro(), 10)+"/"+last.ID)
	}
	return out, err
}

func (e *insightEvent) has(a eventlog.Attribute, value string) bool {
	switch a {
	case eventlog.ByEventID:
		return e.ID == value
	case eventlog.ByEventName:
		return e.Name == value
	case eventlog.ByEventSource:
		return e.Source == value
	}
	return a == ""
}
