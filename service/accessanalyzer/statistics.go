package accessanalyzer

import (
	"cmp"
	"slices"

	api "vauban/api/accessanalyzer"
	"vauban/service"
	"vauban/store"
)

// tally counts findings by status.
type tally struct{ active, archived, resolved int64 }

func (t *tally) add(status string) {
	switch status {
	case api.FindingStatusActive:
		t.active++
	case api.FindingStatusArchived:
		t.archived++
	default:
		t.resolved++
	}
}

func (s *Service) getFindingsStatistics(c *service.Call, in *api.GetFindingsStatisticsInput) (out *api.GetFindingsStatisticsOutput, err error) {
	err = s.current(c, *in.AnalyzerArn, func(tx store.Tx, a *Analyzer) error {
		var list []*Finding
		for f, err := range findings.Each(tx, a.key()) {
			if err != nil {
				return err
			}
			list = append(list, f)
		}
		var st api.FindingsStatistics
		if a.external() {
			st.ExternalAccessFindingsStatistics = externalStatistics(list)
		} else {
			st.UnusedAccessFindingsStatistics = unusedStatistics(list)
		}
		updated := a.Refreshed
		if updated.IsZero() {
			updated = a.Created
		}
		out = &api.GetFindingsStatisticsOutput{FindingsStatistics: []api.FindingsStatistics{st}, LastUpdatedAt: &updated}
		return nil
	})
	return out, err
}

func externalStatistics(list []*Finding) *api.ExternalAccessFindingsStatistics {
	var t tally
	types := map[string]api.ResourceTypeDetails{}
	for _, f := range list {
		t.add(f.Status)
		if f.Status != api.FindingStatusActive {
			continue
		}
		d, ok := types[f.ResourceType]
		if !ok {
			d = api.ResourceTypeDetails{TotalActivePublic: new(int64(0)), TotalActiveCrossAccount: new(int64(0)), TotalActiveErrors: new(int64(0))}
			types[f.ResourceType] = d
		}
		switch {
		case f.Error != "":
			*d.TotalActiveErrors++
		case f.Public:
			*d.TotalActivePublic++
		default:
			*d.TotalActiveCrossAccount++
		}
	}
	return &api.ExternalAccessFindingsStatistics{ResourceTypeStatistics: types, TotalActiveFindings: &t.active, TotalArchivedFindings: &t.archived, TotalResolvedFindings: &t.resolved}
}

// topAccounts is how many accounts the statistics of unused access name.
const topAccounts = 10

func unusedStatistics(list []*Finding) *api.UnusedAccessFindingsStatistics {
	var t tally
	byType := map[string]int64{}
	byAccount := map[string]*api.FindingAggregationAccountDetails{}
	for _, f := range list {
		t.add(f.Status)
		if f.Status != api.FindingStatusActive {
			continue
		}
		byType[f.Type]++
		d := byAccount[f.Owner]
		if d == nil {
			d = &api.FindingAggregationAccountDetails{Account: &f.Owner, NumberOfActiveFindings: new(int64(0)), Details: map[string]int64{}}
			byAccount[f.Owner] = d
		}
		*d.NumberOfActiveFindings++
		d.Details[f.Type]++
	}
	out := &api.UnusedAccessFindingsStatistics{TotalActiveFindings: &t.active, TotalArchivedFindings: &t.archived, TotalResolvedFindings: &t.resolved}
	for _, kind := range []string{api.FindingTypeUnusedIAMRole, api.FindingTypeUnusedIAMUserAccessKey, api.FindingTypeUnusedIAMUserPassword, api.FindingTypeUnusedPermission} {
		if n := byType[kind]; n > 0 {
			out.UnusedAccessTypeStatistics = append(out.UnusedAccessTypeStatistics, api.UnusedAccessTypeStatistics{UnusedAccessType: &kind, Total: &n})
		}
	}
	for _, d := range byAccount {
		out.TopAccounts = append(out.TopAccounts, *d)
	}
	slices.SortFunc(out.TopAccounts, func(a, b api.FindingAggregationAccountDetails) int {
		return cmp.Or(cmp.Compare(*b.NumberOfActiveFindings, *a.NumberOfActiveFindings), cmp.Compare(*a.Account, *b.Account))
	})
	out.TopAccounts = out.TopAccounts[:min(len(out.TopAccounts), topAccounts)]
	return out
}
