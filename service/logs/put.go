package logs

import (
	"slices"
	"time"

	api "vauban/api/logs"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

func (s *Service) eventOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpPutLogEvents, s.onPut, s.putEvents).OnData(),
		service.Acts(api.OpGetLogEvents, unmasked(onStream(s, func(in *api.GetLogEventsInput) (a, b, c *string) {
			return in.LogGroupName, in.LogGroupIdentifier, in.LogStreamName
		}), func(in *api.GetLogEventsInput) *bool { return in.Unmask }), s.getEvents).OnData(),
		service.Acts(api.OpFilterLogEvents, unmasked(onGroup(s, func(in *api.FilterLogEventsInput) (a, b *string) { return in.LogGroupName, in.LogGroupIdentifier }),
			func(in *api.FilterLogEventsInput) *bool { return in.Unmask }), s.filterEvents).OnData(),
	}
}

// onPut finds what is to be done with events beside the stream.
func (s *Service) onPut(c *service.Call, in *api.PutLogEventsInput) ([]service.Question, error) {
	before := found(c)
	q, err := s.ask(c, *in.LogGroupName, *in.LogStreamName)
	if f := found(c); err == nil && f.stream != nil {
		if err = s.settings(c.Tx, f); err == nil {
			err = s.countOf(c, before, f)
		}
	}
	return []service.Question{q}, err
}

// settings finds the group's filters, and what it has of account policies.
func (s *Service) settings(tx store.Tx, f *finding) (err error) {
	if f.metrics, f.subs, err = filtersOf(tx, f.group); err != nil {
		return err
	}
	if f.guards, err = s.guardsOf(tx, f.group); err != nil {
		return err
	}
	account, err := policiesOn(tx, f.group)
	if err == nil {
		f.transform, err = transformerOf(tx, f.group, account)
	}
	if err == nil {
		f.fields, err = fieldsOf(tx, f.group, account)
	}
	return err
}

// Limits of one PutLogEvents. API reference: "PutLogEvents".
const (
	maxBatch  = 1 << 20 // bytes, with the overhead of each event
	oldest    = 14 * day
	newest    = 2 * time.Hour
	batchSpan = day
)

// putEvents takes events in. Sequence tokens mean nothing, as in AWS now.
func (s *Service) putEvents(c *service.Call, in *api.PutLogEventsInput) (*api.PutLogEventsOutput, error) {
	shown := *in
	shown.LogEvents, shown.Entity = nil, nil
	c.Record().Request = &shown // CloudTrail does not tell what was logged
	g, st, err := s.stream(c)
	if err != nil {
		return nil, err
	}
	events, rejected, err := accepted(g, in.LogEvents, c.Time)
	if err != nil {
		return nil, err
	}
	out := &api.PutLogEventsOutput{RejectedLogEventsInfo: rejected}
	if in.Entity != nil {
		out.RejectedEntityInfo = &api.RejectedEntityInfo{ErrorType: new(api.EntityRejectionErrorTypeUnsupportedLogGroupType)} // entities are not built
	}
	if len(events) == 0 {
		out.NextSequenceToken = new(st.sequence())
		return out, nil
	}
	guards := found(c).guards
	findings, err := s.guard(c, guards, events)
	if err != nil {
		return nil, err
	}
	failed, config := 0, found(c).transform
	if config != "" {
		if failed, err = s.transform(c, g, st, config, events); err != nil {
			return nil, err
		}
	}
	key, fresh, err := s.sealingKey(c, g)
	if err != nil {
		return nil, err
	}
	packed, err := s.packAll(g, st.ID, events, found(c).fields, key, c.Time)
	if err != nil {
		return nil, err
	}
	for i := range events { // what is sensitive goes no further
		events[i].Message = events[i].masked()
	}
	metrics, counted := found(c).metrics, found(c).count
	if err := count(c, counted, events); err != nil {
		return nil, err
	}
	subs, err := s.matching(found(c).subs, events)
	if err != nil {
		return nil, err
	}
	err = c.Commit(func(tx store.Tx) error {
		now, stream, err := s.stream(c)
		if err != nil {
			return err
		}
		if now.ID != g.ID || stream.ID != st.ID || now.Key != g.Key || !slices.Equal(found(c).guards, guards) {
			return api.OperationAbortedException.New("The log group or log stream was changed by another request. Send the events again.")
		}
		if fresh != nil {
			if err := wrappedKeys.Put(tx, fresh); err != nil {
				return err
			}
		}
		for _, p := range packed {
			p.chunk.Base, p.chunk.Fresh = stream.Next, c.Time.Unix()
			if err := p.put(tx); err != nil {
				return err
			}
		}
		if err := s.enqueue(tx, g, stream, subs, events, stream.Next); err != nil {
			return err
		}
		if err := s.enqueueAudits(tx, findings); err != nil {
			return err
		}
		if counted != nil {
			if err := counted.Keep(tx); err != nil {
				return err
			}
		}
		stream.add(events, c.Time)
		if err := noteSmall(tx, g, stream, packed); err != nil {
			return err
		}
		out.NextSequenceToken = new(stream.sequence())
		return streams.Update(tx, stream)
	})
	if err != nil {
		return nil, err
	}
	s.counted(g, events, c.Time)
	s.countFindings(g, findings, c.Time)
	if config != "" {
		s.transformed(g, events, failed, c.Time)
	}
	return out, s.measured(metrics, events)
}

