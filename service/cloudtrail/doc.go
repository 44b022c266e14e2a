// Package cloudtrail is AWS CloudTrail: at present the event history, which LookupEvents reads. Every call that the gateway took is
// there as soon as it has been answered.
//
// It writes nothing: the gateway records. Start reading at [Service.lookupEvents].
//
// Differences from AWS: events are there at once, where AWS needs minutes; how far back they reach is the log's retention; lookups
// are not limited to two in a second. Trails, event data stores and Insights are not built, so that there are no Insights events.
package cloudtrail
