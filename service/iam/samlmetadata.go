package iam

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// samlMetadata is what counts in a SAML 2.0 metadata document. SAML metadata (saml-metadata-2.0-os), sections 2.3.2 and 2.4.
type samlMetadata struct {
	entityID     string
	validUntil   time.Time // zero when the document names none
	certificates []*x509.Certificate
}

// Bounds of a metadata document. Its length is bounded by the model.
const (
	maxMetadataDepth    = 64
	maxMetadataElements = 100_000
	maxCertificates     = 100
)

const (
	metadataNamespace  = "urn:oasis:names:tc:SAML:2.0:metadata"
	signatureNamespace = "http://www.w3.org/2000/09/xmldsig#"
)

// parseMetadata reads the description of one identity provider. It must be an EntityDescriptor with an IDPSSODescriptor and at least
// one signing certificate. Document types, and with them entities, are refused.
func parseMetadata(doc string) (*samlMetadata, error) {
	r := metadataReader{d: xml.NewDecoder(strings.NewReader(doc))}
	r.d.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("the encoding %q is not supported", charset)
	}
	for {
		t, err := r.d.Token()
		if err == io.EOF {
			return r.done()
		}
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.Directive:
			return nil, errors.New("a document type is not allowed")
		case xml.StartElement:
			err = r.start(t)
		case xml.EndElement:
			err = r.end(t)
		case xml.CharData:
			if r.collecting {
				r.text.Write(t)
			}
		}
		if err != nil {
			return nil, err
		}
	}
}

type metadataReader struct {
	d          *xml.Decoder
	out        samlMetadata
	path       []xml.Name
	elements   int
	provider   bool // an IDPSSODescriptor was seen
	signing    bool // inside a KeyDescriptor for signatures
	collecting bool // inside an X509Certificate for signatures
	text       strings.Builder
}

func (r *metadataReader) start(t xml.StartElement) error {
	r.elements++
	r.path = append(r.path, t.Name)
	if len(r.path) > maxMetadataDepth || r.elements > maxMetadataElements {
		return errors.New("the document is too large")
	}
	switch depth := len(r.path); {
	case depth == 1:
		return r.root(t)
	case depth == 2 && t.Name == xml.Name{Space: metadataNamespace, Local: "IDPSSODescriptor"}:
		r.provider = true
	case depth == 3 && t.Name == xml.Name{Space: metadataNamespace, Local: "KeyDescriptor"} && r.path[1].Local == "IDPSSODescriptor":
		use := attribute(t, "use")
		r.signing = use == "" || use == "signing"
	case r.signing && t.Name == xml.Name{Space: signatureNamespace, Local: "X509Certificate"}:
		r.collecting = true
		r.text.Reset()
	}
	return nil
}

func (r *metadataReader) root(t xml.StartElement) (err error) {
	if r.elements > 1 || t.Name != (xml.Name{Space: metadataNamespace, Local: "EntityDescriptor"}) {
		return errors.New("the document is not one EntityDescriptor")
	}
	if r.out.entityID = attribute(t, "entityID"); r.out.entityID == "" || len(r.out.entityID) > 1024 {
		return errors.New("the entityID is missing or too long")
	}
	if until := attribute(t, "validUntil"); until != "" {
		if r.out.validUntil, err = xmlTime(until); err != nil {
			return fmt.Errorf("validUntil: %w", err)
		}
	}
	return nil
}

// xmlTime reads an xs:dateTime, which is UTC in SAML even without a zone.
func xmlTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04:05.999999999", s)
	}
	return t, err
}

func (r *metadataReader) end(t xml.EndElement) error {
	depth := len(r.path)
	r.path = r.path[:depth-1]
	switch {
	case depth == 3:
		r.signing = false
	case r.collecting:
		r.collecting = false
		return r.certificate(r.text.String())
	}
	return nil
}

func (r *metadataReader) certificate(text string) error {
	if len(r.out.certificates) >= maxCertificates {
		return errors.New("too many certificates")
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	r.out.certificates = append(r.out.certificates, cert)
	return nil
}

func (r *metadataReader) done() (*samlMetadata, error) {
	switch {
	case r.elements == 0:
		return nil, errors.New("the document is empty")
	case !r.provider:
		return nil, errors.New("the document describes no identity provider (IDPSSODescriptor)")
	case len(r.out.certificates) == 0:
		return nil, errors.New("the document holds no signing certificate")
	}
	return &r.out, nil
}

func attribute(t xml.StartElement, name string) string {
	for _, a := range t.Attr {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
