package iam

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/store"
)

// SAMLProvider is a SAML 2.0 identity provider. It is a record until federation is built.
type SAMLProvider struct {
	Account    string    `json:"account"`
	Name       string    `json:"name"`
	UUID       string    `json:"uuid"`
	Metadata   string    `json:"metadata"` // as given
	Created    time.Time `json:"created"`
	ValidUntil time.Time `json:"validUntil"`
	Encryption string    `json:"encryption"` // of assertions: "Required" or "Allowed"
	Keys       []samlKey `json:"keys,omitempty"`
	Tags       []Tag     `json:"tags,omitempty"`
}

// samlKey decrypts assertions. There are at most two, so that keys can be rotated.
type samlKey struct {
	ID    string    `json:"id"`
	Key   []byte    `json:"key"` // PEM, sealed under the provider's table and key
	Added time.Time `json:"added"`
}

const (
	maxSAMLKeys        = 2
	samlIDPrefix       = "SAMLSP"
	samlKeyPrefix      = "SAMLPK"
	metadataYears      = 100 // how long metadata without validUntil counts
	encryptionAllowed  = "Allowed"
	encryptionRequired = "Required"
	typeSAML           = "AWS::IAM::SAMLProvider"
)

var samlProviders = &store.Table[SAMLProvider]{
	Name: "iam.saml-provider",
	Key:  func(p *SAMLProvider) store.Key { return store.K(p.Account, p.Name) },
}

// ARN is the provider's ARN.
func (p *SAMLProvider) ARN() string { return samlARN(p.Account, p.Name) }

func samlARN(account, name string) string {
	return "arn:aws:iam::" + account + ":saml-provider/" + name
}

func (s *Service) samlOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateSAMLProvider,
			onNew(func(c *service.Call, in *api.CreateSAMLProviderInput) string {
				return samlARN(c.Account, wire.Text(in.Name))
			}, typeSAML,
				func(in *api.CreateSAMLProviderInput, k condition) { k.requestTags(in.Tags) }), s.createSAML),
		service.Reads(api.OpGetSAMLProvider, onSAML(func(in *api.GetSAMLProviderInput) *string { return in.SAMLProviderArn }), s.getSAML),
		service.Reads(api.OpListSAMLProviders, onEvery[api.ListSAMLProvidersInput]("saml-provider"), s.listSAML),
		service.Writes(api.OpUpdateSAMLProvider, onSAML(func(in *api.UpdateSAMLProviderInput) *string { return in.SAMLProviderArn }), s.updateSAML),
		service.Writes(api.OpDeleteSAMLProvider, onSAML(func(in *api.DeleteSAMLProviderInput) *string { return in.SAMLProviderArn }), s.deleteSAML),
		service.Writes(api.OpTagSAMLProvider, onSAML(func(in *api.TagSAMLProviderInput) *string { return in.SAMLProviderArn },
			func(in *api.TagSAMLProviderInput, k condition) { k.requestTags(in.Tags) }), s.tagSAML),
		service.Writes(api.OpUntagSAMLProvider, onSAML(func(in *api.UntagSAMLProviderInput) *string { return in.SAMLProviderArn },
			func(in *api.UntagSAMLProviderInput, k condition) { k.tagKeys(in.TagKeys) }), s.untagSAML),
		service.Reads(api.OpListSAMLProviderTags, onSAML(func(in *api.ListSAMLProviderTagsInput) *string { return in.SAMLProviderArn }), s.listSAMLTags),
	}
}

// onEvery is the rule of a listing that IAM authorises on all resources of a kind, e.g. arn:aws:iam::A:saml-provider/*.
func onEvery[In any](kind string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		return []service.Question{{Resource: "arn:aws:iam::" + c.Account + ":" + kind + "/*"}}, nil
	}
}

// onSAML is the rule of an operation on the provider of that ARN.
func onSAML[In any](name func(*In) *string, more ...func(*In, condition)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		k := condition{}
		if n, ok := providerName(c, "saml-provider", wire.Text(name(in))); ok {
			p, err := samlProviders.Get(c.Tx, store.K(c.Account, n))
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
		return []service.Question{{Resource: wire.Text(name(in)), Account: ownerOf(wire.Text(name(in))), Context: k, ResourceType: typeSAML}}, nil
	}
}

