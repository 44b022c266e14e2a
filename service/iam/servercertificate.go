package iam

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// ServerCertificate is a certificate with its private key for TLS. It is an inert record: no service here uses it.
type ServerCertificate struct {
	Account    string    `json:"account"`
	Name       string    `json:"name"`
	Path       string    `json:"path"`
	ID         string    `json:"id"` // ASCA…
	Uploaded   time.Time `json:"uploaded"`
	Expiration time.Time `json:"expiration"`
	Body       string    `json:"body"` // PEM
	Chain      string    `json:"chain,omitempty"`
	Key        []byte    `json:"key"` // PEM, sealed under the table and the certificate's ID; never shown
	Tags       []Tag     `json:"tags,omitempty"`
}

const typeServerCertificate = "AWS::IAM::ServerCertificate"

var serverCertificates = &store.Table[ServerCertificate]{
	Name: "iam.server-certificate",
	Key:  func(c *ServerCertificate) store.Key { return entityKey(c.Account, c.Name) },
}

// ARN is the certificate's ARN with its path.
func (c *ServerCertificate) ARN() string {
	return entityARN(c.Account, "server-certificate", c.Path, c.Name)
}

func (s *Service) serverCertificateOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpUploadServerCertificate, onNew(func(c *service.Call, in *api.UploadServerCertificateInput) string {
			return entityARN(c.Account, "server-certificate", pathOf(in.Path), wire.Text(in.ServerCertificateName))
		}, typeServerCertificate, func(in *api.UploadServerCertificateInput, k condition) { k.requestTags(in.Tags) }), s.uploadServerCertificate),
		service.Reads(api.OpGetServerCertificate,
			onServerCertificate(func(in *api.GetServerCertificateInput) *string { return in.ServerCertificateName }), s.getServerCertificate),
		service.Reads(api.OpListServerCertificates, onPath[api.ListServerCertificatesInput]("server-certificate"), s.listServerCertificates),
		service.Writes(api.OpUpdateServerCertificate, onRenamedServerCertificate, s.updateServerCertificate),
		service.Writes(api.OpDeleteServerCertificate,
			onServerCertificate(func(in *api.DeleteServerCertificateInput) *string { return in.ServerCertificateName }), s.deleteServerCertificate),
		service.Writes(api.OpTagServerCertificate, onServerCertificate(func(in *api.TagServerCertificateInput) *string { return in.ServerCertificateName },
			func(in *api.TagServerCertificateInput, k condition) { k.requestTags(in.Tags) }), s.tagServerCertificate),
		service.Writes(api.OpUntagServerCertificate, onServerCertificate(func(in *api.UntagServerCertificateInput) *string { return in.ServerCertificateName },
			func(in *api.UntagServerCertificateInput, k condition) { k.tagKeys(in.TagKeys) }), s.untagServerCertificate),
		service.Reads(api.OpListServerCertificateTags,
			onServerCertificate(func(in *api.ListServerCertificateTagsInput) *string { return in.ServerCertificateName }), s.listServerCertificateTags),
	}
}

// onServerCertificate is the rule of an operation on the certificate of that name.
func onServerCertificate[In any](name func(*In) *string, more ...func(*In, condition)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		cert, err := serverCertificates.Get(c.Tx, entityKey(c.Account, wire.Text(name(in))))
		if store.IsAbsent(err) {
			cert, err = &ServerCertificate{Account: c.Account, Name: wire.Text(name(in)), Path: "/"}, nil
		}
		if err != nil {
			return nil, err
		}
		k := condition{}.ownTags(cert.Tags)
		for _, m := range more {
			m(in, k)
		}
		return []service.Question{{Resource: cert.ARN(), Context: k, ResourceType: typeServerCertificate}}, nil
	}
}

