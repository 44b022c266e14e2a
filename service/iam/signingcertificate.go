package iam

import (
	"bytes"
	"fmt"
	"io"
	"time"

	api "vauban/api/iam"
	"vauban/service"
	"vauban/store"
)

// SigningCertificate is an X.509 certificate of a user's, for the SOAP interfaces of old.
type SigningCertificate struct {
	Account  string    `json:"account"`
	UserID   string    `json:"userId"`
	ID       string    `json:"id"`
	Body     string    `json:"body"` // PEM
	Active   bool      `json:"active"`
	Uploaded time.Time `json:"uploaded"`
}

var signingCertificates = &store.Table[SigningCertificate]{
	Name: "iam.signing-certificate",
	Key:  func(c *SigningCertificate) store.Key { return store.K(c.Account, c.ID) },
	Refs: map[string]func(*SigningCertificate) []store.Key{"user": func(c *SigningCertificate) []store.Key {
		return []store.Key{store.K(c.Account, c.UserID)}
	}},
}

func (s *Service) signingCertificateOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpUploadSigningCertificate, onUser(func(in *api.UploadSigningCertificateInput) *string { return in.UserName }), s.uploadSigningCertificate),
		orRoot(service.Reads(api.OpListSigningCertificates, onUser(func(in *api.ListSigningCertificatesInput) *string { return in.UserName }), s.listSigningCertificates),
			func(in *api.ListSigningCertificatesInput) *string { return in.UserName }, s.listRootCertificates),
		service.Writes(api.OpUpdateSigningCertificate, onUser(func(in *api.UpdateSigningCertificateInput) *string { return in.UserName }), s.updateSigningCertificate),
		orRoot(service.Writes(api.OpDeleteSigningCertificate, onUser(func(in *api.DeleteSigningCertificateInput) *string { return in.UserName }), s.deleteSigningCertificate),
			func(in *api.DeleteSigningCertificateInput) *string { return in.UserName }, s.deleteRootCertificate),
	}
}

// newCertificateID is 32 characters without a prefix.
func newCertificateID(r io.Reader) (string, error) {
	var b [20]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return "", fmt.Errorf("make a certificate ID: %w", err)
	}
	return base32Upper.EncodeToString(b[:]), nil
}

func (c *SigningCertificate) shown(u *User) *api.SigningCertificate {
	return &api.SigningCertificate{CertificateBody: &c.Body, CertificateId: &c.ID, Status: new(status(c.Active)), UploadDate: &c.Uploaded, UserName: &u.Name}
}

func (s *Service) uploadSigningCertificate(c *service.Call, in *api.UploadSigningCertificateInput) (*api.UploadSigningCertificateOutput, error) {
	u, err := s.ownUser(c, in.UserName)
	if err != nil {
		return nil, err
	}
	x, err := parseCertificate(*in.CertificateBody)
	if err != nil {
		return nil, api.MalformedCertificateException.New("Certificate %s is malformed.", *in.CertificateBody).Because(err)
	}
	if c.Time.After(x.NotAfter) {
		return nil, api.InvalidCertificateException.New("Certificate is no longer valid. The 'Not After' date is %s.", x.NotAfter.UTC().Format(time.RFC3339))
	}
	for have, err := range signingCertificates.EachRef(c.Tx, "user", userRef(u)) {
		if err != nil {
			return nil, err
		}
		if old, err := parseCertificate(have.Body); err == nil && bytes.Equal(old.Raw, x.Raw) {
			return nil, api.DuplicateCertificateException.New("The certificate is already associated with the user %s.", u.Name)
		}
	}
	if err := within(c, signingCertificates, u, "CertificatesPerUser", maxSigningCertificates); err != nil {
		return nil, err
	}
	cert := &SigningCertificate{Account: c.Account, UserID: u.ID, Body: *in.CertificateBody, Active: true, Uploaded: seconds(c.Time)}
	if cert.ID, err = newCertificateID(s.Rand); err != nil {
		return nil, err
	}
	return &api.UploadSigningCertificateOutput{Certificate: cert.shown(u)}, signingCertificates.Insert(c.Tx, cert)
}

// signingCertificate is the user's certificate of that ID.
func (s *Service) signingCertificate(c *service.Call, user *string, id string) (*SigningCertificate, error) {
	u, err := s.ownUser(c, user)
	if err != nil {
		return nil, err
	}
	cert, err := signingCertificates.Get(c.Tx, store.K(c.Account, id))
	if store.IsAbsent(err) || err == nil && cert.UserID != u.ID {
		return nil, api.NoSuchEntityException.New("The Certificate with id %s cannot be found.", id)
	}
	return cert, err
}

func (s *Service) listSigningCertificates(c *service.Call, in *api.ListSigningCertificatesInput) (*api.ListSigningCertificatesOutput, error) {
	u, err := s.ownUser(c, in.UserName)
	if err != nil {
		return nil, err
	}
	items, next, more, err := ofUser(c, signingCertificates, u, in.Marker, in.MaxItems)
	out := &api.ListSigningCertificatesOutput{Certificates: []api.SigningCertificate{}, Marker: next, IsTruncated: more}
	for _, cert := range items {
		out.Certificates = append(out.Certificates, *cert.shown(u))
	}
	return out, err
}

func (s *Service) updateSigningCertificate(c *service.Call, in *api.UpdateSigningCertificateInput) (*api.UpdateSigningCertificateOutput, error) {
	cert, err := s.signingCertificate(c, in.UserName, *in.CertificateId)
	if err != nil {
		return nil, err
	}
	if cert.Active, err = activity(*in.Status); err != nil {
		return nil, err
	}
	return &api.UpdateSigningCertificateOutput{}, signingCertificates.Update(c.Tx, cert)
}

func (s *Service) deleteSigningCertificate(c *service.Call, in *api.DeleteSigningCertificateInput) (*api.DeleteSigningCertificateOutput, error) {
	cert, err := s.signingCertificate(c, in.UserName, *in.CertificateId)
	if err != nil {
		return nil, err
	}
	return &api.DeleteSigningCertificateOutput{}, signingCertificates.Delete(c.Tx, signingCertificates.Key(cert))
}
