// Package cloudtrail is AWS CloudTrail: the event history that LookupEvents reads, trails, which deliver the log's events to buckets as
// files that can be verified, and Insights, which tell of unusual activity. Event data stores and queries are in package lake below it.
//
// It records nothing: the gateway does. Start reading at [Service.lookupEvents] for the history, at [Trail] for what a trail is, and at
// [Service.deliver] and [Service.digest] for its delivery.
//
// # Delivery
//
// A trail has a place in the log of its own, which retention respects. A job cuts what has been recorded since into files, one for each
// account and region: the cut is written down first, then the files are put into the bucket through the internal door, as
// cloudtrail.amazonaws.com on behalf of the trail, then the place moves. Who goes on after a crash writes the same files. What a
// trail delivers changes with the record of the call that changes it: that record is the last under the former settings, so
// nobody hides what he did before by stopping, narrowing or deleting a trail. A bucket that refuses shows in GetTrailStatus, and
// the events wait: data events too for as long as the log keeps management events. What is older then is given up, which the status says until somebody
// changes the trail (giveup.go). The delivery to a log group of CloudWatch Logs is another of the same kind, with its own place: at least once, as the role of
// the trail.
//
// # Digests
//
// Each account and region of a trail has a chain of digests, signed with a key of the region. A digest is planned in a transaction
// before it is delivered, like a cut.
//
// # Insights
//
// While a trail or event data store of an account wants Insights events, a consumer counts the account's management events by minute: those that write
// for the call rate, those that failed, by error, for the error rate. A job compares the last five complete minutes with the seven days
// before them, by the rule of engine/insight, and says nothing in the first day. What is unusual has an event when it begins and one when it is over;
// they are found by LookupEvents for 90 days, put into the trail's bucket and into the event data store.
//
// # Differences from AWS
//
// Insights are of management events and of the account's own trails and event data stores; those of data events and of organizations are refused. AWS
// does not tell its rule; ours is in engine/insight. ListInsightsData and ListInsightsMetricData are not built.
//
// Events are in the history at once, where AWS needs minutes; how far back they reach is the log's retention; lookups are not limited to
// two in a second. A trail that covers all regions has digests for quiet hours in its home region and in those where it has delivered
// something, not in all. What was recorded before a trail was stopped or deleted is always delivered, with the record of that
// call; what a deleted trail has left is given up when its bucket is gone or refuses for a day. A log
// group gets the events when the bucket does, within five minutes; a call of UpdateTrail checks the role only if it names it or the group. Network activity events are not recorded, so that selectors for them are refused.
package cloudtrail
