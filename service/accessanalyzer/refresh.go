package accessanalyzer

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	api "vauban/api/accessanalyzer"
	"vauban/engine/automaton"
	"vauban/engine/policy/analysis"
	"vauban/store"
)

// Resource is something that an analyzer has looked at. It is looked at again when its digest changes.
type Resource struct {
	Account  string    `json:"account"` // of the analyzer
	Region   string    `json:"region"`
	Analyzer string    `json:"analyzer"`
	ARN      string    `json:"arn"`
	Type     string    `json:"type"`
	Owner    string    `json:"owner"`
	Digest   string    `json:"digest"` // of all that the findings depend on
	Created  time.Time `json:"created"`
	Updated  time.Time `json:"updated"`
	Analyzed time.Time `json:"analyzed"`
}

var analysed = &store.Table[Resource]{
	Name: "accessanalyzer.resource",
	Key:  func(r *Resource) store.Key { return store.K(r.Account, r.Region, r.Analyzer, r.ARN) },
}

// keepResolved is how long resolved findings are kept. IAM User Guide: "Findings for external and unused access".
const keepResolved = 90 * 24 * time.Hour

// subject is something to look at.
type subject struct {
	arn, kind, owner string
	digest           string
	examine          func(left *automaton.Budget) ([]Finding, error)
}

// scope is what an analyzer looks at and what it trusts.
type scope struct {
	accounts []string
	zone     analysis.Zone
}

// scope is nil for the analyzer of an organization that its account does not administer any more: it may head another one now.
func (s *Service) scope(tx store.Tx, a *Analyzer) (*scope, error) {
	sc := &scope{accounts: []string{a.Account}}
	if a.ofOrganization() {
		o, err := s.inventory.Organization(tx, a.Account)
		if err != nil || o == nil || o.ID != a.Org {
			return nil, err
		}
		sc.accounts, sc.zone.Organization = o.Accounts, o.ID
	}
	sc.zone.Accounts = sc.accounts
	return sc, nil
}

// renew is refresh for who asks about the findings. Those of a disabled analyzer are kept, but of accounts that the caller must not look
// into any more. IAM User Guide: "Delegated administrator for IAM Access Analyzer".
func (s *Service) renew(tx store.Tx, a *Analyzer, now time.Time) error {
	if sc, err := s.scope(tx, a); err != nil || sc == nil {
		if err == nil {
			err = api.AccessDeniedException.New("The analyzer %s is disabled, because account %s does not administer its organization any more. Its findings can be read again once the account does.", a.Name, a.Account)
		}
		return err
	}
	return s.refresh(tx, a, now)
}

// refresh brings an analyzer's findings up to date with what is, and changes nothing when they are.
func (s *Service) refresh(tx store.Tx, a *Analyzer, now time.Time) error {
	now = now.UTC().Truncate(time.Millisecond)
	sc, err := s.scope(tx, a)
	if err != nil || sc == nil { // a disabled analyzer keeps what it found
		return err
	}
	var list []subject
	if a.external() {
		if list, err = s.roleSubjects(tx, sc); err != nil {
			return err
		}
		var more []subject
		more, err = s.guardedSubjects(tx, a, sc)
		list = append(list, more...)
	} else {
		list, err = s.unusedSubjects(tx, a, sc, now)
	}
	if err != nil {
		return err
	}
	known := map[string]*Resource{}
	for r, err := range analysed.Each(tx, a.key()) {
		if err != nil {
			return err
		}
		known[r.ARN] = r
	}
	changed, effort := false, sc.effort()
	for i := range list {
		did, err := s.look(tx, a, &list[i], known[list[i].arn], effort, now)
		if err != nil {
			return fmt.Errorf("analyse %s: %w", list[i].arn, err)
		}
		changed = changed || did
		delete(known, list[i].arn)
	}
	for _, gone := range known {
		if err := s.forget(tx, a, gone, now); err != nil {
			return err
		}
		changed = true
	}
	if err := sweep(tx, a, now); err != nil || !changed {
		return err
	}
	a.Refreshed = now
	return analyzers.Update(tx, a)
}

