package events

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	api "vauban/api/events"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// maxEntries is the size of all entries of a call together. User Guide: "Calculating Amazon EventBridge PutEvents event entry size".
const maxEntries = 256 << 10

func (s *Service) eventOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpPutEvents, s.onPutEvents, s.putEvents).OnData(),
		service.Reads(api.OpTestEventPattern, onAny[api.TestEventPatternInput], s.testPattern),
	}
}

// onPutEvents asks once for all entries that are alike in bus, source and detail type: each must be allowed.
func (s *Service) onPutEvents(c *service.Call, in *api.PutEventsInput) ([]service.Question, error) {
	var out []service.Question
	asked := map[string]bool{}
	for i := range in.Entries {
		e := &in.Entries[i]
		n, err := busOf(c, e.EventBusName)
		if err != nil {
			return nil, err
		}
		if key := n.arn() + "\n" + wire.Text(e.Source) + "\n" + wire.Text(e.DetailType); asked[key] {
			continue
		} else {
			asked[key] = true
		}
		q, b, err := s.askBus(c.Tx, n)
		if err != nil {
			return nil, err
		}
		q.Context["events:eventBusInvocation"] = []string{fmt.Sprint(ofRule(c))}
		if e.Source != nil {
			q.Context["events:source"] = []string{*e.Source}
		}
		if e.DetailType != nil {
			q.Context["events:detail-type"] = []string{*e.DetailType}
		}
		if b != nil && ofService(c) && n.name == defaultBus && n.account == c.Account && strings.HasPrefix(wire.Text(e.Source), "aws.") {
			q.Grants, err = s.serviceGrant(c.Caller.ServiceName, n)
			if err != nil {
				return nil, err
			}
		}
		out = append(out, q)
	}
	return out, nil
}

// ofService says that a service itself puts events, such as S3.
func ofService(c *service.Call) bool { return c.Caller.Kind == policy.Service }

// ofRule says that a rule of another bus forwards the event.
func ofRule(c *service.Call) bool { return c.Caller.InvokedBy == principal }

// serviceGrant lets a service put events of its own on the default bus of an account, whose policy says nothing about services.
func (s *Service) serviceGrant(name string, n busName) ([]policy.Named, error) {
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": service.Statement{
		Effect: "Allow", Principal: map[string]string{"Service": name}, Action: service.OneOrMore{"events:PutEvents"}, Resource: n.arn(),
	}})
	if err != nil {
		return nil, err
	}
	doc, err := s.policies.Parse(string(text))
	return []policy.Named{{Name: "events of " + name, Document: doc}}, err
}

func (s *Service) putEvents(c *service.Call, in *api.PutEventsInput) (*api.PutEventsOutput, error) {
	if in.EndpointId != nil {
		return nil, notBuilt("EndpointId", "There are no global endpoints; leave the parameter out.")
	}
	size := 0
	for i := range in.Entries {
		size += sizeOf(&in.Entries[i])
	}
	if size > maxEntries {
		return nil, invalid("Total size of the entries in the request is over the limit.")
	}
	out := &api.PutEventsOutput{FailedEntryCount: new(int64(0))}
	accepted, err := s.matchAll(c, in, out)
	if err != nil {
		return nil, err
	}
	return out, c.Commit(func(tx store.Tx) error {
		for _, m := range accepted {
			if err := s.accept(tx, m); err != nil {
				return err
			}
		}
		return nil
	})
}

// maxDeliveries bounds what one call enqueues.
const maxDeliveries = maxRules * maxTargets

// matchAll matches the entries on a snapshot, so that the work of it holds up no other transaction, and answers for each.
func (s *Service) matchAll(c *service.Call, in *api.PutEventsInput, out *api.PutEventsOutput) (accepted []*match, err error) {
	err = s.Store.Read(c, func(tx store.Tx) error {
		deliveries := 0
		accepted, out.Entries, *out.FailedEntryCount = nil, nil, 0
		for i := range in.Entries {
			m, p, err := s.matchEntry(c, tx, &in.Entries[i])
			if err != nil {
				return err
			}
			if p == nil && m.multiplied() {
				p = &problem{"ThrottlingException", "Rules of event buses have multiplied the event too often."}
			}
			if p == nil {
				if deliveries += m.deliveries(); deliveries > maxDeliveries {
					p = &problem{"ThrottlingException", "The entries of the call match too many targets. Put fewer at a time."}
				}
			}
			if p != nil {
				*out.FailedEntryCount++
				out.Entries = append(out.Entries, api.PutEventsResultEntry{ErrorCode: &p.code, ErrorMessage: &p.message})
				continue
			}
			accepted = append(accepted, m)
			out.Entries = append(out.Entries, api.PutEventsResultEntry{EventId: &m.event.ID})
		}
		return nil
	})
	return accepted, err
}

