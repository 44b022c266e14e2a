package events

import (
	"net/url"
	"strings"

	api "vauban/api/events"
	"vauban/api/wire"
)

// newParameters are those of a new connection, in the form of an update: whose parameters are the same, but none of them must be given.
func newParameters(in *api.CreateConnectionAuthRequestParameters) *api.UpdateConnectionAuthRequestParameters {
	out := &api.UpdateConnectionAuthRequestParameters{InvocationHttpParameters: in.InvocationHttpParameters}
	if k := in.ApiKeyAuthParameters; k != nil {
		out.ApiKeyAuthParameters = &api.UpdateConnectionApiKeyAuthRequestParameters{ApiKeyName: k.ApiKeyName, ApiKeyValue: k.ApiKeyValue}
	}
	if b := in.BasicAuthParameters; b != nil {
		out.BasicAuthParameters = &api.UpdateConnectionBasicAuthRequestParameters{Username: b.Username, Password: b.Password}
	}
	if o := in.OAuthParameters; o != nil {
		out.OAuthParameters = &api.UpdateConnectionOAuthRequestParameters{
			AuthorizationEndpoint: o.AuthorizationEndpoint, HttpMethod: o.HttpMethod, OAuthHttpParameters: o.OAuthHttpParameters,
			ClientParameters: &api.UpdateConnectionOAuthClientRequestParameters{ClientID: o.ClientParameters.ClientID, ClientSecret: o.ClientParameters.ClientSecret},
		}
	}
	return out
}

// set takes over what is given of the parameters, which must be those of the type.
func (a *Auth) set(kind string, in *api.UpdateConnectionAuthRequestParameters) error {
	given := map[string]bool{
		api.ConnectionAuthorizationTypeBasic: in.BasicAuthParameters != nil, api.ConnectionAuthorizationTypeApiKey: in.ApiKeyAuthParameters != nil,
		api.ConnectionAuthorizationTypeOauthClientCredentials: in.OAuthParameters != nil,
	}
	for other, is := range given {
		if is && other != kind {
			return invalid("Parameter AuthParameters is not valid. Reason: The parameters are not those of the authorization type %s.", kind)
		}
	}
	if in.InvocationHttpParameters != nil {
		a.Extra = extraOf(in.InvocationHttpParameters)
	}
	if b := in.BasicAuthParameters; b != nil {
		take(&a.User, b.Username)
		take(&a.Password, b.Password)
	}
	if k := in.ApiKeyAuthParameters; k != nil {
		take(&a.Key, k.ApiKeyName)
		take(&a.Value, k.ApiKeyValue)
	}
	if o := in.OAuthParameters; o != nil {
		if a.OAuth == nil {
			a.OAuth = &OAuth{}
		}
		take(&a.OAuth.Endpoint, o.AuthorizationEndpoint)
		take(&a.OAuth.Method, o.HttpMethod)
		if p := o.ClientParameters; p != nil {
			take(&a.OAuth.ClientID, p.ClientID)
			take(&a.OAuth.Secret, p.ClientSecret)
		}
		if o.OAuthHttpParameters != nil {
			a.OAuth.Extra = extraOf(o.OAuthHttpParameters)
		}
	}
	return a.complete(kind)
}

// complete refuses an authorisation that could not work.
func (a *Auth) complete(kind string) error {
	missing := ""
	switch kind {
	case api.ConnectionAuthorizationTypeBasic:
		if a.User == "" || a.Password == "" {
			missing = "BasicAuthParameters"
		}
	case api.ConnectionAuthorizationTypeApiKey:
		if a.Key == "" || a.Value == "" {
			missing = "ApiKeyAuthParameters"
		}
	default:
		if a.OAuth == nil || a.OAuth.Endpoint == "" || a.OAuth.ClientID == "" || a.OAuth.Secret == "" {
			missing = "OAuthParameters"
		} else if err := checkEndpoint("AuthorizationEndpoint", a.OAuth.Endpoint); err != nil {
			return err
		}
	}
	if missing != "" {
		return invalid("Parameter(s) %s must be specified for the authorization type %s.", missing, kind)
	}
	return nil
}

func take(to *string, v *string) {
	if v != nil {
		*to = *v
	}
}

func extraOf(in *api.ConnectionHttpParameters) (x Extra) {
	for _, p := range in.HeaderParameters {
		x.Headers = append(x.Headers, Parameter{wire.Text(p.Key), wire.Text(p.Value), isTrue(p.IsValueSecret)})
	}
	for _, p := range in.QueryStringParameters {
		x.Query = append(x.Query, Parameter{wire.Text(p.Key), wire.Text(p.Value), isTrue(p.IsValueSecret)})
	}
	for _, p := range in.BodyParameters {
		x.Body = append(x.Body, Parameter{wire.Text(p.Key), wire.Text(p.Value), isTrue(p.IsValueSecret)})
	}
	return x
}

func isTrue(b *bool) bool { return b != nil && *b }

// shown is what may be seen of it: no secret ever leaves.
func (a *Auth) shown(kind string) *api.ConnectionAuthResponseParameters {
	out := &api.ConnectionAuthResponseParameters{InvocationHttpParameters: a.Extra.shown()}
	switch kind {
	case api.ConnectionAuthorizationTypeBasic:
		out.BasicAuthParameters = &api.ConnectionBasicAuthResponseParameters{Username: wire.Optional(a.User)}
	case api.ConnectionAuthorizationTypeApiKey:
		out.ApiKeyAuthParameters = &api.ConnectionApiKeyAuthResponseParameters{ApiKeyName: wire.Optional(a.Key)}
	default:
		if o := a.OAuth; o != nil {
			out.OAuthParameters = &api.ConnectionOAuthResponseParameters{
				AuthorizationEndpoint: &o.Endpoint, HttpMethod: &o.Method, OAuthHttpParameters: o.Extra.shown(),
				ClientParameters: &api.ConnectionOAuthClientResponseParameters{ClientID: &o.ClientID},
			}
		}
	}
	return out
}

func (x *Extra) shown() *api.ConnectionHttpParameters {
	if len(x.Headers)+len(x.Query)+len(x.Body) == 0 {
		return nil
	}
	out := &api.ConnectionHttpParameters{}
	for _, p := range x.Headers {
		out.HeaderParameters = append(out.HeaderParameters, api.ConnectionHeaderParameter{Key: &p.Key, Value: p.seen(), IsValueSecret: &p.Secret})
	}
	for _, p := range x.Query {
		out.QueryStringParameters = append(out.QueryStringParameters, api.ConnectionQueryStringParameter{Key: &p.Key, Value: p.seen(), IsValueSecret: &p.Secret})
	}
	for _, p := range x.Body {
		out.BodyParameters = append(out.BodyParameters, api.ConnectionBodyParameter{Key: &p.Key, Value: p.seen(), IsValueSecret: &p.Secret})
	}
	return out
}

// seen is the value, unless it is secret.
func (p *Parameter) seen() *string {
	if p.Secret {
		return nil
	}
	return &p.Value
}

// checkEndpoint takes HTTPS addresses, in which * may stand for a path parameter.
func checkEndpoint(parameter, text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" || strings.Contains(u.Host, "*") {
		return invalid("Parameter %s is not valid. Reason: It must be an HTTPS address.", parameter)
	}
	return nil
}