// look examines one subject unless it is as it was, and reports whether it did. When its account has used its share up, what was found before
// stays, and a subject that is new has a finding that says so, until the next refresh.
func (s *Service) look(tx store.Tx, a *Analyzer, x *subject, was *Resource, e *effort, now time.Time) (bool, error) {
	if was != nil && was.Digest == x.digest {
		return false, nil
	}
	list, ok, err := e.examine(x)
	if err != nil || !ok && was != nil {
		return false, err
	}
	if !ok {
		list, x.digest = []Finding{a.postponed()}, ""
	}
	r := &Resource{Account: a.Account, Region: a.Region, Analyzer: a.Name, ARN: x.arn, Type: x.kind, Owner: x.owner, Digest: x.digest, Created: now, Updated: now, Analyzed: now}
	if was != nil {
		r.Created = was.Created
	}
	if err := s.reconcile(tx, a, x, list, now); err != nil {
		return false, err
	}
	a.Last, a.LastTime = x.arn, now
	return true, analysed.Put(tx, r)
}

// reconcile makes what was found of a subject the findings: new ones are active, or archived by a rule; those that no longer hold are
// resolved; one that holds again is active again.
func (s *Service) reconcile(tx store.Tx, a *Analyzer, x *subject, list []Finding, now time.Time) error {
	holds := map[string]*Finding{}
	for i := range list {
		f := &list[i]
		f.Account, f.Region, f.Analyzer, f.Resource, f.ResourceType, f.Owner = a.Account, a.Region, a.Name, x.arn, x.kind, x.owner
		f.identify(a)
		if had := holds[f.ID]; had != nil {
			had.merge(f)
			continue
		}
		holds[f.ID] = f
	}
	var was []*Finding
	for f, err := range findings.EachRef(tx, "resource", store.K(a.Account, a.Region, a.Name, x.arn)) {
		if err != nil {
			return err
		}
		was = append(was, f)
	}
	for _, f := range was {
		if err := f.settle(tx, a, holds[f.ID], now); err != nil {
			return err
		}
		delete(holds, f.ID)
	}
	for _, f := range holds {
		f.Created, f.Updated, f.Analyzed = now, now, now
		f.open(a)
		if err := findings.Insert(tx, f); err != nil {
			return err
		}
	}
	return nil
}

// open gives a finding the status that it begins with.
func (f *Finding) open(a *Analyzer) {
	if f.Status = api.FindingStatusActive; a.archives(f) {
		f.Status = api.FindingStatusArchived
	}
}

// settle brings a finding up to date; now nil holds means that it no longer does.
func (f *Finding) settle(tx store.Tx, a *Analyzer, holds *Finding, now time.Time) error {
	f.Analyzed = now
	switch {
	case holds == nil && f.Status == api.FindingStatusResolved:
		return nil
	case holds == nil:
		f.Status, f.Updated = api.FindingStatusResolved, now
	case f.Status == api.FindingStatusResolved:
		f.Actions, f.Public, f.LastUsed, f.Permissions, f.Updated = holds.Actions, holds.Public, holds.LastUsed, holds.Permissions, now
		f.open(a)
	case !f.same(holds):
		f.Actions, f.Public, f.LastUsed, f.Permissions, f.Updated = holds.Actions, holds.Public, holds.LastUsed, holds.Permissions, now
	}
	return findings.Update(tx, f)
}

// forget resolves the findings of something that is gone.
func (s *Service) forget(tx store.Tx, a *Analyzer, gone *Resource, now time.Time) error {
	x := &subject{arn: gone.ARN, kind: gone.Type, owner: gone.Owner}
	if err := s.reconcile(tx, a, x, nil, now); err != nil {
		return err
	}
	return analysed.Delete(tx, analysed.Key(gone))
}

// sweep deletes findings that were resolved long ago.
func sweep(tx store.Tx, a *Analyzer, now time.Time) error {
	var old []*Finding
	for f, err := range findings.Each(tx, a.key()) {
		if err != nil {
			return err
		}
		if f.Status == api.FindingStatusResolved && now.Sub(f.Updated) > keepResolved {
			old = append(old, f)
		}
	}
	for _, f := range old {
		if err := findings.Delete(tx, findings.Key(f)); err != nil {
			return err
		}
	}
	return nil
}

// digest is a hash of all that an examination depends on.
func digest(parts ...any) (string, error) {
	b, err := json.Marshal(parts)
	if err != nil {
		return "", fmt.Errorf("digest what is analysed: %w", err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}
