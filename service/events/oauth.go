package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	api "vauban/api/events"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/store"
)

// authorize adds to a request who we say that we are.
func (s *Service) authorize(ctx context.Context, r *http.Request, k *Connection, a *Auth) error {
	switch k.Type {
	case api.ConnectionAuthorizationTypeBasic:
		r.SetBasicAuth(a.User, a.Password)
	case api.ConnectionAuthorizationTypeApiKey:
		r.Header.Set(a.Key, a.Value)
	default:
		token, err := s.token(ctx, k, a)
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return nil
}

// tokenKey is under what the token of a connection is sealed.
func tokenKey(k *Connection) store.Key { return connections.Key(k).With("token") }

// token is the connection's access token: the one that was fetched last, or a new one when that ends within a minute.
func (s *Service) token(ctx context.Context, k *Connection, a *Auth) (string, error) {
	if len(k.Token) > 0 && s.Clock().Before(k.TokenEnds.Add(-time.Minute)) {
		text, err := s.Seal.Open(connections.Name, tokenKey(k), k.Token)
		return string(text), err
	}
	t, err := s.fetchToken(ctx, a)
	if err != nil {
		return "", err
	}
	return t.Text, s.saveToken(ctx, k, t)
}

// granted is the answer of a token endpoint. RFC 6749, section 5.1.
type granted struct {
	Text    string `json:"access_token"`
	Kind    string `json:"token_type"`
	Seconds int64  `json:"expires_in"`
}

// The bounds of token endpoints.
const (
	tokenTime    = 10 * time.Second
	maxToken     = 64 << 10
	tokenSeconds = 300 // of a token that does not say for how long it is good
)

// fetchToken asks for a token with the client's credentials. RFC 6749, section 4.4.
func (s *Service) fetchToken(ctx context.Context, a *Auth) (*granted, error) {
	if s.Web == nil || a.OAuth == nil {
		return nil, &failure{code: codeConnection, err: errors.New("no token can be fetched: there is no client for endpoints, or no authorisation")}
	}
	r, err := tokenRequest(ctx, a.OAuth)
	if err != nil {
		return nil, &failure{code: codeParameter, err: delivery.Permanent(err)}
	}
	answer, err := s.Web.Do(r, tokenTime)
	if err != nil {
		return nil, &failure{code: codeConnection, host: r.URL.Host, err: fmt.Errorf("the authorization endpoint: %w", err)}
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxToken))
	if err != nil {
		return nil, &failure{code: codeConnection, host: r.URL.Host, err: fmt.Errorf("the authorization endpoint: %w", err)}
	}
	if answer.StatusCode/100 != 2 {
		return nil, &failure{code: codePermissions, err: fmt.Errorf("the authorization endpoint answers %s", answer.Status)}
	}
	t := &granted{}
	if err := json.Unmarshal(body, t); err != nil || t.Text == "" || !printable(t.Text) {
		return nil, &failure{code: codePermissions, err: errors.New("the authorization endpoint answers without an access_token")}
	}
	if t.Seconds <= 0 {
		t.Seconds = tokenSeconds
	}
	return t, nil
}

func tokenRequest(ctx context.Context, o *OAuth) (*http.Request, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {o.ClientID}, "client_secret": {o.Secret}}
	for _, p := range o.Extra.Body {
		form.Set(p.Key, p.Value)
	}
	u, err := url.Parse(o.Endpoint)
	if err != nil {
		return nil, err
	}
	query := u.Query()
	for _, p := range o.Extra.Query {
		query.Set(p.Key, p.Value)
	}
	u.RawQuery = query.Encode()
	method := o.Method
	if method == "" {
		method = http.MethodPost
	}
	var content io.Reader = strings.NewReader(form.Encode())
	if method == http.MethodGet { // a GET has no body
		for name, v := range form {
			query[name] = v
		}
		u.RawQuery, content = query.Encode(), nil
	}
	r, err := http.NewRequestWithContext(ctx, method, u.String(), content)
	if err != nil {
		return nil, err
	}
	for _, p := range o.Extra.Headers {
		if settable(p.Key) {
			r.Header.Set(p.Key, p.Value)
		}
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	return r, nil
}

// saveToken keeps a token for others, unless the connection was changed while it was fetched.
func (s *Service) saveToken(ctx context.Context, k *Connection, t *granted) error {
	sealed, err := s.Seal.Seal(connections.Name, tokenKey(k), []byte(t.Text))
	if err != nil {
		return err
	}
	now := s.Clock()
	return s.changed(ctx, k, func(have *Connection) {
		have.Token, have.TokenEnds = sealed, now.Add(time.Duration(t.Seconds)*time.Second)
		have.State, have.Reason, have.Authorized = api.ConnectionStateAuthorized, "", now
	})
}

// dropToken forgets a token that an endpoint does not take.
func (s *Service) dropToken(ctx context.Context, k *Connection) error {
	return s.changed(ctx, k, func(have *Connection) { have.Token, have.TokenEnds = nil, time.Time{} })
}

// changed changes a connection that is still what it was.
func (s *Service) changed(ctx context.Context, k *Connection, change func(*Connection)) error {
	return s.Store.Write(ctx, func(tx store.Tx) error {
		have, err := connections.Get(tx, connections.Key(k))
		if store.IsAbsent(err) || err == nil && (have.ID != k.ID || have.Version != k.Version) {
			return nil
		}
		if err != nil {
			return err
		}
		change(have)
		return connections.Update(tx, have)
	})
}

// kindAuthorize are first requests for tokens.
const kindAuthorize = "events.authorize"

// authorization is a connection whose first token is to be fetched.
type authorization struct {
	ARN     string
	Version int64
}

func (s *Service) enqueueAuthorize(tx store.Tx, k *Connection) error {
	payload, err := json.Marshal(authorization{k.arn(), k.Version})
	if err != nil {
		return err
	}
	return s.Outbound.Enqueue(tx, &delivery.Delivery{Kind: kindAuthorize, Target: k.arn(), Payload: payload, Limit: authorizeAttempts})
}

// authorizeAttempts is how often the first token is asked for.
const authorizeAttempts = 3

// firstToken fetches the first token of a connection, and notes when there is none to be had.
func (s *Service) firstToken(w *service.Work, d *delivery.Delivery) error {
	var to authorization
	if err := json.Unmarshal(d.Payload, &to); err != nil {
		return delivery.Permanent(err)
	}
	var k *Connection
	err := s.Store.Read(w, func(tx store.Tx) (err error) {
		k, err = connectionAt(tx, to.ARN)
		return err
	})
	if store.IsAbsent(err) || err == nil && k.Version != to.Version {
		return nil
	}
	if err != nil {
		return err
	}
	a, err := s.auth(k)
	if err != nil {
		return err
	}
	t, err := s.fetchToken(w, a)
	if err == nil {
		return s.saveToken(w, k, t)
	}
	if !delivery.IsPermanent(err) && d.Attempts < authorizeAttempts {
		return err
	}
	if lost := s.changed(w, k, func(have *Connection) {
		have.State, have.Reason = api.ConnectionStateDeauthorized, clipped("Failed to authorize. "+told(err), 500)
	}); lost != nil {
		return lost
	}
	return delivery.Permanent(err)
}
