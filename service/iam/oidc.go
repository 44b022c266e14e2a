package iam

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// OIDCProvider is an OpenID Connect identity provider. It is a record until federation is built.
type OIDCProvider struct {
	Account     string    `json:"account"`
	Host        string    `json:"host"` // URL without its scheme: names the provider
	Created     time.Time `json:"created"`
	Clients     []string  `json:"clients,omitempty"`     // audiences
	Thumbprints []string  `json:"thumbprints,omitempty"` // SHA-1 of the certificate of the highest CA, lower case hex
	Tags        []Tag     `json:"tags,omitempty"`
}

const (
	clientsPerProvider     = 100
	thumbprintsPerProvider = 5
	typeOIDC               = "AWS::IAM::OIDCProvider"
)

var oidcProviders = &store.Table[OIDCProvider]{
	Name: "iam.oidc-provider",
	Key:  func(p *OIDCProvider) store.Key { return store.K(p.Account, p.Host) },
}

// ARN is the provider's ARN.
func (p *OIDCProvider) ARN() string { return oidcARN(p.Account, p.Host) }

func oidcARN(account, host string) string {
	return "arn:aws:iam::" + account + ":oidc-provider/" + host
}

func (s *Service) oidcOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpCreateOpenIDConnectProvider,
			onNew(func(c *service.Call, in *api.CreateOpenIDConnectProviderInput) string {
				return oidcARN(c.Account, hostOf(wire.Text(in.Url)))
			}, typeOIDC,
				func(in *api.CreateOpenIDConnectProviderInput, k condition) { k.requestTags(in.Tags) }), s.createOIDC),
		service.Reads(api.OpGetOpenIDConnectProvider,
			onOIDC(func(in *api.GetOpenIDConnectProviderInput) *string { return in.OpenIDConnectProviderArn }), s.getOIDC),
		service.Reads(api.OpListOpenIDConnectProviders, onEvery[api.ListOpenIDConnectProvidersInput]("oidc-provider"), s.listOIDC),
		service.Writes(api.OpDeleteOpenIDConnectProvider,
			onOIDC(func(in *api.DeleteOpenIDConnectProviderInput) *string { return in.OpenIDConnectProviderArn }), s.deleteOIDC),
		service.Writes(api.OpAddClientIDToOpenIDConnectProvider,
			onOIDC(func(in *api.AddClientIDToOpenIDConnectProviderInput) *string { return in.OpenIDConnectProviderArn }), s.addOIDCClient),
		service.Writes(api.OpRemoveClientIDFromOpenIDConnectProvider,
			onOIDC(func(in *api.RemoveClientIDFromOpenIDConnectProviderInput) *string { return in.OpenIDConnectProviderArn }), s.removeOIDCClient),
		service.Writes(api.OpUpdateOpenIDConnectProviderThumbprint,
			onOIDC(func(in *api.UpdateOpenIDConnectProviderThumbprintInput) *string { return in.OpenIDConnectProviderArn }), s.updateOIDCThumbprint),
		service.Writes(api.OpTagOpenIDConnectProvider, onOIDC(func(in *api.TagOpenIDConnectProviderInput) *string { return in.OpenIDConnectProviderArn },
			func(in *api.TagOpenIDConnectProviderInput, k condition) { k.requestTags(in.Tags) }), s.tagOIDC),
		service.Writes(api.OpUntagOpenIDConnectProvider, onOIDC(func(in *api.UntagOpenIDConnectProviderInput) *string { return in.OpenIDConnectProviderArn },
			func(in *api.UntagOpenIDConnectProviderInput, k condition) { k.tagKeys(in.TagKeys) }), s.untagOIDC),
		service.Reads(api.OpListOpenIDConnectProviderTags,
			onOIDC(func(in *api.ListOpenIDConnectProviderTagsInput) *string { return in.OpenIDConnectProviderArn }), s.listOIDCTags),
	}
}

// onOIDC is the rule of an operation on the provider of that ARN.
func onOIDC[In any](name func(*In) *string, more ...func(*In, condition)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		k := condition{}
		if n, ok := providerName(c, "oidc-provider", wire.Text(name(in))); ok {
			p, err := oidcProviders.Get(c.Tx, store.K(c.Account, n))
			if err != nil && !store.IsAbsent(err) {
				return nil, err
			}
			if p != nil {
				k.ownTags(p.Tags)
			}
		}
		for _, m := range more {
			m(in, k)
		}
		return []service.Question{{Resource: wire.Text(name(in)), Account: ownerOf(wire.Text(name(in))), Context: k, ResourceType: typeOIDC}}, nil
	}
}

