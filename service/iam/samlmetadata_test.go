package iam

import (
	"os"
	"strings"
	"testing"
	"time"
)

func metadata(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/saml-metadata.xml")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestParseMetadata(t *testing.T) {
	good := metadata(t)
	m, err := parseMetadata(good)
	if err != nil {
		t.Fatal(err)
	}
	if m.entityID != "https://idp.example.com/saml" || len(m.certificates) != 1 || m.certificates[0].Subject.CommonName != "Test CA" || !m.validUntil.IsZero() {
		t.Errorf("read %+v", m)
	}
	m, err = parseMetadata(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<!-- ours -->\n" + strings.Replace(good, " entityID", ` validUntil="2030-01-02T03:04:05.5" entityID`, 1))
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2030, 1, 2, 3, 4, 5, 500_000_000, time.UTC); !m.validUntil.Equal(want) {
		t.Errorf("valid until %v, want %v", m.validUntil, want)
	}
	for name, doc := range map[string]string{
		"empty":               "",
		"text":                "metadata",
		"cut":                 good[:len(good)-10],
		"two roots":           good + good,
		"document type":       `<!DOCTYPE a [<!ENTITY e "x">]>` + good,
		"entity":              strings.Replace(good, "https://idp.example.com/sso", "&e;", 1),
		"other namespace":     strings.Replace(good, "SAML:2.0:metadata", "SAML:1.0:metadata", 1),
		"no entity ID":        strings.Replace(good, "entityID", "other", 1),
		"service provider":    strings.ReplaceAll(good, "IDPSSODescriptor", "SPSSODescriptor"),
		"encryption key only": strings.Replace(good, `use="signing"`, `use="encryption"`, 1),
		"broken certificate":  strings.Replace(good, "<X509Certificate>", "<X509Certificate>AAAA", 1),
		"no base64":           strings.Replace(good, "<X509Certificate>", "<X509Certificate>!", 1),
		"bad date":            strings.Replace(good, " entityID", ` validUntil="soon" entityID`, 1),
		"other encoding":      `<?xml version="1.0" encoding="UTF-7"?>` + good,
		"too deep":            strings.Replace(good, "<NameIDFormat>", strings.Repeat("<x>", 100)+strings.Repeat("</x>", 100)+"<NameIDFormat>", 1),
		"too many elements":   strings.Replace(good, "<NameIDFormat>", strings.Repeat("<x/>", maxMetadataElements)+"<NameIDFormat>", 1),
	} {
		if m, err := parseMetadata(doc); err == nil {
			t.Errorf("%s: accepted as %+v", name, m)
		}
	}
}

func FuzzParseMetadata(f *testing.F) {
	f.Add(metadata(f))
	f.Add(`<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="a"><IDPSSODescriptor><KeyDescriptor/></IDPSSODescriptor></EntityDescriptor>`)
	f.Fuzz(func(t *testing.T, doc string) {
		m, err := parseMetadata(doc)
		if err == nil && (m.entityID == "" || len(m.certificates) == 0) {
			t.Errorf("accepted without an entity ID or certificate: %q", doc)
		}
	})
}
