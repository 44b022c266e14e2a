package events

import (
	"encoding/json"
	"strings"
	"time"

	api "vauban/api/events"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Connection is how API destinations are spoken to: who we say that we are, and what is added to requests. What is secret in it is sealed.
type Connection struct {
	Account, Region, Name string

	ID          string // last part of the ARN
	Description string `json:",omitempty"`
	Type        string // api.ConnectionAuthorizationType…
	State       string // api.ConnectionState…
	Reason      string `json:",omitempty"`
	Created     time.Time
	Modified    time.Time
	Authorized  time.Time `json:",omitzero"`
	Sealed      []byte    // Auth
	Version     int64     // of Sealed: what was fetched for another one counts no longer
	Token       []byte    `json:",omitempty"` // of OAuth, sealed
	TokenEnds   time.Time `json:",omitzero"`
}

// Auth is what a connection authorises with.
type Auth struct {
	User, Password string `json:",omitempty"` // BASIC
	Key, Value     string `json:",omitempty"` // API_KEY: header and value
	OAuth          *OAuth `json:",omitempty"`
	Extra          Extra  // of every request
}

// OAuth is the client credentials grant.
type OAuth struct {
	Endpoint, Method, ClientID, Secret string
	Extra                              Extra // of the request for a token
}

// Extra are parameters that a connection adds.
type Extra struct {
	Headers, Query, Body []Parameter `json:",omitempty"`
}

// Parameter is one of them.
type Parameter struct {
	Key, Value string
	Secret     bool `json:",omitempty"`
}

var connections = &store.Table[Connection]{
	Name: "events.connection",
	Key:  func(c *Connection) store.Key { return store.K(c.Account, c.Region, c.Name) },
}

func (c *Connection) arn() string {
	return "arn:aws:events:" + c.Region + ":" + c.Account + ":connection/" + c.Name + "/" + c.ID
}

// maxConnections is the quota of connections, and of API destinations, of an account and region.
const maxConnections = 3000

// auth opens what the connection authorises with.
func (s *Service) auth(c *Connection) (*Auth, error) {
	text, err := s.Seal.Open(connections.Name, connections.Key(c), c.Sealed)
	if err != nil {
		return nil, err
	}
	a := &Auth{}
	return a, json.Unmarshal(text, a)
}

func (s *Service) sealAuth(c *Connection, a *Auth) error {
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	c.Sealed, err = s.Seal.Seal(connections.Name, connections.Key(c), text)
	c.Version++
	c.Token, c.TokenEnds = nil, time.Time{}
	return err
}

func (s *Service) connectionOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateConnection, onConnection(func(in *api.CreateConnectionInput) *string { return in.Name }), s.createConnection),
		service.Writes(api.OpUpdateConnection, onConnection(func(in *api.UpdateConnectionInput) *string { return in.Name }), s.updateConnection),
		service.Writes(api.OpDeauthorizeConnection, onConnection(func(in *api.DeauthorizeConnectionInput) *string { return in.Name }), s.deauthorizeConnection),
		service.Writes(api.OpDeleteConnection, onConnection(func(in *api.DeleteConnectionInput) *string { return in.Name }), s.deleteConnection),
		service.Reads(api.OpDescribeConnection, onConnection(func(in *api.DescribeConnectionInput) *string { return in.Name }), s.describeConnection),
		service.Reads(api.OpListConnections, onAny[api.ListConnectionsInput], s.listConnections),
	}
}

// onConnection is the rule of operations on a connection, under the ARN without its ID, as policies name it.
func onConnection[In any](name func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		k := &Connection{Account: c.Account, Region: c.Region, Name: wire.Text(name(in))}
		have, err := connections.Get(c.Tx, connections.Key(k))
		c.Found = onFound[Connection]{have, api.ResourceNotFoundException.New("Failed to describe the connection(s). Connection '%s' does not exist.", k.Name)}
		if store.IsAbsent(err) {
			err = nil
		}
		resource := strings.TrimSuffix(k.arn(), "/")
		if have != nil {
			resource = have.arn()
		}
		return []service.Question{{Resource: resource, ResourceType: "AWS::Events::Connection"}}, err
	}
}

func (s *Service) createConnection(c *service.Call, in *api.CreateConnectionInput) (*api.CreateConnectionOutput, error) {
	if err := reachable(in.KmsKeyIdentifier, in.InvocationConnectivityParameters, in.AuthParameters.ConnectivityParameters); err != nil {
		return nil, err
	}
	k := &Connection{Account: c.Account, Region: c.Region, Name: *in.Name, Description: wire.Text(in.Description), Type: *in.AuthorizationType, Created: c.Time, Modified: c.Time}
	if has, err := connections.Has(c.Tx, connections.Key(k)); err != nil {
		return nil, err
	} else if has {
		return nil, api.ResourceAlreadyExistsException.New("Connection %s already exists.", k.Name)
	}
	if have, err := connections.Count(c.Tx, store.K(c.Account, c.Region), maxConnections); err != nil {
		return nil, err
	} else if have >= maxConnections {
		return nil, overLimit()
	}
	a := &Auth{}
	if err := a.set(k.Type, newParameters(in.AuthParameters)); err != nil {
		return nil, err
	}
	var err error
	if k.ID, err = newID(s.Rand); err != nil {
		return nil, err
	}
	if err := s.authorizing(c, k, a); err != nil {
		return nil, err
	}
	return &api.CreateConnectionOutput{ConnectionArn: new(k.arn()), ConnectionState: &k.State, CreationTime: &k.Created, LastModifiedTime: &k.Modified}, connections.Insert(c.Tx, k)
}

