package ssm

import (
	"strconv"
	"strings"

	api "vauban/api/ssm"
	"vauban/api/wire"
	"vauban/engine/automation"
	"vauban/service"
	"vauban/store"
)

func (s *Service) documentOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateDocument, s.onNewDocument, s.createDocument),
		service.Writes(api.OpUpdateDocument, onDocument(s, func(in *api.UpdateDocumentInput) *string { return in.Name }), s.updateDocument),
		service.Writes(api.OpUpdateDocumentDefaultVersion, onDocument(s, func(in *api.UpdateDocumentDefaultVersionInput) *string { return in.Name }), s.setDefault),
		service.Writes(api.OpDeleteDocument, onDocument(s, func(in *api.DeleteDocumentInput) *string { return in.Name }), s.deleteDocument),
		service.Reads(api.OpGetDocument, onDocument(s, func(in *api.GetDocumentInput) *string { return in.Name }), s.getDocument),
		service.Reads(api.OpDescribeDocument, onDocument(s, func(in *api.DescribeDocumentInput) *string { return in.Name }), s.describeDocument),
		service.Reads(api.OpListDocuments, onAny[api.ListDocumentsInput], s.listDocuments),
		service.Reads(api.OpListDocumentVersions, onDocument(s, func(in *api.ListDocumentVersionsInput) *string { return in.Name }), s.listVersions),
		service.Writes(api.OpModifyDocumentPermission, onDocument(s, func(in *api.ModifyDocumentPermissionInput) *string { return in.Name }), s.share),
		service.Reads(api.OpDescribeDocumentPermission, onDocument(s, func(in *api.DescribeDocumentPermissionInput) *string { return in.Name }), s.showSharing),
	}
}

func (s *Service) createDocument(c *service.Call, in *api.CreateDocumentInput) (*api.CreateDocumentOutput, error) {
	name := *in.Name
	switch {
	case wire.Text(in.DocumentType) != api.DocumentTypeAutomation:
		kind := wire.Text(in.DocumentType)
		if kind == "" {
			kind = api.DocumentTypeCommand
		}
		return nil, notBuilt("The document type " + kind)
	case in.Attachments != nil:
		return nil, notBuilt("Attachments")
	case in.Requires != nil:
		return nil, notBuilt("Requires")
	case isReserved(name):
		return nil, invalid("The document name %s begins with a prefix that is reserved for Amazon: AWS, amazon and amzn.", name)
	case foundIn(c).document != nil:
		return nil, api.DocumentAlreadyExists.New("Document with same name %s already exists", name)
	}
	if n, err := documents.Count(c.Tx, store.K(c.Account, c.Region), maxDocuments); err != nil {
		return nil, err
	} else if n >= maxDocuments {
		return nil, api.DocumentLimitExceeded.New("The account has %d documents in this region; it cannot have more.", n)
	}
	tags, err := withTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	d := &Document{Account: c.Account, Region: c.Region, Name: name, Created: c.Time, Default: 1, Latest: 1, TargetType: wire.Text(in.TargetType), Tags: tags}
	v, runbook, err := s.newVersion(c, d, in.Content, in.DocumentFormat)
	if err != nil {
		return nil, err
	}
	v.VersionName, v.DisplayName = wire.Text(in.VersionName), wire.Text(in.DisplayName)
	if err := documents.Insert(c.Tx, d); err != nil {
		return nil, err
	}
	return &api.CreateDocumentOutput{DocumentDescription: described(d, v, runbook)}, versions.Insert(c.Tx, v)
}

// isReserved says that a name begins with one of Amazon's prefixes. API reference: "CreateDocument".
func isReserved(name string) bool {
	lower := strings.ToLower(name)
	for _, prefix := range []string{"aws", "amazon", "amzn"} {
		if strings.HasPrefix(lower, prefix) {
			return true
		}
	}
	return false
}

// newVersion reads the content of the document's latest version.
func (s *Service) newVersion(c *service.Call, d *Document, content, format *string) (*Version, *automation.Document, error) {
	f := wire.Text(format)
	if f == "" {
		f = api.DocumentFormatJson
	}
	if f == api.DocumentFormatText {
		return nil, nil, api.InvalidDocumentContent.New("Documents of the type Automation are in the format JSON or YAML.")
	}
	runbook, parsed, err := s.read(f, *content)
	if err != nil {
		return nil, nil, err
	}
	return &Version{
		Account: d.Account, Region: d.Region, Name: d.Name, Number: d.Latest, Format: f, Content: *content, Runbook: runbook, Description: parsed.Description,
		Hash: digest(*content), Created: c.Time,
	}, parsed, nil
}

