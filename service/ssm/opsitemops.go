package ssm

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	api "vauban/api/ssm"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

func ownOpsItem(c *service.Call, id string) (*OpsItem, error) {
	if o := foundIn(c).opsItem; o != nil {
		return o, nil
	}
	return nil, api.OpsItemNotFoundException.New("The OpsItem %s does not exist.", id)
}

func (s *Service) updateOpsItem(c *service.Call, in *api.UpdateOpsItemInput) (*api.UpdateOpsItemOutput, error) {
	o, err := ownOpsItem(c, *in.OpsItemId)
	if err != nil {
		return nil, err
	}
	if in.Notifications != nil {
		return nil, badOpsItem("Notifications", "Notifications are not built in this version of Vauban: have an EventBridge rule send them.")
	}
	if in.PlannedStartTime != nil || in.PlannedEndTime != nil || in.ActualStartTime != nil || in.ActualEndTime != nil {
		return nil, badOpsItem("PlannedStartTime", "Planned and actual times are those of change requests, which are not built in this version of Vauban.")
	}
	if in.Status != nil {
		if !slices.Contains([]string{api.OpsItemStatusOpen, api.OpsItemStatusInProgress, api.OpsItemStatusResolved}, *in.Status) {
			return nil, badOpsItem("Status", "The status %s is one of change requests. OpsItems are Open, InProgress or Resolved.", *in.Status)
		}
		o.Status = *in.Status
	}
	for to, from := range map[*string]*string{&o.Title: in.Title, &o.Description: in.Description, &o.Category: in.Category, &o.Severity: in.Severity} {
		if from != nil {
			*to = *from
		}
	}
	if in.Priority != nil {
		o.Priority = *in.Priority
	}
	if in.RelatedOpsItems != nil {
		o.Related = relatedIDs(in.RelatedOpsItems)
	}
	for _, k := range in.OperationalDataToDelete {
		delete(o.Data, k)
	}
	if err := o.add(in.OperationalData); err != nil {
		return nil, err
	}
	if err := o.unlike(c.Tx); err != nil {
		return nil, err
	}
	o.Modified, o.ModifiedBy = c.Time, c.Caller.ARN
	o.Version++
	return &api.UpdateOpsItemOutput{}, opsItems.Update(c.Tx, o)
}

func (s *Service) getOpsItem(c *service.Call, in *api.GetOpsItemInput) (*api.GetOpsItemOutput, error) {
	o, err := ownOpsItem(c, *in.OpsItemId)
	if err != nil {
		return nil, err
	}
	m := o.summary()
	out := &api.OpsItem{
		OpsItemId: m.OpsItemId, OpsItemArn: new(opsItemARN(c.Partition, o.Region, o.Account, o.ID)), OpsItemType: m.OpsItemType, Title: m.Title,
		Description: &o.Description, Source: m.Source, Status: m.Status, Category: m.Category, Severity: m.Severity, Priority: m.Priority,
		CreatedBy: m.CreatedBy, CreatedTime: m.CreatedTime, LastModifiedBy: m.LastModifiedBy, LastModifiedTime: m.LastModifiedTime,
		OperationalData: m.OperationalData, Version: new(strconv.FormatInt(o.Version, 10)), RelatedOpsItems: []api.RelatedOpsItem{},
	}
	for _, id := range o.Related {
		out.RelatedOpsItems = append(out.RelatedOpsItems, api.RelatedOpsItem{OpsItemId: &id})
	}
	return &api.GetOpsItemOutput{OpsItem: out}, nil
}

func (o *OpsItem) summary() *api.OpsItemSummary {
	out := &api.OpsItemSummary{
		OpsItemId: &o.ID, OpsItemType: new("/aws/issue"), Title: &o.Title, Source: &o.Source, Status: &o.Status, Category: wire.Optional(o.Category),
		Severity: wire.Optional(o.Severity), CreatedBy: &o.CreatedBy, CreatedTime: &o.Created, LastModifiedBy: &o.ModifiedBy, LastModifiedTime: &o.Modified,
		OperationalData: map[string]api.OpsItemDataValue{},
	}
	if o.Priority != 0 {
		out.Priority = &o.Priority
	}
	for k, d := range o.Data {
		out.OperationalData[k] = api.OpsItemDataValue{Type: &d.Type, Value: &d.Value}
	}
	return out
}