func oidc(c *service.Call, arn string) (*OIDCProvider, error) {
	host, ok := providerName(c, "oidc-provider", arn)
	if !ok {
		return nil, api.InvalidInputException.New("ARN %s is not valid.", arn)
	}
	p, err := oidcProviders.Get(c.Tx, store.K(c.Account, host))
	if store.IsAbsent(err) {
		return nil, api.NoSuchEntityException.New("OpenIDConnect Provider not found for arn %s", arn)
	}
	return p, err
}

// hostOf is the URL without its scheme and without a slash at its end.
func hostOf(text string) string {
	return strings.TrimSuffix(strings.TrimPrefix(text, "https://"), "/")
}

// checkIssuer says whether the URL can name an OpenID Connect provider. OpenID Connect Discovery 1.0, section 4: https, no query and no fragment.
func checkIssuer(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" ||
		strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return ValidationError.New("Invalid Open ID Connect Provider URL")
	}
	return nil
}

// checkThumbprints returns them in lower case.
func checkThumbprints(list []string) ([]string, error) {
	if len(list) > thumbprintsPerProvider {
		return nil, api.InvalidInputException.New("Thumbprint list must contain fewer than %d entries.", thumbprintsPerProvider)
	}
	out := make([]string, len(list))
	for i, t := range list {
		if out[i] = strings.ToLower(t); strings.Trim(out[i], "0123456789abcdef") != "" {
			return nil, api.InvalidInputException.New("Thumbprint %s is not a SHA-1 hash in hexadecimal.", t)
		}
	}
	return out, nil
}

// createOIDC asks the provider for its certificates when the request brings no thumbprint, before it opens a transaction.
func (s *Service) createOIDC(c *service.Call, in *api.CreateOpenIDConnectProviderInput) (*api.CreateOpenIDConnectProviderOutput, error) {
	if err := checkIssuer(*in.Url); err != nil {
		return nil, err
	}
	thumbprints, err := checkThumbprints(in.ThumbprintList)
	if err != nil {
		return nil, err
	}
	clients := slices.Compact(slices.Sorted(slices.Values(in.ClientIDList)))
	if len(clients) > clientsPerProvider {
		return nil, over("ClientIdsPerOpenIdConnectProvider", clientsPerProvider)
	}
	tags, err := newTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	if len(thumbprints) == 0 {
		// One error for all that can go wrong, so that it does not tell what listens where.
		t, err := thumbprint(c, *in.Url, mayAsk)
		if err != nil {
			return nil, api.OpenIdIdpCommunicationErrorException.New("Unable to retrieve the thumbprint of %s. Specify it in ThumbprintList.", *in.Url).Because(err)
		}
		thumbprints = []string{t}
	}
	p := &OIDCProvider{Account: c.Account, Host: hostOf(*in.Url), Created: seconds(c.Time), Clients: clients, Thumbprints: thumbprints, Tags: tags}
	out := &api.CreateOpenIDConnectProviderOutput{OpenIDConnectProviderArn: new(p.ARN()), Tags: shownTags(p.Tags)}
	c.Record().Response = out
	return out, c.Commit(func(tx store.Tx) error {
		if err := s.count(tx, p.Account, oidcProviderQuota, 1); err != nil {
			return err
		}
		err := oidcProviders.Insert(tx, p)
		var exists *store.ExistsError
		if errors.As(err, &exists) {
			return api.EntityAlreadyExistsException.New("Provider with url %s already exists.", *in.Url)
		}
		return err
	})
}

func (s *Service) getOIDC(c *service.Call, in *api.GetOpenIDConnectProviderInput) (*api.GetOpenIDConnectProviderOutput, error) {
	p, err := oidc(c, *in.OpenIDConnectProviderArn)
	if err != nil {
		return nil, err
	}
	return &api.GetOpenIDConnectProviderOutput{
		ClientIDList: append([]string{}, p.Clients...), CreateDate: &p.Created, Tags: allTags(p.Tags),
		ThumbprintList: append([]string{}, p.Thumbprints...), Url: &p.Host,
	}, nil
}

func (s *Service) listOIDC(c *service.Call, in *api.ListOpenIDConnectProvidersInput) (*api.ListOpenIDConnectProvidersOutput, error) {
	out := &api.ListOpenIDConnectProvidersOutput{OpenIDConnectProviderList: []api.OpenIDConnectProviderListEntry{}}
	for p, err := range oidcProviders.Each(c.Tx, store.K(c.Account)) { // within the quota
		if err != nil {
			return nil, err
		}
		out.OpenIDConnectProviderList = append(out.OpenIDConnectProviderList, api.OpenIDConnectProviderListEntry{Arn: new(p.ARN())})
	}
	return out, nil
}

