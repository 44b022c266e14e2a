// Package metricmath computes the expressions of CloudWatch: arithmetic, comparison and functions on time series, and searches for metrics. It is pure: an
// [Env] gives it the series that an expression names.
//
// User Guide: "Using metric math", "CloudWatch search expression syntax". Where these leave a case open:
//   - of an operator between two series, a missing value counts as 0, and a result that is no number is no data point;
//   - AVG of an array counts missing values as 0; SUM, MIN, MAX and STDDEV pass them over;
//   - an operator between two arrays wants them equally long, and works pair by pair;
//   - a schema in a search that names dimensions finds metrics with these and no others; one without dimensions, all metrics of the namespace.
//
// Start reading at [Parse] and [Expr.Eval]; the functions are in function.go, the searches in search.go.
package metricmath
