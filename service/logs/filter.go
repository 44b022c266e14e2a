package logs

import (
	"context"
	"encoding/json"
	"strings"

	api "vauban/api/logs"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// filterEvents reads the streams of a group together. A page may be empty and yet have a token: there was much to look at. API reference:
// "FilterLogEvents".
func (s *Service) filterEvents(c *service.Call, in *api.FilterLogEventsInput) (*api.FilterLogEventsOutput, error) {
	g, err := s.standardGroup(c)
	if err != nil {
		return nil, err
	}
	pattern, err := s.patterns.compile(wire.Text(in.FilterPattern))
	if err != nil {
		return nil, err
	}
	if len(in.LogStreamNames) > 0 && in.LogStreamNamePrefix != nil {
		return nil, invalid("logStreamNames and logStreamNamePrefix are mutually exclusive parameters.")
	}
	q := &search{group: g, limit: pageEvents, bytes: pageBytes, bare: is(in.Unmask), match: func(e *Event) bool { return pattern.Match(e.Message) }}
	from, to := spanOf(g, c.Time, in.StartTime, in.EndTime)
	q.from, q.to = place{Time: from}, to
	if in.Limit != nil {
		q.limit = int(*in.Limit)
	}
	purpose := "logs.filter\n" + g.ID
	if in.NextToken != nil {
		raw, err := s.Seal.OpenToken(purpose, *in.NextToken)
		if err != nil || json.Unmarshal(raw, &q.from) != nil {
			return nil, badToken()
		}
	}
	names := map[int64]string{}
	var found *hits
	ctx, cancel := context.WithTimeout(c, patience)
	defer cancel()
	err = s.reading(ctx, c, []*Group{g}, func(tx store.Tx, keys opened) (err error) {
		if q.streams, err = chosen(tx, g, in.LogStreamNames, wire.Text(in.LogStreamNamePrefix)); err != nil {
			return err
		}
		if found, err = s.forward(ctx, tx, keys, q); err != nil {
			return err
		}
		return nameStreams(tx, found.events, names)
	})
	if err != nil {
		return nil, err
	}
	out := &api.FilterLogEventsOutput{Events: []api.FilteredLogEvent{}, SearchedLogStreams: []api.SearchedLogStream{}} // AWS fills these no more
	for i := range found.events {
		e := &found.events[i]
		out.Events = append(out.Events, api.FilteredLogEvent{
			EventId: new(e.place().id()), LogStreamName: new(names[e.Stream]), Message: &e.Message, Timestamp: &e.Time, IngestionTime: &e.Ingested,
		})
	}
	if found.more {
		raw, err := json.Marshal(found.next)
		if err != nil {
			return nil, err
		}
		token, err := s.Seal.SealToken(purpose, raw)
		if err != nil {
			return nil, err
		}
		out.NextToken = &token
	}
	return out, nil
}

// chosen are the streams that are asked for by name or prefix, nil when all are.
func chosen(tx store.Tx, g *Group, names []string, prefix string) (map[int64]bool, error) {
	if len(names) == 0 && prefix == "" {
		return nil, nil
	}
	out := map[int64]bool{}
	for _, name := range names {
		x, err := streams.Get(tx, store.K(g.ID, name))
		if store.IsAbsent(err) {
			return nil, noStream()
		}
		if err != nil {
			return nil, err
		}
		out[x.ID] = true
	}
	if prefix == "" {
		return out, nil
	}
	for x, err := range streams.Each(tx, store.K(g.ID)) {
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(x.Name, prefix) {
			out[x.ID] = true
		}
	}
	return out, nil
}

// nameStreams finds the names of the streams that the events are of.
func nameStreams(tx store.Tx, events []Event, names map[int64]string) error {
	for i := range events {
		id := events[i].Stream
		if _, ok := names[id]; ok {
			continue
		}
		x, err := streams.ByUnique(tx, "id", store.K(id))
		if err != nil && !store.IsAbsent(err) {
			return err
		}
		if x != nil {
			names[id] = x.Name
		}
	}
	return nil
}
