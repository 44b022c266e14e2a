package logs

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	api "vauban/api/logs"
	"vauban/engine/logtransform"
	"vauban/service"
	"vauban/store"
)

// Transformer makes JSON of a group's events when they come. What came before it stays as it is. User Guide: "Transform logs during ingestion".
type Transformer struct {
	Account, Region, Group string

	Config            string // JSON: a list of processors
	Created, Modified time.Time
}

var transformers = &store.Table[Transformer]{
	Name: "logs.transformer",
	Key:  func(t *Transformer) store.Key { return store.K(t.Account, t.Region, t.Group) },
}

func (s *Service) transformerOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPutTransformer, onGroup(s, func(in *api.PutTransformerInput) (a, b *string) { return nil, in.LogGroupIdentifier }), s.putTransformer),
		service.Reads(api.OpGetTransformer, onGroup(s, func(in *api.GetTransformerInput) (a, b *string) { return nil, in.LogGroupIdentifier }), s.getTransformer),
		service.Writes(api.OpDeleteTransformer, onGroup(s, func(in *api.DeleteTransformerInput) (a, b *string) { return nil, in.LogGroupIdentifier }), s.deleteTransformer),
		service.Reads(api.OpTestTransformer, onAny[api.TestTransformerInput], s.testTransformer).WithoutState(),
	}
}

// configOf writes processors as the engine reads them, which looks at names of members without their case.
func configOf(list []api.Processor) (string, error) {
	raw, err := json.Marshal(list)
	if err != nil {
		return "", err
	}
	if _, err := logtransform.Compile(raw); err != nil {
		return "", invalid("The transformer is invalid: %v.", err)
	}
	return string(raw), nil
}

func (s *Service) putTransformer(c *service.Call, in *api.PutTransformerInput) (*api.PutTransformerOutput, error) {
	g, err := s.standardGroup(c)
	if err != nil {
		return nil, err
	}
	t := &Transformer{Account: g.Account, Region: g.Region, Group: g.Name, Created: c.Time, Modified: c.Time}
	if t.Config, err = configOf(in.TransformerConfig); err != nil {
		return nil, err
	}
	have, err := transformers.Get(c.Tx, transformers.Key(t))
	switch {
	case err == nil:
		t.Created = have.Created
	case !store.IsAbsent(err):
		return nil, err
	}
	return &api.PutTransformerOutput{}, transformers.Put(c.Tx, t)
}

// getTransformer shows the group's own transformer. A group without one has an empty answer, as in AWS.
func (s *Service) getTransformer(c *service.Call, _ *api.GetTransformerInput) (*api.GetTransformerOutput, error) {
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	t, err := transformers.Get(c.Tx, groups.Key(g))
	if store.IsAbsent(err) {
		return &api.GetTransformerOutput{}, nil
	}
	if err != nil {
		return nil, err
	}
	out := &api.GetTransformerOutput{LogGroupIdentifier: new(g.arn()), CreationTime: new(t.Created.UnixMilli()), LastModifiedTime: new(t.Modified.UnixMilli())}
	return out, json.Unmarshal([]byte(t.Config), &out.TransformerConfig)
}

func (s *Service) deleteTransformer(c *service.Call, _ *api.DeleteTransformerInput) (*api.DeleteTransformerOutput, error) {
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	err = transformers.Delete(c.Tx, groups.Key(g))
	if store.IsAbsent(err) {
		return nil, api.ResourceNotFoundException.New("The specified log group has no transformer.")
	}
	return &api.DeleteTransformerOutput{}, err
}

// testTransformer tries a transformer. Of an event that cannot be transformed it says why, as queries see it.
func (s *Service) testTransformer(c *service.Call, in *api.TestTransformerInput) (*api.TestTransformerOutput, error) {
	config, err := configOf(in.TransformerConfig)
	if err != nil {
		return nil, err
	}
	t, err := s.transforms.compile(config)
	if err != nil {
		return nil, err
	}
	size := 0
	for _, m := range in.LogEventMessages {
		if size += len(m) + overhead; size > maxBatch {
			return nil, invalid("The log event messages must have %d bytes at most together, which is what PutLogEvents takes.", maxBatch)
		}
	}
	out := &api.TestTransformerOutput{TransformedLogs: []api.TransformedLogRecord{}}
	meta := &logtransform.Meta{LogGroup: "test-log-group", LogStream: "test-log-stream", Account: c.Account, Region: c.Region}
	for i, m := range in.LogEventMessages {
		if err := c.Err(); err != nil {
			return nil, err
		}
		made, failed := t.Transform(m, meta)
		if failed != nil {
			raw, err := json.Marshal(map[string]string{"@transformationError": failed.Error()})
			if err != nil {
				return nil, err
			}
			made = string(raw)
		}
		out.TransformedLogs = append(out.TransformedLogs, api.TransformedLogRecord{EventNumber: new(int64(i + 1)), EventMessage: &m, TransformedEventMessage: &made})
	}
	return out, nil
}

