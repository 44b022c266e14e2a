package logs

import (
	"strings"
	"time"

	api "vauban/api/logs"
	"vauban/api/wire"
	"vauban/engine/logquery"
	"vauban/service"
	"vauban/store"
)

// Definition is a query that is kept to be run again.
type Definition struct {
	Account, Region string

	ID       string
	Name     string
	Text     string
	Groups   []string `json:",omitempty"`
	Modified time.Time
}

var definitions = &store.Table[Definition]{
	Name:   "logs.definition",
	Key:    func(d *Definition) store.Key { return store.K(d.Account, d.Region, d.Name, d.ID) },
	Unique: map[string]func(*Definition) store.Key{"id": func(d *Definition) store.Key { return store.K(d.Account, d.Region, d.ID) }},
}

// maxDefinitions is the quota of an account in a Region. User Guide: "CloudWatch Logs quotas".
const maxDefinitions = 1000

func (s *Service) definitionOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPutQueryDefinition, onAny[api.PutQueryDefinitionInput], s.putDefinition),
		service.Writes(api.OpDeleteQueryDefinition, onAny[api.DeleteQueryDefinitionInput], s.deleteDefinition),
		service.Reads(api.OpDescribeQueryDefinitions, onAny[api.DescribeQueryDefinitionsInput], s.describeDefinitions),
	}
}

func (s *Service) putDefinition(c *service.Call, in *api.PutQueryDefinitionInput) (*api.PutQueryDefinitionOutput, error) {
	switch {
	case in.QueryLanguage != nil && *in.QueryLanguage != api.QueryLanguageCwli:
		return nil, notBuilt("The query language " + *in.QueryLanguage)
	case len(in.Parameters) > 0:
		return nil, notBuilt("Parameters of query definitions (parameters)")
	}
	if _, err := logquery.Parse(*in.QueryString); err != nil {
		return nil, invalid("The query is malformed: %v", err)
	}
	d := &Definition{Account: c.Account, Region: c.Region, ID: wire.Text(in.QueryDefinitionId), Name: *in.Name, Text: *in.QueryString, Groups: in.LogGroupNames, Modified: c.Time}
	if d.ID != "" {
		have, err := s.definition(c, d.ID)
		if err != nil {
			return nil, err
		}
		return &api.PutQueryDefinitionOutput{QueryDefinitionId: &d.ID}, definitions.Move(c.Tx, definitions.Key(have), d)
	}
	n, err := definitions.Count(c.Tx, store.K(c.Account, c.Region), maxDefinitions)
	if err != nil {
		return nil, err
	}
	if n >= maxDefinitions {
		return nil, api.LimitExceededException.New("Resource limit exceeded.")
	}
	if d.ID, err = s.newUUID(); err != nil {
		return nil, err
	}
	return &api.PutQueryDefinitionOutput{QueryDefinitionId: &d.ID}, definitions.Insert(c.Tx, d)
}

func (s *Service) definition(c *service.Call, id string) (*Definition, error) {
	d, err := definitions.ByUnique(c.Tx, "id", store.K(c.Account, c.Region, id))
	if store.IsAbsent(err) {
		return nil, api.ResourceNotFoundException.New("The query definition [%s] does not exist.", bounded(id, 256))
	}
	return d, err
}

func (s *Service) deleteDefinition(c *service.Call, in *api.DeleteQueryDefinitionInput) (*api.DeleteQueryDefinitionOutput, error) {
	d, err := s.definition(c, *in.QueryDefinitionId)
	if err != nil {
		return nil, err
	}
	return &api.DeleteQueryDefinitionOutput{Success: new(true)}, definitions.Delete(c.Tx, definitions.Key(d))
}

func (s *Service) describeDefinitions(c *service.Call, in *api.DescribeQueryDefinitionsInput) (*api.DescribeQueryDefinitionsOutput, error) {
	p, err := s.pageOf(c, "definitions", in.MaxResults, queryResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeQueryDefinitionsOutput{QueryDefinitions: []api.QueryDefinition{}}
	out.NextToken, err = visit(s, c, p, definitions, store.K(c.Account, c.Region), func(d *Definition) (bool, error) {
		if !strings.HasPrefix(d.Name, wire.Text(in.QueryDefinitionNamePrefix)) {
			return false, nil
		}
		out.QueryDefinitions = append(out.QueryDefinitions, api.QueryDefinition{
			QueryDefinitionId: &d.ID, Name: &d.Name, QueryString: &d.Text, LogGroupNames: d.Groups, LastModified: new(d.Modified.UnixMilli()), QueryLanguage: new(api.QueryLanguageCwli),
		})
		return true, nil
	})
	return out, err
}
