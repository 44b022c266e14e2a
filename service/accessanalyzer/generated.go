package accessanalyzer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	api "vauban/api/accessanalyzer"
	"vauban/engine/catalog"
	"vauban/engine/policy"
	"vauban/engine/policy/replay"
	"vauban/service"
)

// readStep is how many entries of the log are read at once.
const readStep = 2048

// gather reads from the log what the principal was allowed to do in the period.
func (s *Service) gather(c *service.Call, g *Generation, id string) error {
	after, last, err := s.Log.Span(c, g.Start)
	if err != nil {
		return err
	}
	seen := map[string]string{} // by the name in lower case
	for after < last {
		entries, err := s.Log.Read(c, after, readStep)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			after = e.Seq
			if e.Seq > last || len(e.Authz) == 0 || e.Time.Before(g.Start) || e.Time.After(g.End) || !g.covers(e.Region) || !bytes.Contains(e.Authz, []byte(id)) {
				continue
			}
			call, err := replay.Decode(e.Authz, e.Time)
			if err != nil {
				g.Partial = true // of a later version, perhaps
				continue
			}
			if !strings.HasPrefix(call.Principal.ID, id) {
				continue
			}
			for _, q := range call.Questions {
				if q.Decision == policy.Allow {
					seen[strings.ToLower(q.Action)] = q.Action
				}
			}
		}
	}
	for _, name := range seen {
		g.Actions = append(g.Actions, name)
	}
	slices.Sort(g.Actions)
	return nil
}

func (s *Service) getGeneratedPolicy(c *service.Call, in *api.GetGeneratedPolicyInput) (*api.GetGeneratedPolicyOutput, error) {
	g, err := theGeneration(c, *in.JobId)
	if err != nil {
		return nil, err
	}
	ref, err := s.reference()
	if err != nil {
		return nil, err
	}
	text, err := g.policy(ref.catalog, in.IncludeResourcePlaceholders != nil && *in.IncludeResourcePlaceholders)
	if err != nil {
		return nil, err
	}
	out := &api.GetGeneratedPolicyOutput{
		JobDetails:            &api.JobDetails{JobId: &g.ID, Status: new(api.JobStatusSucceeded), StartedOn: &g.Started, CompletedOn: &g.Completed},
		GeneratedPolicyResult: &api.GeneratedPolicyResult{Properties: g.properties()},
	}
	if text != "" {
		out.GeneratedPolicyResult.GeneratedPolicies = []api.GeneratedPolicy{{Policy: &text}}
	}
	return out, nil
}

func (g *Generation) properties() *api.GeneratedPolicyProperties {
	out := &api.GeneratedPolicyProperties{PrincipalArn: &g.Principal, IsComplete: new(!g.Partial)}
	if len(g.Trails) == 0 {
		return out
	}
	out.CloudTrailProperties = &api.CloudTrailProperties{StartTime: &g.Start, EndTime: &g.End}
	for _, t := range g.Trails {
		out.CloudTrailProperties.TrailProperties = append(out.CloudTrailProperties.TrailProperties, api.TrailProperties{CloudTrailArn: &t.ARN, AllRegions: &t.All, Regions: t.Regions})
	}
	return out
}

// written is a statement of a generated policy.
type written struct {
	Effect   string
	Action   []string
	Resource any
}

// policy writes the policy, "" when nothing was used. With placeholders, actions that can be granted on resources of the same types share
// a statement with the formats of their ARNs.
func (g *Generation) policy(cat *catalog.Catalog, placeholders bool) (string, error) {
	groups := map[string]*written{}
	var order []string
	for _, name := range g.Actions {
		var formats []string
		if placeholders {
			formats = formatsOf(cat, name)
		}
		service, _, _ := strings.Cut(name, ":")
		key := strings.Join(formats, " ")
		if key != "" {
			key = service + " " + key
		}
		if groups[key] == nil {
			groups[key] = &written{Effect: "Allow", Resource: "*"}
			if len(formats) > 0 {
				groups[key].Resource = formats
			}
			order = append(order, key)
		}
		groups[key].Action = append(groups[key].Action, name)
	}
	if len(order) == 0 {
		return "", nil
	}
	slices.Sort(order)
	doc := struct {
		Version   string
		Statement []*written
	}{Version: policy.Version2012}
	for _, k := range order {
		doc.Statement = append(doc.Statement, groups[k])
	}
	b, err := json.Marshal(doc)
	if err != nil {
		return "", fmt.Errorf("write the generated policy: %w", err)
	}
	return string(b), nil
}

// formatsOf are the formats of the ARNs on which an action can be granted; none when it is granted on "*" only.
func formatsOf(cat *catalog.Catalog, name string) []string {
	a, ok := cat.Action(name)
	prefix, _, _ := strings.Cut(name, ":")
	service, ok2 := cat.Service(prefix)
	if !ok || !ok2 {
		return nil
	}
	var out []string
	for _, u := range a.Resources {
		if t, ok := service.ResourceType(u.Type); ok {
			out = append(out, t.ARN)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
