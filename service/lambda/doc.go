// Package lambda is AWS Lambda: functions whose code runs isolated on this host (package sandbox), with an execution role whose temporary credentials are
// all that it can do. Without an isolator there is no function, and no code ever runs bare.
//
// Start reading at function.go (what is kept), then find.go (what a call is about), invoke.go and run.go (the way of an invocation), pool.go and
// instance.go (warm and cold starts). Around them:
//
//   - code.go, codecache.go and archive/: packages, sealed in the blob store, unpacked once on each replica that runs them
//   - environment.go, session.go: what an instance knows, and whose credentials it has
//   - async.go, result.go: events that wait in the queue of outbound work, their retries and destinations
//   - mapping*.go, poll.go, sqsevent.go: queues that are polled for functions
//   - policy.go, permission.go, alias*.go, version.go, layer*.go, concurrency.go, provisioned.go
//   - url.go, urlcall.go: function URLs
//   - codesigning.go, codesigned.go: code signing configurations, and what they refuse
//   - recursion.go: the end of loops
//   - logs.go, ship.go, measure.go: what is told of invocations
//   - resident.go: what is kept in order on every replica, and ended with it
//
// # Differences from AWS
//
//   - A function has no network. With VAUBAN_NETWORK=api in its environment it reaches the API, and nothing else.
//   - Container images, file systems, VPCs, SnapStart, response streaming, X-Ray, JSON logs, durable functions and managed instances are
//     refused by name. Queues are the only event sources.
//   - A new function is Active at once: there is nothing to wait for.
//   - An account's concurrency is 100 a region; a replica has 200 instances, of which an account has 100 at most. Reserved concurrency is counted by each
//     replica for itself, and provisioned concurrency is kept by each.
//   - A batch that the function has no room for is tried again for a minute before its messages go back to the queue.
//   - Function URLs are paths under the API's address, which need no DNS; AWS's host names work too, where they lead here.
//   - GetFunction gives no address of the package: it is sealed at rest.
//   - There is no AWS Signer: a code signing configuration that enforces refuses every deployment, one that warns warns of each.
//   - The end of a loop is told by metric and log: there is no AWS Health. A count is kept of up to 24 functions of a chain; with more it may be too high, and
//     if they are of several accounts too low. A trace header carries a proof of its counts, and without it they are not believed.
//   - Instances of an old configuration end at once on the replica that changed it, on others at the next invocation.
package lambda