func (s *Service) deleteOIDC(c *service.Call, in *api.DeleteOpenIDConnectProviderInput) (*api.DeleteOpenIDConnectProviderOutput, error) {
	host, ok := providerName(c, "oidc-provider", *in.OpenIDConnectProviderArn)
	if !ok {
		return nil, api.InvalidInputException.New("ARN %s is not valid.", *in.OpenIDConnectProviderArn)
	}
	err := oidcProviders.Delete(c.Tx, store.K(c.Account, host))
	if store.IsAbsent(err) {
		return nil, api.NoSuchEntityException.New("OpenId connect Provider %s cannot be found.", *in.OpenIDConnectProviderArn)
	}
	if err != nil {
		return nil, err
	}
	return &api.DeleteOpenIDConnectProviderOutput{}, s.count(c.Tx, c.Account, oidcProviderQuota, -1)
}

func (s *Service) addOIDCClient(c *service.Call, in *api.AddClientIDToOpenIDConnectProviderInput) (*api.AddClientIDToOpenIDConnectProviderOutput, error) {
	p, err := oidc(c, *in.OpenIDConnectProviderArn)
	if err != nil {
		return nil, err
	}
	i, have := slices.BinarySearch(p.Clients, *in.ClientID)
	if have {
		return &api.AddClientIDToOpenIDConnectProviderOutput{}, nil // the operation is idempotent
	}
	if len(p.Clients) >= clientsPerProvider {
		return nil, over("ClientIdsPerOpenIdConnectProvider", clientsPerProvider)
	}
	p.Clients = slices.Insert(p.Clients, i, *in.ClientID)
	return &api.AddClientIDToOpenIDConnectProviderOutput{}, oidcProviders.Update(c.Tx, p)
}

func (s *Service) removeOIDCClient(
	c *service.Call, in *api.RemoveClientIDFromOpenIDConnectProviderInput,
) (*api.RemoveClientIDFromOpenIDConnectProviderOutput, error) {
	p, err := oidc(c, *in.OpenIDConnectProviderArn)
	if err != nil {
		return nil, err
	}
	i, have := slices.BinarySearch(p.Clients, *in.ClientID)
	if !have {
		return &api.RemoveClientIDFromOpenIDConnectProviderOutput{}, nil // the operation is idempotent
	}
	p.Clients = slices.Delete(p.Clients, i, i+1)
	return &api.RemoveClientIDFromOpenIDConnectProviderOutput{}, oidcProviders.Update(c.Tx, p)
}

func (s *Service) updateOIDCThumbprint(
	c *service.Call, in *api.UpdateOpenIDConnectProviderThumbprintInput,
) (*api.UpdateOpenIDConnectProviderThumbprintOutput, error) {
	p, err := oidc(c, *in.OpenIDConnectProviderArn)
	if err != nil {
		return nil, err
	}
	if p.Thumbprints, err = checkThumbprints(in.ThumbprintList); err != nil {
		return nil, err
	}
	return &api.UpdateOpenIDConnectProviderThumbprintOutput{}, oidcProviders.Update(c.Tx, p)
}

func (s *Service) tagOIDC(c *service.Call, in *api.TagOpenIDConnectProviderInput) (*api.TagOpenIDConnectProviderOutput, error) {
	p, err := oidc(c, *in.OpenIDConnectProviderArn)
	if err != nil {
		return nil, err
	}
	if p.Tags, err = newTags(p.Tags, in.Tags); err != nil {
		return nil, err
	}
	return &api.TagOpenIDConnectProviderOutput{}, oidcProviders.Update(c.Tx, p)
}

func (s *Service) untagOIDC(c *service.Call, in *api.UntagOpenIDConnectProviderInput) (*api.UntagOpenIDConnectProviderOutput, error) {
	p, err := oidc(c, *in.OpenIDConnectProviderArn)
	if err != nil {
		return nil, err
	}
	p.Tags = withoutTags(p.Tags, in.TagKeys)
	return &api.UntagOpenIDConnectProviderOutput{}, oidcProviders.Update(c.Tx, p)
}

func (s *Service) listOIDCTags(c *service.Call, in *api.ListOpenIDConnectProviderTagsInput) (*api.ListOpenIDConnectProviderTagsOutput, error) {
	p, err := oidc(c, *in.OpenIDConnectProviderArn)
	if err != nil {
		return nil, err
	}
	tags, m, more, err := tagPage(p.Tags, in.Marker, in.MaxItems)
	return &api.ListOpenIDConnectProviderTagsOutput{Tags: tags, Marker: m, IsTruncated: more}, err
}
