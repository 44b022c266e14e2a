// Package lake is CloudTrail Lake: event data stores, which keep for years what their selectors select from the log, and SQL queries over
// them.
//
// Events come from the log by a consumer (ingest.go) and lie in compressed blocks (block.go) until their retention is over. A query is
// engine/sql's: it never reaches a database, only the events of its own event data store. Package cloudtrail holds a [Lake] and hands it
// what it needs of organizations.
//
// Start reading at [DataStore], then ingest.go and query.go.
package lake
