package accessanalyzer

import (
	"slices"

	api "vauban/api/accessanalyzer"
	"vauban/service"
	"vauban/store"
)

func (s *Service) resourceOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpListAnalyzedResources, at(s, func(in *api.ListAnalyzedResourcesInput) *string { return in.AnalyzerArn }), s.listAnalyzedResources),
		service.Acts(api.OpGetAnalyzedResource, at(s, func(in *api.GetAnalyzedResourceInput) *string { return in.AnalyzerArn }), s.getAnalyzedResource),
		service.Writes(api.OpStartResourceScan, at(s, func(in *api.StartResourceScanInput) *string { return in.AnalyzerArn }), s.startResourceScan),
	}
}

func (s *Service) listAnalyzedResources(c *service.Call, in *api.ListAnalyzedResourcesInput) (out *api.ListAnalyzedResourcesOutput, err error) {
	err = s.current(c, *in.AnalyzerArn, func(tx store.Tx, a *Analyzer) error {
		if !a.external() {
			return invalid("The analyzer is of type %s: it analyses users and roles, not resources.", a.Type)
		}
		var all []api.AnalyzedResourceSummary
		for r, err := range analysed.Each(tx, a.key()) {
			if err != nil {
				return err
			}
			if in.ResourceType == nil || *in.ResourceType == r.Type {
				all = append(all, api.AnalyzedResourceSummary{ResourceArn: &r.ARN, ResourceType: &r.Type, ResourceOwnerAccount: &r.Owner})
			}
		}
		page, next, err := cut(all, in.NextToken, in.MaxResults, func(r *api.AnalyzedResourceSummary) string { return *r.ResourceArn })
		out = &api.ListAnalyzedResourcesOutput{AnalyzedResources: page, NextToken: next}
		return err
	})
	return out, err
}

func (s *Service) getAnalyzedResource(c *service.Call, in *api.GetAnalyzedResourceInput) (out *api.GetAnalyzedResourceOutput, err error) {
	err = s.current(c, *in.AnalyzerArn, func(tx store.Tx, a *Analyzer) error {
		r, err := analysed.Get(tx, store.K(a.Account, a.Region, a.Name, *in.ResourceArn))
		if store.IsAbsent(err) || err == nil && !a.external() {
			return absent("Resource", *in.ResourceArn)
		}
		if err != nil {
			return err
		}
		shown, err := r.shown(tx)
		out = &api.GetAnalyzedResourceOutput{Resource: shown}
		return err
	})
	return out, err
}

// shown is the resource with what its findings say together.
func (r *Resource) shown(tx store.Tx) (*api.AnalyzedResource, error) {
	out := &api.AnalyzedResource{
		ResourceArn: &r.ARN, ResourceType: &r.Type, ResourceOwnerAccount: &r.Owner, CreatedAt: &r.Created, UpdatedAt: &r.Updated, AnalyzedAt: &r.Analyzed, IsPublic: new(false),
	}
	for f, err := range findings.EachRef(tx, "resource", store.K(r.Account, r.Region, r.Analyzer, r.ARN)) {
		if err != nil {
			return nil, err
		}
		if f.Status == api.FindingStatusResolved {
			continue
		}
		if out.Status == nil || f.Status == api.FindingStatusActive {
			out.Status = new(f.Status)
		}
		out.Actions = append(out.Actions, f.Actions...)
		*out.IsPublic = *out.IsPublic || f.Public
		if f.Error != "" {
			out.Error = &f.Error
		} else {
			out.SharedVia = []string{"POLICY"}
		}
	}
	slices.Sort(out.Actions)
	out.Actions = slices.Compact(out.Actions)
	return out, nil
}

// startResourceScan looks at a resource again, whether it has changed or not.
func (s *Service) startResourceScan(c *service.Call, in *api.StartResourceScanInput) (*api.StartResourceScanOutput, error) {
	a, err := analyzerOf(c, c.Tx, *in.AnalyzerArn)
	if err != nil {
		return nil, err
	}
	if err := s.renew(c.Tx, a, c.Time); err != nil {
		return nil, err
	}
	r, err := analysed.Get(c.Tx, store.K(a.Account, a.Region, a.Name, *in.ResourceArn))
	if store.IsAbsent(err) || err == nil && in.ResourceOwnerAccount != nil && *in.ResourceOwnerAccount != r.Owner {
		return nil, absent("Resource", *in.ResourceArn)
	}
	if err != nil {
		return nil, err
	}
	r.Digest = ""
	if err := analysed.Update(c.Tx, r); err != nil {
		return nil, err
	}
	return &api.StartResourceScanOutput{}, s.renew(c.Tx, a, c.Time)
}
