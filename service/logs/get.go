package logs

import (
	"context"
	"math"
	"strings"
	"time"

	api "vauban/api/logs"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// patience is how long a reader looks for events.
const patience = 25 * time.Second

// spanOf reads the bounds of a reading: from is inclusive, to is not. What retention lets go is not seen any more.
func spanOf(g *Group, now time.Time, start, end *int64) (from, to int64) {
	from, to = 0, math.MaxInt64-1
	if start != nil {
		from = *start
	}
	if end != nil {
		to = *end
	}
	return max(from, g.expired(now)), to
}

// getEvents reads one stream, in either direction. API reference: "GetLogEvents".
func (s *Service) getEvents(c *service.Call, in *api.GetLogEventsInput) (*api.GetLogEventsOutput, error) {
	g, st, err := s.stream(c)
	if err == nil {
		err = standardOnly(g)
	}
	if err != nil {
		return nil, err
	}
	r := &reading{from: 0, forward: in.StartFromHead != nil && *in.StartFromHead, limit: pageEvents, bare: is(in.Unmask)}
	r.from, r.to = spanOf(g, c.Time, in.StartTime, in.EndTime)
	if in.Limit != nil {
		r.limit = int(*in.Limit)
	}
	if err := r.start(st, wire.Text(in.NextToken)); err != nil {
		return nil, err
	}
	events, err := s.readStream(c, g, st, r)
	if err != nil {
		return nil, err
	}
	out := &api.GetLogEventsOutput{Events: make([]api.OutputLogEvent, len(events))}
	for i := range events {
		e := &events[i]
		out.Events[i] = api.OutputLogEvent{Message: &e.Message, Timestamp: &e.Time, IngestionTime: &e.Ingested}
	}
	before, behind := r.at, r.at
	if len(events) > 0 {
		before, behind = events[0].place(), events[len(events)-1].place().next()
	}
	out.NextForwardToken, out.NextBackwardToken = new("f/"+behind.id()+"/s"), new("b/"+before.id()+"/s")
	return out, nil
}

// reading is a page of one stream.
type reading struct {
	from, to int64
	forward  bool
	at       place // boundary where it starts
	limit    int
	bare     bool // shows what is sensitive
}

// start finds where the page starts: at the token's place, or at either end of the span.
func (r *reading) start(st *Stream, token string) error {
	if token == "" {
		if r.forward {
			r.at = place{Time: r.from, Stream: st.ID}
		} else {
			r.at = place{Time: min(r.to, max(st.Last+1, r.from)), Stream: st.ID}
		}
		return nil
	}
	inner, ok := strings.CutSuffix(token, "/s")
	at, ok2 := parsePlace(strings.TrimPrefix(strings.TrimPrefix(inner, "f/"), "b/"))
	r.forward = strings.HasPrefix(token, "f/")
	if !ok || !ok2 || at.Stream != st.ID || !r.forward && !strings.HasPrefix(token, "b/") {
		return badToken()
	}
	r.at = at
	return nil
}

func (s *Service) readStream(c *service.Call, g *Group, st *Stream, r *reading) (events []Event, err error) {
	ctx, cancel := context.WithTimeout(c, patience)
	defer cancel()
	err = s.reading(ctx, c, []*Group{g}, func(tx store.Tx, keys opened) error {
		if !r.forward {
			before := r.at
			if before.Time >= r.to {
				before = place{Time: r.to, Stream: st.ID}
			}
			found, err := s.backward(ctx, tx, keys, g, st, r.from, before, r.limit, r.bare)
			if err == nil {
				events = found.events
			}
			return err
		}
		q := &search{
			group: g, streams: map[int64]bool{st.ID: true}, from: r.at, to: r.to, match: func(*Event) bool { return true }, limit: r.limit, bytes: pageBytes, bare: r.bare,
		}
		if q.from.Time < r.from {
			q.from = place{Time: r.from, Stream: st.ID}
		}
		found, err := s.forward(ctx, tx, keys, q)
		for err == nil && len(found.events) == 0 && found.more {
			q.from = found.next
			found, err = s.forward(ctx, tx, keys, q)
		}
		if err == nil {
			events = found.events
		}
		return err
	})
	return events, err
}
