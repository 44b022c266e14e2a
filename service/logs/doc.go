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
package logs
