package lake

import (
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	api "vauban/api/cloudtrail"
	"vauban/engine/sql"
	"vauban/service"
	"vauban/store"
)

// Query is a query as stored. It belongs to the event data store that it is about, and to its account.
type Query struct {
	Account   string    `json:"account"`
	Region    string    `json:"region"`
	ID        string    `json:"id"`
	Store     string    `json:"store"` // ID of the event data store
	Statement string    `json:"statement"`
	Status    string    `json:"status"` // api.QueryStatus…
	Error     string    `json:"error,omitempty"`
	Created   time.Time `json:"created"`
	Started   time.Time `json:"started,omitzero"`
	Runs      int64     `json:"runs,omitempty"` // how often it was begun: only the last run may end it
	Millis    int64     `json:"millis,omitempty"`
	Columns   []string  `json:"columns,omitempty"`
	Rows      int64     `json:"rows,omitempty"`
	Scanned   int64     `json:"scanned,omitempty"` // events
	Matched   int64     `json:"matched,omitempty"` // events
	Bytes     int64     `json:"bytes,omitempty"`   // of the records that were looked at
}

var queries = &store.Table[Query]{
	Name: "cloudtrail.lake-query",
	Key:  func(q *Query) store.Key { return store.K(q.Account, q.Region, q.ID) },
	Refs: map[string]func(*Query) []store.Key{
		"store": func(q *Query) []store.Key { return []store.Key{store.K(q.Store)} },
		"open": func(q *Query) []store.Key { // to all, and to an account's
			if !q.open() {
				return nil
			}
			return []store.Key{store.K(""), store.K(q.Account)}
		},
	},
}

// open reports whether it waits or runs.
func (q *Query) open() bool {
	return q.Status == api.QueryStatusQueued || q.Status == api.QueryStatusRunning
}

const (
	// mostQueries of an account wait or run. CloudTrail API: "StartQuery".
	mostQueries = 10
	// keepQueries is how long results can be fetched. CloudTrail User Guide: "Get and download saved query results".
	keepQueries = 7 * 24 * time.Hour
)

func (l *Lake) queryOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpStartQuery, l.onStatement, l.startQuery),
		service.Reads(api.OpDescribeQuery, atQuery(l, func(in *api.DescribeQueryInput) (id, owner *string) {
			return in.QueryId, in.EventDataStoreOwnerAccountId
		}), l.describeQuery),
		service.Reads(api.OpGetQueryResults, atQuery(l, func(in *api.GetQueryResultsInput) (id, owner *string) {
			return in.QueryId, in.EventDataStoreOwnerAccountId
		}), l.getQueryResults),
		service.Reads(api.OpListQueries, atDataStore(l, func(in *api.ListQueriesInput) *string { return in.EventDataStore }), l.listQueries),
		service.Writes(api.OpCancelQuery, atQuery(l, func(in *api.CancelQueryInput) (id, owner *string) { return in.QueryId, in.EventDataStoreOwnerAccountId }), l.cancelQuery),
	}
}

// ownerOf is the account of the event data store that a request is about.
func ownerOf(c *service.Call, owner *string) string {
	if owner != nil {
		return *owner
	}
	return c.Account
}

// compile checks a statement. What is wrong with it is the client's error.
func compile(text string, now time.Time) (*sql.Query, error) {
	q, err := sql.Compile(text, schema(), "eventTime", now)
	var bad *sql.Error
	if errors.As(err, &bad) {
		return nil, api.InvalidQueryStatementException.New("%s", bad).Because(err)
	}
	return q, err
}

// asked is what StartQuery is about. Nobody needs a permission to learn that a statement is wrong.
func (l *Lake) asked(c *service.Call, in *api.StartQueryInput) (place, error) {
	switch {
	case in.QueryAlias != nil || in.QueryParameters != nil:
		return place{}, api.InvalidParameterException.New("Query templates are not available. Give a QueryStatement without QueryAlias and QueryParameters.")
	case in.QueryStatement == nil:
		return place{}, api.InvalidParameterException.New("QueryStatement is missing.")
	case in.DeliveryS3Uri != nil:
		return place{}, api.InvalidParameterException.New("Delivery of query results to S3 is not available. Leave DeliveryS3Uri out and fetch them with GetQueryResults.")
	}
	q, err := compile(*in.QueryStatement, c.Time)
	if err != nil {
		return place{}, err
	}
	return placeOf(c, ownerOf(c, in.EventDataStoreOwnerAccountId), q.Table)
}

