package events

import (
	"strings"
	"time"

	api "vauban/api/events"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Bus is an event bus. The default bus of an account and region has a document only once something was set on it.
type Bus struct {
	Account, Region, Name string

	Description string            `json:",omitempty"`
	Created     time.Time         `json:",omitzero"` // zero for a default bus
	Modified    time.Time         `json:",omitzero"`
	Tags        map[string]string `json:",omitempty"`
	Policy      string            `json:",omitempty"` // with unique IDs in place of principals
	Owners      map[string]string `json:",omitempty"` // accounts of these IDs
}

var buses = &store.Table[Bus]{
	Name: "events.bus",
	Key:  func(b *Bus) store.Key { return b.named().key() },
}

func (b *Bus) named() busName { return busName{b.Account, b.Region, b.Name} }

// maxBuses is the quota of buses of an account and region beside the default one. User Guide: "Amazon EventBridge quotas".
const maxBuses = 100

// bus reads a bus. It answers [store.ErrNotFound] for one that does not exist; default buses always do.
func bus(tx store.Tx, n busName) (*Bus, error) {
	b, err := buses.Get(tx, n.key())
	if store.IsAbsent(err) && n.name == defaultBus {
		return &Bus{Account: n.account, Region: n.region, Name: n.name}, nil
	}
	return b, err
}

func (s *Service) busOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateEventBus, s.onNewBus, s.createBus),
		service.Writes(api.OpUpdateEventBus, onBus(s, func(in *api.UpdateEventBusInput) *string { return in.Name }), s.updateBus),
		service.Writes(api.OpDeleteEventBus, onBus(s, func(in *api.DeleteEventBusInput) *string { return in.Name }), s.deleteBus),
		service.Reads(api.OpDescribeEventBus, onBus(s, func(in *api.DescribeEventBusInput) *string { return in.Name }), s.describeBus),
		service.Reads(api.OpListEventBuses, onAny[api.ListEventBusesInput], s.listBuses),
		service.Reads(api.OpListEndpoints, onAny[api.ListEndpointsInput], noEndpoints),
		service.Reads(api.OpListEventSources, onAny[api.ListEventSourcesInput], noEventSources),
	}
}

// noEndpoints: global endpoints are not built, so there are none.
func noEndpoints(*service.Call, *api.ListEndpointsInput) (*api.ListEndpointsOutput, error) {
	return &api.ListEndpointsOutput{Endpoints: []api.Endpoint{}}, nil
}

// noEventSources: no partner sends events here.
func noEventSources(*service.Call, *api.ListEventSourcesInput) (*api.ListEventSourcesOutput, error) {
	return &api.ListEventSourcesOutput{EventSources: []api.EventSource{}}, nil
}

// plain refuses the settings of a bus that are not built.
func plain(dead *api.DeadLetterConfig, key *string, log *api.LogConfig) error {
	switch {
	case wire.Text(key) != "":
		return notBuilt("KmsKeyIdentifier", "Events that wait are in the store, whose disk you can encrypt; leave the parameter out.")
	case dead != nil && wire.Text(dead.Arn) != "":
		return notBuilt("DeadLetterConfig of a bus", "Set it on the rule's targets.")
	case log != nil && wire.Text(log.Level) != "" && wire.Text(log.Level) != api.LevelOff:
		return notBuilt("LogConfig", "Leave the parameter out, or set Level to OFF.")
	}
	return nil
}

func (s *Service) createBus(c *service.Call, in *api.CreateEventBusInput) (*api.CreateEventBusOutput, error) {
	n := busName{c.Account, c.Region, wire.Text(in.Name)}
	if err := plain(in.DeadLetterConfig, in.KmsKeyIdentifier, in.LogConfig); err != nil {
		return nil, err
	}
	switch {
	case in.EventSourceName != nil:
		return nil, notBuilt("EventSourceName", "There are no partner event sources here.")
	case n.name == defaultBus:
		return nil, api.ResourceAlreadyExistsException.New("Event bus %s already exists.", n.name)
	case strings.Contains(n.name, "/"):
		return nil, invalid("Event bus name must not contain '/'.")
	case strings.HasPrefix(n.name, "aws."):
		return nil, invalid("Event bus name must not begin with 'aws.'.")
	}
	if has, err := buses.Has(c.Tx, n.key()); err != nil {
		return nil, err
	} else if has {
		return nil, api.ResourceAlreadyExistsException.New("Event bus %s already exists.", n.name)
	}
	if count, err := buses.Count(c.Tx, store.K(c.Account, c.Region), maxBuses+1); err != nil {
		return nil, err
	} else if count > maxBuses {
		return nil, overLimit()
	}
	b := &Bus{Account: c.Account, Region: c.Region, Name: n.name, Description: wire.Text(in.Description), Created: c.Time, Modified: c.Time}
	var err error
	if b.Tags, err = withTags(nil, in.Tags); err != nil {
		return nil, err
	}
	return &api.CreateEventBusOutput{EventBusArn: new(n.arn()), Description: in.Description}, buses.Insert(c.Tx, b)
}

