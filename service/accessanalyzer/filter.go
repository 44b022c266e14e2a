package accessanalyzer

import (
	"slices"
	"strconv"
	"strings"

	api "vauban/api/accessanalyzer"
)

// filter is what findings must have, by attribute. IAM User Guide: "IAM Access Analyzer filter keys".
type filter map[string]criterion

// criterion is what one attribute must be; all its members must hold.
type criterion struct {
	Eq       []string `json:"eq,omitempty"`
	Neq      []string `json:"neq,omitempty"`
	Contains []string `json:"contains,omitempty"`
	Exists   *bool    `json:"exists,omitempty"`
}

// filterable reports whether findings can be filtered by the attribute.
func filterable(key string) bool {
	switch key {
	case "id", "resource", "resourceType", "resourceOwnerAccount", "isPublic", "status", "error", "action", "findingType", "createdAt", "updatedAt", "analyzedAt",
		"principal.AWS", "principal.Federated", "principal.CanonicalUser", "resourceControlPolicyRestriction":
		return true
	}
	return strings.HasPrefix(key, "condition.") && key != "condition."
}

func readFilter(in map[string]api.Criterion) (filter, error) {
	out := filter{}
	for key, c := range in {
		if !filterable(key) {
			return nil, invalid("Invalid filter key: %s", key)
		}
		if c.Eq == nil && c.Neq == nil && c.Contains == nil && c.Exists == nil {
			return nil, invalid("The filter of %s has no criterion: give eq, neq, contains or exists.", key)
		}
		out[key] = criterion{c.Eq, c.Neq, c.Contains, c.Exists}
	}
	return out, nil
}

func (f filter) shown() map[string]api.Criterion {
	out := map[string]api.Criterion{}
	for k, c := range f {
		out[k] = api.Criterion{Eq: c.Eq, Neq: c.Neq, Contains: c.Contains, Exists: c.Exists}
	}
	return out
}

// matches reports whether a finding has what all criteria ask.
func (f filter) matches(x *Finding) bool {
	for key, c := range f {
		if !c.matches(x.attribute(key)) {
			return false
		}
	}
	return true
}

func (c *criterion) matches(values []string) bool {
	has := func(v string) bool { return slices.Contains(values, v) }
	part := func(v string) bool {
		return slices.ContainsFunc(values, func(x string) bool { return strings.Contains(x, v) })
	}
	return (c.Exists == nil || *c.Exists == (len(values) > 0)) &&
		(c.Eq == nil || slices.ContainsFunc(c.Eq, has)) &&
		(c.Neq == nil || !slices.ContainsFunc(c.Neq, has)) &&
		(c.Contains == nil || slices.ContainsFunc(c.Contains, part))
}

// attribute returns the values of an attribute.
func (x *Finding) attribute(key string) []string {
	one := func(v string) []string {
		if v == "" {
			return nil
		}
		return []string{v}
	}
	switch key {
	case "id":
		return one(x.ID)
	case "resource":
		return one(x.Resource)
	case "resourceType":
		return one(x.ResourceType)
	case "resourceOwnerAccount":
		return one(x.Owner)
	case "isPublic":
		if x.Type != api.FindingTypeExternalAccess {
			return nil
		}
		return one(strconv.FormatBool(x.Public))
	case "status":
		return one(x.Status)
	case "error":
		return one(x.Error)
	case "action":
		return x.Actions
	case "findingType":
		return one(x.Type)
	case "createdAt":
		return one(stamp(x.Created))
	case "updatedAt":
		return one(stamp(x.Updated))
	case "analyzedAt":
		return one(stamp(x.Analyzed))
	}
	if kind, ok := strings.CutPrefix(key, "principal."); ok {
		return one(x.Principal[kind])
	}
	if name, ok := strings.CutPrefix(key, "condition."); ok {
		for k, v := range x.Condition {
			if strings.EqualFold(k, name) {
				return strings.Split(v, ",")
			}
		}
	}
	return nil
}
