package accessanalyzer

import (
	"slices"
	"strconv"
	"strings"

	api "vauban/api/accessanalyzer"
	"vauban/service"
	"vauban/store"
)

// Answers about findings are acts: before they answer, they bring the findings up to date, which may change the state.
func (s *Service) findingOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpListFindings, at(s, func(in *api.ListFindingsInput) *string { return in.AnalyzerArn }), s.listFindings),
		service.Acts(api.OpGetFinding, at(s, func(in *api.GetFindingInput) *string { return in.AnalyzerArn }), s.getFinding),
		service.Acts(api.OpListFindingsV2, at(s, func(in *api.ListFindingsV2Input) *string { return in.AnalyzerArn }), s.listFindingsV2),
		service.Acts(api.OpGetFindingV2, at(s, func(in *api.GetFindingV2Input) *string { return in.AnalyzerArn }), s.getFindingV2),
		service.Writes(api.OpUpdateFindings, at(s, func(in *api.UpdateFindingsInput) *string { return in.AnalyzerArn }), s.updateFindings),
		service.Acts(api.OpGetFindingsStatistics, at(s, func(in *api.GetFindingsStatisticsInput) *string { return in.AnalyzerArn }), s.getFindingsStatistics),
	}
}

// current runs fn on the caller's analyzer with its findings brought up to date.
func (s *Service) current(c *service.Call, analyzer string, fn func(tx store.Tx, a *Analyzer) error) error {
	return c.Commit(func(tx store.Tx) error {
		a, err := analyzerOf(c, tx, analyzer)
		if err != nil {
			return err
		}
		if err := s.renew(tx, a, c.Time); err != nil {
			return err
		}
		return fn(tx, a)
	})
}

// found are the analyzer's findings that a filter matches, in order.
func found(tx store.Tx, a *Analyzer, in map[string]api.Criterion, order *api.SortCriteria) ([]Finding, error) {
	f, err := readFilter(in)
	if err != nil {
		return nil, err
	}
	out := []Finding{}
	for x, err := range findings.Each(tx, a.key()) {
		if err != nil {
			return nil, err
		}
		if f.matches(x) {
			out = append(out, *x)
		}
	}
	key := "updatedAt"
	down := true // newest first
	if order != nil && order.AttributeName != nil {
		if key = *order.AttributeName; !filterable(key) {
			return nil, invalid("Invalid sort attribute: %s", key)
		}
		down = false
	}
	if order != nil && order.OrderBy != nil {
		down = *order.OrderBy == api.OrderByDesc
	}
	slices.SortStableFunc(out, func(x, y Finding) int {
		n := strings.Compare(strings.Join(x.attribute(key), ","), strings.Join(y.attribute(key), ","))
		if down {
			n = -n
		}
		if n == 0 {
			n = strings.Compare(x.Resource+x.ID, y.Resource+y.ID)
		}
		return n
	})
	return out, nil
}

// onlyExternal refuses analyzers of unused access to the first version of the API.
func onlyExternal(a *Analyzer, instead string) error {
	if !a.external() {
		return invalid("The analyzer is of type %s, whose findings this operation does not show. Use %s.", a.Type, instead)
	}
	return nil
}

func (s *Service) listFindings(c *service.Call, in *api.ListFindingsInput) (out *api.ListFindingsOutput, err error) {
	err = s.current(c, *in.AnalyzerArn, func(tx store.Tx, a *Analyzer) error {
		if err := onlyExternal(a, "ListFindingsV2"); err != nil {
			return err
		}
		all, err := found(tx, a, in.Filter, in.Sort)
		if err != nil {
			return err
		}
		page, next, err := cut(all, in.NextToken, in.MaxResults, func(f *Finding) string { return f.ID })
		out = &api.ListFindingsOutput{Findings: []api.FindingSummary{}, NextToken: next}
		for i := range page {
			out.Findings = append(out.Findings, page[i].summary())
		}
		return err
	})
	return out, err
}