func (l *Lake) onStatement(c *service.Call, in *api.StartQueryInput) ([]service.Question, error) {
	p, err := l.asked(c, in)
	if err != nil {
		return nil, err
	}
	return l.onDataStore(c, p)
}

// atQuery makes the rule of an operation on a query: it is one on its event data store.
func atQuery[In any](l *Lake, of func(*In) (id, owner *string)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		id, owner := of(in)
		p := place{ownerOf(c, owner), c.Region, "*"}
		if id != nil {
			err := l.inTransaction(c, func(tx store.Tx) error {
				q, err := queries.Get(tx, store.K(p.account, p.region, *id))
				if store.IsAbsent(err) {
					return nil
				}
				if err == nil {
					p.id = q.Store
				}
				return err
			})
			if err != nil {
				return nil, err
			}
		}
		return l.onDataStore(c, p)
	}
}

// theQuery reads a query whose event data store is in use.
func theQuery(c *service.Call, id, owner *string) (*Query, error) {
	absent := api.QueryIdNotFoundException.New("The query %s does not exist.", *id)
	q, err := queries.Get(c.Tx, store.K(ownerOf(c, owner), c.Region, *id))
	if store.IsAbsent(err) {
		return nil, absent
	}
	if err != nil {
		return nil, err
	}
	if c.Time.Sub(q.Created) > keepQueries {
		return nil, absent
	}
	d, err := dataStoreAt(c, c.Tx, place{q.Account, q.Region, q.Store})
	if err != nil {
		return nil, err
	}
	return q, d.active()
}

func (l *Lake) startQuery(c *service.Call, in *api.StartQueryInput) (*api.StartQueryOutput, error) {
	p, err := l.asked(c, in)
	if err != nil {
		return nil, err
	}
	d, err := dataStoreAt(c, c.Tx, p)
	if err != nil {
		return nil, err
	}
	if err := d.active(); err != nil {
		return nil, err
	}
	if n, err := queries.CountRef(c.Tx, "open", store.K(d.Account), mostQueries); err != nil {
		return nil, err
	} else if n >= mostQueries {
		return nil, api.MaxConcurrentQueriesException.New("You are already running the maximum number of concurrent queries. The maximum number of concurrent queries is %d. Wait a minute for some queries to finish, and then run the query again.", mostQueries)
	}
	q := &Query{Account: d.Account, Region: d.Region, Store: d.ID, Statement: *in.QueryStatement, Status: api.QueryStatusQueued, Created: c.Time.UTC().Truncate(time.Millisecond)}
	if q.ID, err = NewID(l.Rand); err != nil {
		return nil, err
	}
	return &api.StartQueryOutput{QueryId: &q.ID, EventDataStoreOwnerAccountId: in.EventDataStoreOwnerAccountId}, queries.Insert(c.Tx, q)
}

func (l *Lake) describeQuery(c *service.Call, in *api.DescribeQueryInput) (*api.DescribeQueryOutput, error) {
	if in.QueryId == nil || in.QueryAlias != nil || in.RefreshId != nil {
		return nil, api.InvalidParameterException.New("Query templates are not available. Give a QueryId without QueryAlias and RefreshId.")
	}
	q, err := theQuery(c, in.QueryId, in.EventDataStoreOwnerAccountId)
	if err != nil {
		return nil, err
	}
	return &api.DescribeQueryOutput{
		QueryId: &q.ID, QueryString: &q.Statement, QueryStatus: &q.Status, ErrorMessage: q.failure(), EventDataStoreOwnerAccountId: in.EventDataStoreOwnerAccountId,
		QueryStatistics: &api.QueryStatisticsForDescribeQuery{
			BytesScanned: &q.Bytes, CreationTime: &q.Created, EventsMatched: &q.Matched, EventsScanned: &q.Scanned, ExecutionTimeInMillis: &q.Millis,
		},
	}, nil
}

