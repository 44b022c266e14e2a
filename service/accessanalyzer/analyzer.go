package accessanalyzer

import (
	"slices"
	"time"

	api "vauban/api/accessanalyzer"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/store"
)

// Analyzer is an analyzer as stored, with its archive rules.
type Analyzer struct {
	Account   string            `json:"account"`
	Region    string            `json:"region"`
	Name      string            `json:"name"`
	Type      string            `json:"type"`          // api.Type…
	Org       string            `json:"org,omitempty"` // the organization that it looks at, "" when it looks at its account
	Created   time.Time         `json:"created"`
	Unused    *unusedSettings   `json:"unused,omitempty"`
	Tags      map[string]string `json:"tags,omitempty"`
	Rules     []archiveRule     `json:"rules,omitempty"`    // by name
	Last      string            `json:"last,omitempty"`     // ARN of what was analysed last
	LastTime  time.Time         `json:"lastTime,omitzero"`  // and when
	Refreshed time.Time         `json:"refreshed,omitzero"` // when findings changed last
	Serial    string            `json:"serial"`             // tells analyzers of one name apart that follow each other
}

// unusedSettings is the configuration of an analyzer of unused access.
type unusedSettings struct {
	Age        int64       `json:"age"` // days
	Exclusions []exclusion `json:"exclusions,omitempty"`
}

type exclusion struct {
	Accounts []string            `json:"accounts,omitempty"`
	Tags     []map[string]string `json:"tags,omitempty"`
}

var analyzers = &store.Table[Analyzer]{
	Name: "accessanalyzer.analyzer",
	Key:  func(a *Analyzer) store.Key { return store.K(a.Account, a.Region, a.Name) },
}

// ARN is the analyzer's ARN.
func (a *Analyzer) ARN(partition string) string {
	return "arn:" + partition + ":access-analyzer:" + a.Region + ":" + a.Account + ":analyzer/" + a.Name
}

// external reports whether it looks for external access, not for unused.
func (a *Analyzer) external() bool {
	return a.Type == api.TypeAccount || a.Type == api.TypeOrganization
}

// ofOrganization reports whether it looks at all accounts of an organization.
func (a *Analyzer) ofOrganization() bool {
	return a.Type == api.TypeOrganization || a.Type == api.TypeOrganizationUnusedAccess
}

func (s *Service) analyzerOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateAnalyzer, func(c *service.Call, in *api.CreateAnalyzerInput) ([]service.Question, error) {
			keys := map[string][]string{}
			service.RequestTags(keys, service.TagMap(in.Tags))
			return s.onName(c, *in.AnalyzerName, keys)
		}, s.createAnalyzer),
		service.Reads(api.OpGetAnalyzer, named(s, func(in *api.GetAnalyzerInput) *string { return in.AnalyzerName }), s.getAnalyzer),
		service.Reads(api.OpListAnalyzers, onAll[api.ListAnalyzersInput], s.listAnalyzers),
		service.Writes(api.OpUpdateAnalyzer, named(s, func(in *api.UpdateAnalyzerInput) *string { return in.AnalyzerName }), s.updateAnalyzer),
		service.Writes(api.OpDeleteAnalyzer, named(s, func(in *api.DeleteAnalyzerInput) *string { return in.AnalyzerName }), s.deleteAnalyzer),
	}
}

// quota is how many analyzers of a type a region of an account may have. IAM User Guide: "IAM Access Analyzer quotas".
func quota(kind string) int {
	switch kind {
	case api.TypeOrganization, api.TypeOrganizationUnusedAccess:
		return 5
	}
	return 1
}

func (s *Service) createAnalyzer(c *service.Call, in *api.CreateAnalyzerInput) (*api.CreateAnalyzerOutput, error) {
	a := &Analyzer{Account: c.Account, Region: c.Region, Name: *in.AnalyzerName, Type: *in.Type, Created: c.Time.UTC().Truncate(time.Millisecond), Serial: c.RequestID}
	if err := s.checkType(c, a); err != nil {
		return nil, err
	}
	var err error
	if a.Unused, err = settings(a, in.Configuration); err != nil {
		return nil, err
	}
	if a.Tags, err = withTags(nil, in.Tags); err != nil {
		return nil, err
	}
	for i := range in.ArchiveRules {
		if err := a.addRule(*in.ArchiveRules[i].RuleName, in.ArchiveRules[i].Filter, a.Created); err != nil {
			return nil, err
		}
	}
	if has, err := analyzers.Has(c.Tx, analyzers.Key(a)); err != nil || has {
		if has {
			err = conflict("Analyzer", a.Name)
		}
		return nil, err
	}
	same := 0
	for other, err := range analyzers.Each(c.Tx, store.K(c.Account, c.Region)) {
		if err != nil {
			return nil, err
		}
		if other.Type == a.Type {
			same++
		}
	}
	if same >= quota(a.Type) {
		return nil, exceeded("Analyzer", a.Name, "The number of analyzers of type %s has reached the quota of %d. Delete one before you create another.", a.Type, quota(a.Type))
	}
	if err := analyzers.Insert(c.Tx, a); err != nil {
		return nil, err
	}
	return &api.CreateAnalyzerOutput{Arn: new(a.ARN(c.Partition))}, s.refresh(c.Tx, a, c.Time)
}

