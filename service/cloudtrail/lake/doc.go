// Package lake is CloudTrail Lake: event data stores, which keep for years what their selectors select from the log, and SQL queries over
// them.
//
// Events come from the log by a consumer (ingest.go) and lie in compressed blocks (block.go) until their retention is over. A query is
// engine/sql's: it never reaches a database, only the events of its own event data store. Package cloudtrail holds a [Lake] and hands it
// what it needs of organizations.
//
// Start reading at [DataStore], then ingest.go and query.go.
//
// # Differences from AWS
//
// Events can be queried within a second, where AWS needs minutes. An event data store keeps Management and Data events, or Insight events;
// other categories are refused, because they are not recorded here. A column without value is "null" in results. Maps that lie in maps are
// shown as JSON by element_at. Queries are a subset of what AWS runs (see engine/sql): one table, no joins, subqueries or UNNEST, each
// refused with its place; at most 10 wait or run in an account, one after the other; results have at most 32 MB. A store that is to be deleted keeps
// its name taken until it is gone.
//
// Not built, and refused by their parameters: a KMS key of its own (KmsKeyId), delivery of results to S3 (DeliveryS3Uri), query templates
// (QueryAlias). Without operations: channels, dashboards, imports, federation, GenerateQuery, SearchSampleQueries and event configurations.
package lake
