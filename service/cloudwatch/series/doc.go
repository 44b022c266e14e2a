// Package series keeps metrics: a series for each account, region, namespace, name and set of dimensions, and for each series buckets of what came in.
//
// A sample goes into the bucket of its minute, and a sample of high resolution into that of its second too. Periods of a minute and more read the
// minutes; so nothing has to be rolled up soon. What is old is: a job makes five minutes of minutes after 15 days, and hours of these after 63; after 455 days, or
// after three hours for seconds, it is gone. API reference: "GetMetricStatistics".
//
// Buckets merge in any order, so that samples that come late, up to two weeks, land where they belong. A bucket holds samples of one unit.
//
// It knows no requests, permissions or alarms. Start reading at [Store.Put] and [Store.Read].
package series
