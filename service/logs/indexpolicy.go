package logs

import (
	"encoding/json"
	"slices"
	"time"

	api "vauban/api/logs"
	"vauban/service"
	"vauban/store"
)

// IndexPolicy names the fields of a group whose values are indexed: queries pass over the chunks that cannot have what they look for. It holds for events that
// come later. API reference: "PutIndexPolicy".
type IndexPolicy struct {
	Account, Region, Group string

	Document string
	Updated  time.Time
}

var indexPolicies = &store.Table[IndexPolicy]{
	Name: "logs.indexpolicy",
	Key:  func(p *IndexPolicy) store.Key { return store.K(p.Account, p.Region, p.Group) },
}

// Bounds of a policy. User Guide: "Field index syntax and quotas".
const (
	maxIndexed   = 20
	maxFieldName = 100
	indexLooks   = 10_000 // chunks of a group, when its indexes are described
)

func (s *Service) indexOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPutIndexPolicy, onGroup(s, func(in *api.PutIndexPolicyInput) (a, b *string) { return nil, in.LogGroupIdentifier }), s.putIndexPolicy),
		service.Writes(api.OpDeleteIndexPolicy, onGroup(s, func(in *api.DeleteIndexPolicyInput) (a, b *string) { return nil, in.LogGroupIdentifier }), s.deleteIndexPolicy),
		service.Reads(api.OpDescribeIndexPolicies, func(c *service.Call, in *api.DescribeIndexPoliciesInput) ([]service.Question, error) {
			return s.askIdentified(c, in.LogGroupIdentifiers)
		}, s.describeIndexPolicies),
		service.Reads(api.OpDescribeFieldIndexes, func(c *service.Call, in *api.DescribeFieldIndexesInput) ([]service.Question, error) {
			return s.askIdentified(c, in.LogGroupIdentifiers)
		}, s.describeFieldIndexes),
	}
}