// providerName is what stands after the kind in the ARN of one of the account's identity providers.
func providerName(c *service.Call, kind, text string) (string, bool) {
	a, err := arn.Parse(text)
	if err != nil || a.Partition != "aws" || a.Service != "iam" || a.Region != "" || a.Account != c.Account {
		return "", false
	}
	name, ok := strings.CutPrefix(a.Resource, kind+"/")
	return name, ok && name != ""
}

func saml(c *service.Call, arn string) (*SAMLProvider, error) {
	name, ok := providerName(c, "saml-provider", arn)
	if !ok {
		return nil, api.InvalidInputException.New("ARN %s is not valid.", arn)
	}
	p, err := samlProviders.Get(c.Tx, store.K(c.Account, name))
	if store.IsAbsent(err) {
		return nil, api.NoSuchEntityException.New("Manifest not found for arn %s", arn)
	}
	return p, err
}

func (s *Service) createSAML(c *service.Call, in *api.CreateSAMLProviderInput) (*api.CreateSAMLProviderOutput, error) {
	tags, err := newTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	p := &SAMLProvider{Account: c.Account, Name: *in.Name, Created: seconds(c.Time), Encryption: encryptionAllowed, Tags: tags}
	if p.UUID, err = newUniqueID(s.Rand, samlIDPrefix); err != nil {
		return nil, err
	}
	if err := p.setMetadata(*in.SAMLMetadataDocument, c.Time); err != nil {
		return nil, err
	}
	if in.AddPrivateKey != nil {
		if err := s.addSAMLKey(p, *in.AddPrivateKey, c.Time); err != nil {
			return nil, err
		}
	}
	if err := p.setEncryption(in.AssertionEncryptionMode); err != nil {
		return nil, err
	}
	if err := s.count(c.Tx, c.Account, samlProviderQuota, 1); err != nil {
		return nil, err
	}
	err = samlProviders.Insert(c.Tx, p)
	var exists *store.ExistsError
	if errors.As(err, &exists) {
		return nil, api.EntityAlreadyExistsException.New("Provider with name %s already exists.", p.Name)
	}
	return &api.CreateSAMLProviderOutput{SAMLProviderArn: new(p.ARN()), Tags: shownTags(p.Tags)}, err
}

func (p *SAMLProvider) setMetadata(doc string, now time.Time) error {
	m, err := parseMetadata(doc)
	if err != nil {
		return api.InvalidInputException.New("Could not parse metadata").Because(err)
	}
	until := m.validUntil
	if until.IsZero() {
		until = now.AddDate(metadataYears, 0, 0)
	}
	if !now.Before(until) {
		return api.InvalidInputException.New("The metadata document expired at %s.", until.UTC().Format(time.RFC3339))
	}
	p.Metadata, p.ValidUntil = doc, seconds(until)
	return nil
}

func (p *SAMLProvider) setEncryption(mode *string) error {
	if mode != nil {
		p.Encryption = *mode
	}
	if p.Encryption == encryptionRequired && len(p.Keys) == 0 {
		return api.InvalidInputException.New("Assertion encryption mode Required needs a private key.")
	}
	return nil
}

func (s *Service) addSAMLKey(p *SAMLProvider, pem string, now time.Time) error {
	if len(p.Keys) >= maxSAMLKeys {
		return over("PrivateKeysPerSAMLProvider", maxSAMLKeys)
	}
	if _, err := parsePrivateKey(pem); err != nil {
		return api.InvalidInputException.New("The private key is not in PEM format, or not of a supported kind.").Because(err)
	}
	id, err := newUniqueID(s.Rand, samlKeyPrefix)
	if err != nil {
		return err
	}
	sealed, err := s.Seal.Seal(samlProviders.Name, samlProviders.Key(p), []byte(pem))
	if err != nil {
		return fmt.Errorf("seal the private key of SAML provider %s: %w", p.Name, err)
	}
	p.Keys = append(p.Keys, samlKey{ID: id, Key: sealed, Added: seconds(now)})
	return nil
}