// onRenamedServerCertificate asks for the certificate as it is and, when it moves, as it will be.
func onRenamedServerCertificate(c *service.Call, in *api.UpdateServerCertificateInput) ([]service.Question, error) {
	qs, err := onServerCertificate(func(in *api.UpdateServerCertificateInput) *string { return in.ServerCertificateName })(c, in)
	if err != nil || in.NewServerCertificateName == nil && in.NewPath == nil {
		return qs, err
	}
	cert, err := serverCertificates.Get(c.Tx, entityKey(c.Account, *in.ServerCertificateName))
	if store.IsAbsent(err) {
		return qs, nil
	}
	if err != nil {
		return nil, err
	}
	moved := *cert
	moved.rename(in.NewServerCertificateName, in.NewPath)
	return append(qs, service.Question{Resource: moved.ARN(), Context: qs[0].Context, ResourceType: typeServerCertificate}), nil
}

func (c *ServerCertificate) rename(name, path *string) {
	if name != nil {
		c.Name = *name
	}
	if path != nil {
		c.Path = *path
	}
}

func serverCertificate(c *service.Call, name string) (*ServerCertificate, error) {
	cert, err := serverCertificates.Get(c.Tx, entityKey(c.Account, name))
	return found(cert, err, "Server Certificate", name)
}

func serverCertificateTaken(err error, name string) error {
	var exists *store.ExistsError
	if errors.As(err, &exists) {
		return api.EntityAlreadyExistsException.New("The Server Certificate with name %s already exists.", name)
	}
	return err
}

func (s *Service) uploadServerCertificate(c *service.Call, in *api.UploadServerCertificateInput) (*api.UploadServerCertificateOutput, error) {
	leaf, err := checkServerCertificate(*in.CertificateBody, wire.Text(in.CertificateChain), *in.PrivateKey)
	if err != nil {
		return nil, err
	}
	tags, err := newTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	if err := s.count(c.Tx, c.Account, serverCertificateQuota, 1); err != nil {
		return nil, err
	}
	cert := &ServerCertificate{
		Account: c.Account, Name: *in.ServerCertificateName, Path: pathOf(in.Path), Uploaded: seconds(c.Time), Expiration: seconds(leaf.NotAfter),
		Body: *in.CertificateBody, Chain: wire.Text(in.CertificateChain), Tags: tags,
	}
	if cert.ID, err = newUniqueID(s.Rand, certificatePrefix); err != nil {
		return nil, err
	}
	if cert.Key, err = s.Seal.Seal(serverCertificates.Name, store.K(cert.ID), []byte(*in.PrivateKey)); err != nil {
		return nil, fmt.Errorf("seal the key of server certificate %s: %w", cert.Name, err)
	}
	if err := serverCertificates.Insert(c.Tx, cert); err != nil {
		return nil, serverCertificateTaken(err, cert.Name)
	}
	return &api.UploadServerCertificateOutput{ServerCertificateMetadata: cert.metadata(), Tags: shownTags(cert.Tags)}, nil
}

// checkServerCertificate says whether the key is the certificate's and the chain leads on from it. It returns the certificate.
func checkServerCertificate(body, chain, key string) (*x509.Certificate, error) {
	leaf, err := parseCertificate(body)
	if err != nil {
		return nil, api.MalformedCertificateException.New("Unable to parse certificate. Please ensure the certificate is in PEM format.").Because(err)
	}
	private, err := parsePrivateKey(key)
	if err != nil {
		return nil, api.MalformedCertificateException.New("Unable to parse key; the body was not encoded properly.").Because(err)
	}
	if !fits(leaf, private) {
		return nil, api.KeyPairMismatchException.New("Key pair mismatch: the private key does not match the certificate.")
	}
	if chain == "" {
		return leaf, nil
	}
	const broken = "Unable to validate certificate chain. The certificate chain must start with the immediate signing certificate, " +
		"followed by any intermediaries in order. The index within the chain of the invalid certificate is: %d"
	issuers, err := parseCertificates(chain)
	if err != nil {
		return nil, api.MalformedCertificateException.New(broken, -1).Because(err)
	}
	signed := leaf
	for i, issuer := range issuers {
		if err := issuer.CheckSignature(signed.SignatureAlgorithm, signed.RawTBSCertificate, signed.Signature); err != nil {
			return nil, api.MalformedCertificateException.New(broken, i-1).Because(err)
		}
		signed = issuer
	}
	return leaf, nil
}

