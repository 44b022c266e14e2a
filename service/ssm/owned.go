package ssm

import (
	"maps"
	"slices"
	"strings"
	"time"

	api "vauban/api/ssm"
)

// isOwned says that a name is one of Amazon's own documents. Nobody else's begins like these.
func isOwned(name string) bool {
	return strings.HasPrefix(name, "AWS-") || strings.HasPrefix(name, "AWSConfigRemediation-") || strings.HasPrefix(name, "AWSSupport-")
}

func ownedNames() []string { return slices.Sorted(maps.Keys(ownedTexts())) }

// ownedDocument returns one of Amazon's own documents, nil for none. They have one version.
func ownedDocument(region, name string) *Document {
	if _, ok := ownedTexts()[name]; !ok {
		return nil
	}
	return &Document{Region: region, Name: name, Created: ownedSince(), Default: 1, Latest: 1}
}

func ownedSince() time.Time { return time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC) }

func ownedVersion(d *Document, n int64) *Version {
	text, ok := ownedTexts()[d.Name]
	if !ok || n != 1 {
		return nil
	}
	runbook, err := fromYAML(text)
	if err != nil {
		return nil
	}
	description, _, _ := strings.Cut(strings.TrimPrefix(text, "description: "), "\n")
	return &Version{
		Region: d.Region, Name: d.Name, Number: 1, Format: api.DocumentFormatYaml, Content: text, Runbook: string(runbook), Description: description,
		Hash: digest(text), Created: d.Created,
	}
}
