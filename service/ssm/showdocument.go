package ssm

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	api "vauban/api/ssm"
	"vauban/api/wire"
	"vauban/engine/automation"
	"vauban/service"
	"vauban/store"
)

func platforms() []string {
	return []string{api.PlatformTypeWindows, api.PlatformTypeLinux, api.PlatformTypeMacOS}
}

// owner is who a document is shown as belonging to.
func (d *Document) owner() string {
	if d.Account == "" {
		return "Amazon"
	}
	return d.Account
}

func described(d *Document, v *Version, r *automation.Document) *api.DocumentDescription {
	out := &api.DocumentDescription{
		Name: &d.Name, Owner: new(d.owner()), CreatedDate: &v.Created, Status: new(api.DocumentStatusActive), DocumentType: new(api.DocumentTypeAutomation),
		DocumentFormat: &v.Format, DocumentVersion: new(strconv.FormatInt(v.Number, 10)), DefaultVersion: new(strconv.FormatInt(d.Default, 10)),
		LatestVersion: new(strconv.FormatInt(d.Latest, 10)), Description: wire.Optional(v.Description), DisplayName: wire.Optional(v.DisplayName),
		VersionName: wire.Optional(v.VersionName), Hash: &v.Hash, HashType: new(api.DocumentHashTypeSha256), PlatformTypes: platforms(),
		SchemaVersion: new(automation.SchemaVersion), TargetType: wire.Optional(d.TargetType), Tags: tagList(d.Tags),
	}
	for i := range r.Parameters {
		p := &r.Parameters[i]
		x := api.DocumentParameter{Name: &p.Name, Type: &p.Type, Description: wire.Optional(p.Description)}
		if p.Default != nil {
			x.DefaultValue = new(p.Shown())
		}
		out.Parameters = append(out.Parameters, x)
	}
	return out
}

// asked is the document and version that a call wants to read.
func (s *Service) asked(c *service.Call, version, versionName *string) (*Document, *Version, error) {
	f := foundIn(c)
	d := f.document
	if d == nil {
		return nil, nil, noDocument(f.named.name)
	}
	wanted := wire.Text(version)
	if wanted == "" {
		wanted = f.named.version
	}
	v, err := s.version(c.Tx, d, wanted, wire.Text(versionName))
	if err != nil {
		return nil, nil, err
	}
	if v == nil || d.Account != "" && d.Account != c.Account && !d.mayUse(c.Account, v.Number) {
		return nil, nil, noVersion(d.Name, wanted+wire.Text(versionName))
	}
	return d, v, nil
}

func (s *Service) getDocument(c *service.Call, in *api.GetDocumentInput) (*api.GetDocumentOutput, error) {
	d, v, err := s.asked(c, in.DocumentVersion, in.VersionName)
	if err != nil {
		return nil, err
	}
	format := formatOf(in.DocumentFormat)
	if format == api.DocumentFormatText {
		format = v.Format
	}
	content, err := v.inFormat(format)
	if err != nil {
		return nil, err
	}
	return &api.GetDocumentOutput{
		Name: &d.Name, Content: &content, DocumentFormat: &format, DocumentType: new(api.DocumentTypeAutomation), CreatedDate: &v.Created,
		DocumentVersion: new(strconv.FormatInt(v.Number, 10)), Status: new(api.DocumentStatusActive), VersionName: wire.Optional(v.VersionName), DisplayName: wire.Optional(v.DisplayName),
	}, nil
}

func (s *Service) describeDocument(c *service.Call, in *api.DescribeDocumentInput) (*api.DescribeDocumentOutput, error) {
	d, v, err := s.asked(c, in.DocumentVersion, in.VersionName)
	if err != nil {
		return nil, err
	}
	r, err := automation.Parse([]byte(v.Runbook))
	if err != nil {
		return nil, err
	}
	out := described(d, v, r)
	if d.Account != c.Account {
		out.Tags = nil
	}
	return &api.DescribeDocumentOutput{Document: out}, nil
}

func (s *Service) listVersions(c *service.Call, in *api.ListDocumentVersionsInput) (*api.ListDocumentVersionsOutput, error) {
	f := foundIn(c)
	d := f.document
	if d == nil {
		return nil, noDocument(f.named.name)
	}
	out := &api.ListDocumentVersionsOutput{DocumentVersions: []api.DocumentVersionInfo{}}
	add := func(v *Version) bool {
		if d.Account != "" && d.Account != c.Account && !d.mayUse(c.Account, v.Number) {
			return false
		}
		out.DocumentVersions = append(out.DocumentVersions, api.DocumentVersionInfo{
			Name: &d.Name, DocumentVersion: new(strconv.FormatInt(v.Number, 10)), CreatedDate: &v.Created, IsDefaultVersion: new(v.Number == d.Default),
			DocumentFormat: &v.Format, Status: new(api.DocumentStatusActive), VersionName: wire.Optional(v.VersionName), DisplayName: wire.Optional(v.DisplayName),
		})
		return true
	}
	if d.Account == "" {
		add(ownedVersion(d, 1))
		return out, nil
	}
	var err error
	out.NextToken, err = visit(s, c.Tx, versions, d.key(), "", in.MaxResults, in.NextToken, add)
	return out, err
}

