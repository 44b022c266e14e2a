// Package logs is Amazon CloudWatch Logs: log groups, their streams, and the events in them.
//
// Start reading at chunk.go (how events lie in the store), then put.go, search.go (reading forward, over streams) and tail.go (reading backward in
// one stream).
//
// # How events lie
//
// What one PutLogEvents brings becomes one or a few chunks: events in order of time, compressed and sealed. A [Chunk] is found by the group and the time of its
// first event, or by its stream in the same order; no chunk spans more than a day, so that a range of time is found by looking one day further
// back. A job joins small chunks of a stream, and drops those that the group's retention lets go.
//
// An event has a number within its stream, which with its time and its stream makes its place. Places order events, and tokens of pages are places: they
// stay good when chunks are joined.
//
// Chunks are always sealed: under the ring of this deployment, or, in a group with a key, under data keys of KMS that logs.REGION.amazonaws.com asks
// for with the group's ARN as encryption context.
//
// # Beside the events
//
// metricfilter.go and subscription.go are what PutLogEvents does beyond keeping events; forward.go delivers to functions, from the queue of outbound work, and reads
// the events again: they lie in one place only. query.go and queryrun.go are Logs Insights, whose language is in engine/logquery; queries run from the same queue.
// livetail.go reads what has come by the second in which it came, so that every replica sees what any has taken.
//
// # What is sensitive
//
// protection.go keeps data protection policies, of groups and (accountpolicy.go) of accounts; audit.go looks through events when they come. A chunk keeps events as they came, with
// where they are sensitive: [Service.open] masks, and only what has asked about logs:Unmask opens chunks bare.
//
// # Differences from AWS
//
//   - Sequence tokens mean nothing, as in AWS now; storedBytes of a stream is 0, as in AWS.
//   - A metric filter's default value is written once for each PutLogEvents without a match.
//   - FilterLogEvents ends a page early when it has looked at 48 MB; such a page may be empty and yet have a token, as AWS's may.
//   - Subscriptions go to functions of the same account and Region only.
//   - A query has 22 seconds; pct is exact.
package logs
