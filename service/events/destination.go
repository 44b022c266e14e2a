package events

import (
	"strings"
	"time"

	api "vauban/api/events"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/store"
)

// Destination is an API destination: an HTTPS endpoint that is reached over a connection.
type Destination struct {
	Account, Region, Name string

	ID          string // last part of the ARN
	Description string `json:",omitempty"`
	Connection  string // ARN
	Endpoint    string
	Method      string
	Rate        int64 // requests a second at most
	Created     time.Time
	Modified    time.Time
}

var destinations = &store.Table[Destination]{
	Name: "events.destination",
	Key:  func(d *Destination) store.Key { return store.K(d.Account, d.Region, d.Name) },
}

func (d *Destination) arn() string {
	return "arn:aws:events:" + d.Region + ":" + d.Account + ":api-destination/" + d.Name + "/" + d.ID
}

// defaultRate is the rate of a destination that names none. API reference: "CreateApiDestination".
const defaultRate = 300

// destinationAt reads the destination that an ARN names.
func destinationAt(tx store.Tx, a arn.ARN) (*Destination, error) {
	name, _, _ := strings.Cut(strings.TrimPrefix(a.Resource, "api-destination/"), "/")
	return destinations.Get(tx, store.K(a.Account, a.Region, name))
}

// connectionAt reads the connection that an ARN names: that one, not a later one of the same name.
func connectionAt(tx store.Tx, text string) (*Connection, error) {
	a, err := arn.Parse(text)
	if err != nil {
		return nil, store.ErrNotFound
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(a.Resource, "connection/"), "/")
	k, err := connections.Get(tx, store.K(a.Account, a.Region, name))
	if err == nil && k.arn() != text {
		return nil, store.ErrNotFound
	}
	return k, err
}

func (s *Service) destinationOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateApiDestination, onDestination(func(in *api.CreateApiDestinationInput) *string { return in.Name }), s.createDestination),
		service.Writes(api.OpUpdateApiDestination, onDestination(func(in *api.UpdateApiDestinationInput) *string { return in.Name }), s.updateDestination),
		service.Writes(api.OpDeleteApiDestination, onDestination(func(in *api.DeleteApiDestinationInput) *string { return in.Name }), s.deleteDestination),
		service.Reads(api.OpDescribeApiDestination, onDestination(func(in *api.DescribeApiDestinationInput) *string { return in.Name }), s.describeDestination),
		service.Reads(api.OpListApiDestinations, onAny[api.ListApiDestinationsInput], s.listDestinations),
	}
}

func onDestination[In any](name func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		d := &Destination{Account: c.Account, Region: c.Region, Name: wire.Text(name(in))}
		have, err := destinations.Get(c.Tx, destinations.Key(d))
		c.Found = onFound[Destination]{have, api.ResourceNotFoundException.New("Failed to describe the api-destination(s). An api-destination '%s' does not exist.", d.Name)}
		if store.IsAbsent(err) {
			err = nil
		}
		resource := strings.TrimSuffix(d.arn(), "/")
		if have != nil {
			resource = have.arn()
		}
		q := service.Question{Resource: resource, ResourceType: "AWS::Events::ApiDestination"}
		if c.Value(invokeKey{}) != nil { // a rule asks for a target's role
			q.Action = "events:InvokeApiDestination"
			c.Record().EventName = "InvokeApiDestination"
		}
		return []service.Question{q}, err
	}
}

func (s *Service) createDestination(c *service.Call, in *api.CreateApiDestinationInput) (*api.CreateApiDestinationOutput, error) {
	d := &Destination{Account: c.Account, Region: c.Region, Name: *in.Name, Rate: defaultRate, Created: c.Time}
	if has, err := destinations.Has(c.Tx, destinations.Key(d)); err != nil {
		return nil, err
	} else if has {
		return nil, api.ResourceAlreadyExistsException.New("An api-destination '%s' already exists.", d.Name)
	}
	if have, err := destinations.Count(c.Tx, store.K(c.Account, c.Region), maxConnections); err != nil {
		return nil, err
	} else if have >= maxConnections {
		return nil, overLimit()
	}
	var err error
	if d.ID, err = newID(s.Rand); err != nil {
		return nil, err
	}
	if err := d.set(c, in.Description, in.ConnectionArn, in.InvocationEndpoint, in.HttpMethod, in.InvocationRateLimitPerSecond); err != nil {
		return nil, err
	}
	state, err := d.state(c.Tx)
	if err != nil {
		return nil, err
	}
	return &api.CreateApiDestinationOutput{ApiDestinationArn: new(d.arn()), ApiDestinationState: &state, CreationTime: &d.Created, LastModifiedTime: &d.Modified}, destinations.Insert(c.Tx, d)
}

