// Package events is Amazon EventBridge: event buses, rules by pattern and by schedule, their targets, archives and replays, connections and API
// destinations.
//
// Start reading at put.go: what PutEvents, a schedule, a replay or CloudTrail puts on a bus is matched in the transaction that accepts it, and for each
// target of a matching rule a delivery is enqueued there. deliver.go sends it, failed.go decides what becomes of a failure. book.go keeps the rules of a bus
// compiled, under a revision that any change of them moves: memory is never behind the transaction that matches, on any replica.
//
// # Who may
//
// Targets are reached through the internal door as events.amazonaws.com with the rule's ARN as aws:SourceArn, or with the target's role. What the receiver
// or the role does not allow is not delivered. A target's role is assumed at most once a minute. An API destination needs a role that may
// events:InvokeApiDestination.
//
// # CloudTrail
//
// A consumer of the event log puts calls on the default bus of their account and region if a trail that logs delivers them, refused ones too
// (trailed.go). Calls that EventBridge itself makes to reach targets are not among them, so that no rule triggers itself.
//
// # Differences from AWS
//
//   - PutEvents answers an entry for a bus that does not exist with an error; AWS accepts and drops it.
//   - What an input transformer fills into quotes is escaped; AWS does not escape.
//   - A target whose InputPath leads to nothing gets no event: it is a failed invocation.
//   - An event that was on a bus is not forwarded to it again.
//   - The trace header of an entry reaches queues (as AWSTraceHeader), API destinations (as X-Amzn-Trace-Id) and other buses, not functions and topics.
//   - Global endpoints, partner event sources, KMS keys, logging and dead-letter queues of buses are not built and refused. So are targets other than
//     queues, topics, functions, log groups, buses and API destinations.
//   - A connection's secrets are sealed in its document, not in Secrets Manager: DescribeConnection has no SecretArn.
//   - A bus takes 2,000 rules (AWS: 300, which it raises on request).
package events
