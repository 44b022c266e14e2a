package logs

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	api "vauban/api/logs"
	"vauban/api/wire"
	"vauban/engine/logquery"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/store"
)

// Query is a query of Logs Insights, from its start until seven days after its end.
type Query struct {
	Account, Region string

	ID      string
	Text    string
	Groups  []string // names
	IDs     []string // of the groups
	Others  []string `json:",omitempty"` // groups that only subqueries read, and their IDs
	OtherID []string `json:",omitempty"`
	From    int64    // milliseconds; both ends are inclusive
	To      int64
	Limit   int    `json:",omitempty"`
	User    string // ARN of who started it
	Created time.Time
	Ended   time.Time `json:",omitzero"`
	Status  string
	Error   string     `json:",omitempty"`
	Done    statistics `json:",omitzero"`
	Result  string     `json:",omitempty"` // ID of the result
}

// statistics is what a query has looked at.
type statistics struct {
	Bytes, Scanned, Matched int64

	BytesSkipped, Skipped int64 // by indexes
}

var queries = &store.Table[Query]{
	Name:   "logs.query",
	Key:    func(q *Query) store.Key { return store.K(q.Account, q.Region, -q.Created.UnixMilli(), q.ID) }, // the latest first
	Unique: map[string]func(*Query) store.Key{"id": func(q *Query) store.Key { return store.K(q.Account, q.Region, q.ID) }},
}

// Result is the rows of a query, compressed and sealed. Large ones lie in parts.
type Result struct {
	ID     string // of the query
	Sealed []byte
}

var results = &store.Table[Result]{
	Name: "logs.result",
	Key:  func(r *Result) store.Key { return store.K(r.ID) },
}

const (
	resultTable  = "logs.result"
	maxQueried   = 50 // groups of a query. API reference: "StartQuery".
	queriesKept  = 7 * day
	kindQuery    = "logs.query"
	queryTries   = 200 // also those that found no room
	queryResults = 1000
)

func (s *Service) queryOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpStartQuery, s.onQuery, s.startQuery),
		service.Reads(api.OpGetQueryResults, s.onResults, s.queryResults),
		service.Writes(api.OpStopQuery, onAny[api.StopQueryInput], s.stopQuery),
		service.Reads(api.OpDescribeQueries, onAny[api.DescribeQueriesInput], s.describeQueries),
		service.Reads(api.OpListLogGroupsForQuery, onAny[api.ListLogGroupsForQueryInput], s.queriedGroups),
	}
}