// askIdentified asks about groups by their names or ARNs.
func (s *Service) askIdentified(c *service.Call, identifiers []string) ([]service.Question, error) {
	var names []string
	for _, id := range identifiers {
		name, err := groupName(c, id)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return s.askAll(c, names)
}

// identified are the groups that askIdentified has found.
func identified(c *service.Call) ([]*Group, error) {
	var out []*Group
	all, _ := c.Found.([]*finding)
	for _, f := range all {
		if f.group == nil {
			return nil, noGroup()
		}
		out = append(out, f.group)
	}
	return out, nil
}

// indexedFields reads a policy's document: {"Fields": ["requestId"]}.
func indexedFields(document string) ([]string, error) {
	var p struct {
		Fields   []string
		FieldsV2 json.RawMessage
	}
	if err := json.Unmarshal([]byte(document), &p); err != nil {
		return nil, invalid("The policy document is invalid: write {\"Fields\": [\"requestId\"]}.")
	}
	if p.FieldsV2 != nil {
		return nil, notBuilt("FieldsV2 (facets) of a field index policy")
	}
	slices.Sort(p.Fields)
	fields := slices.Compact(p.Fields)
	if len(fields) == 0 || len(fields) > maxIndexed {
		return nil, invalid("The policy document is invalid: it must have 1 to %d fields.", maxIndexed)
	}
	for _, f := range fields {
		if f == "" || len(f) > maxFieldName {
			return nil, invalid("The policy document is invalid: the name of a field has 1 to %d characters.", maxFieldName)
		}
	}
	return fields, nil
}

func (s *Service) putIndexPolicy(c *service.Call, in *api.PutIndexPolicyInput) (*api.PutIndexPolicyOutput, error) {
	g, err := s.standardGroup(c)
	if err != nil {
		return nil, err
	}
	if _, err := indexedFields(*in.PolicyDocument); err != nil {
		return nil, err
	}
	p := &IndexPolicy{Account: g.Account, Region: g.Region, Group: g.Name, Document: *in.PolicyDocument, Updated: c.Time}
	return &api.PutIndexPolicyOutput{IndexPolicy: p.shown(g)}, indexPolicies.Put(c.Tx, p)
}

func (p *IndexPolicy) shown(g *Group) *api.IndexPolicy {
	return &api.IndexPolicy{LogGroupIdentifier: new(g.arn()), PolicyDocument: &p.Document, LastUpdateTime: new(p.Updated.UnixMilli()), Source: new(api.IndexSourceLogGroup)}
}

func (s *Service) deleteIndexPolicy(c *service.Call, _ *api.DeleteIndexPolicyInput) (*api.DeleteIndexPolicyOutput, error) {
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	err = indexPolicies.Delete(c.Tx, groups.Key(g))
	if store.IsAbsent(err) {
		return nil, api.ResourceNotFoundException.New("The specified log group has no field index policy.")
	}
	return &api.DeleteIndexPolicyOutput{}, err
}

// indexPolicyOf is the policy that holds for a group, nil without one: its own, or the account's.
func indexPolicyOf(tx store.Tx, g *Group, account []*AccountPolicy) (*api.IndexPolicy, error) {
	if g.Class != api.LogGroupClassStandard {
		return nil, nil
	}
	p, err := indexPolicies.Get(tx, groups.Key(g))
	if err == nil {
		return p.shown(g), nil
	}
	if !store.IsAbsent(err) {
		return nil, err
	}
	if a := selected(account, api.PolicyTypeFieldIndexPolicy, g.Name); a != nil {
		return &api.IndexPolicy{
			LogGroupIdentifier: new(g.arn()), PolicyDocument: &a.Document, PolicyName: &a.Name, LastUpdateTime: new(a.Updated.UnixMilli()), Source: new(api.IndexSourceAccount),
		}, nil
	}
	return nil, nil
}

// fieldsOf are the fields of a group that are indexed.
func fieldsOf(tx store.Tx, g *Group, account []*AccountPolicy) ([]string, error) {
	p, err := indexPolicyOf(tx, g, account)
	if err != nil || p == nil {
		return nil, err
	}
	return indexedFields(*p.PolicyDocument)
}

func (s *Service) describeIndexPolicies(c *service.Call, _ *api.DescribeIndexPoliciesInput) (*api.DescribeIndexPoliciesOutput, error) {
	all, err := identified(c)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeIndexPoliciesOutput{IndexPolicies: []api.IndexPolicy{}} // there is one group at most
	for _, g := range all {
		account, err := policiesOn(c.Tx, g)
		if err != nil {
			return nil, err
		}
		p, err := indexPolicyOf(c.Tx, g, account)
		if err != nil {
			return nil, err
		}
		if p != nil {
			out.IndexPolicies = append(out.IndexPolicies, *p)
		}
	}
	return out, nil
}

func (s *Service) describeFieldIndexes(c *service.Call, in *api.DescribeFieldIndexesInput) (*api.DescribeFieldIndexesOutput, error) {
	all, err := identified(c)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeFieldIndexesOutput{FieldIndexes: []api.FieldIndex{}} // fewer than a page has
	if len(in.IndexCategories) > 0 && !slices.Contains(in.IndexCategories, api.IndexCategoryCustom) {
		return out, nil
	}
	for _, g := range all {
		account, err := policiesOn(c.Tx, g)
		if err != nil {
			return nil, err
		}
		fields, err := fieldsOf(c.Tx, g, account)
		if err != nil || len(fields) == 0 {
			if err != nil {
				return nil, err
			}
			continue
		}
		list, err := indexesShown(c, g, fields)
		if err != nil {
			return nil, err
		}
		out.FieldIndexes = append(out.FieldIndexes, list...)
	}
	return out, nil
}

// indexesShown tells which events each index has, of as many chunks as a listing looks at.
func indexesShown(c *service.Call, g *Group, fields []string) ([]api.FieldIndex, error) {
	spans, seen := map[string][2]int64{}, 0
	_, err := store.Visit(c.Tx, chunks, store.K(g.ID), nil, func(k *Chunk) bool {
		for _, f := range k.Indexed {
			span, known := spans[f]
			if !known {
				span = [2]int64{k.First, k.Last}
			}
			spans[f] = [2]int64{min(span[0], k.First), max(span[1], k.Last)}
		}
		seen++
		return seen < indexLooks
	})
	if err != nil {
		return nil, err
	}
	var out []api.FieldIndex
	for _, f := range fields {
		one := api.FieldIndex{FieldIndexName: &f, LogGroupIdentifier: new(g.arn()), Type: new(api.IndexTypeFieldIndex), IndexCategory: new(api.IndexCategoryCustom), LastScanTime: new(c.Time.UnixMilli())}
		if span, ok := spans[f]; ok {
			one.FirstEventTime, one.LastEventTime = &span[0], &span[1]
		}
		out = append(out, one)
	}
	return out, nil
}

func (s *Service) checkIndexPolicy(_ *service.Call, p *AccountPolicy) error {
	if _, err := indexedFields(p.Document); err != nil {
		return err
	}
	_, err := prefixSelection(p.Selection)
	return err
}

// indexes reports whether all the fields of a group are indexed.
func indexes(tx store.Tx, g *Group, names []string) (bool, error) {
	if len(names) == 0 {
		return true, nil
	}
	account, err := policiesOn(tx, g)
	if err != nil {
		return false, err
	}
	fields, err := fieldsOf(tx, g, account)
	for _, n := range names {
		if !slices.Contains(fields, n) {
			return false, err
		}
	}
	return true, err
}
