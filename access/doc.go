// Package access is the live picture of who may do what. It answers two questions for the gateway: which principal owns this
// access key, and may that principal do this. It holds parsed policies in memory, so that a decision queries no database, and
// keeps them fresh through the store's change feed.
//
// The picture is a cache of pure functions of documents: whatever a [Source] read while an answer was made is noted beside the
// answer, and a change of any of these documents drops it. Before a refusal, or an unknown key, the picture catches up with the
// head of the feed once, so that the very next call after a grant succeeds. A picture that could not follow the feed for
// [MaxStale] refuses to answer at all.
//
// It must not know AWS wire shapes, and it decides nothing by itself: engine/policy does. Start reading at [Picture.Authorize].
//
// The global condition keys are filled in context.go, for each kind of caller as "AWS global condition context keys" says, and never from what the
// caller names. aws:userid and aws:PrincipalAccount of anonymous callers are "anonymous". aws:AssumedRoot is
// there, and true, in sessions of sts:AssumeRoot only; the keys of VPC endpoints and EC2 instances are absent, because nothing here makes them true. aws:UserAgent and aws:Referer are what the client says.
package access
