// Package logquery is the query language of CloudWatch Logs Insights: fields, display, filter, filterIndex, parse, stats, sort, limit, dedup, unnest,
// pattern, diff, join and subqueries over log events. User Guide: "CloudWatch Logs Insights language query syntax".
//
// A text is parsed once ([Parse]); a [Run] takes events one by one, in any order, and answers rows at its end. It holds no more than its budget of bytes, and
// stops with [ErrMemory] beyond that. Regular expressions are RE2's, and those
// of a query are together of a bounded size ([vauban/engine/regex]). Start reading at [Parse], then stage.go (how commands are chained) and row.go
// (where a field's value comes from: what a command has set, what the service knows, what a transformer has made of the message, what is discovered in it).
// A subquery runs before its query ([Run.Subqueries]); index.go says which events a query can do without.
//
// What AWS leaves unsaid is decided so: a comparison with a field that an event does not have is false, != included; texts that are numbers are compared as
// numbers with numbers; true and false of JSON are 1 and 0; pct takes the nearest rank; stddev is the population's.
package logquery