func (s *Service) getSAML(c *service.Call, in *api.GetSAMLProviderInput) (*api.GetSAMLProviderOutput, error) {
	p, err := saml(c, *in.SAMLProviderArn)
	if err != nil {
		return nil, err
	}
	keys := make([]api.SAMLPrivateKey, len(p.Keys))
	for i := range p.Keys {
		keys[i] = api.SAMLPrivateKey{KeyId: &p.Keys[i].ID, Timestamp: &p.Keys[i].Added}
	}
	return &api.GetSAMLProviderOutput{
		AssertionEncryptionMode: &p.Encryption, CreateDate: &p.Created, PrivateKeyList: keys, SAMLMetadataDocument: &p.Metadata,
		SAMLProviderUUID: &p.UUID, Tags: allTags(p.Tags), ValidUntil: &p.ValidUntil,
	}, nil
}

func (s *Service) listSAML(c *service.Call, in *api.ListSAMLProvidersInput) (*api.ListSAMLProvidersOutput, error) {
	out := &api.ListSAMLProvidersOutput{SAMLProviderList: []api.SAMLProviderListEntry{}}
	for p, err := range samlProviders.Each(c.Tx, store.K(c.Account)) { // within the quota
		if err != nil {
			return nil, err
		}
		out.SAMLProviderList = append(out.SAMLProviderList, api.SAMLProviderListEntry{Arn: new(p.ARN()), CreateDate: &p.Created, ValidUntil: &p.ValidUntil})
	}
	return out, nil
}

func (s *Service) updateSAML(c *service.Call, in *api.UpdateSAMLProviderInput) (*api.UpdateSAMLProviderOutput, error) {
	p, err := saml(c, *in.SAMLProviderArn)
	if err != nil {
		return nil, err
	}
	if in.SAMLMetadataDocument != nil {
		if err := p.setMetadata(*in.SAMLMetadataDocument, c.Time); err != nil {
			return nil, err
		}
	}
	if in.RemovePrivateKey != nil {
		i := slices.IndexFunc(p.Keys, func(k samlKey) bool { return k.ID == *in.RemovePrivateKey })
		if i < 0 {
			return nil, api.NoSuchEntityException.New("The private key with id %s cannot be found.", *in.RemovePrivateKey)
		}
		p.Keys = slices.Delete(p.Keys, i, i+1)
	}
	if in.AddPrivateKey != nil {
		if err := s.addSAMLKey(p, *in.AddPrivateKey, c.Time); err != nil {
			return nil, err
		}
	}
	if err := p.setEncryption(in.AssertionEncryptionMode); err != nil {
		return nil, err
	}
	return &api.UpdateSAMLProviderOutput{SAMLProviderArn: new(p.ARN())}, samlProviders.Update(c.Tx, p)
}

func (s *Service) deleteSAML(c *service.Call, in *api.DeleteSAMLProviderInput) (*api.DeleteSAMLProviderOutput, error) {
	p, err := saml(c, *in.SAMLProviderArn)
	if err != nil {
		return nil, err
	}
	if err := s.count(c.Tx, c.Account, samlProviderQuota, -1); err != nil {
		return nil, err
	}
	return &api.DeleteSAMLProviderOutput{}, samlProviders.Delete(c.Tx, samlProviders.Key(p))
}

func (s *Service) tagSAML(c *service.Call, in *api.TagSAMLProviderInput) (*api.TagSAMLProviderOutput, error) {
	p, err := saml(c, *in.SAMLProviderArn)
	if err != nil {
		return nil, err
	}
	if p.Tags, err = newTags(p.Tags, in.Tags); err != nil {
		return nil, err
	}
	return &api.TagSAMLProviderOutput{}, samlProviders.Update(c.Tx, p)
}

func (s *Service) untagSAML(c *service.Call, in *api.UntagSAMLProviderInput) (*api.UntagSAMLProviderOutput, error) {
	p, err := saml(c, *in.SAMLProviderArn)
	if err != nil {
		return nil, err
	}
	p.Tags = withoutTags(p.Tags, in.TagKeys)
	return &api.UntagSAMLProviderOutput{}, samlProviders.Update(c.Tx, p)
}

func (s *Service) listSAMLTags(c *service.Call, in *api.ListSAMLProviderTagsInput) (*api.ListSAMLProviderTagsOutput, error) {
	p, err := saml(c, *in.SAMLProviderArn)
	if err != nil {
		return nil, err
	}
	tags, m, more, err := tagPage(p.Tags, in.Marker, in.MaxItems)
	return &api.ListSAMLProviderTagsOutput{Tags: tags, Marker: m, IsTruncated: more}, err
}
