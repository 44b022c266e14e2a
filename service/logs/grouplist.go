package logs

import (
	"regexp"
	"strings"

	api "vauban/api/logs"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// groupsDescribed is the page of DescribeLogGroups. API reference: "DescribeLogGroups".
const groupsDescribed = 50

func (s *Service) describeGroups(c *service.Call, in *api.DescribeLogGroupsInput) (*api.DescribeLogGroupsOutput, error) {
	prefix, pattern := wire.Text(in.LogGroupNamePrefix), strings.ToLower(wire.Text(in.LogGroupNamePattern))
	if prefix != "" && pattern != "" {
		return nil, invalid("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
	}
	if err := ownAccount(c, in.AccountIdentifiers, in.IncludeLinkedAccounts); err != nil {
		return nil, err
	}
	named := map[string]bool{}
	for _, id := range in.LogGroupIdentifiers {
		name, err := groupName(c, id)
		if err != nil {
			return nil, err
		}
		named[name] = true
	}
	p, err := s.pageOf(c, "groups", in.Limit, groupsDescribed, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeLogGroupsOutput{LogGroups: []api.LogGroup{}}
	out.NextToken, err = visit(s, c, p, groups, store.K(c.Account, c.Region).Extend(), func(g *Group) (bool, error) {
		switch {
		case !strings.HasPrefix(g.Name, prefix), !strings.Contains(strings.ToLower(g.Name), pattern), len(named) > 0 && !named[g.Name],
			in.LogGroupClass != nil && *in.LogGroupClass != g.Class:
			return false, nil
		}
		shown, err := s.shown(c.Tx, g)
		if err == nil {
			out.LogGroups = append(out.LogGroups, *shown)
		}
		return true, err
	})
	return out, err
}

// shown is a group as AWS describes it.
func (s *Service) shown(tx store.Tx, g *Group) (*api.LogGroup, error) {
	size := int64(0)
	x, err := stored.Get(tx, store.K(g.ID))
	if err == nil {
		size = x.Bytes
	} else if !store.IsAbsent(err) {
		return nil, err
	}
	filters, err := metricFilters.Count(tx, groups.Key(g), 0)
	if err != nil {
		return nil, err
	}
	out := &api.LogGroup{
		LogGroupName: &g.Name, Arn: new(g.arn() + ":*"), LogGroupArn: new(g.arn()), CreationTime: new(g.Created.UnixMilli()), LogGroupClass: &g.Class,
		StoredBytes: &size, MetricFilterCount: new(int64(filters)), KmsKeyId: wire.Optional(g.Key), DeletionProtectionEnabled: &g.Protected,
	}
	if err := showGuards(tx, g, out); err != nil {
		return nil, err
	}
	if g.Retention > 0 {
		out.RetentionInDays = &g.Retention
	}
	return out, nil
}

func (s *Service) listGroups(c *service.Call, in *api.ListLogGroupsInput) (*api.ListLogGroupsOutput, error) {
	if len(in.DataSources) > 0 {
		return nil, notBuilt("dataSources")
	}
	if err := ownAccount(c, in.AccountIdentifiers, in.IncludeLinkedAccounts); err != nil {
		return nil, err
	}
	pattern, err := regexp.Compile("(?i)" + wire.Text(in.LogGroupNamePattern))
	if err != nil {
		return nil, invalid("The specified logGroupNamePattern is invalid.")
	}
	p, err := s.pageOf(c, "names", in.Limit, groupsDescribed, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.ListLogGroupsOutput{LogGroups: []api.LogGroupSummary{}}
	out.NextToken, err = visit(s, c, p, groups, store.K(c.Account, c.Region).Extend(), func(g *Group) (bool, error) {
		if !pattern.MatchString(g.Name) || in.LogGroupClass != nil && *in.LogGroupClass != g.Class || !tagged(g, in.LogGroupTags) {
			return false, nil
		}
		if has, err := indexes(c.Tx, g, in.FieldIndexNames); err != nil || !has {
			return false, err
		}
		out.LogGroups = append(out.LogGroups, api.LogGroupSummary{LogGroupName: &g.Name, LogGroupArn: new(g.arn()), LogGroupClass: &g.Class})
		return true, nil
	})
	return out, err
}

// tagged reports whether the group has tags that the filters ask for: every key, with any of its values. A value may be negated with a leading
// ! and open at either end with *.
func tagged(g *Group, filters []api.TagFilter) bool {
	for _, f := range filters {
		value, ok := g.Tags[wire.Text(f.Key)]
		if !ok {
			return false
		}
		matched := len(f.Values) == 0
		for _, v := range f.Values {
			v, not := strings.CutPrefix(v, "!")
			matched = matched || openMatch(v, value) != not
		}
		if !matched {
			return false
		}
	}
	return true
}

func openMatch(pattern, value string) bool {
	inner, before := strings.CutPrefix(pattern, "*")
	inner, after := strings.CutSuffix(inner, "*")
	switch {
	case before && after:
		return strings.Contains(value, inner)
	case before:
		return strings.HasSuffix(value, inner)
	case after:
		return strings.HasPrefix(value, inner)
	}
	return value == inner
}

// ownAccount refuses to look into other accounts: there are no linked ones.
func ownAccount(c *service.Call, accounts []string, linked *bool) error {
	for _, a := range accounts {
		if a != c.Account {
			return notBuilt("Looking into other accounts with accountIdentifiers")
		}
	}
	if linked != nil && *linked {
		return notBuilt("includeLinkedAccounts")
	}
	return nil
}
