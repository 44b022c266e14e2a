package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	api "vauban/api/events"
	"vauban/carrier"
	"vauban/engine/arn"
	"vauban/engine/pattern"
	"vauban/engine/transform"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/store"
)

// invocationTime is how long an endpoint may take. User Guide: "API destinations as targets in Amazon EventBridge".
const invocationTime = 5 * time.Second

// invokeKey marks a call that asks whether a role may invoke a destination: there is no operation of that name.
type invokeKey struct{}

// callDestination sends the event to an API destination, if the target's role may.
func (x *sending) callDestination(c *service.Call, e *pattern.Event, body string) error {
	if !x.t.ownRole(x.r) {
		return &failure{code: codePermissions, err: delivery.Permanent(errors.New("the role of the target is not in the account of the rule"))}
	}
	d, k, auth, err := x.destination()
	if err != nil {
		return err
	}
	if err := x.takeTurn(d); err != nil {
		return err
	}
	as, err := x.identity(c)
	if err != nil {
		return err
	}
	c.Context = context.WithValue(c.Context, invokeKey{}, true)
	if _, err := x.w.Door.Call(c, as, "events", "DescribeApiDestination", &api.DescribeApiDestinationInput{Name: &d.Name}); err != nil {
		return &failure{code: codePermissions, err: delivery.Permanent(err)}
	}
	if x.Web == nil {
		return &failure{code: codeConnection, err: errors.New("this server has no client for endpoints")}
	}
	r, err := x.request(d, auth, e, body)
	if err != nil {
		return &failure{code: codeParameter, err: delivery.Permanent(err)}
	}
	if err := x.authorize(x.w, r, k, auth); err != nil {
		return err
	}
	return x.exchange(r, k)
}

// takeTurn answers [delivery.Later] until it is the event's turn.
func (x *sending) takeTurn(d *Destination) error {
	now := x.Clock()
	turn, err := x.pace.turn(now, d.arn(), d.Rate, x.d.Turn, x.o.Received.Add(x.t.age()))
	switch {
	case err != nil:
		return &failure{code: codeThrottling, err: err}
	case turn.After(now):
		return delivery.Later(fmt.Errorf("the API destination takes %d requests a second", d.Rate), turn)
	}
	return nil
}

// destination reads the destination of the target, its connection and what that authorises with.
func (x *sending) destination() (d *Destination, k *Connection, auth *Auth, err error) {
	a, err := arn.Parse(x.t.ARN)
	if err != nil {
		return nil, nil, nil, delivery.Permanent(err)
	}
	err = x.Store.Read(x.w, func(tx store.Tx) error {
		if d, err = destinationAt(tx, a); err == nil {
			k, err = connectionAt(tx, d.Connection)
		}
		return err
	})
	switch {
	case store.IsAbsent(err) || err == nil && d.arn() != x.t.ARN:
		return nil, nil, nil, &failure{code: codeResource, err: delivery.Permanent(errors.New("the API destination or its connection does not exist"))}
	case err != nil:
		return nil, nil, nil, err
	case k.State == api.ConnectionStateDeauthorized && k.Reason == "":
		return nil, nil, nil, &failure{code: codePermissions, err: delivery.Permanent(errors.New("the connection is deauthorized"))}
	}
	auth, err = x.auth(k)
	return d, k, auth, err
}