// transformerOf is the configuration that holds for a group, "" without one: its own, or the account's.
func transformerOf(tx store.Tx, g *Group, account []*AccountPolicy) (string, error) {
	if g.Class != api.LogGroupClassStandard {
		return "", nil
	}
	t, err := transformers.Get(tx, groups.Key(g))
	if err == nil {
		return t.Config, nil
	}
	if !store.IsAbsent(err) {
		return "", err
	}
	if p := selected(account, api.PolicyTypeTransformerPolicy, g.Name); p != nil {
		return p.Document, nil
	}
	return "", nil
}

// maxMade bounds what is made of the events of one call, in bytes: each may become a megabyte, and all are held until the commit.
const maxMade = 4 * maxBatch

// transform makes the events' JSON, and answers how many could not be. Once it would be too much, none of the rest is made.
func (s *Service) transform(ctx context.Context, g *Group, st *Stream, config string, events []Event) (failed int, err error) {
	t, err := s.transforms.compile(config)
	if err != nil {
		return 0, err
	}
	meta := &logtransform.Meta{LogGroup: g.Name, LogStream: st.Name, Account: g.Account, Region: g.Region}
	size := 0
	for i := range events {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		e := &events[i]
		var made string
		bad := errMade
		if size <= maxMade {
			made, bad = t.Transform(e.masked(), meta) // what is sensitive goes no further
		}
		if size += len(made); bad == nil && size > maxMade {
			bad = errMade
		}
		if bad != nil {
			e.Failed = bounded(bad.Error(), maxFailure)
			failed++
			continue
		}
		e.Made = made
	}
	return failed, nil
}

var errMade = fmt.Errorf("the transformed events of one PutLogEvents would have more than %d bytes", maxMade)

// maxFailure bounds what is kept of the reason why an event could not be transformed.
const maxFailure = 200

// transformed measures what a transformer has done. User Guide: "Monitoring with CloudWatch metrics", log transformers.
func (s *Service) transformed(g *Group, events []Event, failed int, now time.Time) {
	size := 0
	for i := range events {
		size += len(events[i].Made)
	}
	dimensions := []service.Dimension{{Name: "LogGroupName", Value: g.Name}}
	s.measure(g, "TransformedLogEvents", float64(len(events)-failed), "Count", now, dimensions)
	s.measure(g, "TransformedBytes", float64(size), "Bytes", now, dimensions)
	if failed > 0 {
		s.measure(g, "TransformationErrors", float64(failed), "Count", now, dimensions)
	}
}

// transforms keeps transformers of late compiled, by their configuration.
type transforms struct {
	mu sync.Mutex
	m  map[string]*logtransform.Transformer
}

// maxTransforms is small since one may have regular expressions that take a megabyte.
const maxTransforms = 64

func (p *transforms) compile(config string) (*logtransform.Transformer, error) {
	p.mu.Lock()
	known := p.m[config]
	p.mu.Unlock()
	if known != nil {
		return known, nil
	}
	made, err := logtransform.Compile([]byte(config))
	if err != nil {
		return nil, invalid("The transformer is invalid: %v.", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.m == nil || len(p.m) >= maxTransforms {
		p.m = map[string]*logtransform.Transformer{}
	}
	p.m[config] = made
	return made, nil
}

func (s *Service) checkTransformerPolicy(_ *service.Call, p *AccountPolicy) error {
	if _, err := logtransform.Compile([]byte(p.Document)); err != nil {
		return invalid("The transformer is invalid: %v.", err)
	}
	_, err := prefixSelection(p.Selection)
	return err
}