// checkType refuses what is not built, and an organization's analyzer to who does not administer one.
func (s *Service) checkType(c *service.Call, a *Analyzer) error {
	switch a.Type {
	case api.TypeAccountInternalAccess, api.TypeOrganizationInternalAccess:
		return notBuilt("Analyzers of type %s are not available. Use ACCOUNT, ORGANIZATION, ACCOUNT_UNUSED_ACCESS or ORGANIZATION_UNUSED_ACCESS.", a.Type)
	}
	if !a.ofOrganization() {
		return nil
	}
	o, err := s.inventory.Organization(c.Tx, c.Account)
	switch {
	case err != nil:
		return err
	case o == nil:
		return invalid("You must create your analyzer in the organization management account or a delegated administrator account.")
	}
	a.Org = o.ID
	return nil
}

// defaultAge is the window of unused access in days where the request names none, and largestAge the longest.
const (
	defaultAge = 90
	largestAge = 365
)

// settings reads a configuration.
func settings(a *Analyzer, in *api.AnalyzerConfiguration) (*unusedSettings, error) {
	switch {
	case in != nil && in.InternalAccess != nil:
		return nil, notBuilt("Analyzers of internal access are not available.")
	case a.external():
		if in != nil && in.UnusedAccess != nil {
			return nil, invalid("A configuration of unused access does not go with an analyzer of type %s.", a.Type)
		}
		return nil, nil
	}
	out := &unusedSettings{Age: defaultAge}
	if in == nil || in.UnusedAccess == nil {
		return out, nil
	}
	if age := in.UnusedAccess.UnusedAccessAge; age != nil {
		if *age < 1 || *age > largestAge {
			return nil, invalid("unusedAccessAge must be between 1 and %d days.", largestAge)
		}
		out.Age = *age
	}
	if in.UnusedAccess.AnalysisRule == nil {
		return out, nil
	}
	for _, e := range in.UnusedAccess.AnalysisRule.Exclusions {
		if len(e.AccountIds) == 0 && len(e.ResourceTags) == 0 {
			return nil, invalid("An exclusion names accounts or tags.")
		}
		if len(e.AccountIds) > 0 && a.Type != api.TypeOrganizationUnusedAccess {
			return nil, invalid("accountIds can only be excluded by an analyzer of the organization.")
		}
		if i := slices.IndexFunc(e.AccountIds, func(id string) bool { return !arn.IsAccount(id) }); i >= 0 {
			return nil, invalid("%s is not an account ID.", e.AccountIds[i])
		}
		out.Exclusions = append(out.Exclusions, exclusion{e.AccountIds, e.ResourceTags})
	}
	return out, nil
}

func (a *Analyzer) configuration() *api.AnalyzerConfiguration {
	if a.Unused == nil {
		return nil
	}
	u := &api.UnusedAccessConfiguration{UnusedAccessAge: &a.Unused.Age}
	if len(a.Unused.Exclusions) > 0 {
		u.AnalysisRule = &api.AnalysisRule{}
		for _, e := range a.Unused.Exclusions {
			u.AnalysisRule.Exclusions = append(u.AnalysisRule.Exclusions, api.AnalysisRuleCriteria{AccountIds: e.Accounts, ResourceTags: e.Tags})
		}
	}
	return &api.AnalyzerConfiguration{UnusedAccess: u}
}

func (a *Analyzer) shown(partition string) *api.AnalyzerSummary {
	out := &api.AnalyzerSummary{
		Arn: new(a.ARN(partition)), Name: &a.Name, Type: &a.Type, CreatedAt: &a.Created, Status: new(api.AnalyzerStatusActive), Tags: a.Tags, Configuration: a.configuration(),
		LastResourceAnalyzed: wire.Optional(a.Last),
	}
	if !a.LastTime.IsZero() {
		out.LastResourceAnalyzedAt = &a.LastTime
	}
	if out.Tags == nil {
		out.Tags = map[string]string{}
	}
	return out
}