func (s *Service) updateDocument(c *service.Call, in *api.UpdateDocumentInput) (*api.UpdateDocumentOutput, error) {
	d, err := ownDocument(c)
	if err != nil {
		return nil, err
	}
	if in.Attachments != nil {
		return nil, notBuilt("Attachments")
	}
	if old := wire.Text(in.DocumentVersion); old != "" && old != "$LATEST" && old != strconv.FormatInt(d.Latest, 10) {
		return nil, api.InvalidDocumentVersion.New("The document version is not the latest one, %d: only that can be updated.", d.Latest)
	}
	if d.Latest >= maxVersions {
		return nil, api.DocumentVersionLimitExceeded.New("The document has %d versions; it cannot have more.", d.Latest)
	}
	hash, name := digest(*in.Content), wire.Text(in.VersionName)
	for v, err := range versions.Each(c.Tx, d.key()) {
		switch {
		case err != nil:
			return nil, err
		case v.Hash == hash && v.Format == formatOf(in.DocumentFormat):
			return nil, api.DuplicateDocumentContent.New("The content of the document is that of its version %d. Change the content and try again.", v.Number)
		case name != "" && v.VersionName == name:
			return nil, api.DuplicateDocumentVersionName.New("The version name %s is taken by version %d.", name, v.Number)
		}
	}
	d.Latest++
	if in.TargetType != nil {
		d.TargetType = *in.TargetType
	}
	v, runbook, err := s.newVersion(c, d, in.Content, in.DocumentFormat)
	if err != nil {
		return nil, err
	}
	v.VersionName, v.DisplayName = name, wire.Text(in.DisplayName)
	if err := documents.Update(c.Tx, d); err != nil {
		return nil, err
	}
	return &api.UpdateDocumentOutput{DocumentDescription: described(d, v, runbook)}, versions.Insert(c.Tx, v)
}

func formatOf(format *string) string {
	if format == nil {
		return api.DocumentFormatJson
	}
	return *format
}

// ownDocument is the document of the call if the caller's account may change it.
func ownDocument(c *service.Call) (*Document, error) {
	f := foundIn(c)
	switch {
	case f.named.account == "" && f.document != nil:
		return nil, api.InvalidDocumentOperation.New("The document %s is owned by Amazon and cannot be changed.", f.named.name)
	case f.document == nil || f.document.Account != c.Account:
		return nil, noDocument(f.named.name)
	}
	return f.document, nil
}

func (s *Service) setDefault(c *service.Call, in *api.UpdateDocumentDefaultVersionInput) (*api.UpdateDocumentDefaultVersionOutput, error) {
	d, err := ownDocument(c)
	if err != nil {
		return nil, err
	}
	v, err := s.version(c.Tx, d, *in.DocumentVersion, "")
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, noVersion(d.Name, *in.DocumentVersion)
	}
	d.Default = v.Number
	return &api.UpdateDocumentDefaultVersionOutput{Description: &api.DocumentDefaultVersionDescription{
		Name: &d.Name, DefaultVersion: new(strconv.FormatInt(d.Default, 10)), DefaultVersionName: wire.Optional(v.VersionName),
	}}, documents.Update(c.Tx, d)
}

// deleteDocument deletes the document, or one of its versions.
func (s *Service) deleteDocument(c *service.Call, in *api.DeleteDocumentInput) (*api.DeleteDocumentOutput, error) {
	d, err := ownDocument(c)
	if err != nil {
		return nil, err
	}
	if len(d.Shared) > 0 {
		return nil, api.InvalidDocumentOperation.New("You must stop sharing the document before you can delete it.")
	}
	out := &api.DeleteDocumentOutput{}
	if in.DocumentVersion == nil && in.VersionName == nil {
		var keys []store.Key
		for v, err := range versions.Each(c.Tx, d.key()) {
			if err != nil {
				return nil, err
			}
			keys = append(keys, versions.Key(v))
		}
		for _, k := range keys {
			if err := versions.Delete(c.Tx, k); err != nil {
				return nil, err
			}
		}
		return out, documents.Delete(c.Tx, d.key())
	}
	v, err := s.version(c.Tx, d, wire.Text(in.DocumentVersion), wire.Text(in.VersionName))
	switch {
	case err != nil:
		return nil, err
	case v == nil:
		return nil, noVersion(d.Name, wire.Text(in.DocumentVersion)+wire.Text(in.VersionName))
	case v.Number == d.Default:
		return nil, api.InvalidDocumentOperation.New("Default version of the document can't be deleted.")
	case v.Number == d.Latest:
		return nil, api.InvalidDocumentOperation.New("The latest version of the document cannot be deleted in this version of Vauban.")
	}
	return out, versions.Delete(c.Tx, versions.Key(v))
}