// request writes the request: path values in place of the stars, then what target and connection add. What the connection says counts where both do.
func (x *sending) request(d *Destination, auth *Auth, e *pattern.Event, body string) (*http.Request, error) {
	h := x.t.HTTP
	if h == nil {
		h = &HTTP{}
	}
	address := d.Endpoint
	for _, v := range h.Path {
		v = valueOf(v, e)
		if v == "." || v == ".." { // an event must not lead to another path of the endpoint
			return nil, fmt.Errorf("the path parameter %q is no name", v)
		}
		address = strings.Replace(address, "*", url.PathEscape(v), 1)
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	query := u.Query()
	for _, name := range slices.Sorted(maps.Keys(h.Query)) {
		query.Set(name, valueOf(h.Query[name], e))
	}
	for _, p := range auth.Extra.Query {
		query.Set(p.Key, p.Value)
	}
	u.RawQuery = query.Encode()
	if body, err = withParameters(body, auth.Extra.Body); err != nil {
		return nil, err
	}
	var content io.Reader
	if d.Method != http.MethodGet && d.Method != http.MethodHead {
		content = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(x.w, d.Method, u.String(), content)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(h.Headers)) {
		if v := valueOf(h.Headers[name], e); settable(name) && printable(v) {
			r.Header.Set(name, v)
		}
	}
	for _, p := range auth.Extra.Headers {
		if settable(p.Key) {
			r.Header.Set(p.Key, p.Value)
		}
	}
	if r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
	}
	if x.o.Trace != "" && printable(x.o.Trace) {
		r.Header.Set("X-Amzn-Trace-Id", x.o.Trace)
	}
	r.Header.Set("User-Agent", "Amazon/EventBridge/ApiDestinations")
	r.Header.Set("Range", "bytes=0-1048575")
	return r, nil
}

// settable leaves out the headers that are the client's own. User Guide: "Headers in API destination requests".
func settable(name string) bool {
	switch strings.ToLower(name) {
	case "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "range", "user-agent", "x-forwarded-for", "via", "expect":
		return false
	}
	return true
}

func printable(v string) bool { return !strings.ContainsAny(v, "\r\n\x00") }

// valueOf is a value as it stands, or what a path finds in the event: "" when it finds nothing.
func valueOf(v string, e *pattern.Event) string {
	if !strings.HasPrefix(v, "$.") {
		return v
	}
	p, err := transform.ParsePath(v)
	if err != nil {
		return ""
	}
	found, ok := p.Find(e.Root())
	if !ok {
		return ""
	}
	return transform.Text(found)
}

// withParameters adds members to a body that is a JSON object.
func withParameters(body string, more []Parameter) (string, error) {
	if len(more) == 0 {
		return body, nil
	}
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(body), &members); err != nil || members == nil {
		return "", errors.New("the connection adds body parameters, but the input is no JSON object")
	}
	for _, p := range more {
		members[p.Key] = json.RawMessage(transform.JSON(p.Value))
	}
	text, err := json.Marshal(members)
	return string(text), err
}

// exchange sends the request. What trying again may mend: that nobody answered, 401, 407, 409, 429 and 5xx, as AWS does.
func (x *sending) exchange(r *http.Request, k *Connection) error {
	answer, err := x.Web.Do(r, invocationTime)
	switch {
	case errors.Is(err, carrier.ErrForbiddenAddress):
		return &failure{code: codeConnection, host: r.URL.Host, err: delivery.Permanent(err)}
	case errors.Is(err, context.DeadlineExceeded):
		return &failure{code: codeTimeout, host: r.URL.Host, err: err}
	case err != nil:
		return &failure{code: codeConnection, host: r.URL.Host, err: err}
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection can be used again; what it says has no meaning for a rule
	if answer.StatusCode/100 == 2 {
		return nil
	}
	failed := fmt.Errorf("%s answers %s", r.URL.Host, answer.Status)
	switch code := answer.StatusCode; {
	case code == http.StatusUnauthorized:
		if k.Type == api.ConnectionAuthorizationTypeOauthClientCredentials {
			if err := x.dropToken(x.w, k); err != nil {
				return err
			}
		}
	case code == http.StatusProxyAuthRequired, code == http.StatusConflict, code >= 500:
	case code == http.StatusTooManyRequests:
		if s, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && s > 0 && s <= 3600 {
			return &failure{code: codeThrottling, err: delivery.After(failed, time.Duration(s)*time.Second)}
		}
		return &failure{code: codeThrottling, err: failed}
	default:
		return &failure{code: codeTarget, err: delivery.Permanent(failed)}
	}
	return &failure{code: codeTarget, err: failed}
}