func (s *Service) updateBus(c *service.Call, in *api.UpdateEventBusInput) (*api.UpdateEventBusOutput, error) {
	b, err := foundBus(c)
	if err != nil {
		return nil, err
	}
	if err := plain(in.DeadLetterConfig, in.KmsKeyIdentifier, in.LogConfig); err != nil {
		return nil, err
	}
	if in.Description != nil {
		b.Description = *in.Description
	}
	b.Modified = c.Time
	out := &api.UpdateEventBusOutput{Arn: new(b.named().arn()), Name: &b.Name, Description: wire.Optional(b.Description)}
	return out, buses.Put(c.Tx, b)
}

// deleteBus answers success for a bus that does not exist, as AWS does. One with rules stays.
func (s *Service) deleteBus(c *service.Call, in *api.DeleteEventBusInput) (*api.DeleteEventBusOutput, error) {
	n, err := busOf(c, in.Name)
	if err != nil {
		return nil, err
	}
	if n.name == defaultBus {
		return nil, invalid("Cannot delete event bus default.")
	}
	if has, err := rules.Count(c.Tx, n.key(), 1); err != nil {
		return nil, err
	} else if has > 0 {
		return nil, invalid("Cannot delete event bus %s: it still has rules. Delete them first.", n.name)
	}
	if has, err := archives.HasRef(c.Tx, "bus", n.key()); err != nil {
		return nil, err
	} else if has {
		return nil, invalid("Cannot delete event bus %s: it still has archives. Delete them first.", n.name)
	}
	if err := forget(c.Tx, n); err != nil {
		return nil, err
	}
	if err := buses.Delete(c.Tx, n.key()); err != nil && !store.IsAbsent(err) {
		return nil, err
	}
	return &api.DeleteEventBusOutput{}, nil
}

func (s *Service) describeBus(c *service.Call, _ *api.DescribeEventBusInput) (*api.DescribeEventBusOutput, error) {
	b, err := foundBus(c)
	if err != nil {
		return nil, err
	}
	shown, err := s.shownPolicy(c.Tx, b)
	return &api.DescribeEventBusOutput{
		Arn: new(b.named().arn()), Name: &b.Name, Description: wire.Optional(b.Description), Policy: shown,
		CreationTime: at(b.Created), LastModifiedTime: at(b.Modified),
	}, err
}

// at is a time that may not be known.
func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// shownPolicy is the policy as it is shown, nil for none.
func (s *Service) shownPolicy(tx store.Tx, b *Bus) (*string, error) {
	if b.Policy == "" {
		return nil, nil
	}
	text, err := s.principals.ShowPrincipals(tx, b.Policy, b.Owners)
	return &text, err
}

func (s *Service) listBuses(c *service.Call, in *api.ListEventBusesInput) (*api.ListEventBusesOutput, error) {
	p, err := s.pageOf("buses", in.Limit, in.NextToken)
	if err != nil {
		return nil, err
	}
	out, prefix := &api.ListEventBusesOutput{}, wire.Text(in.NamePrefix)
	show := func(b *Bus) error {
		shown, err := s.shownPolicy(c.Tx, b)
		out.EventBuses = append(out.EventBuses, api.EventBus{
			Arn: new(b.named().arn()), Name: &b.Name, Description: wire.Optional(b.Description), Policy: shown,
			CreationTime: at(b.Created), LastModifiedTime: at(b.Modified),
		})
		return err
	}
	if p.After == nil && strings.HasPrefix(defaultBus, prefix) { // first, whether it has a document or not
		b, err := bus(c.Tx, busName{c.Account, c.Region, defaultBus})
		if err == nil {
			err = show(b)
		}
		if err != nil {
			return nil, err
		}
		if p.Limit--; p.Limit == 0 {
			out.NextToken, err = p.Token(store.K(c.Account, c.Region))
			return out, err
		}
	}
	out.NextToken, err = visit(p, c.Tx, buses, store.K(c.Account, c.Region), func(b *Bus) (bool, error) {
		if b.Name == defaultBus || !strings.HasPrefix(b.Name, prefix) {
			return false, nil
		}
		return true, show(b)
	})
	return out, err
}