// describeOpsItems lists OpsItems, the latest first.
func (s *Service) describeOpsItems(c *service.Call, in *api.DescribeOpsItemsInput) (*api.DescribeOpsItemsOutput, error) {
	for _, f := range in.OpsItemFilters {
		if err := checkOpsFilter(&f); err != nil {
			return nil, err
		}
	}
	filter, err := json.Marshal(in.OpsItemFilters)
	if err != nil {
		return nil, fmt.Errorf("write the filters: %w", err)
	}
	out := &api.DescribeOpsItemsOutput{OpsItemSummaries: []api.OpsItemSummary{}}
	out.NextToken, err = visit(s, c.Tx, opsItems, store.K(c.Account, c.Region), string(filter), in.MaxResults, in.NextToken, func(o *OpsItem) bool {
		for _, f := range in.OpsItemFilters {
			if !slices.ContainsFunc(f.Values, func(v string) bool { return o.has(*f.Key, *f.Operator, v) }) {
				return false
			}
		}
		out.OpsItemSummaries = append(out.OpsItemSummaries, *o.summary())
		return true
	})
	return out, err
}

func checkOpsFilter(f *api.OpsItemFilter) error {
	switch *f.Key {
	case "Status", "OpsItemId", "Source", "Severity", "Category", "Priority", "OpsItemType", "CreatedBy", "OperationalDataKey":
		if *f.Operator == api.OpsItemFilterOperatorEqual {
			return nil
		}
	case "Title", "OperationalDataValue":
		if *f.Operator == api.OpsItemFilterOperatorEqual || *f.Operator == api.OpsItemFilterOperatorContains {
			return nil
		}
	case "CreatedTime", "LastModifiedTime":
		if *f.Operator == api.OpsItemFilterOperatorGreaterThan || *f.Operator == api.OpsItemFilterOperatorLessThan {
			for _, v := range f.Values {
				if _, err := time.Parse(time.RFC3339, v); err != nil {
					return invalid("The value %s of the filter %s is not a time like 2026-01-02T03:04:05Z.", clipped(v), *f.Key)
				}
			}
			return nil
		}
	default:
		return invalid("The filter %s is not built in this version of Vauban.", *f.Key)
	}
	return invalid("The filter %s does not take the operator %s.", *f.Key, *f.Operator)
}

func (o *OpsItem) has(key, operator, value string) bool {
	plain := map[string]string{
		"Status": o.Status, "OpsItemId": o.ID, "Source": o.Source, "Severity": o.Severity, "Category": o.Category, "Title": o.Title,
		"Priority": strconv.FormatInt(o.Priority, 10), "OpsItemType": "/aws/issue", "CreatedBy": o.CreatedBy,
	}
	switch key {
	case "CreatedTime", "LastModifiedTime":
		at, have := o.Created, value
		if key == "LastModifiedTime" {
			at = o.Modified
		}
		limit, err := time.Parse(time.RFC3339, have)
		return err == nil && (operator == api.OpsItemFilterOperatorGreaterThan && at.After(limit) || operator == api.OpsItemFilterOperatorLessThan && at.Before(limit))
	case "OperationalDataKey":
		_, ok := o.Data[value]
		return ok
	case "OperationalDataValue":
		for _, d := range o.Data {
			if d.Value == value || operator == api.OpsItemFilterOperatorContains && strings.Contains(d.Value, value) {
				return true
			}
		}
		return false
	}
	if operator == api.OpsItemFilterOperatorContains {
		return strings.Contains(plain[key], value)
	}
	return plain[key] == value
}
