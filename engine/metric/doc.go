// Package metric aggregates the samples of a metric, and computes statistics of what it has aggregated. It is pure: what is stored, and where, is not its concern.
//
// A [Bucket] holds what is known of the samples of a span of time: sum, least, largest, count, and their distribution. Buckets merge, in any order and
// grouping, to what all samples together would have made; so an hour is the merger of its minutes.
//
// # The distribution
//
// Up to 64 distinct values are kept as they are, so that statistics of few or repeated values are exact. Beyond, values are kept by logarithmic buckets
// of relative width 2 %: a percentile is then off by 1 % at most. Should even that need more than 512 entries, the width doubles as often as it must.
//
// Percentiles and the other statistics of the distribution cannot be had of statistic sets, nor of negative values, as in CloudWatch. User
// Guide: "CloudWatch statistics definitions".
//
// Start reading at bucket.go, then statistic.go.
package metric