func sizeOf(e *api.PutEventsRequestEntry) int {
	n := len(wire.Text(e.Source)) + len(wire.Text(e.DetailType)) + len(wire.Text(e.Detail))
	for _, r := range e.Resources {
		n += len(r)
	}
	if e.Time != nil {
		n += 14
	}
	return n
}

// problem is what is wrong with one entry, in AWS's words.
type problem struct{ code, message string }

func missing(parameter string) *problem {
	return &problem{"InvalidArgument", "Parameter " + parameter + " is not valid. Reason: " + parameter + " is a required argument."}
}

// matchEntry makes the event of an entry, and matches it.
func (s *Service) matchEntry(c *service.Call, tx store.Tx, in *api.PutEventsRequestEntry) (*match, *problem, error) {
	n, err := busOf(c, in.EventBusName)
	if err != nil {
		return nil, nil, err
	}
	if p := s.checkEntry(c, in); p != nil {
		return nil, p, nil
	}
	if _, err := bus(tx, n); store.IsAbsent(err) {
		return nil, &problem{"InvalidArgument", "Event bus " + n.name + " does not exist."}, nil
	} else if err != nil {
		return nil, nil, err
	}
	e, err := s.eventOf(c, in)
	if err != nil {
		return nil, nil, err
	}
	m, enough, err := s.match(tx, n, e)
	if err == nil && !enough {
		return nil, &problem{"ThrottlingException", "The event takes too long to match against the rules of the event bus. Make it smaller, or its patterns simpler."}, nil
	}
	return m, nil, err
}

// checkEntry: sources that begin with aws. are those of services, which rules forward too.
func (s *Service) checkEntry(c *service.Call, in *api.PutEventsRequestEntry) *problem {
	switch {
	case wire.Text(in.Source) == "":
		return missing("Source")
	case wire.Text(in.DetailType) == "":
		return missing("DetailType")
	case wire.Text(in.Detail) == "":
		return missing("Detail")
	case strings.HasPrefix(*in.Source, "aws.") && !ofService(c) && !ofRule(c):
		return &problem{"NotAuthorizedForSourceException", "Not authorized for the source."}
	case len(*in.Source) > 256, len(*in.DetailType) > 128:
		return &problem{"InvalidArgument", "Parameter Source or DetailType is not valid. Reason: Source can have 256 and DetailType 128 characters at most."}
	}
	var detail map[string]json.RawMessage
	if json.Unmarshal([]byte(*in.Detail), &detail) != nil || detail == nil {
		return &problem{"MalformedDetail", "Detail is malformed."}
	}
	return nil
}

// eventOf is the event that an entry puts. One that a rule forwards stays what it was, with its ID and its origin.
func (s *Service) eventOf(c *service.Call, in *api.PutEventsRequestEntry) (*event, error) {
	if f, ok := c.Value(forwardedKey{}).(*forwarded); ok && ofRule(c) {
		e, err := readEvent([]byte(f.text), c.Time)
		if err == nil {
			e.hops, e.copies, e.trace = f.hops, f.copies, f.trace
		}
		return e, err
	}
	id, err := newID(s.Rand)
	if err != nil {
		return nil, err
	}
	at := c.Time
	if in.Time != nil {
		at = *in.Time
	}
	account := c.Caller.Account
	if account == "" {
		account = c.Account
	}
	e, err := newEvent(envelope{
		ID: id, DetailType: *in.DetailType, Source: *in.Source, Account: account, Time: timeText(at), Region: c.Region,
		Resources: in.Resources, Detail: json.RawMessage(*in.Detail),
	}, c.Time)
	if err == nil {
		e.trace = wire.Text(in.TraceHeader)
	}
	return e, err
}

// forwarded is an event that a rule hands to another bus: PutEvents has no parameters for where it came from. It travels in the context of the call,
// where only this service can put it.
type forwarded struct {
	text   string
	hops   []string
	copies int
	trace  string
}

type forwardedKey struct{}

// newID makes an ID of the form that EventBridge has.
func newID(r io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return "", fmt.Errorf("random ID: %w", err)
	}
	return uuid(b), nil
}

func uuid(b [16]byte) string {
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// derivedID is an ID that is the same whenever it is made of the same parts.
func derivedID(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return uuid([16]byte(sum[:16]))
}
