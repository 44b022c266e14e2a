package accessanalyzer

import (
	"strconv"

	api "vauban/api/accessanalyzer"
	"vauban/api/wire"
	"vauban/engine/policy/lint"
	"vauban/service"
)

// validatePolicy answers what is wrong with a policy, or could be better.
func (s *Service) validatePolicy(_ *service.Call, in *api.ValidatePolicyInput) (*api.ValidatePolicyOutput, error) {
	if in.Locale != nil && *in.Locale != api.LocaleEn {
		return nil, notBuilt("Findings are in English only: leave locale out.")
	}
	if len(*in.PolicyDocument) > largestPolicy {
		return nil, invalid("The policy document is too long: it has %d bytes, and %d are allowed.", len(*in.PolicyDocument), largestPolicy)
	}
	kind, ok := lint.KindOf(*in.PolicyType, wire.Text(in.ValidatePolicyResourceType))
	if !ok {
		return nil, invalid("The validatePolicyResourceType %s does not go with the policyType %s.", wire.Text(in.ValidatePolicyResourceType), *in.PolicyType)
	}
	ref, err := s.reference()
	if err != nil {
		return nil, err
	}
	var list []numbered
	for i, f := range lint.Check([]byte(*in.PolicyDocument), kind, ref.catalog) {
		list = append(list, numbered{strconv.Itoa(i), shownIssue(f)})
	}
	page, next, err := cut(list, in.NextToken, in.MaxResults, func(n *numbered) string { return n.key })
	if err != nil {
		return nil, err
	}
	out := &api.ValidatePolicyOutput{Findings: []api.ValidatePolicyFinding{}, NextToken: next}
	for _, n := range page {
		out.Findings = append(out.Findings, n.finding)
	}
	return out, nil
}

type numbered struct {
	key     string
	finding api.ValidatePolicyFinding
}

func shownIssue(f lint.Finding) api.ValidatePolicyFinding {
	out := api.ValidatePolicyFinding{
		FindingType: new(string(f.Type)), IssueCode: &f.IssueCode, FindingDetails: &f.Details, LearnMoreLink: &f.LearnMoreLink, Locations: []api.Location{},
	}
	for _, l := range f.Locations {
		at := api.Location{Path: []api.PathElement{}, Span: &api.Span{Start: position(l.Span.Start), End: position(l.Span.End)}}
		for _, p := range l.Path {
			at.Path = append(at.Path, step(p))
		}
		out.Locations = append(out.Locations, at)
	}
	return out
}

func position(p lint.Position) *api.Position {
	return &api.Position{Line: new(int64(p.Line)), Column: new(int64(p.Column)), Offset: new(int64(p.Offset))}
}

func step(p lint.PathElement) api.PathElement {
	switch {
	case p.Index != nil:
		return api.PathElement{Index: new(int64(*p.Index))}
	case p.Substring != nil:
		return api.PathElement{Substring: &api.Substring{Start: new(int64(p.Substring.Start)), Length: new(int64(p.Substring.Length))}}
	}
	return api.PathElement{Key: p.Key, Value: p.Value}
}
