// Package contributor is Contributor Insights: rules that say which log events count and for whom, and the counting. User Guide: "Contributor Insights rule
// syntax in CloudWatch".
//
// A [Rule] is read once; [Rule.Match] says of an [Event] who contributed and how much. A [Summary] keeps what came in a span of time: totals, which are exact,
// and contributors, of which it keeps so many and no more. Summaries merge, in any order and grouping.
//
// # Bounds
//
// As long as a summary has met no more than [MaxContributors] contributors, and [MaxBytes] of their keys, all its figures are exact. Beyond, it forgets the smallest (Misra and
// Gries's frequent items, with weights): of a sum S of k kept contributors, whoever has more than S/(k+1) is kept, and what is told of a contributor is never more than
// it contributed. How many contributors there were is then estimated by a sketch, within 2 % mostly.
//
// # What AWS leaves unsaid
//
//   - An event without one of the keys, or without a number at ValueOf, does not count. Null, objects and lists are no value.
//   - A filter on a field that the event does not have matches only as IsPresent false.
//   - In, NotIn and StartsWith compare with the text of a value, which may be a number or true; EqualTo and its like with numbers, and strings that spell
//     one. NotEqualTo matches what is no number.
//   - Sum without ValueOf counts each event as 1, as in an example of the guide; ValueOf with Count is refused, as it would do nothing.
//   - Of a value of a key, the first 256 bytes count.
//
// It knows no log groups beyond their names, no store and no clock. Start reading at rule.go, then match.go and summary.go.
package contributor