// set takes over what is given.
func (d *Destination) set(c *service.Call, description, connection, endpoint, method *string, rate *int64) error {
	take(&d.Description, description)
	take(&d.Connection, connection)
	take(&d.Endpoint, endpoint)
	take(&d.Method, method)
	if rate != nil {
		d.Rate = *rate
	}
	d.Modified = c.Time
	if connection != nil {
		k, err := connectionAt(c.Tx, d.Connection)
		if store.IsAbsent(err) || err == nil && (k.Account != d.Account || k.Region != d.Region) {
			return api.ResourceNotFoundException.New("Connection '%s' does not exist.", d.Connection)
		}
		if err != nil {
			return err
		}
	}
	return checkEndpoint("InvocationEndpoint", d.Endpoint)
}

// state is whether the destination can be reached: its connection must be there and authorised.
func (d *Destination) state(tx store.Tx) (string, error) {
	k, err := connectionAt(tx, d.Connection)
	switch {
	case store.IsAbsent(err):
		return api.ApiDestinationStateInactive, nil
	case err != nil:
		return "", err
	case k.State == api.ConnectionStateAuthorized || k.State == api.ConnectionStateAuthorizing:
		return api.ApiDestinationStateActive, nil
	}
	return api.ApiDestinationStateInactive, nil
}

func (s *Service) updateDestination(c *service.Call, in *api.UpdateApiDestinationInput) (*api.UpdateApiDestinationOutput, error) {
	d, err := found[Destination](c)
	if err != nil {
		return nil, err
	}
	if err := d.set(c, in.Description, in.ConnectionArn, in.InvocationEndpoint, in.HttpMethod, in.InvocationRateLimitPerSecond); err != nil {
		return nil, err
	}
	state, err := d.state(c.Tx)
	if err != nil {
		return nil, err
	}
	return &api.UpdateApiDestinationOutput{ApiDestinationArn: new(d.arn()), ApiDestinationState: &state, CreationTime: &d.Created, LastModifiedTime: &d.Modified}, destinations.Update(c.Tx, d)
}

func (s *Service) deleteDestination(c *service.Call, _ *api.DeleteApiDestinationInput) (*api.DeleteApiDestinationOutput, error) {
	d, err := found[Destination](c)
	if err != nil {
		return nil, err
	}
	return &api.DeleteApiDestinationOutput{}, destinations.Delete(c.Tx, destinations.Key(d))
}

func (s *Service) describeDestination(c *service.Call, _ *api.DescribeApiDestinationInput) (*api.DescribeApiDestinationOutput, error) {
	d, err := found[Destination](c)
	if err != nil {
		return nil, err
	}
	state, err := d.state(c.Tx)
	return &api.DescribeApiDestinationOutput{
		ApiDestinationArn: new(d.arn()), Name: &d.Name, Description: wire.Optional(d.Description), ApiDestinationState: &state, ConnectionArn: &d.Connection,
		InvocationEndpoint: &d.Endpoint, HttpMethod: &d.Method, InvocationRateLimitPerSecond: &d.Rate, CreationTime: &d.Created, LastModifiedTime: &d.Modified,
	}, err
}

func (s *Service) listDestinations(c *service.Call, in *api.ListApiDestinationsInput) (*api.ListApiDestinationsOutput, error) {
	p, err := s.pageOf("destinations", in.Limit, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.ListApiDestinationsOutput{ApiDestinations: []api.ApiDestination{}}
	out.NextToken, err = visit(p, c.Tx, destinations, store.K(c.Account, c.Region), func(d *Destination) (bool, error) {
		if !strings.HasPrefix(d.Name, wire.Text(in.NamePrefix)) || in.ConnectionArn != nil && *in.ConnectionArn != d.Connection {
			return false, nil
		}
		state, err := d.state(c.Tx)
		out.ApiDestinations = append(out.ApiDestinations, api.ApiDestination{
			ApiDestinationArn: new(d.arn()), Name: &d.Name, ApiDestinationState: &state, ConnectionArn: &d.Connection, InvocationEndpoint: &d.Endpoint,
			HttpMethod: &d.Method, InvocationRateLimitPerSecond: &d.Rate, CreationTime: &d.Created, LastModifiedTime: &d.Modified,
		})
		return true, err
	})
	return out, err
}