func (q *Query) failure() *string {
	if q.Error == "" {
		return nil
	}
	return &q.Error
}

// getQueryResults answers a page of the rows, each a list of columns with their values.
func (l *Lake) getQueryResults(c *service.Call, in *api.GetQueryResultsInput) (*api.GetQueryResultsOutput, error) {
	q, err := theQuery(c, in.QueryId, in.EventDataStoreOwnerAccountId)
	if err != nil {
		return nil, err
	}
	out := &api.GetQueryResultsOutput{QueryStatus: &q.Status, ErrorMessage: q.failure(), QueryResultRows: [][]map[string]string{}}
	from, limit := int64(0), int64(largestPage)
	if in.MaxQueryResults != nil {
		limit = *in.MaxQueryResults
	}
	if in.NextToken != nil {
		if from, err = q.position(*in.NextToken); err != nil {
			return nil, err
		}
	}
	rows, err := q.page(c.Tx, from, limit)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		shown := make([]map[string]string, len(r))
		for i, v := range r {
			shown[i] = map[string]string{q.Columns[i]: v}
		}
		out.QueryResultRows = append(out.QueryResultRows, shown)
	}
	if next := from + int64(len(rows)); next < q.Rows {
		out.NextToken = new(base64.RawURLEncoding.EncodeToString([]byte(q.ID + ":" + strconv.FormatInt(next, 10))))
	}
	out.QueryStatistics = &api.QueryStatistics{BytesScanned: &q.Bytes, ResultsCount: new(int64(len(rows))), TotalResultsCount: &q.Rows}
	return out, nil
}

// position reads a token of this query.
func (q *Query) position(token string) (int64, error) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	id, at, ok := strings.Cut(string(b), ":")
	n, bad := strconv.ParseInt(at, 10, 64)
	if err != nil || !ok || bad != nil || id != q.ID || n < 0 || n > q.Rows {
		return 0, api.InvalidNextTokenException.New("Invalid nextToken.")
	}
	return n, nil
}

// listQueries are those of the last seven days, newest first.
func (l *Lake) listQueries(c *service.Call, in *api.ListQueriesInput) (*api.ListQueriesOutput, error) {
	d, err := activeDataStore(c, c.Tx, in.EventDataStore)
	if err != nil {
		return nil, err
	}
	if in.StartTime != nil && in.EndTime != nil && in.StartTime.After(*in.EndTime) {
		return nil, api.InvalidDateRangeException.New("The start time must not be after the end time.")
	}
	var all []api.Query
	for q, err := range queries.EachRef(c.Tx, "store", store.K(d.ID)) {
		switch {
		case err != nil:
			return nil, err
		case c.Time.Sub(q.Created) > keepQueries, in.QueryStatus != nil && *in.QueryStatus != q.Status,
			in.StartTime != nil && q.Created.Before(*in.StartTime), in.EndTime != nil && q.Created.After(*in.EndTime):
			continue
		}
		all = append(all, api.Query{QueryId: &q.ID, QueryStatus: &q.Status, CreationTime: &q.Created})
	}
	slices.SortFunc(all, func(a, b api.Query) int {
		if n := b.CreationTime.Compare(*a.CreationTime); n != 0 {
			return n
		}
		return strings.Compare(*a.QueryId, *b.QueryId)
	})
	page, next, err := cut(all, in.NextToken, in.MaxResults, func(q *api.Query) string { return *q.QueryId })
	return &api.ListQueriesOutput{Queries: page, NextToken: next}, err
}

func (l *Lake) cancelQuery(c *service.Call, in *api.CancelQueryInput) (*api.CancelQueryOutput, error) {
	q, err := theQuery(c, in.QueryId, in.EventDataStoreOwnerAccountId)
	if err != nil {
		return nil, err
	}
	if !q.open() {
		return nil, api.InactiveQueryException.New("The query %s cannot be canceled: its status is %s.", q.ID, q.Status)
	}
	q.Status = api.QueryStatusCancelled
	return &api.CancelQueryOutput{QueryId: &q.ID, QueryStatus: &q.Status, EventDataStoreOwnerAccountId: in.EventDataStoreOwnerAccountId}, queries.Update(c.Tx, q)
}
