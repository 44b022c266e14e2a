package logs

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	api "vauban/api/logs"
	"vauban/engine/logquery"
	"vauban/service"
	"vauban/store"
)

func (s *Service) recordOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpGetLogRecord, s.onRecord, s.getRecord).OnData(),
		service.Acts(api.OpGetLogGroupFields, onGroup(s, func(in *api.GetLogGroupFieldsInput) (a, b *string) { return in.LogGroupName, in.LogGroupIdentifier }), s.groupFields),
	}
}

// maxFields is how many fields are discovered in an event. User Guide: "Supported logs and discovered fields".
const maxFields = 200

// onRecord asks about the group of the event, as onResults does.
func (s *Service) onRecord(c *service.Call, in *api.GetLogRecordInput) ([]service.Question, error) {
	t, _, ok := s.follow(c, in)
	if !ok {
		return onAny(c, in)
	}
	q, err := s.ask(c, t.Group, "")
	return unmasking([]service.Question{q}, is(in.Unmask)), err
}

// follow reads a pointer.
func (s *Service) follow(c *service.Call, in *api.GetLogRecordInput) (t *target, at place, ok bool) {
	raw, err := s.Seal.OpenToken(pointerPurpose(c.Account, c.Region), *in.LogRecordPointer)
	if err != nil {
		return nil, at, false
	}
	t = &target{}
	if err := json.Unmarshal(raw, t); err != nil {
		return nil, at, false
	}
	at, ok = parsePlace(t.Place)
	return t, at, ok
}

// getRecord shows all fields of the event that a query's @ptr points at.
func (s *Service) getRecord(c *service.Call, in *api.GetLogRecordInput) (*api.GetLogRecordOutput, error) {
	t, at, ok := s.follow(c, in)
	if !ok {
		return nil, invalid("The specified logRecordPointer is invalid.")
	}
	g, e, stream, err := s.eventAt(c, t, at, is(in.Unmask))
	if err != nil {
		return nil, err
	}
	out := map[string]string{
		"@message": e.Message, "@timestamp": strconv.FormatInt(e.Time, 10), "@ingestionTime": strconv.FormatInt(e.Ingested, 10), "@logStream": stream,
		"@log": g.Account + ":" + g.Name, "@ptr": *in.LogRecordPointer,
	}
	for name, v := range logquery.Discover(&logquery.Record{Message: e.Message, Transformed: e.Made}, maxFields) {
		out[name] = v
	}
	if e.Failed != "" {
		out["@transformationError"] = e.Failed
	}
	return &api.GetLogRecordOutput{LogRecord: out}, nil
}

func (s *Service) eventAt(c *service.Call, t *target, at place, bare bool) (g *Group, e *Event, stream string, err error) {
	gone := api.ResourceNotFoundException.New("The log event that the pointer was made for does not exist any more.")
	err = s.Store.Read(c, func(tx store.Tx) (err error) {
		g, err = groups.Get(tx, store.K(c.Account, c.Region, t.Group))
		if store.IsAbsent(err) || err == nil && (g.ID != t.ID || at.Time < g.expired(c.Time)) {
			return gone
		}
		return err
	})
	if err != nil {
		return nil, nil, "", err
	}
	ctx, cancel := context.WithTimeout(c, patience)
	defer cancel()
	err = s.reading(ctx, c, []*Group{g}, func(tx store.Tx, keys opened) error {
		st, err := streams.ByUnique(tx, "id", store.K(at.Stream))
		if store.IsAbsent(err) {
			return gone
		}
		if err != nil {
			return err
		}
		found, err := s.forward(ctx, tx, keys, &search{
			group: g, streams: map[int64]bool{at.Stream: true}, from: at, to: at.Time + 1, limit: 1, bytes: pageBytes, bare: bare,
			match: func(e *Event) bool { return e.N == at.N },
		})
		if err != nil {
			return err
		}
		if len(found.events) == 0 {
			return gone
		}
		e, stream = &found.events[0], st.Name
		return nil
	})
	return g, e, stream, err
}

const (
	fieldsBack   = 15 * 60_000 // what is sampled without a time, in milliseconds
	fieldsAround = 8 * 60_000  // around a time
	fieldsSample = 1000        // events
)

// groupFields discovers fields in a sample of events. API reference: "GetLogGroupFields".
func (s *Service) groupFields(c *service.Call, in *api.GetLogGroupFieldsInput) (*api.GetLogGroupFieldsOutput, error) {
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	now := c.Time.UnixMilli()
	from, to := now-fieldsBack, now+1
	if in.Time != nil {
		from, to = *in.Time*1000-fieldsAround, *in.Time*1000+fieldsAround
	}
	ctx, cancel := context.WithTimeout(c, patience)
	defer cancel()
	var found *hits
	err = s.reading(ctx, c, []*Group{g}, func(tx store.Tx, keys opened) (err error) {
		found, err = s.forward(ctx, tx, keys, &search{
			group: g, from: place{Time: max(from, g.expired(c.Time))}, to: to, limit: fieldsSample, bytes: pageBytes, match: func(*Event) bool { return true },
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for i := range found.events {
		for name := range logquery.Discover(&logquery.Record{Message: found.events[i].Message, Transformed: found.events[i].Made}, maxFields) {
			counts[name]++
		}
	}
	n := len(found.events)
	if n > 0 {
		for _, name := range []string{"@message", "@timestamp", "@ingestionTime", "@logStream", "@log"} {
			counts[name] = n
		}
	}
	out := &api.GetLogGroupFieldsOutput{LogGroupFields: []api.LogGroupField{}}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		out.LogGroupFields = append(out.LogGroupFields, api.LogGroupField{Name: &name, Percent: new(int64(counts[name] * 100 / n))})
	}
	slices.SortStableFunc(out.LogGroupFields, func(a, b api.LogGroupField) int { return int(*b.Percent - *a.Percent) })
	return out, nil
}