// shown is the analyzer with its status: that of an organization is disabled when its account does not administer it any more, and then names
// nothing of it.
func (s *Service) shown(c *service.Call, a *Analyzer) (*api.AnalyzerSummary, error) {
	out := a.shown(c.Partition)
	if !a.ofOrganization() {
		return out, nil
	}
	sc, err := s.scope(c.Tx, a)
	if err != nil || sc != nil {
		return out, err
	}
	out.Status, out.LastResourceAnalyzed, out.LastResourceAnalyzedAt = new(api.AnalyzerStatusDisabled), nil, nil
	reason := api.ReasonCodeOrganizationDeleted
	home, err := s.inventory.Home(c.Tx, a.Account)
	if home == a.Org {
		reason = api.ReasonCodeDelegatedAdministratorDeregistered
	}
	out.StatusReason = &api.StatusReason{Code: &reason}
	return out, err
}

func (s *Service) getAnalyzer(c *service.Call, in *api.GetAnalyzerInput) (*api.GetAnalyzerOutput, error) {
	a, err := analyzerNamed(c, c.Tx, *in.AnalyzerName)
	if err != nil {
		return nil, err
	}
	shown, err := s.shown(c, a)
	return &api.GetAnalyzerOutput{Analyzer: shown}, err
}

func (s *Service) listAnalyzers(c *service.Call, in *api.ListAnalyzersInput) (*api.ListAnalyzersOutput, error) {
	var all []api.AnalyzerSummary
	for a, err := range analyzers.Each(c.Tx, store.K(c.Account, c.Region)) {
		if err != nil {
			return nil, err
		}
		if in.Type == nil || *in.Type == a.Type {
			shown, err := s.shown(c, a)
			if err != nil {
				return nil, err
			}
			all = append(all, *shown)
		}
	}
	page, next, err := cut(all, in.NextToken, in.MaxResults, func(a *api.AnalyzerSummary) string { return *a.Name })
	return &api.ListAnalyzersOutput{Analyzers: page, NextToken: next}, err
}

func (s *Service) updateAnalyzer(c *service.Call, in *api.UpdateAnalyzerInput) (*api.UpdateAnalyzerOutput, error) {
	a, err := analyzerNamed(c, c.Tx, *in.AnalyzerName)
	if err != nil {
		return nil, err
	}
	if a.external() {
		return nil, invalid("An analyzer of type %s has no configuration to update.", a.Type)
	}
	if in.Configuration != nil {
		set, err := settings(a, in.Configuration)
		if err != nil {
			return nil, err
		}
		if in.Configuration.UnusedAccess != nil && in.Configuration.UnusedAccess.UnusedAccessAge == nil {
			set.Age = a.Unused.Age
		}
		a.Unused = set
	}
	if err := analyzers.Update(c.Tx, a); err != nil {
		return nil, err
	}
	return &api.UpdateAnalyzerOutput{Configuration: a.configuration()}, s.refresh(c.Tx, a, c.Time)
}

// deleteAnalyzer deletes an analyzer with all that it found.
func (s *Service) deleteAnalyzer(c *service.Call, in *api.DeleteAnalyzerInput) (*api.DeleteAnalyzerOutput, error) {
	a, err := analyzerNamed(c, c.Tx, *in.AnalyzerName)
	if err != nil {
		return nil, err
	}
	if err := deleteBelow(c.Tx, findings, a.key()); err != nil {
		return nil, err
	}
	if err := deleteBelow(c.Tx, analysed, a.key()); err != nil {
		return nil, err
	}
	return &api.DeleteAnalyzerOutput{}, analyzers.Delete(c.Tx, analyzers.Key(a))
}

// deleteBelow deletes all documents below a key.
func deleteBelow[T any](tx store.Tx, t *store.Table[T], below store.Key) error {
	var keys []store.Key
	for v, err := range t.Each(tx, below) {
		if err != nil {
			return err
		}
		keys = append(keys, t.Key(v))
	}
	for _, k := range keys {
		if err := t.Delete(tx, k); err != nil {
			return err
		}
	}
	return nil
}

// key is below which what belongs to the analyzer is stored.
func (a *Analyzer) key() store.Key { return store.K(a.Account, a.Region, a.Name) }

// withTags adds tags, or replaces those of the same keys.
func withTags(have map[string]string, more map[string]string) (map[string]string, error) {
	return service.AddTags(have, service.TagMap(more), refuseTag)
}

// refuseTag says what is wrong with a tag.
func refuseTag(f service.TagFault, key string) error {
	switch f {
	case service.TagReserved:
		return invalid("Tag keys that start with aws: are reserved for system use.")
	case service.TagsTooMany:
		return invalid("A resource has at most %d tags.", service.MaxTags)
	}
	return invalid("A tag key has 1 to 128 characters, and a value up to 256.")
}
