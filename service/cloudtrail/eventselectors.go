package cloudtrail

import (
	"slices"
	"strings"

	api "vauban/api/cloudtrail"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/engine/selector"
	"vauban/service"
)

// Bounds of selectors. CloudTrail User Guide: "Quotas in AWS CloudTrail".
const (
	maxBasic     = 5
	maxResources = 250 // over all basic selectors
)

func invalidSelectors(format string, args ...any) error {
	return api.InvalidEventSelectorsException.New(format, args...)
}

// putEventSelectors replaces the trail's selectors. They hold from the record of this call on.
func (s *Service) putEventSelectors(c *service.Call, in *api.PutEventSelectorsInput) (*api.PutEventSelectorsOutput, error) {
	t, err := s.owned(c, c.Tx, *in.TrailName)
	if err != nil {
		return nil, err
	}
	switch {
	case len(in.EventSelectors) > 0 && len(in.AdvancedEventSelectors) > 0:
		return nil, invalidSelectors("EventSelectors and AdvancedEventSelectors cannot be used together.")
	case len(in.EventSelectors) > 0:
		if t.Basic, err = s.basicSelectors(in.EventSelectors); err != nil {
			return nil, err
		}
		t.Advanced = nil
	case len(in.AdvancedEventSelectors) > 0:
		advanced := advancedSelectors(in.AdvancedEventSelectors)
		if err := checkAdvanced(advanced); err != nil {
			return nil, err
		}
		t.Basic, t.Advanced = nil, advanced
	default:
		return nil, invalidSelectors("Specify at least one event selector or advanced event selector.")
	}
	if err := s.save(c, c.Tx, t); err != nil {
		return nil, err
	}
	out := &api.PutEventSelectorsOutput{TrailARN: new(t.ARN(c.Partition))}
	out.EventSelectors, out.AdvancedEventSelectors = shownSelectors(t)
	return out, nil
}

func (s *Service) getEventSelectors(c *service.Call, in *api.GetEventSelectorsInput) (*api.GetEventSelectorsOutput, error) {
	t, err := s.visible(c, c.Tx, *in.TrailName)
	if err != nil {
		return nil, err
	}
	out := &api.GetEventSelectorsOutput{TrailARN: new(t.ARN(c.Partition))}
	out.EventSelectors, out.AdvancedEventSelectors = shownSelectors(t)
	return out, nil
}

// basicSelectors reads and checks basic selectors. CloudTrail API: "EventSelector", "DataResource".
func (s *Service) basicSelectors(in []api.EventSelector) ([]EventSelector, error) {
	if len(in) > maxBasic {
		return nil, invalidSelectors("A trail has at most %d event selectors.", maxBasic)
	}
	values := 0
	out := make([]EventSelector, len(in))
	for i := range in {
		e := &out[i]
		*e = EventSelector{ReadWrite: "All", Management: true, Excluded: in[i].ExcludeManagementEventSources}
		setText(&e.ReadWrite, in[i].ReadWriteType)
		setBool(&e.Management, in[i].IncludeManagementEvents)
		for _, source := range e.Excluded {
			if source != "kms.amazonaws.com" && source != "rdsdata.amazonaws.com" {
				return nil, invalidSelectors("Value %s for ExcludeManagementEventSources is invalid.", source)
			}
		}
		if len(e.Excluded) > 0 && !e.Management {
			return nil, invalidSelectors("ExcludeManagementEventSources needs IncludeManagementEvents.")
		}
		for j := range in[i].DataResources {
			r, err := s.dataResource(&in[i].DataResources[j])
			if err != nil {
				return nil, err
			}
			values += len(r.Values)
			e.Data = append(e.Data, r)
		}
	}
	if values > maxResources {
		return nil, invalidSelectors("The event selectors of a trail have at most %d values of DataResources.", maxResources)
	}
	return out, nil
}

