package ssm

import (
	"strconv"
	"strings"
	"time"

	"vauban/engine/arn"
	"vauban/service"
	"vauban/store"
)

// Document is a document with its versions.
type Document struct {
	Account, Region, Name string
	Created               time.Time
	Default, Latest       int64
	TargetType            string            `json:",omitempty"`
	Tags                  map[string]string `json:",omitempty"`
	Shared                map[string]string `json:",omitempty"` // accounts, or "all", and the version that they may use: "" for the default one
}

// Version is one version of a document.
type Version struct {
	Account, Region, Name string
	Number                int64
	VersionName           string `json:",omitempty"`
	DisplayName           string `json:",omitempty"`
	Format                string // "JSON" or "YAML"
	Content               string // as it was given
	Runbook               string // the same in JSON
	Description           string `json:",omitempty"`
	Hash                  string // SHA-256 of Content
	Created               time.Time
}

var documents = &store.Table[Document]{
	Name: "ssm.document",
	Key:  func(d *Document) store.Key { return store.K(d.Account, d.Region, d.Name) },
}

var versions = &store.Table[Version]{
	Name: "ssm.document.version",
	Key:  func(v *Version) store.Key { return store.K(v.Account, v.Region, v.Name, v.Number) },
}

// Quotas. General reference: "AWS Systems Manager endpoints and quotas".
const (
	maxDocuments = 500
	maxVersions  = 1000
	maxContent   = 64 << 10
)

const typeDocument = "AWS::SSM::Document"

func (d *Document) arn(partition string) string {
	return documentARN(partition, d.Region, d.Account, d.Name)
}

func documentARN(partition, region, account, name string) string {
	return "arn:" + partition + ":ssm:" + region + ":" + account + ":document/" + name
}

func (d *Document) key() store.Key { return documents.Key(d) }

// versionKey is the key of a version of the document.
func (d *Document) versionKey(n int64) store.Key { return store.K(d.Account, d.Region, d.Name, n) }

// named is what a client calls a document by.
type named struct {
	account, name string // account "" for Amazon's own
	version       string // of an automation-definition's ARN, else ""
}

// nameOf reads the name or the ARN of a document.
func nameOf(c *service.Call, text string) (named, error) {
	if !strings.HasPrefix(text, "arn:") {
		if isOwned(text) {
			return named{name: text}, nil
		}
		return named{account: c.Account, name: text}, nil
	}
	a, err := arn.Parse(text)
	if err != nil || a.Service != "ssm" || a.Region != c.Region || a.Account != "" && !arn.IsAccount(a.Account) {
		return named{}, noDocument(text)
	}
	n := named{account: a.Account}
	if name, ok := strings.CutPrefix(a.Resource, "document/"); ok {
		n.name = name
	} else if rest, ok := strings.CutPrefix(a.Resource, "automation-definition/"); ok {
		n.name, n.version, _ = strings.Cut(rest, ":")
	}
	if n.name == "" {
		return named{}, noDocument(text)
	}
	if isOwned(n.name) {
		n.account = ""
	}
	return n, nil
}

// find returns the document, nil when there is none.
func (s *Service) find(tx store.Tx, region string, n named) (*Document, error) {
	if n.account == "" {
		return ownedDocument(region, n.name), nil
	}
	d, err := documents.Get(tx, store.K(n.account, region, n.name))
	if store.IsAbsent(err) {
		return nil, nil
	}
	return d, err
}

// version returns the version that a client asks for: "", $DEFAULT, $LATEST or a number; or by its name. nil when there is none.
func (s *Service) version(tx store.Tx, d *Document, version, name string) (*Version, error) {
	n := d.Default
	switch version {
	case "", "$DEFAULT":
		if name != "" {
			return versionNamed(tx, d, name)
		}
	case "$LATEST":
		n = d.Latest
	default:
		var err error
		if n, err = strconv.ParseInt(version, 10, 64); err != nil {
			return nil, nil
		}
	}
	if d.Account == "" {
		return ownedVersion(d, n), nil
	}
	v, err := versions.Get(tx, d.versionKey(n))
	if store.IsAbsent(err) || err == nil && name != "" && v.VersionName != name {
		return nil, nil
	}
	return v, err
}

func versionNamed(tx store.Tx, d *Document, name string) (*Version, error) {
	for v, err := range versions.Each(tx, d.key()) {
		if err != nil || v.VersionName == name {
			return v, err
		}
	}
	return nil, nil
}

// mayUse says that an account, which is not the owner, may use a version of a document that is shared.
func (d *Document) mayUse(account string, version int64) bool {
	for _, who := range []string{account, allAccounts} {
		shared, ok := d.Shared[who]
		if !ok {
			continue
		}
		switch shared {
		case "", "$DEFAULT":
			return version == d.Default
		case "$LATEST":
			return version == d.Latest
		case "$ALL":
			return true
		}
		if shared == strconv.FormatInt(version, 10) {
			return true
		}
	}
	return false
}
