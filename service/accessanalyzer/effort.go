package accessanalyzer

import (
	api "vauban/api/accessanalyzer"
	"vauban/engine/automaton"
)

// A refresh examines policies inside a transaction, in which nobody else writes. So the work is bounded, in steps of package analysis: for one
// subject, for one account, and thereby for a refresh. A million steps are about a second; a usual trust policy takes hundreds.
const (
	subjectWork = 50_000
	refreshWork = 500_000
	perSubject  = 500 // to read and to store one
)

// effort is what a refresh may still spend. Each account has its share, so that the policies of one do not cost the others their findings.
type effort struct {
	share int
	spent map[string]int // by account
}

func (s *scope) effort() *effort {
	return &effort{share: max(subjectWork, refreshWork/max(1, len(s.accounts))), spent: map[string]int{}}
}

// examine examines a subject, or reports that the share of its account is used up.
func (e *effort) examine(x *subject) ([]Finding, bool, error) {
	if e.spent[x.owner] >= e.share {
		return nil, false, nil
	}
	left := &automaton.Budget{Left: subjectWork}
	list, err := x.examine(left)
	e.spent[x.owner] += subjectWork - left.Left + perSubject
	return list, true, err
}

// postponed is the finding of a subject that has not been examined yet.
func (a *Analyzer) postponed() Finding {
	f := Finding{Type: api.FindingTypeUnusedPermission, Error: "Not analyzed yet: the policies of the account take more work than is done at a time. List the findings again."}
	if a.external() {
		f.Type = api.FindingTypeExternalAccess
	}
	return f
}