// listing is what ListDocuments is asked for.
type listing struct{ conditions map[string][]string }

// listingOf reads the filters, of either kind.
func listingOf(in *api.ListDocumentsInput) (*listing, error) {
	l := &listing{map[string][]string{}}
	for _, f := range in.DocumentFilterList {
		l.conditions[*f.Key] = append(l.conditions[*f.Key], *f.Value)
	}
	for _, f := range in.Filters {
		key := wire.Text(f.Key)
		l.conditions[key] = append(l.conditions[key], f.Values...)
	}
	for key := range l.conditions {
		if !slices.Contains([]string{"Name", "Owner", "PlatformTypes", "DocumentType", "SearchKeyword"}, key) && !strings.HasPrefix(key, "tag:") {
			return nil, api.InvalidFilterKey.New("The filter %s is not supported. Supported are Name, Owner, PlatformTypes, DocumentType, SearchKeyword and tag:KEY.", clipped(key))
		}
	}
	return l, nil
}

func (l *listing) takes(c *service.Call, d *Document) bool {
	for key, values := range l.conditions {
		if !slices.ContainsFunc(values, func(v string) bool { return matches(c, d, key, v) }) {
			return false
		}
	}
	return true
}

func matches(c *service.Call, d *Document, key, value string) bool {
	switch key {
	case "Name":
		return strings.HasPrefix(d.Name, value)
	case "SearchKeyword":
		return strings.Contains(strings.ToLower(d.Name), strings.ToLower(value))
	case "DocumentType":
		return value == api.DocumentTypeAutomation
	case "PlatformTypes":
		return slices.Contains(platforms(), value)
	case "Owner":
		switch value {
		case "All":
			return true
		case "Self":
			return d.Account == c.Account
		case "Amazon":
			return d.Account == ""
		case "Private":
			return d.Account != "" && d.Account != c.Account
		case "Public", "ThirdParty":
			return false
		}
		return d.Account == value
	}
	have, ok := d.Tags[strings.TrimPrefix(key, "tag:")]
	return ok && have == value
}

// listDocuments lists Amazon's own documents first, on the first page, then the account's.
func (s *Service) listDocuments(c *service.Call, in *api.ListDocumentsInput) (*api.ListDocumentsOutput, error) {
	l, err := listingOf(in)
	if err != nil {
		return nil, err
	}
	out := &api.ListDocumentsOutput{DocumentIdentifiers: []api.DocumentIdentifier{}}
	add := func(d *Document, v *Version) {
		out.DocumentIdentifiers = append(out.DocumentIdentifiers, api.DocumentIdentifier{
			Name: &d.Name, Owner: new(d.owner()), CreatedDate: &d.Created, DocumentType: new(api.DocumentTypeAutomation), DocumentFormat: &v.Format,
			DocumentVersion: new(strconv.FormatInt(d.Default, 10)), SchemaVersion: new(automation.SchemaVersion), PlatformTypes: platforms(), Tags: tagList(d.Tags),
			TargetType: wire.Optional(d.TargetType), DisplayName: wire.Optional(v.DisplayName), VersionName: wire.Optional(v.VersionName),
		})
	}
	most := pageSize(in.MaxResults)
	owned := ownedNames()
	if in.NextToken == nil {
		for _, name := range owned {
			if d := ownedDocument(c.Region, name); l.takes(c, d) {
				add(d, ownedVersion(d, 1))
			}
		}
	}
	filter := strings.Join(slices.Sorted(maps.Keys(l.conditions)), ",")
	var list []*Document
	rest := int64(max(1, most-len(out.DocumentIdentifiers)))
	out.NextToken, err = visit(s, c.Tx, documents, store.K(c.Account, c.Region), filter, &rest, in.NextToken, func(d *Document) bool {
		if !l.takes(c, d) {
			return false
		}
		list = append(list, d)
		return true
	})
	if err != nil {
		return nil, err
	}
	for _, d := range list {
		v, err := versions.Get(c.Tx, d.versionKey(d.Default))
		if err != nil {
			return nil, err
		}
		add(d, v)
	}
	return out, nil
}
