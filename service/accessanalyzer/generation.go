package accessanalyzer

import (
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	api "vauban/api/accessanalyzer"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/store"
)

// Generation is a policy generation as stored: what a principal was seen to use in a period. The policy is written when it is asked for.
type Generation struct {
	Account   string    `json:"account"`
	Region    string    `json:"region"`
	ID        string    `json:"id"`
	Principal string    `json:"principal"`
	Started   time.Time `json:"started"`
	Completed time.Time `json:"completed"`
	Start     time.Time `json:"start"`
	End       time.Time `json:"end"`
	Trails    []trail   `json:"trails,omitempty"`
	Actions   []string  `json:"actions,omitempty"` // with prefix, in order
	Partial   bool      `json:"partial,omitempty"` // the log holds calls whose questions cannot be read
}

// trail is a trail of the request. Only its regions matter.
type trail struct {
	ARN     string   `json:"arn"`
	All     bool     `json:"all,omitempty"`
	Regions []string `json:"regions,omitempty"`
}

var generations = &store.Table[Generation]{
	Name: "accessanalyzer.generation",
	Key:  func(g *Generation) store.Key { return store.K(g.Account, g.Region, g.ID) },
}

const (
	// defaultPeriod is how far back a request without a period reaches, and largestPeriod how long one may be. IAM User Guide: "IAM
	// Access Analyzer policy generation".
	defaultPeriod = 90 * day
	largestPeriod = 90 * day
	// keepGenerations bounds the generations that are kept of one account and region; the oldest give way.
	keepGenerations = 100
)

func (s *Service) generationOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpStartPolicyGeneration, onAll[api.StartPolicyGenerationInput], inTurn(s, s.startPolicyGeneration)),
		service.Writes(api.OpCancelPolicyGeneration, onAll[api.CancelPolicyGenerationInput], s.cancelPolicyGeneration),
		service.Reads(api.OpGetGeneratedPolicy, onAll[api.GetGeneratedPolicyInput], s.getGeneratedPolicy),
		service.Reads(api.OpListPolicyGenerations, onAll[api.ListPolicyGenerationsInput], s.listPolicyGenerations),
	}
}

// startPolicyGeneration reads the log at once: when it answers, the generation is complete.
func (s *Service) startPolicyGeneration(c *service.Call, in *api.StartPolicyGenerationInput) (*api.StartPolicyGenerationOutput, error) {
	g := &Generation{Account: c.Account, Region: c.Region, Principal: *in.PolicyGenerationDetails.PrincipalArn, Started: moment(c)}
	if a, err := arn.Parse(g.Principal); err != nil || a.Account != c.Account {
		return nil, invalid("The principal %s is not of this account.", g.Principal)
	}
	if err := g.period(in.CloudTrailDetails, c.Time); err != nil {
		return nil, err
	}
	var id string
	err := s.Store.Read(c, func(tx store.Tx) (err error) {
		id, err = s.inventory.PrincipalID(tx, g.Principal)
		if store.IsAbsent(err) {
			return invalid("The principal %s does not exist.", g.Principal)
		}
		if err != nil || in.CloudTrailDetails == nil {
			return err
		}
		if _, err = s.inventory.PrincipalID(tx, *in.CloudTrailDetails.AccessRole); store.IsAbsent(err) {
			return invalid("The access role %s does not exist.", *in.CloudTrailDetails.AccessRole)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := s.gather(c, g, id); err != nil {
		return nil, err
	}
	if g.ID, err = newID(s.Rand); err != nil {
		return nil, err
	}
	g.Completed = s.Clock().UTC().Truncate(time.Millisecond)
	err = c.Commit(func(tx store.Tx) error {
		if err := makeRoom(tx, g); err != nil {
			return err
		}
		return generations.Insert(tx, g)
	})
	return &api.StartPolicyGenerationOutput{JobId: &g.ID}, err
}

// period reads which part of the log is asked for.
func (g *Generation) period(in *api.CloudTrailDetails, now time.Time) error {
	g.End = now.UTC().Truncate(time.Second)
	g.Start = g.End.Add(-defaultPeriod)
	if in == nil {
		return nil
	}
	g.Start = in.StartTime.UTC()
	if in.EndTime != nil {
		g.End = in.EndTime.UTC()
	}
	switch {
	case !g.Start.Before(g.End):
		return invalid("The startTime must be before the endTime.")
	case g.End.Sub(g.Start) > largestPeriod+day:
		return invalid("The period must not be longer than %d days.", largestPeriod/day)
	case len(in.Trails) == 0:
		return invalid("The cloudTrailDetails name no trails.")
	}
	for _, t := range in.Trails {
		x := trail{ARN: *t.CloudTrailArn, All: t.AllRegions != nil && *t.AllRegions, Regions: t.Regions}
		if !x.All && len(x.Regions) == 0 {
			x.All = true
		}
		g.Trails = append(g.Trails, x)
	}
	return nil
}

// covers reports whether some trail covers a region.
func (g *Generation) covers(region string) bool {
	return len(g.Trails) == 0 || slices.ContainsFunc(g.Trails, func(t trail) bool { return t.All || slices.Contains(t.Regions, region) })
}

// makeRoom deletes the oldest generation when there are too many.
func makeRoom(tx store.Tx, g *Generation) error {
	list, err := generationsOf(tx, g.Account, g.Region)
	if err != nil || len(list) < keepGenerations {
		return err
	}
	return generations.Delete(tx, generations.Key(list[len(list)-1]))
}

// generationsOf are the generations of an account in a region, newest first.
func generationsOf(tx store.Tx, account, region string) ([]*Generation, error) {
	var out []*Generation
	for g, err := range generations.Each(tx, store.K(account, region)) {
		if err != nil {
			return nil, err
		}
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b *Generation) int {
		if n := b.Started.Compare(a.Started); n != 0 {
			return n
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out, nil
}

func newID(r io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return "", fmt.Errorf("make an ID: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // RFC 9562, version 4
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:], nil
}

func theGeneration(c *service.Call, id string) (*Generation, error) {
	g, err := generations.Get(c.Tx, store.K(c.Account, c.Region, id))
	if store.IsAbsent(err) {
		return nil, invalid("There is no policy generation with the job ID %s.", id)
	}
	return g, err
}

// cancelPolicyGeneration has nothing to cancel: a generation is complete before its ID is known.
func (s *Service) cancelPolicyGeneration(c *service.Call, in *api.CancelPolicyGenerationInput) (*api.CancelPolicyGenerationOutput, error) {
	if _, err := theGeneration(c, *in.JobId); err != nil {
		return nil, err
	}
	return nil, invalid("The policy generation %s is complete and cannot be canceled.", *in.JobId)
}

func (s *Service) listPolicyGenerations(c *service.Call, in *api.ListPolicyGenerationsInput) (*api.ListPolicyGenerationsOutput, error) {
	list, err := generationsOf(c.Tx, c.Account, c.Region)
	if err != nil {
		return nil, err
	}
	var all []api.PolicyGeneration
	for _, g := range list {
		if in.PrincipalArn == nil || *in.PrincipalArn == g.Principal {
			all = append(all, api.PolicyGeneration{JobId: &g.ID, PrincipalArn: &g.Principal, Status: new(api.JobStatusSucceeded), StartedOn: &g.Started, CompletedOn: &g.Completed})
		}
	}
	page, next, err := cut(all, in.NextToken, in.MaxResults, func(g *api.PolicyGeneration) string { return *g.JobId })
	return &api.ListPolicyGenerationsOutput{PolicyGenerations: page, NextToken: next}, err
}