// dataResource reads what data events a basic selector wants: those of the whole type or of resources whose ARN begins with a value.
func (s *Service) dataResource(in *api.DataResource) (DataResource, error) {
	r := DataResource{Values: slices.Clone(in.Values)}
	setText(&r.Type, in.Type)
	service, whole := basicType(r.Type, s.Partition)
	if service == "" {
		return r, invalidSelectors("Value %s for DataResources.Type is invalid.", r.Type)
	}
	if len(r.Values) == 0 {
		return r, invalidSelectors("DataResources.Values must have at least one value.")
	}
	for _, v := range r.Values {
		if slices.Contains(whole, v) {
			continue
		}
		a, err := arn.Parse(v)
		if err != nil || a.Service != service || strings.ContainsAny(v, "*?") || r.Type == typeS3Object && !strings.Contains(a.Resource, "/") {
			return r, invalidSelectors("Value %s for DataResources.Values is invalid.", v)
		}
	}
	return r, nil
}

// The types that basic selectors know.
const (
	typeS3Object       = "AWS::S3::Object"
	typeLambdaFunction = "AWS::Lambda::Function"
	typeDynamoTable    = "AWS::DynamoDB::Table"
)

// basicType answers the service of a type, and the values that mean all of the type.
func basicType(kind, partition string) (service string, whole []string) {
	prefix := "arn:" + partition + ":"
	switch kind {
	case typeS3Object:
		return "s3", []string{prefix + "s3", prefix + "s3:::"}
	case typeLambdaFunction:
		return "lambda", []string{prefix + "lambda"}
	case typeDynamoTable:
		return "dynamodb", []string{prefix + "dynamodb"}
	}
	return "", nil
}

// checkAdvanced refuses what a trail cannot select.
func checkAdvanced(list selector.Selectors) error {
	if err := list.Check(selector.Trail); err != nil {
		return invalidSelectors("%v.", err)
	}
	return nil
}

// advancedSelectors reads selectors as the API has them.
func advancedSelectors(in []api.AdvancedEventSelector) selector.Selectors {
	out := make(selector.Selectors, len(in))
	for i := range in {
		setText(&out[i].Name, in[i].Name)
		for _, f := range in[i].FieldSelectors {
			out[i].Fields = append(out[i].Fields, selector.Field{
				Field: *f.Field, Equals: f.Equals, StartsWith: f.StartsWith, EndsWith: f.EndsWith,
				NotEquals: f.NotEquals, NotStartsWith: f.NotStartsWith, NotEndsWith: f.NotEndsWith,
			})
		}
	}
	return out
}

// shownAdvanced are selectors as the API has them.
func shownAdvanced(list selector.Selectors) []api.AdvancedEventSelector {
	out := make([]api.AdvancedEventSelector, len(list))
	for i := range list {
		out[i].Name = wire.Optional(list[i].Name)
		for j := range list[i].Fields {
			f := &list[i].Fields[j]
			out[i].FieldSelectors = append(out[i].FieldSelectors, api.AdvancedFieldSelector{
				Field: &f.Field, Equals: f.Equals, StartsWith: f.StartsWith, EndsWith: f.EndsWith,
				NotEquals: f.NotEquals, NotStartsWith: f.NotStartsWith, NotEndsWith: f.NotEndsWith,
			})
		}
	}
	return out
}

// shownSelectors are the trail's selectors of either kind.
func shownSelectors(t *Trail) (basic []api.EventSelector, advanced []api.AdvancedEventSelector) {
	if len(t.Advanced) > 0 {
		return nil, shownAdvanced(t.Advanced)
	}
	basic = make([]api.EventSelector, len(t.Basic))
	for i := range t.Basic {
		e := &t.Basic[i]
		basic[i] = api.EventSelector{
			ReadWriteType: &e.ReadWrite, IncludeManagementEvents: &e.Management, DataResources: []api.DataResource{}, ExcludeManagementEventSources: []string{},
		}
		basic[i].ExcludeManagementEventSources = append(basic[i].ExcludeManagementEventSources, e.Excluded...)
		for j := range e.Data {
			basic[i].DataResources = append(basic[i].DataResources, api.DataResource{Type: &e.Data[j].Type, Values: e.Data[j].Values})
		}
	}
	return basic, nil
}