func (c *ServerCertificate) metadata() *api.ServerCertificateMetadata {
	return &api.ServerCertificateMetadata{
		Arn: new(c.ARN()), Expiration: &c.Expiration, Path: &c.Path, ServerCertificateId: &c.ID, ServerCertificateName: &c.Name, UploadDate: &c.Uploaded,
	}
}

func (s *Service) getServerCertificate(c *service.Call, in *api.GetServerCertificateInput) (*api.GetServerCertificateOutput, error) {
	cert, err := serverCertificate(c, *in.ServerCertificateName)
	if err != nil {
		return nil, err
	}
	return &api.GetServerCertificateOutput{ServerCertificate: &api.ServerCertificate{
		CertificateBody: &cert.Body, CertificateChain: wire.Optional(cert.Chain), ServerCertificateMetadata: cert.metadata(), Tags: allTags(cert.Tags),
	}}, nil
}

func (s *Service) listServerCertificates(c *service.Call, in *api.ListServerCertificatesInput) (*api.ListServerCertificatesOutput, error) {
	out := &api.ListServerCertificatesOutput{ServerCertificateMetadataList: []api.ServerCertificateMetadata{}}
	next, err := list(c, serverCertificates, in.Marker, in.MaxItems, func(cert *ServerCertificate) bool {
		if !strings.HasPrefix(cert.Path, prefixOf(in.PathPrefix)) {
			return false
		}
		out.ServerCertificateMetadataList = append(out.ServerCertificateMetadataList, *cert.metadata())
		return true
	})
	out.Marker, out.IsTruncated = marker(next)
	return out, err
}

func (s *Service) updateServerCertificate(c *service.Call, in *api.UpdateServerCertificateInput) (*api.UpdateServerCertificateOutput, error) {
	cert, err := serverCertificate(c, *in.ServerCertificateName)
	if err != nil {
		return nil, err
	}
	old := serverCertificates.Key(cert)
	cert.rename(in.NewServerCertificateName, in.NewPath)
	if err := serverCertificates.Move(c.Tx, old, cert); err != nil {
		return nil, serverCertificateTaken(err, cert.Name)
	}
	return &api.UpdateServerCertificateOutput{}, nil
}

func (s *Service) deleteServerCertificate(c *service.Call, in *api.DeleteServerCertificateInput) (*api.DeleteServerCertificateOutput, error) {
	cert, err := serverCertificate(c, *in.ServerCertificateName)
	if err != nil {
		return nil, err
	}
	if err := s.count(c.Tx, c.Account, serverCertificateQuota, -1); err != nil {
		return nil, err
	}
	return &api.DeleteServerCertificateOutput{}, serverCertificates.Delete(c.Tx, serverCertificates.Key(cert))
}

func (s *Service) tagServerCertificate(c *service.Call, in *api.TagServerCertificateInput) (*api.TagServerCertificateOutput, error) {
	cert, err := serverCertificate(c, *in.ServerCertificateName)
	if err != nil {
		return nil, err
	}
	if cert.Tags, err = newTags(cert.Tags, in.Tags); err != nil {
		return nil, err
	}
	return &api.TagServerCertificateOutput{}, serverCertificates.Update(c.Tx, cert)
}

func (s *Service) untagServerCertificate(c *service.Call, in *api.UntagServerCertificateInput) (*api.UntagServerCertificateOutput, error) {
	cert, err := serverCertificate(c, *in.ServerCertificateName)
	if err != nil {
		return nil, err
	}
	cert.Tags = withoutTags(cert.Tags, in.TagKeys)
	return &api.UntagServerCertificateOutput{}, serverCertificates.Update(c.Tx, cert)
}

func (s *Service) listServerCertificateTags(c *service.Call, in *api.ListServerCertificateTagsInput) (*api.ListServerCertificateTagsOutput, error) {
	cert, err := serverCertificate(c, *in.ServerCertificateName)
	if err != nil {
		return nil, err
	}
	tags, m, more, err := tagPage(cert.Tags, in.Marker, in.MaxItems)
	return &api.ListServerCertificateTagsOutput{Tags: tags, Marker: m, IsTruncated: more}, err
}
