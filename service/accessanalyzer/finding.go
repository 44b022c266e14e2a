package accessanalyzer

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	api "vauban/api/accessanalyzer"
	"vauban/api/wire"
	"vauban/store"
)

// Finding is a finding as stored.
type Finding struct {
	Account      string `json:"account"` // of the analyzer
	Region       string `json:"region"`
	Analyzer     string `json:"analyzer"`
	ID           string `json:"id"` // follows from what the finding is about: found again, it is the same finding
	Type         string `json:"type"`
	Resource     string `json:"resource"`
	ResourceType string `json:"resourceType"`
	Owner        string `json:"owner"`
	Status       string `json:"status"`

	Created  time.Time `json:"created"`
	Updated  time.Time `json:"updated"`
	Analyzed time.Time `json:"analyzed"`

	// Of external access.
	Principal map[string]string `json:"principal,omitempty"`
	Actions   []string          `json:"actions,omitempty"`
	Condition map[string]string `json:"condition,omitempty"`
	Public    bool              `json:"public,omitempty"`
	Error     string            `json:"error,omitempty"`

	// Of unused access.
	LastUsed    time.Time          `json:"lastUsed,omitzero"`
	Key         string             `json:"key,omitempty"`         // access key ID
	Permissions []unusedPermission `json:"permissions,omitempty"` // by service
}

// unusedPermission is what is granted of a service and not used.
type unusedPermission struct {
	Service  string         `json:"service"` // prefix
	LastUsed time.Time      `json:"lastUsed,omitzero"`
	Actions  []unusedAction `json:"actions,omitempty"` // none: all of the service
}

type unusedAction struct {
	Name     string    `json:"name"`
	LastUsed time.Time `json:"lastUsed,omitzero"`
}

var findings = &store.Table[Finding]{
	Name: "accessanalyzer.finding",
	Key:  func(f *Finding) store.Key { return store.K(f.Account, f.Region, f.Analyzer, f.ID) },
	Refs: map[string]func(*Finding) []store.Key{"resource": func(f *Finding) []store.Key {
		return []store.Key{store.K(f.Account, f.Region, f.Analyzer, f.Resource)}
	}},
}

// identify gives the finding the ID of what it is about.
func (f *Finding) identify(a *Analyzer) {
	parts := []string{a.Account, a.Region, a.Name, a.Serial, f.Type, f.Resource, f.Key, f.Error}
	for _, m := range []map[string]string{f.Principal, f.Condition} {
		for _, k := range keysOf(m) {
			parts = append(parts, k, m[k])
		}
		parts = append(parts, "")
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // RFC 9562, version 8
	h := hex.EncodeToString(sum[:16])
	f.ID = h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func keysOf(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// same reports whether a finding says the same as before.
func (f *Finding) same(g *Finding) bool {
	return f.Public == g.Public && slices.Equal(f.Actions, g.Actions) && f.LastUsed.Equal(g.LastUsed) && slices.EqualFunc(f.Permissions, g.Permissions, func(a, b unusedPermission) bool {
		return a.Service == b.Service && a.LastUsed.Equal(b.LastUsed) && slices.EqualFunc(a.Actions, b.Actions, func(x, y unusedAction) bool { return x.Name == y.Name && x.LastUsed.Equal(y.LastUsed) })
	})
}

// stamp is a time as filters compare it.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// summary is a finding of external access as the first version of the API shows it.
func (f *Finding) summary() api.FindingSummary {
	out := api.FindingSummary{
		Id: &f.ID, Resource: &f.Resource, ResourceType: &f.ResourceType, ResourceOwnerAccount: &f.Owner, Status: &f.Status,
		CreatedAt: &f.Created, UpdatedAt: &f.Updated, AnalyzedAt: &f.Analyzed, Action: f.Actions, Condition: f.condition(), Error: wire.Optional(f.Error),
	}
	if f.Error == "" {
		out.Principal, out.IsPublic = f.Principal, &f.Public
	}
	return out
}

func (f *Finding) condition() map[string]string {
	if f.Condition == nil {
		return map[string]string{}
	}
	return f.Condition
}

func (f *Finding) summaryV2() api.FindingSummaryV2 {
	return api.FindingSummaryV2{
		Id: &f.ID, FindingType: &f.Type, Resource: &f.Resource, ResourceType: &f.ResourceType, ResourceOwnerAccount: &f.Owner, Status: &f.Status,
		CreatedAt: &f.Created, UpdatedAt: &f.Updated, AnalyzedAt: &f.Analyzed, Error: wire.Optional(f.Error),
	}
}

// details are what the second version of the API says of a finding.
func (f *Finding) details() []api.FindingDetails {
	switch f.Type {
	case api.FindingTypeExternalAccess:
		d := &api.ExternalAccessDetails{Action: f.Actions, Condition: f.condition()}
		if f.Error == "" {
			d.Principal, d.IsPublic = f.Principal, &f.Public
		}
		return []api.FindingDetails{{ExternalAccessDetails: d}}
	case api.FindingTypeUnusedIAMRole:
		return []api.FindingDetails{{UnusedIamRoleDetails: &api.UnusedIamRoleDetails{LastAccessed: when(f.LastUsed)}}}
	case api.FindingTypeUnusedIAMUserAccessKey:
		return []api.FindingDetails{{UnusedIamUserAccessKeyDetails: &api.UnusedIamUserAccessKeyDetails{AccessKeyId: &f.Key, LastAccessed: when(f.LastUsed)}}}
	case api.FindingTypeUnusedIAMUserPassword:
		return []api.FindingDetails{{UnusedIamUserPasswordDetails: &api.UnusedIamUserPasswordDetails{LastAccessed: when(f.LastUsed)}}}
	}
	out := []api.FindingDetails{}
	for _, p := range f.Permissions {
		d := &api.UnusedPermissionDetails{ServiceNamespace: &p.Service, LastAccessed: when(p.LastUsed)}
		for _, a := range p.Actions {
			d.Actions = append(d.Actions, api.UnusedAction{Action: &a.Name, LastAccessed: when(a.LastUsed)})
		}
		out = append(out, api.FindingDetails{UnusedPermissionDetails: d})
	}
	return out
}
