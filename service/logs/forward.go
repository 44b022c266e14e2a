package logs

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"vauban/engine/logfilter"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/store"
)

// Senders implements [service.Sending].
func (s *Service) Senders() []service.Sender {
	return []service.Sender{{Kind: kindSubscription, Send: s.forwardParcel}, {Kind: kindQuery, Send: s.runQuery}, {Kind: kindAudit, Send: s.sendAudit}}
}

var _ service.Sending = (*Service)(nil)

// message is what a function gets. User Guide: "Example 2: Subscription filters with AWS Lambda".
type message struct {
	MessageType         string         `json:"messageType"`
	Owner               string         `json:"owner"`
	LogGroup            string         `json:"logGroup"`
	LogStream           string         `json:"logStream"`
	SubscriptionFilters []string       `json:"subscriptionFilters"`
	LogEvents           []messageEvent `json:"logEvents"`
}

type messageEvent struct {
	ID        string            `json:"id"`
	Timestamp int64             `json:"timestamp"`
	Message   string            `json:"message"`
	Extracted map[string]string `json:"extractedFields,omitempty"` // by space-delimited patterns
}

// parcelBytes bounds the messages of one invocation, so that its payload fits an asynchronous one's 1 MB even where nothing can be compressed.
const parcelBytes = 512 << 10

// forwardParcel sends the events of one PutLogEvents that match now. What has gone with its group or filter is not sent.
func (s *Service) forwardParcel(w *service.Work, d *delivery.Delivery) error {
	var p parcel
	if err := json.Unmarshal(d.Payload, &p); err != nil {
		return delivery.Permanent(err)
	}
	c := w.Call(p.Account, p.Region)
	g, f, err := s.subscribed(w, &p)
	if err != nil {
		return err
	}
	pattern, err := s.patterns.compile(f.Pattern)
	if err != nil {
		return delivery.Permanent(err)
	}
	events, err := s.parcelEvents(w, c, g, &p, f, pattern)
	if err != nil {
		return err
	}
	for len(events) > 0 {
		n, size := 0, 0
		for n < len(events) && (n == 0 || size+len(events[n].text(f.Made)) <= parcelBytes) {
			size += len(events[n].text(f.Made))
			n++
		}
		payload, err := payloadOf(g, f, &p, events[:n], pattern)
		if err != nil {
			return delivery.Permanent(err)
		}
		if err := s.invoke(w.Door, c, g, f.Destination, "Event", payload); err != nil {
			s.forwarded(g, f, "DeliveryErrors", 1, "Count")
			return classified(err)
		}
		s.forwarded(g, f, "ForwardedLogEvents", float64(n), "Count")
		s.forwarded(g, f, "ForwardedBytes", float64(len(payload)), "Bytes")
		events = events[n:]
	}
	return nil
}

// classified marks what trying again does not mend.
func classified(err error) error {
	if codeOf(err) == "ResourceNotFoundException" {
		return delivery.Permanent(err)
	}
	return err
}

func (s *Service) forwarded(g *Group, f *Subscription, name string, value float64, unit string) {
	s.measure(g, name, value, unit, s.Clock(), []service.Dimension{{Name: "LogGroupName", Value: g.Name}, {Name: "DestinationType", Value: "Lambda"}, {Name: "FilterName", Value: f.Name}})
}

func (s *Service) subscribed(ctx context.Context, p *parcel) (g *Group, f *Subscription, err error) {
	err = s.Store.Read(ctx, func(tx store.Tx) (err error) {
		if g, err = groups.Get(tx, store.K(p.Account, p.Region, p.Group)); err == nil {
			f, err = subscriptions.Get(tx, store.K(p.Account, p.Region, p.Group, p.Name))
		}
		return err
	})
	if store.IsAbsent(err) || err == nil && g.ID != p.ID {
		err = delivery.Permanent(errGone)
	}
	return g, f, err
}

func (s *Service) parcelEvents(ctx context.Context, c *service.Call, g *Group, p *parcel, f *Subscription, pattern *logfilter.Pattern) (events []Event, err error) {
	err = s.reading(ctx, c, []*Group{g}, func(tx store.Tx, keys opened) error {
		q := &search{
			group: g, streams: map[int64]bool{p.Number: true}, from: place{Time: p.First}, to: p.Last + 1, limit: pageEvents, bytes: maxUnpacked,
			match: func(e *Event) bool { return e.N >= p.From && e.N < p.To && pattern.Match(e.text(f.Made)) },
		}
		events = nil
		for more := true; more; {
			found, err := s.forward(ctx, tx, keys, q)
			if err != nil {
				return err
			}
			events, q.from, more = append(events, found.events...), found.next, found.more
		}
		return nil
	})
	return events, err
}

func payloadOf(g *Group, f *Subscription, p *parcel, events []Event, pattern *logfilter.Pattern) ([]byte, error) {
	m := message{MessageType: "DATA_MESSAGE", Owner: g.Account, LogGroup: g.Name, LogStream: p.Stream, SubscriptionFilters: []string{f.Name}}
	delimited := strings.HasPrefix(strings.TrimSpace(f.Pattern), "[")
	for i := range events {
		e := messageEvent{ID: events[i].place().id(), Timestamp: events[i].Time, Message: events[i].text(f.Made)}
		if delimited {
			values, _ := pattern.Test(e.Message)
			e.Extracted = make(map[string]string, len(values))
			for k, v := range values {
				e.Extracted[strings.TrimPrefix(k, "$")] = v
			}
		}
		m.LogEvents = append(m.LogEvents, e)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := json.NewEncoder(z).Encode(m); err != nil {
		return nil, fmt.Errorf("compress events: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("compress events: %w", err)
	}
	return json.Marshal(map[string]map[string]string{"awslogs": {"data": base64.StdEncoding.EncodeToString(b.Bytes())}})
}