func (s *Service) listFindingsV2(c *service.Call, in *api.ListFindingsV2Input) (out *api.ListFindingsV2Output, err error) {
	err = s.current(c, *in.AnalyzerArn, func(tx store.Tx, a *Analyzer) error {
		all, err := found(tx, a, in.Filter, in.Sort)
		if err != nil {
			return err
		}
		page, next, err := cut(all, in.NextToken, in.MaxResults, func(f *Finding) string { return f.ID })
		out = &api.ListFindingsV2Output{Findings: []api.FindingSummaryV2{}, NextToken: next}
		for i := range page {
			out.Findings = append(out.Findings, page[i].summaryV2())
		}
		return err
	})
	return out, err
}

func theFinding(tx store.Tx, a *Analyzer, id string) (*Finding, error) {
	f, err := findings.Get(tx, store.K(a.Account, a.Region, a.Name, id))
	if store.IsAbsent(err) {
		return nil, absent("Finding", id)
	}
	return f, err
}

func (s *Service) getFinding(c *service.Call, in *api.GetFindingInput) (out *api.GetFindingOutput, err error) {
	err = s.current(c, *in.AnalyzerArn, func(tx store.Tx, a *Analyzer) error {
		if err := onlyExternal(a, "GetFindingV2"); err != nil {
			return err
		}
		f, err := theFinding(tx, a, *in.Id)
		if err != nil {
			return err
		}
		out = &api.GetFindingOutput{Finding: new(api.Finding(f.summary()))}
		return nil
	})
	return out, err
}

func (s *Service) getFindingV2(c *service.Call, in *api.GetFindingV2Input) (out *api.GetFindingV2Output, err error) {
	err = s.current(c, *in.AnalyzerArn, func(tx store.Tx, a *Analyzer) error {
		f, err := theFinding(tx, a, *in.Id)
		if err != nil {
			return err
		}
		all := []detail{}
		for i, d := range f.details() {
			all = append(all, detail{strconv.Itoa(i), d})
		}
		page, next, err := cut(all, in.NextToken, in.MaxResults, func(d *detail) string { return d.key })
		x := f.summaryV2()
		out = &api.GetFindingV2Output{
			Id: x.Id, FindingType: x.FindingType, Resource: x.Resource, ResourceType: x.ResourceType, ResourceOwnerAccount: x.ResourceOwnerAccount, Status: x.Status,
			CreatedAt: x.CreatedAt, UpdatedAt: x.UpdatedAt, AnalyzedAt: x.AnalyzedAt, Error: x.Error, FindingDetails: []api.FindingDetails{}, NextToken: next,
		}
		for _, d := range page {
			out.FindingDetails = append(out.FindingDetails, d.value)
		}
		return err
	})
	return out, err
}

type detail struct {
	key   string
	value api.FindingDetails
}

// updateFindings archives findings or makes them active again. What is resolved stays so.
func (s *Service) updateFindings(c *service.Call, in *api.UpdateFindingsInput) (*api.UpdateFindingsOutput, error) {
	a, err := analyzerOf(c, c.Tx, *in.AnalyzerArn)
	if err != nil {
		return nil, err
	}
	if (in.Ids == nil) == (in.ResourceArn == nil) {
		return nil, invalid("Give either ids or resourceArn.")
	}
	if err := s.renew(c.Tx, a, c.Time); err != nil {
		return nil, err
	}
	var list []*Finding
	for _, id := range in.Ids {
		f, err := theFinding(c.Tx, a, id)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
	}
	if in.ResourceArn != nil {
		for f, err := range findings.EachRef(c.Tx, "resource", store.K(a.Account, a.Region, a.Name, *in.ResourceArn)) {
			if err != nil {
				return nil, err
			}
			list = append(list, f)
		}
		if len(list) == 0 {
			return nil, absent("Resource", *in.ResourceArn)
		}
	}
	for _, f := range list {
		if f.Status == *in.Status || f.Status == api.FindingStatusResolved {
			continue
		}
		f.Status, f.Updated = *in.Status, moment(c)
		if err := findings.Update(c.Tx, f); err != nil {
			return nil, err
		}
	}
	return &api.UpdateFindingsOutput{}, nil
}
