// Package insight decides when an account calls an API, or fails with an error, far more often than it used to. It is what CloudTrail Insights
// rests on.
//
// It is pure: counts go in, a decision comes out. The rule: a count over a window is unusual if it is at least [Least] calls, at least [Times] times
// what the baseline leads to expect, and so improbable that a steady stream of calls would show it less than once in [Rarity] windows. Expected is not the
// baseline's average alone but the largest rate that fits it well: a short or thin baseline proves little, and therefore needs a larger
// deviation. CloudTrail User Guide: "Working with CloudTrail Insights" says what is compared, not by which rule.
//
// Start reading at [Baseline.Unusual].
package insight