// queried are the names of the groups that the input asks for, in one of its three ways.
func queried(c *service.Call, in *api.StartQueryInput) ([]string, error) {
	ways := 0
	for _, has := range []bool{in.LogGroupName != nil, len(in.LogGroupNames) > 0, len(in.LogGroupIdentifiers) > 0} {
		if has {
			ways++
		}
	}
	if ways != 1 {
		return nil, invalid("Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be specified.")
	}
	names := slices.Clone(in.LogGroupNames)
	if in.LogGroupName != nil {
		names = append(names, *in.LogGroupName)
	}
	for _, id := range in.LogGroupIdentifiers {
		name, err := groupName(c, id)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	if len(names) > maxQueried {
		return nil, invalid("A query can have %d log groups at most.", maxQueried)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// onQuery asks about every group. What it finds is in the order of the names.
func (s *Service) onQuery(c *service.Call, in *api.StartQueryInput) ([]service.Question, error) {
	names, err := queried(c, in)
	if err != nil {
		return nil, err
	}
	others, err := sourcesOf(c, *in.QueryString)
	if err != nil {
		return nil, err
	}
	qs, err := s.askAll(c, append(names, others...))
	return unmasking(qs, unmasksIn(*in.QueryString)), err
}

// unmasksIn reports whether a query shows what is sensitive.
func unmasksIn(text string) bool {
	parsed, err := logquery.Parse(text)
	return err == nil && parsed.Unmasks()
}

// sourcesOf are the names of the groups that the query's subqueries read. What is no query reads none: the handler refuses it.
func sourcesOf(c *service.Call, text string) ([]string, error) {
	parsed, err := logquery.Parse(text)
	if err != nil {
		return nil, nil
	}
	var names []string
	for _, id := range parsed.Sources() {
		name, err := groupName(c, id)
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// onResults asks about every group of the query: who may not read a group does not read what others have found in it. API reference and Service Authorization
// Reference know no resource here, so that policies which allow say "*", which every group matches.
func (s *Service) onResults(c *service.Call, in *api.GetQueryResultsInput) ([]service.Question, error) {
	q, err := queries.ByUnique(c.Tx, "id", store.K(c.Account, c.Region, *in.QueryId))
	if store.IsAbsent(err) {
		return onAny(c, in)
	}
	if err != nil {
		return nil, err
	}
	qs, err := s.askAll(c, slices.Concat(q.Groups, q.Others))
	return unmasking(qs, unmasksIn(q.Text)), err
}

// askAll is the questions about groups. What it finds is in the order of the names.
func (s *Service) askAll(c *service.Call, names []string) ([]service.Question, error) {
	var qs []service.Question
	var all []*finding
	for _, name := range names {
		q, err := s.ask(c, name, "")
		if err != nil {
			return nil, err
		}
		qs, all = append(qs, q), append(all, found(c))
	}
	c.Found = all
	return qs, nil
}

func (s *Service) startQuery(c *service.Call, in *api.StartQueryInput) (*api.StartQueryOutput, error) {
	if in.QueryLanguage != nil && *in.QueryLanguage != api.QueryLanguageCwli {
		return nil, notBuilt("The query language " + *in.QueryLanguage)
	}
	names, err := queried(c, in)
	if err != nil {
		return nil, err
	}
	parsed, err := logquery.Parse(*in.QueryString)
	if err != nil {
		return nil, malformed(err)
	}
	q := &Query{
		Account: c.Account, Region: c.Region, Text: *in.QueryString, Groups: names, From: *in.StartTime * 1000, To: *in.EndTime*1000 + 999, User: c.Caller.ARN, Created: c.Time,
		Status: api.QueryStatusScheduled,
	}
	if q.From > q.To || q.To < 0 || *in.EndTime > 1e14 {
		return nil, invalid("The start time of the query must be before its end time, both in seconds since 1970.")
	}
	if in.Limit != nil {
		q.Limit = int(min(*in.Limit, logquery.MaxRows))
	}
	if err := q.readsFrom(c, parsed); err != nil {
		return nil, err
	}
	if q.ID, err = s.newUUID(); err != nil {
		return nil, err
	}
	if err := queries.Insert(c.Tx, q); err != nil {
		return nil, err
	}
	payload, err := json.Marshal(store.K(q.Account, q.Region, q.ID))
	if err != nil {
		return nil, err
	}
	return &api.StartQueryOutput{QueryId: &q.ID}, s.Outbound.Enqueue(c.Tx, &delivery.Delivery{Kind: kindQuery, Target: q.Account + " " + q.Region, ID: q.ID, Payload: payload, Limit: queryTries})
}

// readsFrom notes the groups that the rule has found.
func (q *Query) readsFrom(c *service.Call, parsed *logquery.Query) error {
	var err error
	if q.Others, err = sourcesOf(c, q.Text); err != nil {
		return err
	}
	only := parsed.StandardOnly()
	all := slices.Concat(q.Groups, q.Others)
	for i, f := range c.Found.([]*finding) {
		if f.group == nil {
			return api.ResourceNotFoundException.New("Log group '%s' does not exist for account ID '%s'", all[i], c.Account)
		}
		if only != "" && f.group.Class == api.LogGroupClassInfrequentAccess {
			return invalid("The command %s is not supported for log groups of the class INFREQUENT_ACCESS, which %s is.", only, f.group.Name)
		}
		if i < len(q.Groups) {
			q.IDs = append(q.IDs, f.group.ID)
		} else {
			q.OtherID = append(q.OtherID, f.group.ID)
		}
	}
	return nil
}

// malformed puts a syntax error into AWS's form.
func malformed(err error) error {
	var syntax *logquery.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	return api.MalformedQueryException.New("%s (at position %d)", syntax.Message, syntax.Start).With("queryCompileError", &api.QueryCompileError{
		Message: &syntax.Message, Location: &api.QueryCompileErrorLocation{StartCharOffset: new(int64(syntax.Start)), EndCharOffset: new(int64(syntax.End))},
	})
}

func (s *Service) query(tx store.Tx, account, region, id string) (*Query, error) {
	q, err := queries.ByUnique(tx, "id", store.K(account, region, id))
	if store.IsAbsent(err) {
		return nil, api.ResourceNotFoundException.New("Query with ID [%s] does not exist.", bounded(id, 256))
	}
	return q, err
}

func (q *Query) over() bool {
	return q.Status != api.QueryStatusScheduled && q.Status != api.QueryStatusRunning
}

func (s *Service) queryResults(c *service.Call, in *api.GetQueryResultsInput) (*api.GetQueryResultsOutput, error) {
	q, err := s.query(c.Tx, c.Account, c.Region, *in.QueryId)
	if err != nil {
		return nil, err
	}
	out := &api.GetQueryResultsOutput{Status: &q.Status, Results: [][]api.ResultField{}, QueryLanguage: new(api.QueryLanguageCwli), Statistics: &api.QueryStatistics{
		BytesScanned: new(float64(q.Done.Bytes)), RecordsScanned: new(float64(q.Done.Scanned)), RecordsMatched: new(float64(q.Done.Matched)),
		EstimatedBytesSkipped: new(float64(q.Done.BytesSkipped)), EstimatedRecordsSkipped: new(float64(q.Done.Skipped)), LogGroupsScanned: new(float64(len(q.Groups))),
	}}
	if q.Result == "" {
		return out, nil
	}
	select {
	case s.opening <- struct{}{}:
		defer func() { <-s.opening }()
	case <-c.Done():
		return nil, c.Err()
	}
	rows, err := s.openResult(c.Tx, q)
	if err != nil {
		return nil, err
	}
	return out, s.pageRows(q, rows, in, out)
}

// pageRows shows the rows that the input asks for: all, unless it says how many.
func (s *Service) pageRows(q *Query, rows [][]logquery.Cell, in *api.GetQueryResultsInput, out *api.GetQueryResultsOutput) error {
	purpose, from := "logs.rows\n"+q.ID, 0
	if in.NextToken != nil {
		raw, err := s.Seal.OpenToken(purpose, *in.NextToken)
		if err != nil || json.Unmarshal(raw, &from) != nil || from < 0 || from > len(rows) {
			return badToken()
		}
	}
	to := len(rows)
	if in.MaxItems != nil && *in.MaxItems > 0 {
		to = min(to, from+int(*in.MaxItems))
	}
	for _, row := range rows[from:to] {
		cells := make([]api.ResultField, len(row))
		for i := range row {
			cells[i] = api.ResultField{Field: &row[i].Name, Value: &row[i].Value}
		}
		out.Results = append(out.Results, cells)
	}
	if to == len(rows) {
		return nil
	}
	token, err := s.Seal.SealToken(purpose, fmt.Append(nil, to))
	out.NextToken = &token
	return err
}

// openResult opens the rows of a query.
func (s *Service) openResult(tx store.Tx, q *Query) ([][]logquery.Cell, error) {
	r, err := results.Get(tx, store.K(q.Result))
	if err != nil {
		return nil, fmt.Errorf("result of query %s: %w", q.ID, err)
	}
	packed, err := s.Seal.Open(resultTable, store.K(q.ID), r.Sealed)
	if err != nil {
		return nil, fmt.Errorf("result of query %s: %w", q.ID, err)
	}
	plain, err := s.codec.expand(packed)
	if err != nil {
		return nil, fmt.Errorf("result of query %s: %w", q.ID, err)
	}
	var rows [][]logquery.Cell
	return rows, json.Unmarshal(plain, &rows)
}

func (s *Service) stopQuery(c *service.Call, in *api.StopQueryInput) (*api.StopQueryOutput, error) {
	q, err := s.query(c.Tx, c.Account, c.Region, *in.QueryId)
	if err != nil {
		return nil, err
	}
	if q.over() {
		return nil, invalid("The query with ID [%s] is not running: its status is %s.", q.ID, q.Status)
	}
	q.Status, q.Ended = api.QueryStatusCancelled, c.Time
	return &api.StopQueryOutput{Success: new(true)}, queries.Update(c.Tx, q)
}

func (s *Service) describeQueries(c *service.Call, in *api.DescribeQueriesInput) (*api.DescribeQueriesOutput, error) {
	p, err := s.pageOf(c, "queries", in.MaxResults, queryResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeQueriesOutput{Queries: []api.QueryInfo{}}
	out.NextToken, err = visit(s, c, p, queries, store.K(c.Account, c.Region), func(q *Query) (bool, error) {
		if in.LogGroupName != nil && !slices.Contains(q.Groups, *in.LogGroupName) || in.Status != nil && q.Status != *in.Status ||
			in.QueryLanguage != nil && *in.QueryLanguage != api.QueryLanguageCwli {
			return false, nil
		}
		info := api.QueryInfo{
			QueryId: &q.ID, QueryString: &q.Text, Status: &q.Status, CreateTime: new(q.Created.UnixMilli()), LogGroupName: &q.Groups[0], QueryLanguage: new(api.QueryLanguageCwli),
			UserIdentity: wire.Optional(q.User), BytesScanned: new(float64(q.Done.Bytes)),
		}
		if !q.Ended.IsZero() {
			info.QueryDuration = new(q.Ended.Sub(q.Created).Milliseconds())
		}
		out.Queries = append(out.Queries, info)
		return true, nil
	})
	return out, err
}

func (s *Service) queriedGroups(c *service.Call, in *api.ListLogGroupsForQueryInput) (*api.ListLogGroupsForQueryOutput, error) {
	q, err := s.query(c.Tx, c.Account, c.Region, *in.QueryId)
	if err != nil {
		return nil, err
	}
	out := &api.ListLogGroupsForQueryOutput{LogGroupIdentifiers: []string{}} // fewer than a page has at least
	for _, name := range q.Groups {
		out.LogGroupIdentifiers = append(out.LogGroupIdentifiers, groupARN(q.Account, q.Region, name))
	}
	return out, nil
}