// measured hands the values that metric filters find to CloudWatch.
func (s *Service) measured(filters []*MetricFilter, events []Event) error {
	if s.Meter == nil {
		return nil
	}
	for _, f := range filters {
		values, err := s.values(f, events)
		if err != nil {
			return err
		}
		for _, v := range values {
			s.Meter.Measure(v)
		}
	}
	return nil
}

// add notes that the events have come.
func (x *Stream) add(events []Event, now time.Time) {
	first, last := events[0].Time, events[len(events)-1].Time
	if x.Next == 0 || first < x.First {
		x.First = first
	}
	if x.Next == 0 || last > x.Last {
		x.Last = last
	}
	x.Next += int64(len(events))
	x.Ingested = now.UnixMilli()
}

// accepted are the events that are neither too old nor too new, with their numbers from 0 on.
func accepted(g *Group, in []api.InputLogEvent, now time.Time) ([]Event, *api.RejectedLogEventsInfo, error) {
	total := 0
	if len(in) == 0 {
		return nil, nil, invalid("Log events must not be empty.")
	}
	for i := range in {
		e := &in[i]
		if e.Message == nil || e.Timestamp == nil { // other services' calls are not checked against the model
			return nil, nil, invalid("A log event must have a message and a timestamp.")
		}
		total += len(*e.Message) + overhead
		if i > 0 && *e.Timestamp < *in[i-1].Timestamp {
			return nil, nil, invalid("Log events in a single PutLogEvents request must be in chronological order.")
		}
	}
	switch {
	case total > maxBatch:
		return nil, nil, invalid("Upload too large: %d bytes exceeds limit of %d", total, maxBatch)
	case *in[len(in)-1].Timestamp-*in[0].Timestamp > batchSpan.Milliseconds():
		return nil, nil, invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
	}
	low, expired, high := now.Add(-oldest).UnixMilli(), g.expired(now), now.Add(newest).UnixMilli()
	var rejected api.RejectedLogEventsInfo
	var out []Event
	for i := range in {
		t := *in[i].Timestamp
		switch {
		case t < low:
			rejected.TooOldLogEventEndIndex = new(int64(i + 1))
		case t < expired:
			rejected.ExpiredLogEventEndIndex = new(int64(i + 1))
		case t > high:
			if rejected.TooNewLogEventStartIndex == nil {
				rejected.TooNewLogEventStartIndex = new(int64(i))
			}
		default:
			out = append(out, Event{Time: t, Ingested: now.UnixMilli(), N: int64(len(out)), Message: wire.Text(in[i].Message)})
		}
	}
	if rejected == (api.RejectedLogEventsInfo{}) {
		return out, nil, nil
	}
	return out, &rejected, nil
}

// counted measures what came in. User Guide: "Monitoring with CloudWatch metrics".
func (s *Service) counted(g *Group, events []Event, now time.Time) {
	size := 0
	for i := range events {
		size += events[i].size()
	}
	dimensions := []service.Dimension{{Name: "LogGroupName", Value: g.Name}}
	s.measure(g, "IncomingLogEvents", float64(len(events)), "Count", now, dimensions)
	s.measure(g, "IncomingBytes", float64(size), "Bytes", now, dimensions)
	s.measure(g, "IncomingLogEvents", float64(len(events)), "Count", now, nil)
	s.measure(g, "IncomingBytes", float64(size), "Bytes", now, nil)
}

func (s *Service) measure(g *Group, name string, value float64, unit string, now time.Time, dimensions []service.Dimension) {
	if s.Meter == nil {
		return
	}
	s.Meter.Measure(service.Measurement{
		Account: g.Account, Region: g.Region, Namespace: "AWS/Logs", Name: name, Dimensions: dimensions, Value: value, Unit: unit, Time: now,
	})
}