// reachable refuses what is not built.
func reachable(key *string, private ...*api.ConnectivityResourceParameters) error {
	if wire.Text(key) != "" {
		return notBuilt("KmsKeyIdentifier", "Secrets of connections are sealed under the key ring of this deployment; leave the parameter out.")
	}
	for _, p := range private {
		if p != nil {
			return notBuilt("Connectivity to private endpoints", "The operator of this deployment allows private addresses for all.")
		}
	}
	return nil
}

// authorizing seals what the connection authorises with. With OAuth the first token is fetched after the commit; the rest is known to be as good as it gets.
func (s *Service) authorizing(c *service.Call, k *Connection, a *Auth) error {
	if err := s.sealAuth(k, a); err != nil {
		return err
	}
	k.Reason = ""
	if a.OAuth == nil {
		k.State, k.Authorized = api.ConnectionStateAuthorized, c.Time
		return nil
	}
	k.State = api.ConnectionStateAuthorizing
	return s.enqueueAuthorize(c.Tx, k)
}

func (s *Service) updateConnection(c *service.Call, in *api.UpdateConnectionInput) (*api.UpdateConnectionOutput, error) {
	k, err := found[Connection](c)
	if err != nil {
		return nil, err
	}
	private := []*api.ConnectivityResourceParameters{in.InvocationConnectivityParameters}
	if in.AuthParameters != nil {
		private = append(private, in.AuthParameters.ConnectivityParameters)
	}
	if err := reachable(in.KmsKeyIdentifier, private...); err != nil {
		return nil, err
	}
	if in.Description != nil {
		k.Description = *in.Description
	}
	a, err := s.auth(k)
	if err != nil {
		return nil, err
	}
	if t := wire.Text(in.AuthorizationType); t != "" && t != k.Type {
		if in.AuthParameters == nil {
			return nil, invalid("Parameter(s) AuthParameters must be specified when AuthorizationType changes.")
		}
		k.Type, a = t, &Auth{Extra: a.Extra}
	}
	if in.AuthParameters != nil {
		if err := a.set(k.Type, in.AuthParameters); err != nil {
			return nil, err
		}
	}
	k.Modified = c.Time
	if err := s.authorizing(c, k, a); err != nil {
		return nil, err
	}
	return &api.UpdateConnectionOutput{
		ConnectionArn: new(k.arn()), ConnectionState: &k.State, CreationTime: &k.Created, LastModifiedTime: &k.Modified, LastAuthorizedTime: at(k.Authorized),
	}, connections.Update(c.Tx, k)
}

// deauthorizeConnection takes the secrets away; API destinations cannot be reached until they are updated.
func (s *Service) deauthorizeConnection(c *service.Call, _ *api.DeauthorizeConnectionInput) (*api.DeauthorizeConnectionOutput, error) {
	k, err := found[Connection](c)
	if err != nil {
		return nil, err
	}
	if err := s.sealAuth(k, &Auth{}); err != nil {
		return nil, err
	}
	k.State, k.Modified = api.ConnectionStateDeauthorized, c.Time
	return &api.DeauthorizeConnectionOutput{
		ConnectionArn: new(k.arn()), ConnectionState: &k.State, CreationTime: &k.Created, LastModifiedTime: &k.Modified, LastAuthorizedTime: at(k.Authorized),
	}, connections.Update(c.Tx, k)
}

// deleteConnection deletes a connection also while API destinations name it: they become inactive.
func (s *Service) deleteConnection(c *service.Call, _ *api.DeleteConnectionInput) (*api.DeleteConnectionOutput, error) {
	k, err := found[Connection](c)
	if err != nil {
		return nil, err
	}
	state := api.ConnectionStateDeleting
	return &api.DeleteConnectionOutput{
		ConnectionArn: new(k.arn()), ConnectionState: &state, CreationTime: &k.Created, LastModifiedTime: &k.Modified, LastAuthorizedTime: at(k.Authorized),
	}, connections.Delete(c.Tx, connections.Key(k))
}

func (s *Service) describeConnection(c *service.Call, _ *api.DescribeConnectionInput) (*api.DescribeConnectionOutput, error) {
	k, err := found[Connection](c)
	if err != nil {
		return nil, err
	}
	a, err := s.auth(k)
	if err != nil {
		return nil, err
	}
	return &api.DescribeConnectionOutput{
		ConnectionArn: new(k.arn()), Name: &k.Name, Description: wire.Optional(k.Description), AuthorizationType: &k.Type, ConnectionState: &k.State,
		StateReason: wire.Optional(k.Reason), CreationTime: &k.Created, LastModifiedTime: &k.Modified, LastAuthorizedTime: at(k.Authorized), AuthParameters: a.shown(k.Type),
	}, nil
}

func (s *Service) listConnections(c *service.Call, in *api.ListConnectionsInput) (*api.ListConnectionsOutput, error) {
	p, err := s.pageOf("connections", in.Limit, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.ListConnectionsOutput{Connections: []api.Connection{}}
	out.NextToken, err = visit(p, c.Tx, connections, store.K(c.Account, c.Region), func(k *Connection) (bool, error) {
		if !strings.HasPrefix(k.Name, wire.Text(in.NamePrefix)) || in.ConnectionState != nil && *in.ConnectionState != k.State {
			return false, nil
		}
		out.Connections = append(out.Connections, api.Connection{
			ConnectionArn: new(k.arn()), Name: &k.Name, AuthorizationType: &k.Type, ConnectionState: &k.State, StateReason: wire.Optional(k.Reason),
			CreationTime: &k.Created, LastModifiedTime: &k.Modified, LastAuthorizedTime: at(k.Authorized),
		})
		return true, nil
	})
	return out, err
}
