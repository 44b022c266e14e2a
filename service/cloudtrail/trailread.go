package cloudtrail

import (
	"cmp"
	"slices"
	"strings"

	api "vauban/api/cloudtrail"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// seen are the trails that an account sees in a region, or everywhere: its own and its organization's that have their home there, and
// those that cover all regions from elsewhere. CloudTrail API: "DescribeTrails".
func (s *Service) seen(c *service.Call, everywhere bool) ([]*Trail, error) {
	var out []*Trail
	add := func(t *Trail, err error) error {
		if err == nil && (everywhere || t.Region == c.Region || t.MultiRegion) {
			out = append(out, t)
		}
		return err
	}
	for t, err := range trails.Each(c.Tx, store.K(c.Account)) {
		if err := add(t, err); err != nil {
			return nil, err
		}
	}
	at, err := s.accounts.Standing(c.Tx, c.Account)
	if err != nil {
		return nil, err
	}
	if at.Organization != "" && !at.Management {
		for t, err := range trails.EachRef(c.Tx, "organization", store.K(at.Organization)) {
			if err := add(t, err); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(out, func(a, b *Trail) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Region, b.Region))
	})
	return out, nil
}

// shadow reports whether the trail is another region's, or account's, that shows here.
func (t *Trail) shadow(c *service.Call) bool { return t.Region != c.Region || t.Account != c.Account }

func (s *Service) describeTrails(c *service.Call, in *api.DescribeTrailsInput) (*api.DescribeTrailsOutput, error) {
	shadows := in.IncludeShadowTrails == nil || *in.IncludeShadowTrails
	out := &api.DescribeTrailsOutput{TrailList: []api.Trail{}}
	all, err := s.seen(c, false)
	if err != nil {
		return nil, err
	}
	wanted, err := s.named(c, in.TrailNameList)
	if err != nil {
		return nil, err
	}
	for _, t := range wanted {
		if !slices.ContainsFunc(all, func(o *Trail) bool { return o.ID == t.ID }) {
			all = append(all, t)
		}
	}
	for _, t := range all {
		_, asked := wanted[t.ID]
		byName := slices.Contains(in.TrailNameList, t.Name)
		if len(in.TrailNameList) > 0 && !asked && !byName || t.shadow(c) && !shadows {
			continue
		}
		out.TrailList = append(out.TrailList, *s.shown(c, t))
	}
	return out, nil
}

// named are the trails that a list names by ARN, by ID. Those that do not exist are left out, as DescribeTrails does.
func (s *Service) named(c *service.Call, list []string) (map[string]*Trail, error) {
	out := map[string]*Trail{}
	for _, text := range list {
		if !strings.HasPrefix(text, "arn:") {
			if err := checkName(text); err != nil {
				return nil, err
			}
			continue
		}
		t, err := s.visible(c, c.Tx, text)
		if codeOf(err) == api.TrailNotFoundException.Code {
			continue
		}
		if err != nil {
			return nil, err
		}
		out[t.ID] = t
	}
	return out, nil
}

func (s *Service) getTrail(c *service.Call, in *api.GetTrailInput) (*api.GetTrailOutput, error) {
	t, err := s.visible(c, c.Tx, *in.Name)
	if err != nil {
		return nil, err
	}
	return &api.GetTrailOutput{Trail: s.shown(c, t)}, nil
}

// listTrails lists the trails of all regions. There are few: one page holds them.
func (s *Service) listTrails(c *service.Call, in *api.ListTrailsInput) (*api.ListTrailsOutput, error) {
	if in.NextToken != nil {
		return nil, api.InvalidTokenException.New("The NextToken is not one that ListTrails gave: it answers all trails at once.")
	}
	all, err := s.seen(c, true)
	if err != nil {
		return nil, err
	}
	out := &api.ListTrailsOutput{Trails: []api.TrailInfo{}}
	for _, t := range all {
		out.Trails = append(out.Trails, api.TrailInfo{TrailARN: new(t.ARN(c.Partition)), Name: &t.Name, HomeRegion: &t.Region})
	}
	return out, nil
}

func (s *Service) shown(c *service.Call, t *Trail) *api.Trail {
	return &api.Trail{
		Name: &t.Name, TrailARN: new(t.ARN(c.Partition)), HomeRegion: &t.Region, S3BucketName: &t.Bucket, S3KeyPrefix: wire.Optional(t.Prefix), KmsKeyId: wire.Optional(t.Key),
		SnsTopicARN: wire.Optional(t.Topic), SnsTopicName: wire.Optional(topicName(t.Topic)),
		IncludeGlobalServiceEvents: &t.GlobalEvents, IsMultiRegionTrail: &t.MultiRegion, IsOrganizationTrail: new(t.Organization != ""),
		CloudWatchLogsLogGroupArn: wire.Optional(t.LogGroup), CloudWatchLogsRoleArn: wire.Optional(t.LogRole),
		LogFileValidationEnabled: &t.Validation, HasCustomEventSelectors: new(t.customSelectors()), HasInsightSelectors: new(len(t.Insights) > 0),
	}
}
